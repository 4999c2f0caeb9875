package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// matrixFlags are the flags of matrix.
type matrixFlags struct {
	model   modelFlags
	kernels string
	require string
	format  string
	filters []string
	empty   bool
	quiet   bool
	bounds  boundFlags
	presets presetFlags
	arch    archFlag
	loader  loaderFlag
}

// matrixFormats are what matrix prints, besides the table for people.
var matrixFormats = map[string]func(io.Writer, *report.Matrix) error{
	"csv": report.MatrixCSV, "json": report.MatrixJSON, "markdown": report.MatrixMarkdown, "html": report.MatrixHTML,
}

func matrixCommand() *cobra.Command {
	var f matrixFlags
	cmd := &cobra.Command{
		Use:   "matrix [flags] FILE|DIR...",
		Short: "Judge every program by several kernels, side by side",
		Long: "matrix judges the programs of the given objects by several kernels: a row a program, a column\n" +
			"a kernel. Where a program is accepted stands how many instructions the verifier processes; where it\n" +
			"isn't, a number, and below the reason with that number: the message, the source line, and what the\n" +
			"kernel lacks that the next one has which accepts the program.\n\n" +
			"Lists of kernels are names, and 6.12- for one and all newer, 6.12-7.1 for two and all between.\n" +
			"The exit code is 0 whatever kernels say, but for those that --require names: all programs must be\n" +
			"accepted there.",
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return runMatrix(cmd, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.kernels, "kernels", "", "the kernels, as 6.12,7.1- (default all)")
	fl.StringVar(&f.require, "require", "", "exit with 1 if one of these kernels refuses a program, with 3 if it can't be judged")
	f.model.registerChanges(fl)
	choose(fl, &f.format, "format", "o", "how to print:", "table", "csv", "json", "markdown", "html")
	fl.StringArrayVarP(&f.filters, "filter", "f", nil, "only what matches: file and program globs; may be repeated")
	fl.BoolVar(&f.empty, "allow-empty", false, "judging no program, or a filter that matches none, is no error")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only what some kernel doesn't accept")
	f.loader.register(fl)
	f.presets.register(fl)
	f.arch.register(fl)
	f.bounds.register(fl)
	return cmd
}

func runMatrix(cmd *cobra.Command, f *matrixFlags, paths []string) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // the types of all kernels stay, and need not be gone over so often
	}
	print, known := matrixFormats[f.format]
	filter, err := parseFilters(f.filters)
	if err != nil {
		return err
	}
	models, err := f.model.loadList("--kernels", f.kernels)
	if err != nil {
		return err
	}
	var required []string
	if f.require != "" {
		if required, err = kernelNames(f.require); err != nil {
			return fmt.Errorf("--require: %w; see bpfverdict kernels", err)
		}
		for _, name := range required {
			if !slices.ContainsFunc(models, func(m *kernel.Model) bool { return m.String() == name }) {
				return fmt.Errorf("--require: %s is not among --kernels", name)
			}
		}
	}
	opts, err := optionsOf(&f.bounds, &f.arch, &f.presets)
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	results, err := bpfverdict.CheckEach(cmd.Context(), models, paths, append(opts,
		f.loader.option(), bpfverdict.Causes(), bpfverdict.Filter(filter.name), bpfverdict.Observe(bar.observe))...)
	bar.clear()
	if results == nil {
		return err
	}
	m := report.NewMatrix(results)
	if err == nil && !f.empty {
		err = filter.unmatched(len(m.List))
	}
	if err != nil && len(m.List) == 0 && cmd.Context().Err() == nil {
		return err
	}
	w := cmd.OutOrStdout()
	if known {
		err = errors.Join(err, print(w, m))
	} else {
		err = errors.Join(err, report.MatrixTable(w, m, report.TableOptions{Color: useColor(w), Quiet: f.quiet}))
	}
	if err != nil {
		return err
	}
	if code := requiredCode(results, required); code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// requiredCode is the exit code for the kernels that must accept everything.
func requiredCode(results []*report.Result, required []string) int {
	code := exitAccepted
	for _, r := range results {
		if !slices.Contains(required, r.Kernel) {
			continue
		}
		switch c := exitCode(r); {
		case c == exitRejected, code == exitAccepted:
			code = c
		}
	}
	return code
}
