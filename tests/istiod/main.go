// smi-istiod asks Istio what it makes of rendered objects: admission, istiod's code, and an Envoy that runs the result.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/log"
	"k8s.io/klog/v2"
)

func main() {
	path := flag.String("envoy", "", "the Envoy to run")
	workers := flag.Int("workers", runtime.NumCPU(), "how many jobs to do at a time")
	timeout := flag.Duration("timeout", 10*time.Minute, "when to give up on everything")
	flag.Parse()
	if err := run(*path, *workers, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "smi-istiod:", err)
		os.Exit(1)
	}
}

func run(path string, workers int, timeout time.Duration) error {
	if path == "" {
		return errors.New("--envoy is missing")
	}
	if workers < 1 {
		return errors.New("--workers must be at least 1")
	}
	if err := configureLogs(); err != nil {
		return err
	}
	// It would keep the inner state of every istiod that ever ran.
	krt.GlobalDebugHandler = nil
	admission, err := newAdmission()
	if err != nil {
		return err
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- answerAll(os.Stdin, os.Stdout, workers, admission, ca, path) }()
	select {
	case err := <-done:
		return err
	case <-time.After(timeout):
		// The Envoys die with this process.
		return fmt.Errorf("not done after %v", timeout)
	}
}

// configureLogs keeps istiod off standard output, and quiet unless SMI_ISTIOD_LOG names a level.
func configureLogs() error {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	level := log.StringToLevel(os.Getenv("SMI_ISTIOD_LOG"))
	options.SetDefaultOutputLevel(log.OverrideScopeName, level)
	if level == log.NoneLevel {
		klog.LogToStderr(false)
		klog.SetOutput(io.Discard)
	}
	return log.Configure(options)
}

// slot is where the result of a job goes: jobs are done in any order, and answered in theirs.
type slot struct {
	line   []byte
	result chan *Result
}

func answerAll(in io.Reader, out io.Writer, workers int, admission *admission, ca *authority, path string) error {
	order := make(chan *slot, 4*workers)
	todo := make(chan *slot)
	var reading error
	go func() {
		defer close(order)
		defer close(todo)
		lines := bufio.NewReader(in)
		for {
			line, err := lines.ReadBytes('\n')
			if len(line) > 1 {
				s := &slot{line: line, result: make(chan *Result, 1)}
				order <- s
				todo <- s
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					reading = err
				}
				return
			}
		}
	}()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			w := &worker{admission: admission, authority: ca, path: path}
			defer w.stop()
			for s := range todo {
				job, err := readJob(s.line)
				if err != nil {
					s.result <- newResult("").fail(&Job{}, err)
					continue
				}
				s.result <- w.do(job)
			}
		})
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for s := range order {
		if err := encoder.Encode(<-s.result); err != nil {
			return err
		}
	}
	group.Wait()
	return reading
}
