package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	model   modelFlags
	bounds  boundFlags
	presets presetFlags
	loader  loaderFlag
	sources sourceFlags
	arch    archFlag
	hot     int
	here    bool // other kernels are not asked
	format  string
}

func explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] FILE[:PROGRAM]... | CODE...",
		Short: "Tell why programs are refused, and what to write instead",
		Long: "explain judges the programs of the given objects and tells of each that is refused what is\n" +
			"wrong, where, how the path led there, and what to do. Given codes, such as BV0301, it prints the\n" +
			"page of each; given how codes begin (BV03, BV), it lists them.",
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return runExplain(cmd, &f, args) },
	}
	fl := cmd.Flags()
	f.model.register(fl)
	f.loader.register(fl)
	f.sources.register(fl)
	choose(fl, &f.format, "format", "o", "how to print; html is a page with the path and the source:", "text", "json", "html")
	fl.IntVar(&f.hot, "hot", 0, "tell, of accepted programs too, where the walk went: the N lines, loops and places of remembered states with most")
	fl.BoolVar(&f.here, "here", false, "don't say which other kernels accept the program")
	f.presets.register(fl)
	f.arch.register(fl)
	f.bounds.register(fl)
	return cmd
}

func runExplain(cmd *cobra.Command, f *explainFlags, args []string) error {
	if areCodes(args) {
		return explainCodes(cmd.OutOrStdout(), args)
	}
	if f.hot < 0 {
		return fmt.Errorf("--hot %d: use a positive number", f.hot)
	}
	model, err := f.model.load()
	if err != nil {
		return err
	}
	opts, err := optionsOf(&f.bounds, &f.arch, &f.presets, &f.sources)
	if err != nil {
		return err
	}
	paths, programs := splitPrograms(args)
	opts = append(opts, f.loader.option())
	told := append(slices.Clip(opts), bpfverdict.Explain())
	if f.hot > 0 {
		told = append(told, bpfverdict.Hot(f.hot))
	}
	if len(programs) > 0 {
		told = append(told, bpfverdict.Only(programs...))
	}
	res, err := bpfverdict.CheckAll(cmd.Context(), model, paths, told...)
	if res == nil {
		return err
	}
	if !f.here {
		f.askOthers(cmd, res, paths, opts)
	}
	if perr := f.print(cmd.OutOrStdout(), res, opts); perr != nil {
		return errors.Join(err, perr)
	}
	if err != nil {
		return err
	}
	if len(res.List) == 0 && len(programs) > 0 {
		return fmt.Errorf("no program %q in what was given", strings.Join(programs, ", "))
	}
	if code := exitCode(res); code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// askOthers notes of each refused program which of the other kernels accept it.
func (f *explainFlags) askOthers(cmd *cobra.Command, res *report.Result, paths []string, opts []bpfverdict.Option) {
	type key struct{ object, program string }
	refused := map[key]*report.Program{}
	var names []string
	for p := range res.Programs() {
		if p.Diagnosis != nil {
			p.Diagnosis.PassesOn = []string{}
			refused[key{p.Object, p.Name}] = p
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	var models []*kernel.Model
	for _, name := range kernel.Names() {
		if name == res.Kernel {
			continue
		}
		if m, err := kernel.Load(name); err == nil {
			models = append(models, m)
		}
	}
	if len(models) == 0 {
		return
	}
	others, _ := bpfverdict.CheckEach(cmd.Context(), models, paths, append(opts, bpfverdict.Only(names...))...)
	for _, other := range others {
		for p := range other.Programs() {
			if here := refused[key{p.Object, p.Name}]; here != nil && p.Verdict == report.Success {
				here.Diagnosis.PassesOn = append(here.Diagnosis.PassesOn, "Linux "+p.Kernel)
			}
		}
	}
}

// splitPrograms takes the programs off that files are followed by.
func splitPrograms(args []string) (paths, programs []string) {
	for _, a := range args {
		if i := strings.LastIndexByte(a, ':'); i > 1 && !strings.ContainsAny(a[i:], `/\`) {
			programs = append(programs, a[i+1:])
			a = a[:i]
		}
		paths = append(paths, a)
	}
	return paths, programs
}

func (f *explainFlags) print(w io.Writer, res *report.Result, opts []bpfverdict.Option) error {
	switch f.format {
	case "json":
		return report.JSON(w, res)
	case "html":
		return report.ExplainHTML(w, res, bpfverdict.Sources(opts...))
	}
	return printExplained(w, res)
}

func printExplained(w io.Writer, res *report.Result) error {
	opts := report.ExplainOptions{Color: useColor(w)}
	for p := range res.Programs() {
		if p.Diagnosis == nil && p.Cost == nil {
			continue
		}
		if err := errors.Join(report.Explain(w, p, opts), report.Cost(w, p)); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, report.Summary(res))
	return nil
}
