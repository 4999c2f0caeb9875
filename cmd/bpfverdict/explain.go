package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	model   modelFlags
	bounds  boundFlags
	presets presetFlags
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
	f.presets.register(fl)
	f.bounds.register(fl)
	return cmd
}

func runExplain(cmd *cobra.Command, f *explainFlags, args []string) error {
	if areCodes(args) {
		return explainCodes(cmd.OutOrStdout(), args)
	}
	model, err := f.model.load()
	if err != nil {
		return err
	}
	bounds, err := f.bounds.options()
	if err != nil {
		return err
	}
	presets, err := f.presets.options()
	if err != nil {
		return err
	}
	paths, programs := splitPrograms(args)
	opts := append(append(bounds, presets...), bpfverdict.Explain())
	if len(programs) > 0 {
		opts = append(opts, bpfverdict.Only(programs...))
	}
	res, err := bpfverdict.CheckAll(cmd.Context(), model, paths, opts...)
	if res == nil {
		return err
	}
	if perr := printExplained(cmd.OutOrStdout(), res); perr != nil {
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

func printExplained(w io.Writer, res *report.Result) error {
	opts := report.ExplainOptions{Color: useColor(w)}
	for p := range res.Programs() {
		if p.Diagnosis == nil {
			continue
		}
		if err := report.Explain(w, p, opts); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, report.Summary(res))
	return nil
}
