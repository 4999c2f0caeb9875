package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	show    showFlags
	bounds  boundFlags
	presets presetFlags
	shard   shardFlag
	sources sourceFlags
	arch    archFlag
	// presetDir is a folder of files, each with the sets of a run.
	presetDir string

	recursive       bool
	logLevel        int
	verbose         bool
	brief           bool
	hot             int
	compare, replay bool
	testStates      bool
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
			"printed, not the exit code. As in veristat, -e chooses columns, -R prints a saved result\n" +
			"anew and -C compares two.",
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd, &f, args) },
	}
	fl := cmd.Flags()
	f.model.register(fl)
	f.loader.register(fl)
	f.show.register(fl)
	fl.IntVarP(&f.logLevel, "log-level", "l", 0, "print the kernel's log text: 1 the failing path, 2 everything")
	fl.BoolVarP(&f.recursive, "recursive", "r", false, "of a directory, also what is in those below, as DIR/... does")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "print the log of what was refused, and what the answer rests on")
	fl.BoolVar(&f.brief, "brief", false, "of a refusal, only the kernel's words and the source line; programs are then walked once")
	fl.IntVar(&f.hot, "hot", 0, "print where the walk of each program went: the N lines, loops and places of remembered states with most")
	fl.BoolVarP(&f.replay, "replay", "R", false, "judge nothing: print the saved result, JSON or CSV, that the argument names")
	fl.BoolVarP(&f.compare, "compare", "C", false, "judge nothing: compare the two saved results that the arguments name, as diff does")
	cmd.MarkFlagsMutuallyExclusive("replay", "compare")
	fl.Var(&f.shard, "shard", "judge only the I-th of N parts of the objects, told by their bytes (docs/scale); merge puts the results of all together")
	fl.BoolVarP(&f.testStates, "test-states", "t", false, "remember states as often as can be (BPF_F_TEST_STATE_FREQ)")
	f.sources.register(fl)
	f.presets.register(fl)
	fl.StringVar(&f.presetDir, "presets", "", "judge once for each file of this `DIR`, with the sets in it, as --set @FILE takes them")
	f.arch.register(fl)
	f.bounds.register(fl)
	return cmd
}

// explain asks for diagnoses where they are shown.
func (f *checkFlags) explain() []bpfverdict.Option {
	var opts []bpfverdict.Option
	if f.hot > 0 {
		opts = append(opts, bpfverdict.Hot(f.hot))
	}
	if f.brief || !f.show.explains() {
		return opts
	}
	return append(opts, bpfverdict.Explain())
}

// needFiles wants at least one path.
func needFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s needs a FILE or DIR: name a compiled BPF object, such as prog.bpf.o", cmd.Name())
	}
	return nil
}

func runCheck(cmd *cobra.Command, f *checkFlags, paths []string) error {
	if f.logLevel < 0 || f.logLevel > 2 {
		return fmt.Errorf("--log-level %d: use 0, 1 or 2", f.logLevel)
	}
	if f.hot < 0 {
		return fmt.Errorf("--hot %d: use a positive number", f.hot)
	}
	logged := namesOf(func(f format) bool { return f.logged })
	switch {
	case f.logLevel > 0 && !slices.Contains(logged, f.show.format):
		return fmt.Errorf("--log-level %d: %s has no logs; %s have", f.logLevel, f.show.format, listed(logged, "and"))
	case f.compare && !slices.Contains(diffFormats, f.show.format):
		return fmt.Errorf("--format %s: comparisons are printed as %s", f.show.format, listed(diffFormats, "or"))
	case f.compare:
		d := diffFlags{format: f.show.format, filters: f.show.filters, sort: f.show.sort, failOn: "any", empty: f.show.empty, quiet: f.show.quiet}
		return runDiff(cmd, &d, paths)
	case f.replay:
		return f.show.replay(cmd, paths)
	}
	if err := f.show.parse(); err != nil {
		return err
	}
	if err := f.shard.check(paths, &f.show); err != nil {
		return err
	}
	f.show.part = f.shard.count > 0
	opts, err := optionsOf(&f.bounds, &f.arch, &f.presets, &f.shard, &f.sources)
	if err != nil {
		return err
	}
	batches, err := f.batches(cmd, paths)
	if err != nil {
		return err
	}
	if f.presetDir != "" {
		if batches, err = withPresets(f.presetDir, batches); err != nil {
			return err
		}
	}
	models := modelsOf(batches)
	switch {
	case f.presetDir == "":
	case f.shard.count > 0:
		return errors.New("--presets can't be in parts: give each part a folder of presets instead of --shard")
	case f.show.format == "csv" && f.show.emit == "":
		return errors.New("--format csv is veristat's, which knows no presets: --emit preset,file,prog,verdict,insns")
	}
	if len(models) > 1 && f.show.format == "csv" && f.show.emit == "" {
		return errors.New("--format csv is veristat's, for one kernel; of several: --emit kernel,file,prog,verdict, or bpfverdict matrix --format csv")
	}
	if f.testStates {
		opts = append(opts, bpfverdict.TestStates())
	}
	bar := newProgress(cmd.ErrOrStderr())
	res, wrong, err := judge(cmd.Context(), batches, append(append(opts,
		bpfverdict.LogLevel(f.level()), bpfverdict.Filter(f.show.filter.name), bpfverdict.Observe(bar.observe)), f.explain()...))
	bar.clear()
	if res == nil {
		return err
	}
	if f.verbose {
		for _, m := range models {
			fmt.Fprintln(cmd.ErrOrStderr(), f.model.provenance(m))
		}
		for _, name := range res.Skipped {
			fmt.Fprintf(cmd.ErrOrStderr(), "skipped, no BPF object for this byte order: %s\n", report.Escape(name))
		}
	}
	f.sources.rename(res)
	f.show.before, f.show.next = f.logs, f.next
	return f.show.finish(cmd, res, wrong, err)
}

// level is the log level to judge with.
func (f *checkFlags) level() int {
	if f.verbose {
		return max(f.logLevel, 1)
	}
	return f.logLevel
}

// logs prints the logs that were asked for, before the table.
func (f *checkFlags) logs(w io.Writer, r *report.Result) error {
	if f.level() == 0 {
		return nil
	}
	if f.logLevel == 0 {
		r = only(r, func(p *report.Program) bool { return p.Verdict != report.Success })
	}
	return report.Logs(w, r)
}

// next is the command that says more about the first refused program.
func (f *checkFlags) next(r *report.Result) string {
	level := f.level() + 1
	if level > 2 {
		return ""
	}
	for p := range r.Programs() {
		if p.Verdict == report.Failure && !p.Expected {
			model := f.model
			model.kernel = p.Kernel
			if strings.Contains(p.Kernel, "-derived") {
				model.btf = cmp.Or(model.btf, "host")
			}
			presets := f.presets
			if p.Preset != "" {
				presets.sets = append(slices.Clip(presets.sets), "@"+filepath.Join(f.presetDir, p.Preset))
			}
			return fmt.Sprintf("bpfverdict check%s --log-level %d -f %s %s", model.command()+f.arch.command()+f.loader.command()+presets.command(), level,
				shellQuote("/"+p.Name), shellQuote(p.Object))
		}
	}
	return ""
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
