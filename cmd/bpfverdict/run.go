package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/machine"
	"github.com/bpfverdict/bpfverdict/report"
)

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] FILE[:PROGRAM[,PROGRAM...]]...",
		Short: "Run programs of compiled BPF objects in user space",
		Long: "run verifies programs and runs them, in user space: one program of an object, or all of them in\n" +
			"the object's order. Programs of one object share its maps, so several steps make a sequence:\n" +
			"run FILE:init FILE:search. Every access to memory is checked; a fault says what was accessed, where\n" +
			"that was made and where it was freed.\n\n" +
			"Programs joined by commas, FILE:a,b, run at the same time, one on each CPU, switched as --seed says;\n" +
			"with --fast really at the same time, --repeat times each.\n" +
			"--explore N tries N schedules, one after the other, each from the start: it stops at the first fault,\n" +
			"lost object or deadlock, and says which --seed gives it again.\n\n" +
			"Exit codes: 0 all ran, 1 a program was rejected, faulted or did not end, 2 usage or input error,\n" +
			"3 bpfverdict lacks something to run it, 4 a bug of bpfverdict.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("run needs a FILE or FILE:PROGRAM: name a compiled BPF object, such as prog.bpf.o")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runRun(cmd, &f, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func runRun(cmd *cobra.Command, f *runFlags, steps []string) error {
	r, err := newRunner(cmd, f)
	if err != nil {
		return err
	}
	if err := r.open(steps); err != nil {
		return err
	}
	if r.explore > 0 {
		err = r.tryAll(cmd.Context())
	} else {
		err = r.sequence(cmd.Context())
	}
	if err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	if code := runExitCode(r.result); code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// step is what one argument names.
type step struct {
	path  string
	names []string // of programs; nil for all, one after the other
}

// together reports that the programs run at the same time.
func (s step) together() bool { return len(s.names) > 1 }

// opened is an object that steps name.
type opened struct {
	path string
	obj  *bpfverdict.Object
}

// loaded is an object in the machine.
type loaded struct {
	progs []*machine.Program
	err   error // joins what is wrong with single programs
}

// find returns the program of that name, nil if there is none.
func (l *loaded) find(name string) *machine.Program {
	i := slices.IndexFunc(l.progs, func(p *machine.Program) bool { return p.Name() == name })
	if i < 0 {
		return nil
	}
	return l.progs[i]
}

// open reads the objects that steps name, each once, changed as the flags say.
func (r *runner) open(steps []string) error {
	r.splitMaps()
	presets, err := r.presets.options()
	if err != nil {
		return err
	}
	var objects []*bpfverdict.Object
	for _, arg := range steps {
		s := splitStep(arg)
		r.steps = append(r.steps, s)
		r.world.CPUs = max(r.world.CPUs, len(s.names))
		if slices.ContainsFunc(r.objects, func(o opened) bool { return o.path == s.path }) {
			continue
		}
		o, err := bpfverdict.Open(s.path, r.loader.option())
		if err != nil {
			return err
		}
		r.objects, objects = append(r.objects, opened{path: s.path}), append(objects, o)
	}
	if objects, err = bpfverdict.Change(objects, presets...); err != nil {
		return err
	}
	for i, o := range objects {
		r.objects[i].obj = o
	}
	return nil
}

// sequence runs all steps on a machine of their own.
func (r *runner) sequence(ctx context.Context) (err error) {
	opts := machine.Options{World: r.world, Fast: r.fast}
	for _, text := range r.injections {
		in, err := machine.ParseInjection(text)
		if err != nil {
			return fmt.Errorf("--inject %w", err)
		}
		opts.Inject = append(opts.Inject, in)
	}
	if r.m, err = machine.New(r.kernel, opts); err != nil {
		return err
	}
	all := map[string]*loaded{}
	for _, o := range r.objects {
		l := &loaded{}
		l.progs, l.err = r.m.Load(o.obj, nil)
		all[o.path] = l
	}
	err = r.prepare()
	for i, s := range r.steps {
		if err != nil {
			break
		}
		from := len(r.result.Runs)
		err = r.step(ctx, s, all[s.path])
		if i == len(r.steps)-1 {
			r.compare(r.result.Runs[from:])
		}
	}
	lost := new(machine.Fault)
	switch closed := r.m.Close(); {
	case errors.As(closed, &lost):
		r.add(report.Run{Object: r.objects[0].path, Outcome: report.Faulted, Message: lost.Error(), Fault: faultOf(lost)})
	case err == nil:
		err = closed
	}
	return err
}

// compare holds what the last step returned against what is expected.
func (r *runner) compare(runs []report.Run) {
	for i := range runs {
		if n := &runs[i]; r.expects && n.Outcome == report.Returned && n.Retval != r.expect {
			n.Outcome, n.Message = report.Faulted, fmt.Sprintf("it returned %d, not %d", n.Retval, r.expect)
		}
	}
}

// step runs what one argument names.
func (r *runner) step(ctx context.Context, s step, l *loaded) error {
	if s.names == nil {
		for _, p := range l.progs {
			if err := r.program(ctx, s.path, p); err != nil {
				return err
			}
		}
		if l.err != nil {
			r.notLoaded(s.path, "", l.err)
		}
		return nil
	}
	var progs []*machine.Program
	for _, name := range s.names {
		p := l.find(name)
		switch {
		case p != nil:
			progs = append(progs, p)
		case l.err != nil:
			r.notLoaded(s.path, name, l.err)
			return nil
		default:
			return fmt.Errorf("%s: no program %s; bpfverdict check %s lists them", s.path, name, shellQuote(s.path))
		}
	}
	if s.together() {
		return r.atOnce(ctx, s.path, progs)
	}
	return r.program(ctx, s.path, progs[0])
}

// notLoaded notes what keeps a program, or some of an object, from being loaded.
func (r *runner) notLoaded(path, name string, err error) {
	outcome := report.Rejected
	if errors.Is(err, machine.ErrUnsupported) {
		outcome = report.Lacking
	}
	r.add(report.Run{Object: path, Program: name, Outcome: outcome, Message: firstLine(err.Error())})
}

// verified verifies a program, unless told not to. It notes one that is refused.
func (r *runner) verified(ctx context.Context, path string, p *machine.Program) (bool, error) {
	if r.noVerify {
		return true, nil
	}
	if err := p.Verify(ctx); err != nil {
		return false, r.refused(report.Run{Object: path, Program: p.Name()}, err)
	}
	return true, nil
}

// program verifies a program and runs it on each input.
func (r *runner) program(ctx context.Context, path string, p *machine.Program) error {
	if ok, err := r.verified(ctx, path, p); !ok {
		return err
	}
	run := report.Run{Object: path, Program: p.Name()}
	if !p.TakesPacket() {
		return r.once(ctx, run, p, machine.Input{Ctx: r.ctx})
	}
	for _, data := range r.data {
		if err := r.once(ctx, run, p, machine.Input{Data: data, Ctx: r.ctx}); err != nil {
			return err
		}
	}
	return nil
}

// refused notes a program that the verifier keeps from running.
func (r *runner) refused(run report.Run, err error) error {
	var rejection *bpfverdict.Rejection
	switch {
	case errors.As(err, &rejection):
		run.Outcome, run.Message = report.Rejected, rejection.Error()
		if rejection.Source != nil {
			run.Message += ", at " + rejection.Source.String()
		}
	case errors.Is(err, bpfverdict.ErrUnsupported):
		run.Outcome, run.Message = report.Lacking, firstLine(err.Error())
	default:
		return err
	}
	r.add(run)
	return nil
}

// once runs a program on one input.
func (r *runner) once(ctx context.Context, run report.Run, p *machine.Program, in machine.Input) error {
	in.Repeat, in.CPU, in.Observe = r.repeat, r.cpu, r.observe
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	res, err := p.Run(limited, in)
	if res != nil {
		run.Retval, run.Insns, run.DurationNS, run.Printk = res.Return, res.Insns, res.Duration.Nanoseconds(), res.Printk
		run.DataOut, run.CtxOut = hex.EncodeToString(res.DataOut), hex.EncodeToString(res.CtxOut)
		r.last = res
	}
	if why := p.NotCompiled(); why != nil {
		fmt.Fprintf(r.errs, "%s:%s: interpreted: %s\n", filepath.Base(run.Object), p.Name(), report.Escape(firstLine(why.Error())))
	}
	if err := r.judge(ctx, &run, err); err != nil {
		return err
	}
	if r.dumpMaps {
		run.Maps = r.maps()
	}
	r.add(run)
	return nil
}

// maps are the elements of all maps.
func (r *runner) maps() map[string]any {
	all := map[string]any{}
	for _, mp := range r.m.Maps() {
		all[mp.Name()] = mp.Dump()
	}
	return all
}

// judge notes how a run ended; the error is one that is nothing of the program's.
func (r *runner) judge(ctx context.Context, run *report.Run, err error) error {
	run.Outcome = report.Returned
	fault := new(machine.Fault)
	switch {
	case errors.As(err, &fault):
		run.Outcome, run.Message, run.Fault = report.Faulted, fault.Error(), faultOf(fault)
	case errors.Is(err, machine.ErrUnsupported):
		run.Outcome, run.Message = report.Lacking, err.Error()
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		run.Outcome, run.Message = report.TimedOut, fmt.Sprintf("it runs for more than %v; --timeout gives it longer", r.timeout)
	case err != nil:
		return err
	}
	return nil
}

func faultOf(f *machine.Fault) *report.Fault {
	return &report.Fault{Kind: string(f.Kind), Program: f.Program, Insn: f.Insn, Source: f.Source, Detail: fmt.Sprintf("%+v", f)}
}

// runExitCode is what the runs mean for the exit code: a certain fault or refusal is worth more than a doubt.
func runExitCode(r *report.RunResult) int {
	code := exitAccepted
	for i := range r.Runs {
		switch r.Runs[i].Outcome {
		case report.Faulted, report.Rejected, report.TimedOut:
			return exitRejected
		case report.Lacking:
			code = exitUnsupported
		}
	}
	return code
}

// splitStep parts FILE:PROGRAM,PROGRAM... A colon that is part of a path is none.
func splitStep(arg string) step {
	i := strings.LastIndexByte(arg, ':')
	if i <= 0 || strings.ContainsAny(arg[i:], `/\`) || i == 1 && len(filepath.VolumeName(arg)) == 2 || i == len(arg)-1 {
		return step{path: arg}
	}
	return step{arg[:i], strings.Split(arg[i+1:], ",")}
}
