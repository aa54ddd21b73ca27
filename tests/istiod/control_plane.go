package main

import (
	"fmt"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"k8s.io/client-go/kubernetes/fake"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry"
	kubecontroller "istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// istioVersion is what the proxies say they are; istiod leaves out what an older one would not understand.
const istioVersion = "1.31.0"

// controlPlane is istiod's own code over the facts of one job. It is put together from the parts that Istio's tests use,
// rather than from their fake server: that one knows no other cluster domain than its default.
type controlPlane struct {
	*core.ConfigGenTest
	domain string
}

func newControlPlane(t test.Failer, job *Job, f *facts, configs []config.Config) *controlPlane {
	meshConfig := mesh.DefaultMeshConfig()
	meshConfig.TrustDomain = job.TrustDomain
	kube, err := newKubeClient(f)
	if err != nil {
		t.Fatal(err)
	}
	endpoints := model.NewEndpointIndex(model.DisabledCache{})
	updater := model.NewEndpointIndexUpdater(endpoints)
	registry, _ := kubecontroller.NewFakeControllerWithOptions(t, kubecontroller.FakeControllerOptions{
		Client:        kube,
		ClusterID:     constants.DefaultClusterName,
		DomainSuffix:  job.ClusterDomain,
		MeshWatcher:   meshwatcher.NewTestWatcher(meshConfig),
		XDSUpdater:    updater,
		ConfigCluster: true,
		SkipRun:       true,
	})
	// Objects of one file are created together, which leaves their order to their names.
	now := time.Now()
	for i := range configs {
		if configs[i].CreationTimestamp.IsZero() {
			configs[i].CreationTimestamp = now
		}
	}
	c := &controlPlane{
		ConfigGenTest: core.NewConfigGenTest(t, core.TestOptions{
			Configs:           configs,
			MeshConfig:        meshConfig,
			XDSUpdater:        updater,
			ServiceRegistries: []serviceregistry.Instance{registry},
			ClusterID:         constants.DefaultClusterName,
			SkipRun:           true,
		}),
		domain: job.ClusterDomain,
	}
	c.Env().DomainSuffix = job.ClusterDomain
	c.Env().EndpointIndex = endpoints
	c.Run()
	if err := c.Env().InitNetworksManager(updater); err != nil {
		t.Fatal(err)
	}
	c.PushContext().InitContext(c.Env(), nil, nil)
	return c
}

// newKubeClient has the facts in it without a history of who wrote which field, the keeping of which takes longer than all
// that istiod does.
func newKubeClient(f *facts) (kubelib.Client, error) {
	client := kubelib.NewFakeClient()
	tracker := client.Kube().(*fake.Clientset).Tracker()
	for _, object := range f.objects() {
		if err := tracker.Add(object); err != nil {
			return nil, err
		}
	}
	return client, nil
}

// proxy is the sidecar of a workload, as it introduces itself to istiod.
func (c *controlPlane) proxy(w *workload) *model.Proxy {
	pod := w.pod
	return c.SetupProxy(&model.Proxy{
		Type:            model.SidecarProxy,
		ID:              pod.Name + "." + pod.Namespace,
		ConfigNamespace: pod.Namespace,
		IPAddresses:     []string{pod.Status.PodIP},
		DNSDomain:       pod.Namespace + ".svc." + c.domain,
		Labels:          pod.Labels,
		Metadata: &model.NodeMetadata{
			IstioVersion:   istioVersion,
			ClusterID:      constants.DefaultClusterName,
			Namespace:      pod.Namespace,
			ServiceAccount: pod.Spec.ServiceAccountName,
			Labels:         pod.Labels,
		},
	})
}

// inbound is the listener that guards a workload.
func (c *controlPlane) inbound(w *workload) (*listener.Listener, error) {
	for _, l := range c.Listeners(c.proxy(w)) {
		if l.Name == model.VirtualInboundListenerName {
			return l, nil
		}
	}
	return nil, fmt.Errorf("istiod made no listener %s", model.VirtualInboundListenerName)
}

// outbound is what istiod tells the sidecar of a workload about its own requests.
func (c *controlPlane) outbound(w *workload) *outbound {
	proxy := c.proxy(w)
	o := &outbound{
		domain:    c.domain,
		listeners: c.Listeners(proxy),
		tables:    map[string]*route.RouteConfiguration{},
		clusters:  map[string]*cluster.Cluster{},
	}
	for _, table := range c.RoutesFromListeners(proxy, o.listeners) {
		o.tables[table.Name] = table
	}
	for _, cl := range c.Clusters(proxy) {
		o.clusters[cl.Name] = cl
	}
	return o
}
