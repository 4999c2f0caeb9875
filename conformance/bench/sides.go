package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// askKernel has the running kernel judge an object.
func (b *bench) askKernel(ctx context.Context, o *object) error {
	var stdout bytes.Buffer
	cmd := exec.CommandContext(ctx, b.oracle, o.file)
	cmd.Stdout = &stdout
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", b.oracle, o.file, err)
	}
	answers, err := truth.Read(&stdout)
	if err != nil {
		return fmt.Errorf("%s %s: %w", b.oracle, o.file, err)
	}
	for i := range answers.Records {
		if r := &answers.Records[i]; r.Judged() && r.Verdict == "success" && r.Usec >= 0 {
			t := o.timing(r.Program)
			// The kernel rounds to microseconds; none takes nothing.
			t.kernel = fastest(t.kernel, time.Duration(max(r.Usec, 1))*time.Microsecond)
			t.processed = r.Processed
		}
	}
	return nil
}

// cost is what a process took that judged one object, its start included.
type cost struct {
	Programs []report.Program
	Peak     int64 // bytes it had at most; 0 where the system can't tell
	Mallocs  uint64
	Bytes    uint64        // allocated
	cpu      time.Duration // of all of the process
}

// process judges an object in a process of its own.
func (b *bench) process(ctx context.Context, file string, flags ...string) (*cost, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"-kernel", b.kernel, "-timeout", b.timeout.String(), "-child", file}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("judging %s: %w", file, err)
	}
	c := &cost{}
	err = json.Unmarshal(out, c)
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return c, err
}

// cold judges an object in a process of its own.
func (b *bench) cold(ctx context.Context, o *object) error {
	c, err := b.process(ctx, o.file)
	if err != nil {
		return err
	}
	c.cpu = fastest(o.cold.cpu, c.cpu)
	for i := range c.Programs {
		if p := &c.Programs[i]; p.Verdict == report.Success {
			t := o.timing(p.Name)
			t.cold = fastest(t.cold, duration(p))
			t.states, t.perInsn = p.States, p.MaxStatesPerInsn
		}
	}
	o.cold = *c
	return nil
}

// child is such a process.
func (b *bench) child(file string) error {
	var err error
	if b.model, err = kernel.Load(b.kernel); err != nil {
		return err
	}
	res, err := b.check(context.Background(), file)
	if err != nil {
		return err
	}
	c := cost{Peak: peak()}
	for p := range res.Programs() {
		c.Programs = append(c.Programs, *p)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	c.Mallocs, c.Bytes = mem.Mallocs, mem.TotalAlloc
	return json.NewEncoder(os.Stdout).Encode(c)
}

// warmTimes is how often a process that is warm judges an object in a round. It takes little.
const warmTimes = 3

// warm judges an object in this process.
func (b *bench) warm(ctx context.Context, o *object) error {
	for range warmTimes {
		res, err := b.check(ctx, o.file)
		if err != nil {
			return err
		}
		for p := range res.Programs() {
			if p.Verdict == report.Success {
				t := o.timing(p.Name)
				t.warm = fastest(t.warm, duration(p))
			}
		}
	}
	runtime.GC() // so that the next object's cost is its own; a process that is warm keeps its memory
	return nil
}

func duration(p *report.Program) time.Duration {
	return time.Duration(max(p.DurationUS, 1)) * time.Microsecond
}

// check judges an object.
func (b *bench) check(ctx context.Context, file string) (*report.Result, error) {
	opts := []bpfverdict.Option{bpfverdict.Jobs(1), bpfverdict.Timeout(b.timeout)}
	if b.explain {
		opts = append(opts, bpfverdict.Explain())
	}
	if b.program != "" {
		opts = append(opts, bpfverdict.Only(b.program))
	}
	res, err := bpfverdict.CheckAll(ctx, b.model, []string{file}, opts...)
	return res, unreadable(err)
}

// unreadable drops the error that an object can't be read: some of the corpus are meant to be like that.
func unreadable(err error) error {
	if ie := new(bpfverdict.InputError); errors.As(err, &ie) {
		return nil
	}
	return err
}
