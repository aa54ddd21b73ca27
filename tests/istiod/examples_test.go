package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"istio.io/istio/pkg/kube/krt"
)

// An example is a job with what is expected of it: of each request, of the objects that are refused, of the errors.
type example struct {
	Job
	About    string           `json:"about"`
	Requests []expectedAnswer `json:"requests"`
	Refused  []string         `json:"refused"`
	Errors   int              `json:"errors"`
}

type expectedAnswer struct {
	Request
	Expect string `json:"expect"`
}

func TestExamples(t *testing.T) {
	path := os.Getenv("SMI_ENVOY")
	if path == "" {
		t.Skip("SMI_ENVOY names no Envoy")
	}
	krt.GlobalDebugHandler = nil
	if err := configureLogs(); err != nil {
		t.Fatal(err)
	}
	admission, err := newAdmission()
	if err != nil {
		t.Fatal(err)
	}
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{admission: admission, authority: ca, path: path}
	defer w.stop()
	files, err := filepath.Glob("examples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var e example
			if err := json.Unmarshal(content, &e); err != nil {
				t.Fatal(err)
			}
			check(t, &e, w)
		})
	}
}

func check(t *testing.T, e *example, w *worker) {
	job := e.Job
	for i, expected := range e.Requests {
		expected.ID = i
		job.Requests = append(job.Requests, expected.Request)
	}
	result := w.do(&job)
	if len(result.Errors) != e.Errors {
		t.Errorf("%d errors instead of %d: %q", len(result.Errors), e.Errors, result.Errors)
	}
	var refused []string
	for _, refusal := range result.Refused {
		refused = append(refused, refusal.Object)
	}
	if fmt.Sprint(refused) != fmt.Sprint(e.Refused) {
		t.Errorf("refused: %v", result.Refused)
	}
	if len(result.Answers) != len(e.Requests) {
		t.Fatalf("%d answers to %d requests", len(result.Answers), len(e.Requests))
	}
	for i, answer := range result.Answers {
		if got := summary(&answer); answer.ID != i || got != e.Requests[i].Expect {
			t.Errorf("request %d: %s instead of %s: %+v", i, got, e.Requests[i].Expect, answer)
		}
	}
}

// summary is an answer in the words of the examples.
func summary(answer *Answer) string {
	var shares []string
	for _, share := range answer.Shares {
		name := share.Cluster
		if share.Service != "" {
			name = fmt.Sprintf("%s:%d", share.Service, share.Port)
		}
		if share.Missing {
			name = "missing " + name
		}
		shares = append(shares, fmt.Sprintf("%s=%d", name, share.Weight))
	}
	switch {
	case answer.Error != "":
		return "error"
	case answer.Verdict != "":
		return answer.Verdict
	case len(shares) > 0:
		return strings.Join(shares, " ")
	case answer.Status != 0:
		return fmt.Sprintf("status %d", answer.Status)
	}
	return answer.Note
}
