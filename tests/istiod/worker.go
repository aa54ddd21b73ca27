package main

import (
	"context"
	"errors"
	"time"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
)

// A worker does one job after the other, with an Envoy of its own.
type worker struct {
	admission *admission
	authority *authority
	path      string
	envoy     *envoy
}

// jobTimeout bounds the part of a job that Envoy has.
const jobTimeout = 60 * time.Second

// do answers a job. Whatever goes wrong is part of the result.
func (w *worker) do(job *Job) *Result {
	result := newResult(job.Name)
	configs, err := w.admission.admit(job, result)
	if err != nil {
		return result.fail(job, err)
	}
	p, err := newPlan(job, configs, w.authority)
	if err != nil {
		return result.fail(job, err)
	}
	if len(p.listeners) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), jobTimeout)
		defer cancel()
		if err := w.serve(ctx, p.listeners); errors.Is(err, errRefused) {
			result.Errors = append(result.Errors, p.withoutRefused(err))
		} else if err != nil {
			return result.fail(job, err)
		}
		p.call(ctx)
		if err := w.envoy.alive(); err != nil {
			return result.fail(job, err)
		}
	}
	result.Answers = p.answers
	return result
}

// serve has Envoy run the listeners, a new one if the one before died.
func (w *worker) serve(ctx context.Context, listeners []*listener.Listener) error {
	if w.envoy != nil && w.envoy.alive() != nil {
		w.stop()
	}
	if w.envoy == nil {
		e, err := startEnvoy(w.path, w.authority)
		if err != nil {
			return err
		}
		w.envoy = e
	}
	err := w.envoy.apply(ctx, listeners)
	if err != nil && !errors.Is(err, errRefused) {
		w.stop()
	}
	return err
}

func (w *worker) stop() {
	if w.envoy != nil {
		w.envoy.stop()
		w.envoy = nil
	}
}
