package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
	"github.com/bpfverdict/bpfverdict/report"
)

// showFlags are what is printed of a result, and what of it makes the exit code.
type showFlags struct {
	format, emit string
	out          string // file, empty for the standard output
	reportOnly   bool   // verdicts make no exit code
	filters      []string
	sort         string
	top          int
	empty        bool // nothing judged is all right
	noTiming     bool
	quiet        bool
	coverage     float64 // percent that must be walked of what is accepted
	insns        int     // the most that may be walked of what is accepted, 0 for any number
	baseline     baselineFlags

	// Of parse.
	kind   format
	stats  []*report.Stat
	filter *filter
	order  order

	part   bool                                  // of a run: another part may have what a filter matches
	before func(io.Writer, *report.Result) error // prints what comes before a table; may be nil
	next   func(*report.Result) string           // the command that says more; may be nil
}

func (f *showFlags) register(fl *pflag.FlagSet) {
	choose(fl, &f.format, "format", "o", "how to print:", formatNames()...)
	fl.StringVar(&f.out, "out", "", "write to this file instead of the standard output")
	fl.BoolVar(&f.reportOnly, "report-only", false, "exit with 0 whatever the verdicts are, for results that something else judges")
	fl.StringVarP(&f.emit, "emit", "e", "", "columns of table and csv, separated by commas: "+strings.Join(report.StatNames(), ", "))
	fl.StringArrayVarP(&f.filters, "filter", "f", nil, "only what matches: file and program globs, or STAT OP VALUE; may be repeated")
	fl.StringVarP(&f.sort, "sort", "s", "", "sort by these stats, separated by commas; ^ after a name for ascending, v for descending")
	fl.IntVarP(&f.top, "top", "n", 0, "print only the first N programs")
	fl.BoolVar(&f.empty, "allow-empty", false, "judging no program, or a filter that matches none, is no error")
	fl.Float64Var(&f.coverage, "min-coverage", 0, "exit with 1 if of a program that is accepted less than this percentage of its instructions was walked")
	fl.IntVar(&f.insns, "max-insns", 0, "exit with 1 if more instructions than this were walked of a program that is accepted")
	fl.BoolVar(&f.noTiming, "no-timing", false, "leave out how long it took, so that the same answers are the same bytes")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only what was not accepted")
	f.baseline.register(fl)
}

// parse reads what the flags say.
func (f *showFlags) parse() (err error) {
	switch {
	case f.coverage < 0 || f.coverage > 100:
		return fmt.Errorf("--min-coverage %v: use a percentage", f.coverage)
	case f.insns < 0:
		return fmt.Errorf("--max-insns %d: use a positive number", f.insns)
	case f.top < 0:
		return fmt.Errorf("--top %d: use a positive number", f.top)
	case f.emit != "" && f.format != "table" && f.format != "csv":
		return fmt.Errorf("--emit chooses columns of table and csv; %s has everything", f.format)
	}
	f.kind = formatNamed(f.format)
	if f.emit != "" {
		if f.stats, err = report.ParseStats(f.emit); err != nil {
			return fmt.Errorf("--emit: %w", err)
		}
	}
	if f.filter, err = parseFilters(f.filters); err != nil {
		return err
	}
	if f.order, err = parseOrder(f.sort); err != nil {
		return err
	}
	return errors.Join(f.baseline.check(), f.filter.needPairs(), f.order.needPairs())
}

// explains reports that what is printed has diagnoses in it.
func (f *showFlags) explains() bool {
	return f.kind.explained && !f.baseline.update && (f.baseline.file == "" || f.kind.print != nil)
}

// finish prints a result, of which err says what is missing and wrong what is otherwise than expected, a line each. Its
// error is the exit code.
func (f *showFlags) finish(cmd *cobra.Command, res *report.Result, wrong []string, err error) error {
	code := exitCode(res)
	if f.noTiming {
		dropTiming(res)
	}
	if err == nil && !f.empty && !f.part {
		err = f.filter.unmatched(len(res.List))
	}
	if err != nil && len(res.List) == 0 && cmd.Context().Err() == nil {
		return err
	}
	if f.baseline.file != "" {
		return errors.Join(err, f.gate(cmd, res))
	}
	shown := f.filter.stats(res)
	f.order.sort(shown.List)
	if f.top > 0 && len(shown.List) > f.top {
		shown.List = shown.List[:f.top]
	}
	if perr := f.writeOut(cmd.OutOrStdout(), shown); perr != nil {
		return errors.Join(err, perr)
	}
	for _, line := range wrong {
		fmt.Fprintf(cmd.ErrOrStderr(), "bpfverdict: %s\n", report.Escape(line))
		code = max(code, exitRejected)
	}
	if err != nil {
		return err
	}
	if code == exitAccepted && f.tellUncovered(cmd.ErrOrStderr(), res) {
		code = exitRejected
	}
	if f.tellCostly(cmd.ErrOrStderr(), res) && code == exitAccepted {
		code = exitRejected
	}
	if code != exitAccepted && (code == exitBug || !f.reportOnly) {
		return exitStatus(code)
	}
	return nil
}

// writeOut writes the result where it is wanted.
func (f *showFlags) writeOut(w io.Writer, r *report.Result) error {
	if f.out == "" {
		return f.write(w, r)
	}
	file, err := os.Create(f.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return errors.Join(f.write(file, r), file.Close())
}

// write prints the result in the format asked for.
func (f *showFlags) write(w io.Writer, r *report.Result) error {
	switch {
	case f.format == "csv":
		return report.CSV(w, r, f.stats...)
	case f.kind.print != nil:
		return f.kind.print(w, r)
	}
	opts := report.TableOptions{Color: useColor(w), Quiet: f.quiet, Stats: f.stats, Sorted: f.sort != "", Width: columns(w)}
	if f.next != nil {
		opts.Next = f.next(r)
	}
	if f.before != nil {
		if err := f.before(w, r); err != nil {
			return err
		}
	}
	for p := range r.Programs() {
		if err := report.Cost(w, p); err != nil {
			return err
		}
	}
	return report.Table(w, r, opts)
}

// replay prints a saved result.
func (f *showFlags) replay(cmd *cobra.Command, files []string) error {
	if len(files) != 1 {
		return errors.New("--replay needs one saved result, of check --format json or csv")
	}
	if err := f.parse(); err != nil {
		return err
	}
	res, err := readResult(files[0])
	if err != nil {
		return err
	}
	return f.finish(cmd, f.filter.named(res), nil, incomplete(res))
}

// incomplete is the error of a saved result that lacks something.
func incomplete(r *report.Result) error {
	if r.Complete {
		return nil
	}
	return errors.New("not all was judged of what the saved result is about")
}

// gate compares with the baseline, or writes it. Its error is the exit code.
func (f *showFlags) gate(cmd *cobra.Command, r *report.Result) error {
	if f.baseline.update {
		if err := f.baseline.save(r); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s; saved in %s\n", report.Summary(r), report.Escape(f.baseline.file))
		return err
	}
	d, err := f.baseline.compare(r, f.filter)
	if err != nil {
		return err
	}
	if err := f.baseline.print(cmd.OutOrStdout(), cmd.ErrOrStderr(), f.kind.print, r, d); err != nil {
		return err
	}
	switch {
	case exitCode(r) == exitBug:
		return exitStatus(exitBug)
	case len(d.Changes) > 0:
		return exitStatus(exitRejected)
	}
	return nil
}

// tellUncovered names the programs that were accepted though too little of them was walked, and says whether
// there are any.
func (f *showFlags) tellUncovered(w io.Writer, r *report.Result) bool {
	found := false
	for p := range r.Programs() {
		if p.Verdict != report.Success || p.Coverage() >= f.coverage {
			continue
		}
		found = true
		fmt.Fprintf(w, "bpfverdict: %s/%s: %d of %d instructions walked (%.0f %%), --min-coverage wants %v %%",
			report.Escape(filepath.Base(p.Object)), report.Escape(p.Name), p.Walked, p.Size, p.Coverage(), f.coverage)
		if len(p.Assumed) > 0 {
			fmt.Fprintf(w, "; --set what it depends on: %s", report.Escape(strings.Join(p.Assumed, ", ")))
		}
		fmt.Fprintln(w)
	}
	return found
}

// tellCostly names the programs that were accepted after too many instructions, and says whether there are any.
func (f *showFlags) tellCostly(w io.Writer, r *report.Result) bool {
	found := false
	for p := range r.Programs() {
		if f.insns > 0 && p.Verdict == report.Success && p.Processed > f.insns {
			found = true
			fmt.Fprintf(w, "bpfverdict: %s/%s: %d instructions walked, --max-insns wants %d at most; --hot 5 tells where\n",
				report.Escape(filepath.Base(p.Object)), report.Escape(p.Name), p.Processed, f.insns)
		}
	}
	return found
}

// timing is the line of the kernel's log that says how long the verification took.
var timing = lazyregexp.New(`(?m)^verification time \d+ usec$`)

// dropTiming makes every figure 0 that says how long something took.
func dropTiming(r *report.Result) {
	for p := range r.Programs() {
		p.DurationUS = 0
		p.Log = timing().ReplaceAllString(p.Log, "verification time 0 usec")
	}
}
