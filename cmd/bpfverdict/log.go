package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// logFlags are the flags of log.
type logFlags struct {
	model   modelFlags
	loader  loaderFlag
	presets presetFlags
	bounds  boundFlags
	sources sourceFlags
	arch    archFlag
	object  string
	program string
	format  string
}

func logCommand() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "log [flags] FILE|- --object X.o",
		Short: "Explain the verifier's log of somebody else's kernel",
		Long: "log reads what a kernel's verifier printed, as loaders, dmesg or journals show it, whole or cut, of\n" +
			"any level; finds the program in the object; and explains the refusal by the path that our own walk\n" +
			"takes to it. It says where that walk disagrees with the log. Without --kernel all models are asked.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runLog(cmd, &f, args[0]) },
	}
	fl := cmd.Flags()
	f.model.register(fl)
	f.loader.register(fl)
	fl.StringVar(&f.object, "object", "", "the `FILE` with the program, as it was loaded")
	fl.StringVar(&f.program, "program", "", "the program's `NAME`, where the log doesn't have it")
	choose(fl, &f.format, "format", "o", "how to print:", "text", "json")
	f.sources.register(fl)
	f.presets.register(fl)
	f.arch.register(fl)
	f.bounds.register(fl)
	return cmd
}

// maxLog bounds what is read of a log: kernels keep at most 1 GiB, and people paste less.
const maxLog = 64 << 20

func runLog(cmd *cobra.Command, f *logFlags, name string) error {
	if f.object == "" {
		return errors.New("log needs --object X.o: the compiled object that was loaded")
	}
	text, err := readLog(cmd.InOrStdin(), name)
	if err != nil {
		return err
	}
	models, err := f.models(cmd)
	if err != nil {
		return err
	}
	opts, err := optionsOf(&f.bounds, &f.arch, &f.presets, &f.sources)
	if err != nil {
		return err
	}
	opts = append(opts, f.loader.option())
	if f.program != "" {
		opts = append(opts, bpfverdict.Only(f.program))
		text = fmt.Sprintf("libbpf: prog '%s': failed to load: -1\n%s", f.program, text)
	}
	obj, err := bpfverdict.Open(f.object, opts...)
	if err != nil {
		return err
	}
	answers, err := obj.ExplainLog(cmd.Context(), text, models, opts...)
	if err != nil {
		return err
	}
	if len(answers) == 0 {
		return fmt.Errorf("%s has no verifier log in it", name)
	}
	return f.print(cmd.OutOrStdout(), answers)
}

// models are the kernels to ask: the one that is named, or all, the default first.
func (f *logFlags) models(cmd *cobra.Command) ([]*kernel.Model, error) {
	names := []string{f.model.kernel}
	if !cmd.Flags().Changed("kernel") {
		for _, name := range slices.Backward(kernel.Names()) {
			if name != kernel.Default() {
				names = append(names, name)
			}
		}
	}
	var models []*kernel.Model
	for _, name := range names {
		m, err := f.model.loadNamed(name)
		if err != nil {
			return nil, err
		}
		models = append(models, m)
	}
	return models, nil
}

func readLog(stdin io.Reader, name string) (string, error) {
	r := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		r = file
	}
	data, err := io.ReadAll(io.LimitReader(r, maxLog+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxLog:
		return "", fmt.Errorf("%s is larger than %d MiB: cut off its beginning", name, maxLog>>20)
	}
	return string(data), nil
}

// print prints what was found. Its error is the exit code.
func (f *logFlags) print(w io.Writer, answers []bpfverdict.LogAnswer) error {
	code := exitAccepted
	res := &report.Result{SchemaVersion: report.SchemaVersion, ToolVersion: bpfverdict.Version(), Complete: true, KernelFacts: []report.KernelFacts{}, Skipped: []string{}, Unsearched: []string{}, List: []report.Program{}}
	for i := range answers {
		a := &answers[i]
		switch {
		case a.Program == nil:
			code = max(code, exitUsage)
		case !a.Accepted || !a.Agrees:
			code = max(code, exitRejected)
		}
		if a.Program != nil {
			res.Kernel = a.Program.Kernel
			if !slices.ContainsFunc(res.KernelFacts, func(k report.KernelFacts) bool { return k.Kernel == a.Facts.Kernel }) {
				res.KernelFacts = append(res.KernelFacts, a.Facts)
			}
			res.List = append(res.List, *a.Program)
		}
		if f.format == "text" {
			if err := printLogAnswer(w, a); err != nil {
				return err
			}
		}
	}
	if f.format == "json" {
		if err := report.JSON(w, res); err != nil {
			return err
		}
	}
	if code != exitAccepted {
		return exitStatus(code)
	}
	return nil
}

// inOrder puts kernels in the order of their releases.
func inOrder(kernels []string) []string {
	at := func(name string) int { return slices.Index(kernel.Names(), name) }
	return slices.SortedFunc(slices.Values(kernels), func(a, b string) int { return cmp.Compare(at(a), at(b)) })
}

func printLogAnswer(w io.Writer, a *bpfverdict.LogAnswer) error {
	ends := "the log is cut off before its message"
	switch {
	case a.Accepted:
		ends = "the log is of a program that was accepted"
	case a.Message != "":
		ends = "the log ends with: " + a.Message
	}
	if a.Insn >= 0 && !a.Accepted {
		ends = strings.Replace(ends, "the log ends", fmt.Sprintf("the log ends at instruction %d", a.Insn), 1)
	}
	if a.Program == nil {
		_, err := fmt.Fprintf(w, "%s\nits program was not found: %s\n", report.Escape(ends), report.Escape(a.Found))
		return err
	}
	fmt.Fprintf(w, "program %s: %s\n%s\n", report.Escape(a.Program.Name), report.Escape(a.Found), report.Escape(ends))
	if a.Agrees {
		fmt.Fprintf(w, "our walk ends the same way on Linux %s\n", strings.Join(inOrder(a.Kernels), ", "))
	} else {
		fmt.Fprintf(w, "no kernel that was asked says the same: on Linux %s %s\n", a.Program.Kernel, report.Escape(a.Differs))
		if !a.Accepted {
			fmt.Fprintln(w, "what follows is told by the log alone")
		}
	}
	if a.Accepted || a.Program.Diagnosis == nil {
		return nil
	}
	fmt.Fprintln(w)
	return report.Explain(w, a.Program, report.ExplainOptions{Color: useColor(w)})
}
