package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	istiocrd "istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/collections"
	istioresource "istio.io/istio/pkg/config/schema/resource"
	"istio.io/istio/pkg/webhooks/validation/server"
)

// admission is what stands between a client of the Kubernetes API and istiod: first the API server with the schema and the
// CEL rules of Istio's CRDs (unknown fields are refused, as with strict field validation), then istiod's own webhook.
type admission struct {
	crds     map[schema.GroupVersionKind]*customResource
	mutex    sync.Mutex
	webhooks map[string]http.Handler
}

func newAdmission() (*admission, error) {
	crds, err := readCRDs()
	if err != nil {
		return nil, err
	}
	return &admission{crds: crds, webhooks: map[string]http.Handler{}}, nil
}

// webhook is the one of an istiod with this cluster domain.
func (a *admission) webhook(domain string) (http.Handler, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if webhook, made := a.webhooks[domain]; made {
		return webhook, nil
	}
	mux := http.NewServeMux()
	if _, err := server.New(server.Options{Schemas: collections.PilotGatewayAPI(), DomainSuffix: domain, Mux: mux}); err != nil {
		return nil, err
	}
	a.webhooks[domain] = mux
	return mux, nil
}

// admit sorts out the Istio objects of a job: what is let through comes back as istiod's configuration, the rest and all
// warnings are noted in the result.
func (a *admission) admit(job *Job, result *Result) ([]config.Config, error) {
	webhook, err := a.webhook(job.ClusterDomain)
	if err != nil {
		return nil, err
	}
	var admitted []config.Config
	for _, raw := range job.Objects {
		var object unstructured.Unstructured
		if err := json.Unmarshal(raw, &object.Object); err != nil {
			return nil, fmt.Errorf("an object is not a Kubernetes object: %w", err)
		}
		if !strings.HasSuffix(object.GroupVersionKind().Group, ".istio.io") {
			continue
		}
		object.SetNamespace(orDefault(object.GetNamespace()))
		name := fmt.Sprintf("%s %s/%s", object.GetKind(), object.GetNamespace(), object.GetName())
		one, warnings, err := a.admitOne(webhook, &object, job.ClusterDomain)
		for _, warning := range warnings {
			result.Warnings = append(result.Warnings, name+": "+warning)
		}
		if err != nil {
			result.Refused = append(result.Refused, Refusal{Object: name, Error: err.Error()})
			continue
		}
		admitted = append(admitted, *one)
	}
	return admitted, nil
}

func (a *admission) admitOne(webhook http.Handler, object *unstructured.Unstructured, domain string) (*config.Config, []string, error) {
	raw, err := object.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	kind := object.GroupVersionKind()
	resource, served := a.crds[kind]
	if !served {
		return nil, nil, fmt.Errorf("no CRD serves %v", kind)
	}
	if err := resource.validate(object.DeepCopy().Object); err != nil {
		return nil, nil, err
	}
	warnings, err := review(webhook, object, raw)
	if err != nil {
		return nil, warnings, err
	}
	collection, known := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(istioresource.FromKubernetesGVK(&kind))
	if !known {
		return nil, warnings, fmt.Errorf("istiod does not know %v", kind)
	}
	var istioObject istiocrd.IstioKind
	if err := json.Unmarshal(raw, &istioObject); err != nil {
		return nil, warnings, err
	}
	converted, err := istiocrd.ConvertObject(collection, &istioObject, domain)
	return converted, warnings, err
}

// review puts the object before the webhook, as the API server does on creation.
func review(webhook http.Handler, object *unstructured.Unstructured, raw []byte) ([]string, error) {
	kind := object.GroupVersionKind()
	body, err := json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID:       "review",
			Kind:      metav1.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind},
			Name:      object.GetName(),
			Namespace: object.GetNamespace(),
			Operation: admissionv1.Create,
			Object:    runtime.RawExtension{Raw: raw},
		},
	})
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequest(http.MethodPost, "/validate", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	webhook.ServeHTTP(recorder, request)
	var answer admissionv1.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		return nil, fmt.Errorf("the webhook answered %d %q: %w", recorder.Code, recorder.Body, err)
	}
	switch {
	case answer.Response == nil:
		return nil, fmt.Errorf("the webhook answered %d without a response", recorder.Code)
	case answer.Response.Allowed:
		return answer.Response.Warnings, nil
	case answer.Response.Result != nil:
		return answer.Response.Warnings, errors.New(answer.Response.Result.Message)
	}
	return answer.Response.Warnings, errors.New("refused without a reason")
}
