package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/project"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// batch are objects to be judged the same way.
type batch struct {
	models []*kernel.Model
	paths  []string
	opts   []bpfverdict.Option
	group  *project.Group // nil for what was named by arguments
	preset string         // name of its presets, empty for none
}

// batches are what the arguments name, or else the project's file.
func (f *checkFlags) batches(cmd *cobra.Command, args []string) ([]batch, error) {
	if len(args) > 0 {
		if f.recursive {
			args = recursively(args)
		}
		models, err := f.model.loadList("--kernel", f.model.kernel)
		return []batch{{models: models, paths: args, opts: []bpfverdict.Option{f.loader.option()}}}, err
	}
	file, err := project.Find(".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("check needs a FILE or DIR, such as prog.bpf.o, or a %s, here or in a folder above; bpfverdict init writes one", project.Name)
	}
	var p *project.Project
	if err == nil {
		p, err = project.Load(file)
	}
	if err != nil {
		return nil, err
	}
	if here, err := os.Getwd(); err == nil {
		// Names are shown from here, if they can be.
		if rel, err := filepath.Rel(here, p.Dir); err == nil {
			p.Dir = rel
		}
	}
	var out []batch
	loaded := map[string][]*kernel.Model{} // by list
	for i := range p.Objects {
		g := &p.Objects[i]
		kernels, flag := strings.Join(p.On(g, kernel.Default()), ","), file+": kernels"
		if cmd.Flags().Changed("kernel") {
			kernels, flag = f.model.kernel, "--kernel"
		}
		models := loaded[kernels]
		if models == nil {
			if models, err = f.model.loadList(flag, kernels); err != nil {
				return nil, err
			}
			loaded[kernels] = models
		}
		opts, err := p.Options(g)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if cmd.Flags().Changed("loader") {
			opts = append(opts, f.loader.option())
		}
		out = append(out, batch{models: models, paths: p.Files(g), opts: opts, group: g})
	}
	return out, nil
}

// modelsOf are the models that batches are judged by, each once.
func modelsOf(batches []batch) (models []*kernel.Model) {
	for _, b := range batches {
		for _, m := range b.models {
			if !slices.ContainsFunc(models, func(k *kernel.Model) bool { return k.String() == m.String() }) {
				models = append(models, m)
			}
		}
	}
	return models
}

// judge judges the batches; wrong is what the project's file expects otherwise. What can't be read doesn't keep the rest
// from an answer; nothing is returned where there is no answer at all.
func judge(ctx context.Context, batches []batch, opts []bpfverdict.Option) (res *report.Result, wrong []string, err error) {
	var all []*report.Result
	var errs []error
	for _, b := range batches {
		results, err := bpfverdict.CheckEach(ctx, b.models, b.paths, slices.Concat(b.opts, opts)...)
		errs = append(errs, err)
		if results == nil {
			return nil, nil, errors.Join(errs...)
		}
		for _, r := range results {
			for p := range r.Programs() {
				p.Preset = b.preset
			}
			if b.group != nil && r.Complete {
				wrong = append(wrong, b.group.Judge(r)...)
			}
		}
		all = append(all, results...)
	}
	return report.Merge(all), wrong, errors.Join(errs...)
}

// initFlags are the flags of init.
type initFlags struct {
	kernels string
	force   bool
}

func initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [flags] [DIR]",
		Short: "Write " + project.Name + " for the objects of a folder",
		Long: "init looks for BPF objects in DIR, the current folder if none is named, and those below, judges them, and\n" +
			"writes DIR/" + project.Name + ": check, without arguments, follows it from then on.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return runInit(cmd, &f, dir)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.kernels, "kernel", kernel.Default(), "kernels that the objects have to load on: a list, such as 6.12,6.18 or 6.12-")
	fl.BoolVar(&f.force, "force", false, "write the file anew if there is one")
	return cmd
}

func runInit(cmd *cobra.Command, f *initFlags, dir string) error {
	file := filepath.Join(dir, project.Name)
	if _, err := os.Stat(file); err == nil && !f.force {
		return fmt.Errorf("%s is there already; --force writes it anew", file)
	}
	objects, refused := map[string]bool{}, map[string]bool{}
	models, err := (&modelFlags{}).loadList("--kernel", f.kernels)
	if err != nil {
		return err
	}
	results, err := bpfverdict.CheckEach(cmd.Context(), models, []string{filepath.Join(dir, "...")})
	if err != nil {
		return err
	}
	var names []string
	for i, r := range results {
		names = append(names, models[i].String())
		for p := range r.Programs() {
			if rel, err := filepath.Rel(dir, p.Object); err == nil {
				objects[filepath.ToSlash(rel)] = true
			}
			if p.Verdict == report.Failure {
				refused[filepath.Base(p.Object)+"/"+p.Name] = true
			}
		}
	}
	if err := os.WriteFile(file, []byte(project.Draft(slices.Sorted(maps.Keys(objects)), names, slices.Sorted(maps.Keys(refused)))), 0o666); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d objects, %d programs\n", report.Escape(file), len(objects), len(results[0].List))
	return err
}
