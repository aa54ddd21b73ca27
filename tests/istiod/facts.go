package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rootNamespace is where istiod runs, and whose policies hold for the whole mesh.
const rootNamespace = "istio-system"

// facts is the running cluster that a manifest file stands for: what users write says neither addresses nor pods, and
// istiod needs both.
type facts struct {
	namespaces map[string]*corev1.Namespace
	services   []*corev1.Service
	pods       []*workload
}

// A workload is the one pod that stands for a pod template, with the labels as the template has them.
type workload struct {
	pod    *corev1.Pod
	labels map[string]string
}

func (w *workload) account() string {
	return w.pod.Namespace + "/" + w.pod.Spec.ServiceAccountName
}

// typeAndName is the part that all Kubernetes objects share.
type typeAndName struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
}

func (o *typeAndName) group() string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

func (o *typeAndName) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// readFacts takes the Kubernetes objects of a job. Kinds that say nothing about traffic are passed over.
func readFacts(job *Job) (*facts, error) {
	f := &facts{namespaces: map[string]*corev1.Namespace{}}
	f.namespace(rootNamespace)
	for _, raw := range job.Objects {
		var object typeAndName
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, fmt.Errorf("an object is not a Kubernetes object: %w", err)
		}
		if err := f.add(&object, raw); err != nil {
			return nil, fmt.Errorf("%v: %w", &object, err)
		}
	}
	for _, request := range job.Requests {
		if request.From != nil {
			f.client(*request.From)
		}
	}
	return f, nil
}

// add takes one object by its kind; the versions of a kind agree in the fields that are read.
func (f *facts) add(object *typeAndName, raw []byte) error {
	switch object.group() {
	case "", "apps", "extensions", "batch":
	default:
		return nil
	}
	var template corev1.PodTemplateSpec
	switch object.Kind {
	case "Namespace":
		var namespace corev1.Namespace
		if err := json.Unmarshal(raw, &namespace); err != nil {
			return err
		}
		namespace.Namespace = ""
		f.namespaces[namespace.Name] = &namespace
		return nil
	case "Service":
		var service corev1.Service
		if err := json.Unmarshal(raw, &service); err != nil {
			return err
		}
		return f.addService(&service)
	case "Pod":
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return err
		}
		template = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	case "Deployment":
		var deployment appsv1.Deployment
		if err := json.Unmarshal(raw, &deployment); err != nil {
			return err
		}
		template = deployment.Spec.Template
	case "StatefulSet":
		var set appsv1.StatefulSet
		if err := json.Unmarshal(raw, &set); err != nil {
			return err
		}
		template = set.Spec.Template
	case "DaemonSet":
		var set appsv1.DaemonSet
		if err := json.Unmarshal(raw, &set); err != nil {
			return err
		}
		template = set.Spec.Template
	case "ReplicaSet":
		var set appsv1.ReplicaSet
		if err := json.Unmarshal(raw, &set); err != nil {
			return err
		}
		template = set.Spec.Template
	case "ReplicationController":
		var controller corev1.ReplicationController
		if err := json.Unmarshal(raw, &controller); err != nil {
			return err
		}
		if controller.Spec.Template == nil {
			return nil
		}
		template = *controller.Spec.Template
	case "Job":
		var job batchv1.Job
		if err := json.Unmarshal(raw, &job); err != nil {
			return err
		}
		template = job.Spec.Template
	case "CronJob":
		var job batchv1.CronJob
		if err := json.Unmarshal(raw, &job); err != nil {
			return err
		}
		template = job.Spec.JobTemplate.Spec.Template
	default:
		return nil
	}
	f.addPod(object.Name, object.Namespace, &template)
	return nil
}

func (f *facts) namespace(name string) {
	if _, known := f.namespaces[name]; !known {
		f.namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
}

// addPod makes the ready pod of a template, with a sidecar as the injector leaves it.
func (f *facts) addPod(name, namespace string, template *corev1.PodTemplateSpec) {
	namespace = orDefault(namespace)
	f.namespace(namespace)
	podLabels := maps.Clone(template.Labels)
	if podLabels == nil {
		podLabels = map[string]string{}
	}
	podLabels["security.istio.io/tlsMode"] = "istio"
	annotations := maps.Clone(template.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["sidecar.istio.io/status"] = "{}"
	spec := template.Spec.DeepCopy()
	for i := range spec.Containers {
		for j := range spec.Containers[i].Ports {
			port := &spec.Containers[i].Ports[j]
			port.Protocol = orTCP(port.Protocol)
		}
	}
	address := podAddress(len(f.pods))
	f.pods = append(f.pods, &workload{
		labels: template.Labels,
		pod: &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Name:        fmt.Sprintf("%s-%d", name, len(f.pods)),
				Namespace:   namespace,
				Labels:      podLabels,
				Annotations: annotations,
			},
			Spec: corev1.PodSpec{
				ServiceAccountName: orDefault(spec.ServiceAccountName),
				Containers:         append(spec.Containers, corev1.Container{Name: "istio-proxy"}),
				HostNetwork:        spec.HostNetwork,
			},
			Status: corev1.PodStatus{
				Phase:      corev1.PodRunning,
				Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
				PodIP:      address,
				PodIPs:     []corev1.PodIP{{IP: address}},
			},
		},
	})
}

// client makes a pod for an account that asks for something and runs nowhere.
func (f *facts) client(from string) {
	namespace, account, ok := accountOf(from)
	if !ok || f.podOf(namespace+"/"+account) != nil {
		return
	}
	f.addPod("client", namespace, &corev1.PodTemplateSpec{Spec: corev1.PodSpec{ServiceAccountName: account}})
}

// podOf is the first pod of an account.
func (f *facts) podOf(account string) *workload {
	for _, w := range f.pods {
		if w.account() == account {
			return w
		}
	}
	return nil
}

// target finds the workload that a request names. Among several, one with exactly the labels asked for is meant; workloads
// that are alike in all that policies look at may stand for one another.
func (f *facts) target(t *Target) (*workload, error) {
	var found []*workload
	for _, w := range f.pods {
		if w.account() == orDefault(t.Namespace)+"/"+orDefault(t.ServiceAccount) && labels.SelectorFromSet(t.Labels).Matches(labels.Set(w.labels)) {
			if len(w.labels) == len(t.Labels) {
				return w, nil
			}
			found = append(found, w)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no workload of account %s/%s has the labels %v", t.Namespace, t.ServiceAccount, t.Labels)
	}
	for _, w := range found[1:] {
		if !maps.Equal(w.labels, found[0].labels) {
			return nil, fmt.Errorf("both %s and %s are meant", found[0].pod.Name, w.pod.Name)
		}
	}
	return found[0], nil
}

// addService fills in what the API server would.
func (f *facts) addService(service *corev1.Service) error {
	service.Namespace = orDefault(service.Namespace)
	if f.service(service.Namespace+"/"+service.Name) != nil {
		return errors.New("there are two of that name")
	}
	f.namespace(service.Namespace)
	if service.Spec.Type == "" {
		service.Spec.Type = corev1.ServiceTypeClusterIP
	}
	if service.Spec.Type != corev1.ServiceTypeExternalName && service.Spec.ClusterIP != corev1.ClusterIPNone {
		service.Spec.ClusterIP = serviceAddress(len(f.services))
		service.Spec.ClusterIPs = []string{service.Spec.ClusterIP}
	}
	for i := range service.Spec.Ports {
		port := &service.Spec.Ports[i]
		port.Protocol = orTCP(port.Protocol)
		if port.TargetPort == (intstr.IntOrString{}) {
			port.TargetPort = intstr.FromInt32(port.Port)
		}
	}
	f.services = append(f.services, service)
	return nil
}

// service finds "namespace/name".
func (f *facts) service(key string) *corev1.Service {
	for _, s := range f.services {
		if s.Namespace+"/"+s.Name == key {
			return s
		}
	}
	return nil
}

// dialled is the address that a client gets for a service: the cluster IP, or for a headless one that of a pod.
func (f *facts) dialled(service *corev1.Service) (string, error) {
	switch {
	case service.Spec.Type == corev1.ServiceTypeExternalName:
		return "", fmt.Errorf("service %s/%s is external and has no address", service.Namespace, service.Name)
	case service.Spec.ClusterIP != corev1.ClusterIPNone:
		return service.Spec.ClusterIP, nil
	}
	for _, w := range f.pods {
		if selects(service, w.pod) {
			return w.pod.Status.PodIP, nil
		}
	}
	return "", fmt.Errorf("service %s/%s is headless and selects no pod", service.Namespace, service.Name)
}

// objects is the whole cluster, as the API server would list it.
func (f *facts) objects() []runtime.Object {
	var all []runtime.Object
	for _, namespace := range f.namespaces {
		all = append(all, namespace)
	}
	for _, w := range f.pods {
		all = append(all, w.pod)
	}
	for _, service := range f.services {
		all = append(all, service)
		for _, w := range f.pods {
			if selects(service, w.pod) {
				all = append(all, endpointSlice(service, w.pod))
			}
		}
	}
	return all
}

func selects(service *corev1.Service, pod *corev1.Pod) bool {
	return service.Namespace == pod.Namespace && len(service.Spec.Selector) > 0 &&
		labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels))
}

// endpointSlice lists one pod of a service. Each pod has its own: pods may resolve a named port differently.
func endpointSlice(service *corev1.Service, pod *corev1.Pod) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name:      service.Name + "-" + pod.Name,
			Namespace: service.Namespace,
			Labels:    map[string]string{discoveryv1.LabelServiceName: service.Name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses:  []string{pod.Status.PodIP},
			Conditions: discoveryv1.EndpointConditions{Ready: new(true), Serving: new(true), Terminating: new(false)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Name: pod.Name, Namespace: pod.Namespace},
		}},
	}
	for _, port := range service.Spec.Ports {
		if number, ok := targetPort(&port, pod); ok {
			slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{
				Name: &port.Name, Port: &number, Protocol: &port.Protocol, AppProtocol: port.AppProtocol,
			})
		}
	}
	return slice
}

// targetPort resolves the target port of a service for one pod.
func targetPort(port *corev1.ServicePort, pod *corev1.Pod) (int32, bool) {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal, true
	}
	for _, container := range pod.Spec.Containers {
		for _, p := range container.Ports {
			if p.Name == port.TargetPort.StrVal && p.Protocol == port.Protocol {
				return p.ContainerPort, true
			}
		}
	}
	return 0, false
}

func orTCP(protocol corev1.Protocol) corev1.Protocol {
	if protocol == "" {
		return corev1.ProtocolTCP
	}
	return protocol
}

func orDefault(name string) string {
	if name == "" {
		return "default"
	}
	return name
}

// Addresses are made up; nothing is ever dialled there.
func podAddress(n int) string     { return fmt.Sprintf("10.%d.%d.%d", 128+n/62500, n/250%250, n%250+1) }
func serviceAddress(n int) string { return fmt.Sprintf("10.%d.%d.%d", n/62500, n/250%250, n%250+1) }
