package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/bpfverdict/bpfverdict/report"
)

// answers are our answers by object and program; an object that can't be read is in failed.
type answers struct {
	programs map[string]*answer // by "object/program"
	failed   map[string]string  // by object: why
}

// ask has every object judged by opts.jobs worker processes.
func ask(paths []string, opts options) (*answers, error) {
	all := &answers{programs: map[string]*answer{}, failed: map[string]string{}}
	var mu sync.Mutex
	todo := make(chan string)
	errs := make(chan error, opts.jobs)
	var wg sync.WaitGroup
	for range opts.jobs {
		wg.Go(func() {
			w := &worker{opts: opts}
			defer w.stop()
			for path := range todo {
				got, failure, err := w.object(path)
				if err != nil {
					errs <- err
					for range todo { // so that the sender doesn't wait for ever
					}
					return
				}
				mu.Lock()
				base := baseName(path)
				for _, a := range got {
					all.programs[base+"/"+a.Name] = a
				}
				if failure != "" {
					all.failed[base] = failure
				}
				mu.Unlock()
			}
		})
	}
	for _, p := range paths {
		todo <- p
	}
	close(todo)
	wg.Wait()
	close(errs)
	return all, <-errs
}

// worker is one child process, started when first needed and again after its death.
type worker struct {
	opts   options
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan reply // closed when the child is gone
	stderr bytes.Buffer
	deaths int // in a row, without an answer between
}

func (w *worker) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	w.cmd = exec.Command(self, "-worker", "-kernel", w.opts.kernel, "-build", w.opts.build, "-btf", w.opts.btf, "-modules", w.opts.modules,
		"-options", w.opts.options, "-cpus", fmt.Sprint(w.opts.cpus), "-timeout", w.opts.timeout.String(), "-memory", fmt.Sprint(w.opts.memory>>20))
	w.stderr.Reset()
	w.cmd.Stderr = &w.stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.cmd.Start(); err != nil {
		return err
	}
	w.lines = make(chan reply)
	go func(lines chan<- reply) {
		defer close(lines)
		sc := bufio.NewScanner(out)
		sc.Buffer(nil, 256<<20)
		for sc.Scan() {
			var r reply
			if json.Unmarshal(sc.Bytes(), &r) == nil {
				lines <- r
			}
		}
	}(w.lines)
	return nil
}

// stop ends the child and returns the first line of what it said on stderr.
func (w *worker) stop() string {
	if w.cmd == nil {
		return ""
	}
	w.in.Close()
	_ = w.cmd.Process.Kill()
	for range w.lines {
	}
	_ = w.cmd.Wait()
	w.cmd = nil
	for line := range strings.Lines(w.stderr.String()) {
		if l := strings.TrimSpace(line); l != "" {
			return l
		}
	}
	return ""
}

// object returns the answers for one object's programs, or why it can't be read. A program
// during which the child dies or falls silent is answered for with an error.
func (w *worker) object(path string) (got []*answer, failure string, err error) {
	skip := map[string]bool{}
	for {
		if w.cmd == nil {
			if err := w.start(); err != nil {
				return nil, "", err
			}
		}
		line, _ := json.Marshal(request{Path: path, Skip: skip, LogLevel: w.opts.logLevel})
		if _, err := w.in.Write(append(line, '\n')); err != nil {
			w.deaths++
		}
		running, failure, dead := w.collect(&got)
		if !dead {
			return got, failure, nil
		}
		fatal := w.stop()
		if failure != "" {
			fatal = failure
		}
		if running == "" {
			if w.deaths++; w.deaths > 2 {
				return nil, "", fmt.Errorf("workers die: %s", fatal)
			}
			return got, "internal bug: " + fatal, nil
		}
		w.deaths = 0
		for _, a := range got {
			skip[a.Name] = true
		}
		skip[running] = true
		got = append(got, &answer{Program: report.Program{Object: path, Name: running,
			Verdict: report.Error, Message: "internal bug: " + fatal, Bug: true}})
	}
}

// collect reads one object's replies. running is the program under way when the child died.
func (w *worker) collect(got *[]*answer) (running, failure string, dead bool) {
	// The child keeps its own time limit; this one is for a walk that doesn't look at the clock.
	patience := w.opts.timeout + 20*time.Second
	for {
		select {
		case r, ok := <-w.lines:
			switch {
			case !ok:
				return running, "", true
			case r.Fatal != "":
				return running, r.Fatal, true
			case r.End:
				return "", r.Err, false
			case r.Done != nil:
				*got = append(*got, r.Done)
				running, w.deaths = "", 0
			default:
				running = r.Start
			}
		case <-time.After(patience):
			return running, fmt.Sprintf("no answer for %s", patience), true
		}
	}
}
