package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/test"
)

// A plan is what is to be run for a job: the listeners, and for each request the call that answers it.
type plan struct {
	job       *Job
	authority *authority
	facts     *facts
	control   *controlPlane
	listeners []*listener.Listener
	names     map[string]string // what the listener on a socket stands for
	checks    map[string]string // the listener that only tries whether Envoy takes the one on a socket as istiod made it
	inbounds  map[*workload]string
	outbounds map[*workload]*client
	marked    [][]Share
	calls     []*call // by request; nil if it is answered already
	answers   []Answer
}

// A client is the sidecar of a workload that makes requests.
type client struct {
	*outbound
	sockets map[string]string
}

// newPlan asks istiod. Its code may end in a panic on objects that admission should have kept from it.
func newPlan(job *Job, configs []config.Config, ca *authority) (p *plan, err error) {
	f, err := readFacts(job)
	if err != nil {
		return nil, err
	}
	p = &plan{
		job: job, authority: ca, facts: f,
		names:     map[string]string{},
		checks:    map[string]string{},
		inbounds:  map[*workload]string{},
		outbounds: map[*workload]*client{},
		calls:     make([]*call, len(job.Requests)),
		answers:   make([]Answer, len(job.Requests)),
	}
	var panicked any
	err = test.Wrap(func(t test.Failer) {
		defer func() { panicked = recover() }()
		p.control = newControlPlane(t, job, f, configs)
		for i := range job.Requests {
			request := &job.Requests[i]
			p.answers[i].ID = request.ID
			call, err := p.callFor(request)
			if err != nil {
				p.answers[i].Error = err.Error()
			}
			p.calls[i] = call
		}
	})
	if panicked != nil {
		return nil, fmt.Errorf("istiod panics: %v", panicked)
	}
	return p, err
}

func (p *plan) callFor(request *Request) (*call, error) {
	if request.Protocol != "http" && request.Protocol != "tcp" {
		return nil, fmt.Errorf("protocol %q is not known", request.Protocol)
	}
	switch request.Kind {
	case "access":
		return p.access(request)
	case "routing":
		return p.routing(request)
	}
	return nil, fmt.Errorf("kind %q is not known", request.Kind)
}

// access is a call to the sidecar of the server, straight from the client.
func (p *plan) access(request *Request) (*call, error) {
	if request.To == nil {
		return nil, errors.New("the request has no target")
	}
	server, err := p.facts.target(request.To)
	if err != nil {
		return nil, err
	}
	if server.pod.Spec.HostNetwork {
		return nil, fmt.Errorf("%s is on the network of its host, and so not in the mesh", server.pod.Name)
	}
	c := &call{destination: server.pod.Status.PodIP, port: request.Port, request: request, source: strangerAddress}
	if request.From != nil {
		identity, err := identityOf(*request.From, p.job.TrustDomain)
		if err != nil {
			return nil, err
		}
		if c.certificate, err = p.authority.issue(identity); err != nil {
			return nil, err
		}
		if from := p.facts.podOf(*request.From); from != nil {
			c.source = from.pod.Status.PodIP
		}
	}
	if socket, known := p.inbounds[server]; known {
		c.socket = socket
		return c, nil
	}
	original, err := p.control.inbound(server)
	if err != nil {
		return nil, err
	}
	c.socket = newSocket()
	adapted, err := onSocket(original, c.socket, application{})
	if err != nil {
		return nil, err
	}
	p.add(adapted, "the inbound listener of "+server.pod.Name)
	p.inbounds[server] = c.socket
	return c, nil
}

// routing is a call from an application to its own sidecar, in plain text.
func (p *plan) routing(request *Request) (*call, error) {
	if request.From == nil {
		return nil, errors.New("only a client in the mesh is routed by it")
	}
	from := p.facts.podOf(*request.From)
	if from == nil {
		return nil, fmt.Errorf("%q is not an account", *request.From)
	}
	service := p.facts.service(request.Service)
	if service == nil {
		return nil, fmt.Errorf("there is no service %q", request.Service)
	}
	address, err := p.facts.dialled(service)
	if err != nil {
		return nil, err
	}
	c := &call{source: from.pod.Status.PodIP, destination: address, port: request.Port, request: request}
	sidecar, known := p.outbounds[from]
	if !known {
		sidecar = &client{outbound: p.control.outbound(from), sockets: map[string]string{}}
		p.outbounds[from] = sidecar
	}
	original, err := sidecar.listenerFor(address, request.Port)
	if err != nil {
		return nil, err
	}
	if socket, known := sidecar.sockets[original.Name]; known {
		c.socket = socket
		return c, nil
	}
	c.socket = newSocket()
	adapted, err := onSocket(original, c.socket, telling{sidecar.outbound, &p.marked})
	if err != nil {
		return nil, err
	}
	checked, err := onSocket(original, newSocket(), unchanged{sidecar.outbound})
	if err != nil {
		return nil, err
	}
	checked.BindToPort = wrapperspb.Bool(false)
	p.add(checked, fmt.Sprintf("listener %s of %s, as istiod made it", original.Name, from.pod.Name))
	p.add(adapted, fmt.Sprintf("listener %s of %s", original.Name, from.pod.Name))
	p.checks[c.socket] = checked.Name
	sidecar.sockets[original.Name] = c.socket
	return c, nil
}

func (p *plan) add(l *listener.Listener, name string) {
	p.listeners = append(p.listeners, l)
	p.names[l.Name] = name
}

// withoutRefused leaves the listeners alone that Envoy does not run, or would not if they were as istiod made them. It gives
// the reason, with what listeners stand for in the place of their names.
func (p *plan) withoutRefused(err error) string {
	text := err.Error()
	for i, c := range p.calls {
		if c == nil {
			continue
		}
		check := p.checks[c.socket]
		if strings.Contains(text, c.socket+":") || check != "" && strings.Contains(text, check+":") {
			p.answers[i].Error = errRefused.Error()
			p.calls[i] = nil
		}
	}
	for socket, name := range p.names {
		text = strings.ReplaceAll(text, socket+":", name+":")
	}
	return text
}

// concurrentCalls is how many requests of a job are under way at a time.
const concurrentCalls = 8

// call makes all calls, some at a time.
func (p *plan) call(ctx context.Context) {
	var group sync.WaitGroup
	free := make(chan struct{}, concurrentCalls)
	for i, c := range p.calls {
		if c == nil {
			continue
		}
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			if err := p.answer(ctx, c, &p.answers[i]); err != nil {
				p.answers[i].Error = err.Error()
			}
		})
	}
	group.Wait()
}

func (p *plan) answer(ctx context.Context, c *call, answer *Answer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	payload, err := c.payload()
	if err != nil {
		return err
	}
	got, err := c.run(payload)
	if err != nil {
		return err
	}
	if c.request.Kind == "access" {
		return verdict(c.request, got, answer)
	}
	return routed(got, p.marked, answer)
}
