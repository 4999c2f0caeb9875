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
		Use:   "run [flags] FILE[:PROGRAM]...",
		Short: "Run programs of compiled BPF objects in user space",
		Long: "run verifies programs and runs them, in user space: one program of an object, or all of them in\n" +
			"the object's order. Programs of one object share its maps, so several steps make a sequence:\n" +
			"run FILE:init FILE:search. Every access to memory is checked; a fault says what was accessed, where\n" +
			"that was made and where it was freed.\n\n" +
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
	objects, err := r.open(steps)
	if err != nil {
		return err
	}
	defer r.m.Close()
	if err := r.prepare(); err != nil {
		return err
	}
	for i, arg := range steps {
		if err := r.step(cmd.Context(), arg, objects[i]); err != nil {
			return err
		}
	}
	if err := r.finish(); err != nil {
		return err
	}
	if code := runExitCode(r.result); code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// loaded is an object in the machine.
type loaded struct {
	path  string
	progs []*machine.Program
	err   error // joins what is wrong with single programs
}

// open loads the objects that steps name, each once, changed as the flags say.
func (r *runner) open(steps []string) ([]*loaded, error) {
	r.splitMaps()
	presets, err := r.presets.options()
	if err != nil {
		return nil, err
	}
	var paths []string
	var objects []*bpfverdict.Object
	for _, arg := range steps {
		path, _ := splitStep(arg)
		if slices.Contains(paths, path) {
			continue
		}
		o, err := bpfverdict.Open(path)
		if err != nil {
			return nil, err
		}
		paths, objects = append(paths, path), append(objects, o)
	}
	if objects, err = bpfverdict.Change(objects, presets...); err != nil {
		return nil, err
	}
	byPath := map[string]*loaded{}
	for i, o := range objects {
		l := &loaded{path: paths[i]}
		l.progs, l.err = r.m.Load(o, nil)
		byPath[l.path] = l
	}
	var out []*loaded
	for _, arg := range steps {
		path, _ := splitStep(arg)
		out = append(out, byPath[path])
	}
	return out, nil
}

// step runs what one argument names.
func (r *runner) step(ctx context.Context, arg string, l *loaded) error {
	_, name := splitStep(arg)
	found := false
	for _, p := range l.progs {
		if name == "" || p.Name() == name {
			found = true
			if err := r.program(ctx, l.path, p); err != nil {
				return err
			}
		}
	}
	switch {
	case l.err != nil && (name == "" || !found):
		outcome := report.Rejected
		if errors.Is(l.err, machine.ErrUnsupported) {
			outcome = report.Lacking
		}
		r.add(report.Run{Object: l.path, Program: name, Outcome: outcome, Message: firstLine(l.err.Error())})
	case !found:
		return fmt.Errorf("%s: no program %s; bpfverdict check %s lists them", l.path, name, shellQuote(l.path))
	}
	return nil
}

// program verifies a program, unless told not to, and runs it on each input.
func (r *runner) program(ctx context.Context, path string, p *machine.Program) error {
	run := report.Run{Object: path, Program: p.Name()}
	if !r.noVerify {
		if err := p.Verify(ctx); err != nil {
			return r.refused(run, err)
		}
	}
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
	run.Outcome = report.Returned
	fault := new(machine.Fault)
	switch {
	case errors.As(err, &fault):
		run.Outcome, run.Message = report.Faulted, fault.Error()
		run.Fault = &report.Fault{
			Kind: string(fault.Kind), Program: fault.Program, Insn: fault.Insn, Source: fault.Source, Detail: fmt.Sprintf("%+v", fault),
		}
	case errors.Is(err, machine.ErrUnsupported):
		run.Outcome, run.Message = report.Lacking, err.Error()
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		run.Outcome, run.Message = report.TimedOut, fmt.Sprintf("it runs for more than %v; --timeout gives it longer", r.timeout)
	case err != nil:
		return err
	}
	if r.dumpMaps {
		run.Maps = map[string]any{}
		for _, mp := range r.m.Maps() {
			run.Maps[mp.Name()] = mp.Dump()
		}
	}
	r.add(run)
	return nil
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

// splitStep parts FILE:PROGRAM. A colon that is part of a path is none.
func splitStep(arg string) (file, program string) {
	i := strings.LastIndexByte(arg, ':')
	if i <= 0 || strings.ContainsAny(arg[i:], `/\`) || i == 1 && len(filepath.VolumeName(arg)) == 2 {
		return arg, ""
	}
	return arg[:i], arg[i+1:]
}
