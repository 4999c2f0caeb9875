package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
	"github.com/bpfverdict/bpfverdict/report"
)

// runFlags are the flags of run.
type runFlags struct {
	model    modelFlags
	noVerify bool
	dataIn   string
	ctxIn    string
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] FILE[:PROGRAM]...",
		Short: "Run programs of compiled BPF objects in user space",
		Long: "run verifies programs and runs them, in user space: one program of each object, or all of\n" +
			"them in the object's order. Programs of one object share its maps. Every access to memory is checked; a\n" +
			"fault says what was accessed, where that was made and where it was freed.\n\n" +
			"Exit codes: 0 all ran, 1 a program was rejected or faulted, 2 usage or input error,\n" +
			"3 the machine lacks something, 4 a bug of bpfverdict.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("run needs a FILE or FILE:PROGRAM: name a compiled BPF object, such as prog.bpf.o")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runRun(cmd, &f, args) },
	}
	fl := cmd.Flags()
	f.model.register(fl)
	fl.BoolVar(&f.noVerify, "no-verify", false, "run programs that were not verified")
	fl.StringVar(&f.dataIn, "data-in", "", "file with the packet, from its Ethernet header on; 64 zeros by default")
	fl.StringVar(&f.ctxIn, "ctx-in", "", "file with the context; none by default")
	return cmd
}

func runRun(cmd *cobra.Command, f *runFlags, steps []string) error {
	model, err := f.model.load()
	if err != nil {
		return err
	}
	in := machine.Input{Data: make([]byte, 64)}
	if f.dataIn != "" {
		if in.Data, err = os.ReadFile(f.dataIn); err != nil {
			return fmt.Errorf("--data-in: %w", err)
		}
	}
	if f.ctxIn != "" {
		if in.Ctx, err = os.ReadFile(f.ctxIn); err != nil {
			return fmt.Errorf("--ctx-in: %w", err)
		}
	}
	r := runner{runFlags: f, k: model, in: in, w: cmd.OutOrStdout(), objects: map[string]*machineObject{}}
	if r.m, err = machine.New(model, machine.Options{}); err != nil {
		return err
	}
	for _, step := range steps {
		if err := r.step(cmd.Context(), step); err != nil {
			return err
		}
	}
	if r.code != exitAccepted {
		return exitStatus(r.code)
	}
	return nil
}

// runner runs steps on one machine.
type runner struct {
	*runFlags
	k       *kernel.Model
	m       *machine.Machine
	in      machine.Input
	w       io.Writer
	objects map[string]*machineObject // by file
	code    int
}

// machineObject is an object that is loaded.
type machineObject struct {
	obj   *bpfverdict.Object
	progs []*machine.Program
	err   error // joins what is wrong with single programs
}

// step runs what one argument names.
func (r *runner) step(ctx context.Context, arg string) error {
	file, name := splitStep(arg)
	o := r.objects[file]
	if o == nil {
		obj, err := bpfverdict.Open(file)
		if err != nil {
			return err
		}
		o = &machineObject{obj: obj}
		o.progs, o.err = r.m.Load(obj, nil)
		r.objects[file] = o
	}
	found := false
	for _, p := range o.progs {
		if name != "" && p.Name() != name {
			continue
		}
		found = true
		if err := r.run(ctx, o, p); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(o.err, machine.ErrUnsupported) && (name == "" || !found):
		fmt.Fprintf(r.w, "%s: %s\n", arg, report.Escape(firstLine(o.err.Error())))
		r.fail(exitUnsupported)
	case o.err != nil && (name == "" || !found):
		fmt.Fprintf(r.w, "%s: %s\n", arg, report.Escape(firstLine(o.err.Error())))
		r.fail(exitRejected)
	case !found:
		return fmt.Errorf("%s: no program %s; bpfverdict check %s lists them", file, name, shellQuote(file))
	}
	return nil
}

// fail notes an exit code; a refusal is worth more than a doubt.
func (r *runner) fail(code int) {
	if r.code == exitAccepted || code == exitRejected {
		r.code = code
	}
}

// run verifies a program, unless told not to, and runs it.
func (r *runner) run(ctx context.Context, o *machineObject, p *machine.Program) error {
	name := filepath.Base(o.obj.Name()) + ":" + p.Name()
	if !r.noVerify {
		res, err := o.obj.Check(ctx, r.k, bpfverdict.Only(p.Name()))
		if err != nil {
			return err
		}
		if code := exitCode(res); code != exitAccepted {
			r.fail(code)
			return report.Table(r.w, res, report.TableOptions{Color: useColor(r.w)})
		}
	}
	in := r.in
	if !p.TakesPacket() {
		in.Data = nil
	}
	res, err := p.Run(ctx, in)
	if res != nil {
		for _, line := range res.Printk {
			fmt.Fprintf(r.w, "%s: printk: %s\n", name, report.Escape(line))
		}
	}
	var fault *machine.Fault
	switch {
	case errors.As(err, &fault):
		fmt.Fprintf(r.w, "%s: fault: %s\n", name, report.EscapeLines(fmt.Sprintf("%+v", fault)))
		r.fail(exitRejected)
	case errors.Is(err, machine.ErrUnsupported):
		fmt.Fprintf(r.w, "%s: unsupported: %s\n", name, report.Escape(err.Error()))
		r.fail(exitUnsupported)
	case err != nil:
		return err
	default:
		fmt.Fprintf(r.w, "%s: return %d (%#x), %d instructions\n", name, res.Return, res.Return, res.Insns)
	}
	return nil
}

// splitStep parts FILE:PROGRAM. A colon that is part of a path is none.
func splitStep(arg string) (file, program string) {
	i := strings.LastIndexByte(arg, ':')
	if i <= 0 || strings.ContainsAny(arg[i:], `/\`) || i == 1 && len(filepath.VolumeName(arg)) == 2 {
		return arg, ""
	}
	return arg[:i], arg[i+1:]
}
