package main

import (
	"encoding/json"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
)

func factsOf(t *testing.T, requests []Request, objects ...string) *facts {
	t.Helper()
	job := &Job{Requests: requests}
	for _, object := range objects {
		job.Objects = append(job.Objects, json.RawMessage(object))
	}
	f, err := readFacts(job)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	stable = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {
		"metadata": {"labels": {"app": "web"}},
		"spec": {"serviceAccountName": "web", "containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 8080}]}]}}}}`
	canary = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "canary"}, "spec": {"template": {
		"metadata": {"labels": {"app": "web", "track": "canary"}},
		"spec": {"serviceAccountName": "web", "containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 9090}]}]}}}}`
	service = `{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {
		"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "same", "port": 81}]}}`
	headless = `{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "headless"}, "spec": {
		"clusterIP": "None", "selector": {"track": "canary"}, "ports": [{"port": 80}]}}`
)

func TestTargetIsTheWorkloadWithTheLabels(t *testing.T) {
	f := factsOf(t, nil, stable, canary)
	for _, c := range []struct {
		labels map[string]string
		name   string
	}{
		{map[string]string{"app": "web"}, "web-0"},
		{map[string]string{"track": "canary"}, "canary-1"},
		{nil, ""},
		{map[string]string{"app": "other"}, ""},
	} {
		w, err := f.target(&Target{Namespace: "default", ServiceAccount: "web", Labels: c.labels})
		if (err != nil) != (c.name == "") || err == nil && w.pod.Name != c.name {
			t.Errorf("%v: %v, %v", c.labels, w, err)
		}
	}
}

func TestNamedPortsAreResolvedForEachPod(t *testing.T) {
	ports := map[string][2]int32{}
	for _, object := range factsOf(t, nil, stable, canary, service).objects() {
		if slice, ok := object.(*discoveryv1.EndpointSlice); ok {
			ports[slice.Name] = [2]int32{*slice.Ports[0].Port, *slice.Ports[1].Port}
		}
	}
	if len(ports) != 2 || ports["web-web-0"] != [2]int32{8080, 81} || ports["web-canary-1"] != [2]int32{9090, 81} {
		t.Error(ports)
	}
}

func TestHeadlessServicesAreDialledAtAPod(t *testing.T) {
	f := factsOf(t, nil, stable, canary, service, headless)
	if address, err := f.dialled(f.service("default/web")); err != nil || address != f.services[0].Spec.ClusterIP {
		t.Error(address, err)
	}
	if address, err := f.dialled(f.service("default/headless")); err != nil || address != f.pods[1].pod.Status.PodIP {
		t.Error(address, err)
	}
}

func TestClientsThatRunNowhereGetAPod(t *testing.T) {
	known, stranger, identity := "default/web", "other/someone", "spiffe://elsewhere/x"
	f := factsOf(t, []Request{{From: &known}, {From: &stranger}, {From: &stranger}, {From: &identity}, {}}, stable)
	if len(f.pods) != 2 || f.podOf(stranger) == nil || f.namespaces["other"] == nil {
		t.Error(f.pods)
	}
}
