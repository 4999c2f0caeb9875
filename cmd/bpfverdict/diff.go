package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	model     modelFlags
	base      string
	with      string
	format    string
	filters   []string
	failOn    string
	threshold float64
	empty     bool // nothing judged is all right
	quiet     bool
	bounds    boundFlags
}

func diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff --base MODEL --with MODEL FILE|DIR... | diff BASE.json WITH.json",
		Short: "Compare the answers of two kernels, or two saved results",
		Long: "diff judges the same objects by two models, such as MODEL and MODEL+FEATURE, or reads two\n" +
			"results saved with check --format json. It prints programs whose verdict changes, then those\n" +
			"whose message or cost changes, and exits with 1 if something got worse (see --fail-on): a program\n" +
			"that is gone, or a new one that isn't accepted, is worse as a verdict is.",
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return runDiff(cmd, &f, args) },
	}
	fl := cmd.Flags()
	f.model.registerChanges(fl)
	fl.StringVar(&f.base, "base", kernel.Default(), "model to compare against")
	fl.StringVar(&f.with, "with", "", "model to compare, such as MODEL+FEATURE")
	fl.StringVar(&f.format, "format", "table", "how to print: table, csv or json")
	fl.StringArrayVarP(&f.filters, "filter", "f", nil, "only what matches: file and program globs, or STAT OP VALUE of either side")
	fl.StringVar(&f.failOn, "fail-on", "any", "what makes the exit code 1: any, verdict, cost or none")
	fl.Float64Var(&f.threshold, "threshold", 0, "growth of instructions, in percent, up to which a cost is not worse for --fail-on")
	fl.BoolVar(&f.empty, "allow-empty", false, "comparing no program, or a filter that matches none, is no error")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only what got worse")
	f.bounds.register(fl)
	return cmd
}

func runDiff(cmd *cobra.Command, f *diffFlags, args []string) error {
	switch {
	case f.format != "table" && f.format != "csv" && f.format != "json":
		return fmt.Errorf("--format %q: use table, csv or json", f.format)
	case f.failOn != "any" && f.failOn != "verdict" && f.failOn != "cost" && f.failOn != "none":
		return fmt.Errorf("--fail-on %q: use any, verdict, cost or none", f.failOn)
	}
	filter, err := parseFilters(f.filters)
	if err != nil {
		return err
	}
	var base, with *report.Result
	if f.with == "" {
		base, with, err = savedResults(args)
	} else {
		base, with, err = f.judge(cmd.Context(), cmd, args, filter)
	}
	if base == nil || with == nil || len(base.List)+len(with.List) == 0 && err != nil {
		return err
	}
	d := report.Compare(filter.named(base), filter.named(with))
	if err == nil && !f.empty {
		err = filter.unmatched(len(d.Changes) + d.Same)
	}
	return errors.Join(err, f.finish(cmd, d, filter))
}

// finish prints the comparison; its error is the exit code.
func (f *diffFlags) finish(cmd *cobra.Command, d *report.Diff, filter *filter) (err error) {
	d.Changes = filter.changes(d.Changes)
	w := cmd.OutOrStdout()
	switch f.format {
	case "csv":
		err = report.DiffCSV(w, d)
	case "json":
		err = report.DiffJSON(w, d)
	default:
		err = report.DiffTable(w, d, report.TableOptions{Color: useColor(w), Quiet: f.quiet})
	}
	if err != nil {
		return err
	}
	verdicts, costs := f.failOn == "any" || f.failOn == "verdict", f.failOn == "any" || f.failOn == "cost"
	if len(d.Regressions(verdicts, costs, f.threshold)) > 0 {
		return exitStatus(exitRejected)
	}
	return nil
}

// savedResults reads the two results that args name.
func savedResults(args []string) (base, with *report.Result, err error) {
	if len(args) != 2 || filepath.Ext(args[0]) != ".json" || filepath.Ext(args[1]) != ".json" {
		return nil, nil, fmt.Errorf("diff needs --with MODEL and objects, or two results saved with check --format json")
	}
	if base, err = readResult(args[0]); err != nil {
		return nil, nil, err
	}
	with, err = readResult(args[1])
	return base, with, err
}

func readResult(file string) (*report.Result, error) {
	f, err := openRegular(file)
	var r *report.Result
	if err == nil {
		defer f.Close()
		r, err = report.ReadJSON(f)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; save it with check --format json", file, err)
	}
	r.Kernel = fmt.Sprintf("%s (%s)", r.Kernel, strings.TrimSuffix(filepath.Base(file), ".json"))
	return r, nil
}

// judge judges the objects by both models.
func (f *diffFlags) judge(ctx context.Context, cmd *cobra.Command, paths []string, filter *filter) (base, with *report.Result, err error) {
	bounds, err := f.bounds.options()
	if err != nil {
		return nil, nil, err
	}
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.clear()
	opts := append(bounds, bpfverdict.Filter(filter.name), bpfverdict.Observe(bar.observe))
	results := [2]*report.Result{}
	for i, name := range []string{f.base, f.with} {
		model, lerr := f.model.loadNamed(name)
		if lerr != nil {
			return nil, nil, lerr
		}
		// What can't be read by one model can't by the other: the second time's errors say all.
		results[i], err = bpfverdict.CheckAll(ctx, model, paths, opts...)
		if results[i] == nil {
			return nil, nil, err
		}
		results[i].Kernel = name
	}
	return results[0], results[1], err
}
