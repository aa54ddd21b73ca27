package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A Job is one world to ask about: the facts of a cluster, the Istio objects rendered for it, and the requests whose fate
// is wanted.
type Job struct {
	Name          string            `json:"name"`
	TrustDomain   string            `json:"trustDomain"`
	ClusterDomain string            `json:"clusterDomain"`
	Objects       []json.RawMessage `json:"objects"`
	Requests      []Request         `json:"requests"`
}

// A Request is one question: may this client reach that workload (access), or where does a request of this client to that
// service go (routing).
type Request struct {
	ID       int         `json:"id"`
	Kind     string      `json:"kind"`
	From     *string     `json:"from"`
	To       *Target     `json:"to"`
	Host     string      `json:"host"`
	Service  string      `json:"service"`
	Port     uint16      `json:"port"`
	Protocol string      `json:"protocol"`
	Method   string      `json:"method"`
	Path     string      `json:"path"`
	Headers  [][2]string `json:"headers"`
}

// A Target names a workload of the job.
type Target struct {
	Namespace      string            `json:"namespace"`
	ServiceAccount string            `json:"serviceAccount"`
	Labels         map[string]string `json:"labels"`
}

// A Result answers one job.
type Result struct {
	Name     string    `json:"name"`
	Refused  []Refusal `json:"refused"`
	Warnings []string  `json:"warnings"`
	Answers  []Answer  `json:"answers"`
	Errors   []string  `json:"errors"`
}

// A Refusal is an object that admission did not let through, so that the mesh never saw it.
type Refusal struct {
	Object string `json:"object"`
	Error  string `json:"error"`
}

// An Answer carries a verdict (access), the shares and the status (routing), or an error when there is no telling.
type Answer struct {
	ID      int     `json:"id"`
	Verdict string  `json:"verdict,omitempty"`
	Shares  []Share `json:"shares,omitempty"`
	Status  int     `json:"status,omitempty"`
	Note    string  `json:"note,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// A Share is one cluster of the matched route. Missing says that istiod made no such cluster, so that its share of the
// requests fails.
type Share struct {
	Cluster string `json:"cluster"`
	Service string `json:"service"`
	Port    int    `json:"port"`
	Weight  uint32 `json:"weight"`
	Missing bool   `json:"missing"`
}

// The verdicts of an access request.
const (
	allow = "allow"
	deny  = "deny"
)

func newResult(name string) *Result {
	return &Result{Name: name, Refused: []Refusal{}, Warnings: []string{}, Answers: []Answer{}, Errors: []string{}}
}

// fail leaves no request of the job without an answer.
func (r *Result) fail(job *Job, err error) *Result {
	r.Errors = append(r.Errors, err.Error())
	r.Answers = []Answer{}
	for _, request := range job.Requests {
		r.Answers = append(r.Answers, Answer{ID: request.ID, Error: err.Error()})
	}
	return r
}

// readJob reads one line. Fields that are not known are refused: a misspelt one would silently ask another question.
func readJob(line []byte) (*Job, error) {
	job := &Job{TrustDomain: "cluster.local", ClusterDomain: "cluster.local"}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(job); err != nil {
		return nil, fmt.Errorf("not a job: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a job: more than one JSON document on the line")
	}
	return job, nil
}
