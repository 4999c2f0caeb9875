package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

// checkFlags are the flags of check.
type checkFlags struct {
	model   modelFlags
	loader  loaderFlag
	format  string
	filters []string
	sort    string
	top     int
	empty   bool // nothing judged is all right

	recursive, noTiming bool

	logLevel int
	verbose  bool
	quiet    bool
	brief    bool
	coverage float64 // percent that must be walked of what is accepted
	bounds   boundFlags
	presets  presetFlags
	baseline baselineFlags
}

func checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] [FILE|DIR...]",
		Short: "Judge every program of compiled BPF objects",
		Long: "check judges every program of the given objects; of a directory, of each *.o in it, of\n" +
			"DIR/... also of those below; - is the standard input. Without arguments it follows\n" +
			"bpfverdict.yaml, which it looks for here and in the folders above; flags override that.\n\n" +
			"Filters and sort keys follow veristat: -f 'file*/prog*', -f '!glob', -f 'insns>1000',\n" +
			"-f verdict=failure, --sort insns,file^. Filters on figures and --top change what is\n" +
			"printed, not the exit code.",
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd, &f, args) },
	}
	fl := cmd.Flags()
	f.model.register(fl)
	f.loader.register(fl)
	fl.StringVarP(&f.format, "format", "o", "table", "how to print: "+formatNames())
	fl.StringArrayVarP(&f.filters, "filter", "f", nil, "only what matches: file and program globs, or STAT OP VALUE; may be repeated")
	fl.StringVarP(&f.sort, "sort", "s", "", "sort by these stats, separated by commas; ^ after a name for ascending, v for descending")
	fl.IntVarP(&f.top, "top", "n", 0, "print only the first N programs")
	fl.BoolVar(&f.empty, "allow-empty", false, "judging no program, or a filter that matches none, is no error")
	fl.Float64Var(&f.coverage, "min-coverage", 0, "exit with 1 if of a program that is accepted less than this percentage of its instructions was walked")
	fl.IntVarP(&f.logLevel, "log-level", "l", 0, "print the kernel's log text: 1 the failing path, 2 everything")
	fl.BoolVarP(&f.recursive, "recursive", "r", false, "of a directory, also what is in those below, as DIR/... does")
	fl.BoolVar(&f.noTiming, "no-timing", false, "leave out how long it took, so that the same answers are the same bytes")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "print the log of what was refused, and what the answer rests on")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only what was not accepted")
	fl.BoolVar(&f.brief, "brief", false, "of a refusal, only the kernel's words and the source line; programs are then walked once")
	f.baseline.register(fl)
	f.presets.register(fl)
	f.bounds.register(fl)
	return cmd
}

// explain asks for diagnoses where they are shown.
func (f *checkFlags) explain() []bpfverdict.Option {
	if f.brief || f.format != "table" && f.format != "json" && f.format != "jsonl" || f.baseline.file != "" {
		return nil
	}
	return []bpfverdict.Option{bpfverdict.Explain()}
}

// needFiles wants at least one path.
func needFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s needs a FILE or DIR: name a compiled BPF object, such as prog.bpf.o", cmd.Name())
	}
	return nil
}

func runCheck(cmd *cobra.Command, f *checkFlags, paths []string) error {
	print, err := printer(f.format)
	if err != nil {
		return err
	}
	switch {
	case f.logLevel < 0 || f.logLevel > 2:
		return fmt.Errorf("--log-level %d: use 0, 1 or 2", f.logLevel)
	case f.coverage < 0 || f.coverage > 100:
		return fmt.Errorf("--min-coverage %v: use a percentage", f.coverage)
	case f.top < 0:
		return fmt.Errorf("--top %d: use a positive number", f.top)
	}
	if err := f.baseline.check(); err != nil {
		return err
	}
	filter, err := parseFilters(f.filters)
	if err != nil {
		return err
	}
	order, err := parseOrder(f.sort)
	if err != nil {
		return err
	}
	level := f.logLevel
	if f.verbose {
		level = max(level, 1)
	}
	opts, err := optionsOf(&f.bounds, &f.presets)
	if err != nil {
		return err
	}
	batches, err := f.batches(cmd, paths)
	if err != nil {
		return err
	}
	models := modelsOf(batches)
	if len(models) > 1 && f.format == "csv" {
		return errors.New("--format csv is veristat's, for one kernel; of several: bpfverdict matrix --format csv")
	}
	bar := newProgress(cmd.ErrOrStderr())
	res, wrong, err := judge(cmd.Context(), batches, append(append(opts,
		bpfverdict.LogLevel(level), bpfverdict.Filter(filter.name), bpfverdict.Observe(bar.observe)), f.explain()...))
	bar.clear()
	if res == nil {
		return err
	}
	code := exitCode(res)
	if f.noTiming {
		dropTiming(res)
	}
	if err == nil && !f.empty {
		err = filter.unmatched(len(res.List))
	}
	if err != nil && len(res.List) == 0 && cmd.Context().Err() == nil {
		return err
	}
	if f.baseline.file != "" {
		return errors.Join(err, f.gate(cmd, print, res, filter))
	}
	shown := filter.stats(res)
	order.sort(shown.List)
	if f.top > 0 && len(shown.List) > f.top {
		shown.List = shown.List[:f.top]
	}
	if f.verbose {
		for _, m := range models {
			fmt.Fprintln(cmd.ErrOrStderr(), f.model.provenance(m))
		}
		for _, name := range res.Skipped {
			fmt.Fprintf(cmd.ErrOrStderr(), "skipped, no BPF object: %s\n", report.Escape(name))
		}
	}
	if perr := f.print(cmd.OutOrStdout(), print, shown); perr != nil {
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
	if code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// gate compares with the baseline, or writes it. Its error is the exit code.
func (f *checkFlags) gate(cmd *cobra.Command, print func(io.Writer, *report.Result) error, r *report.Result, filter *filter) error {
	if f.baseline.update {
		if err := f.baseline.save(r); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s; saved in %s\n", report.Summary(r), report.Escape(f.baseline.file))
		return err
	}
	d, err := f.baseline.compare(r, filter)
	if err != nil {
		return err
	}
	if err := f.baseline.print(cmd.OutOrStdout(), cmd.ErrOrStderr(), print, r, d); err != nil {
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
func (f *checkFlags) tellUncovered(w io.Writer, r *report.Result) bool {
	found := false
	for p := range r.Programs() {
		if p.Verdict != report.Success || p.Coverage() >= f.coverage {
			continue
		}
		found = true
		fmt.Fprintf(w, "bpfverdict: %s/%s: %d of %d instructions walked (%.0f %%), --min-coverage wants %v %%",
			report.Escape(filepath.Base(p.Object)), report.Escape(p.Name), p.Walked, p.Insns, p.Coverage(), f.coverage)
		if len(p.Assumed) > 0 {
			fmt.Fprintf(w, "; --set what it depends on: %s", report.Escape(strings.Join(p.Assumed, ", ")))
		}
		fmt.Fprintln(w)
	}
	return found
}

// recursively makes paths of directories mean all below them.
func recursively(paths []string) []string {
	out := slices.Clone(paths)
	for i, p := range out {
		if st, err := os.Stat(p); err == nil && st.IsDir() {
			out[i] = filepath.ToSlash(p) + "/..."
		}
	}
	return out
}

// timing is the line of the kernel's log that says how long the verification took.
var timing = regexp.MustCompile(`(?m)^verification time \d+ usec$`)

// dropTiming makes every figure 0 that says how long something took.
func dropTiming(r *report.Result) {
	for p := range r.Programs() {
		p.DurationUS = 0
		p.Log = timing.ReplaceAllString(p.Log, "verification time 0 usec")
	}
}

// print prints the result in the format asked for.
func (f *checkFlags) print(w io.Writer, print func(io.Writer, *report.Result) error, r *report.Result) error {
	if print != nil {
		return print(w, r)
	}
	if f.logLevel > 0 || f.verbose {
		logs := *r
		if f.logLevel == 0 {
			logs.List = nil
			for p := range r.Programs() {
				if p.Verdict != report.Success {
					logs.List = append(logs.List, *p)
				}
			}
		}
		if err := report.Logs(w, &logs); err != nil {
			return err
		}
	}
	return report.Table(w, r, report.TableOptions{Color: useColor(w), Quiet: f.quiet, Next: f.next(r)})
}

// next is the command that says more about the first refused program.
func (f *checkFlags) next(r *report.Result) string {
	level := f.logLevel + 1
	if f.verbose {
		level = max(level, 2)
	}
	if level > 2 {
		return ""
	}
	for p := range r.Programs() {
		if p.Verdict == report.Failure && !p.Expected {
			model := f.model
			model.kernel = p.Kernel
			return fmt.Sprintf("bpfverdict check%s --log-level %d -f %s %s", model.command()+f.loader.command()+f.presets.command(), level,
				shellQuote("/"+p.Name), shellQuote(p.Object))
		}
	}
	return ""
}

// exitCode is what the programs' verdicts mean for the exit code: our own bugs first, then a
// certain refusal, then doubt.
func exitCode(r *report.Result) int {
	code := exitAccepted
	for p := range r.Programs() {
		switch {
		case p.Bug:
			return exitBug
		case p.Expected:
		case p.Verdict == report.Failure || p.Verdict == report.Error:
			code = exitRejected
		case p.Verdict == report.Unsupported && code == exitAccepted:
			code = exitUnsupported
		}
	}
	return code
}
