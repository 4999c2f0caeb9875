package main

import (
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
	loader    loaderFlag
	base      string
	with      string
	format    string
	filters   []string
	sort      string
	failOn    string
	threshold float64
	empty     bool // nothing judged is all right
	quiet     bool
	bounds    boundFlags
}

// diffFormats are how comparisons are printed.
var diffFormats = []string{"table", "csv", "json"}

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
	f.loader.register(fl)
	fl.StringVar(&f.base, "base", kernel.Default(), "model to compare against")
	fl.StringVar(&f.with, "with", "", "model to compare, such as MODEL+FEATURE; of several, as 7.1,7.3, each is compared")
	choose(fl, &f.format, "format", "o", "how to print:", diffFormats...)
	fl.StringArrayVarP(&f.filters, "filter", "f", nil, "only what matches: file and program globs, or STAT OP VALUE of either side; STAT_a, STAT_b, STAT_diff or STAT_pct as in veristat")
	fl.StringVarP(&f.sort, "sort", "s", "", "sort by these stats, with _a, _b, _diff or _pct after a name as in veristat, and | around it for the absolute figure")
	choose(fl, &f.failOn, "fail-on", "", "what makes the exit code 1:", "any", "verdict", "cost", "none")
	fl.Float64Var(&f.threshold, "threshold", 0, "growth of instructions, in percent, up to which a cost is not worse for --fail-on")
	fl.BoolVar(&f.empty, "allow-empty", false, "comparing no program, or a filter that matches none, is no error")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only what got worse")
	f.bounds.register(fl)
	return cmd
}

func runDiff(cmd *cobra.Command, f *diffFlags, args []string) error {
	filter, err := parseFilters(f.filters)
	if err != nil {
		return err
	}
	order, err := parseOrder(f.sort)
	if err != nil {
		return err
	}
	var results []*report.Result // the base, and what is compared with it
	if f.with == "" {
		results, err = savedResults(args)
	} else {
		results, err = f.judge(cmd, args, filter)
	}
	if results == nil {
		return err
	}
	base, n := filter.named(results[0]), 0
	var diffs []*report.Diff
	for _, with := range results[1:] {
		if n += len(base.List) + len(with.List); n == 0 && err != nil {
			return err
		}
		d := report.Compare(base, filter.named(with))
		if err == nil && !f.empty {
			err = filter.unmatched(len(d.Changes) + d.Same)
		}
		d.Changes = filter.changes(d.Changes)
		order.sortChanges(d.Changes)
		diffs = append(diffs, d)
	}
	return errors.Join(err, f.finish(cmd, diffs))
}

// finish prints the comparisons; its error is the exit code.
func (f *diffFlags) finish(cmd *cobra.Command, diffs []*report.Diff) (err error) {
	w := cmd.OutOrStdout()
	code := exitAccepted
	for i, d := range diffs {
		switch {
		case f.format == "csv":
			err = report.DiffCSV(w, d)
		case f.format == "json":
			err = report.DiffJSON(w, d)
		default:
			if i > 0 {
				fmt.Fprintln(w)
			}
			err = report.DiffTable(w, d, report.TableOptions{Color: useColor(w), Quiet: f.quiet})
		}
		if err != nil {
			return err
		}
		verdicts, costs := f.failOn == "any" || f.failOn == "verdict", f.failOn == "any" || f.failOn == "cost"
		if len(d.Regressions(verdicts, costs, f.threshold)) > 0 {
			code = exitRejected
		}
	}
	if code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// savedResults reads the two results that args name.
func savedResults(args []string) ([]*report.Result, error) {
	if len(args) != 2 || !saved(args[0]) || !saved(args[1]) {
		return nil, errors.New("diff needs --with MODEL and objects, or two results saved with check --format json or csv, or by veristat")
	}
	var out []*report.Result
	for _, file := range args {
		r, err := readSide(file)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// readSide reads a saved result to compare: its kernel, which heads its column, is told by the file's name, too.
func readSide(file string) (*report.Result, error) {
	r, err := readResult(file)
	if err != nil {
		return nil, err
	}
	r.Kernel = strings.TrimSpace(fmt.Sprintf("%s (%s)", r.Kernel, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))))
	return r, nil
}

// saved reports that a file has the name of a saved result.
func saved(file string) bool { return filepath.Ext(file) == ".json" || filepath.Ext(file) == ".csv" }

// readResult reads a saved result: CSV if its name says so, else JSON.
func readResult(file string) (*report.Result, error) {
	f, err := openRegular(file)
	var r *report.Result
	if err == nil {
		defer f.Close()
		if filepath.Ext(file) == ".csv" {
			r, err = report.ReadCSV(f)
		} else {
			r, err = report.ReadJSON(f)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; save it with check --format json", file, err)
	}
	return r, nil
}

// judge judges the objects by all models: the base, and those to compare.
func (f *diffFlags) judge(cmd *cobra.Command, paths []string, filter *filter) ([]*report.Result, error) {
	bounds, err := f.bounds.options()
	if err != nil {
		return nil, err
	}
	base, err := f.model.loadNamed(f.base)
	if err != nil {
		return nil, err
	}
	with, err := f.model.loadList("--with", f.with)
	if err != nil {
		return nil, err
	}
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.clear()
	return bpfverdict.CheckEach(cmd.Context(), append([]*kernel.Model{base}, with...), paths,
		append(bounds, f.loader.option(), bpfverdict.Filter(filter.name), bpfverdict.Observe(bar.observe))...)
}
