package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict/internal/treebench"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what programs cost in user space, beside kernels",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(benchTreeCommand())
	return cmd
}

// benchFlags are the flags of bench rbtree.
type benchFlags struct {
	nodes, cpus    []int
	lookups, times int
	format, svg    string
}

func benchTreeCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "rbtree [flags]",
		Short: "Measure lookups in a tree whose nodes own a payload",
		Long: "bench rbtree fills trees and looks keys up under the tree's lock, in four ways:\n\n" +
			"  read      search, read a field of the node\n" +
			"  exchange  search, take the payload out, read it, put it back: allowed from 7.1 on\n" +
			"  replace   search, take the node out, read, add it again\n" +
			"  apart     search, take the node out, unlock, exchange the payload, lock, add the node again:\n" +
			"            the only way to a payload that 6.18 allows\n\n" +
			"Steps are the nodes that a lookup looks at, steps/log2 is by the depth of a tree that is full: it stays\n" +
			"the same whatever the size. A step costs more in large trees, which no cache holds.\n" +
			"The ratio is that to read. Beside it stand figures of real kernels. Only the node found is taken\n" +
			"out: one added again is a leaf, so a search that does so with each node on its way finds nothing.\n" +
			"On several CPUs, apart misses keys: another CPU has the node out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.IntSliceVar(&f.nodes, "nodes", treebench.Sizes, "sizes of trees, at most 2000000")
	fl.IntSliceVar(&f.cpus, "cpus", []int{1, 2}, "how many CPUs look up at once")
	fl.IntVar(&f.lookups, "lookups", 20000, "lookups in a run, on each CPU")
	fl.IntVar(&f.times, "times", 20, "runs of each way, in turns; the fastest counts")
	choose(fl, &f.format, "format", "", "how to print:", "table", "csv", "json")
	fl.StringVar(&f.svg, "svg", "", "draw cost against size to this file")
	return cmd
}

func (f *benchFlags) run(cmd *cobra.Command) error {
	formats := map[string]func(*treebench.Result, io.Writer) error{
		"table": (*treebench.Result).Table, "csv": (*treebench.Result).CSV, "json": (*treebench.Result).JSON,
	}
	print := formats[f.format]
	outside := func(min, max int) func(int) bool { return func(n int) bool { return n < min || n > max } }
	switch {
	case len(f.nodes) == 0 || slices.ContainsFunc(f.nodes, outside(1, 2_000_000)):
		return fmt.Errorf("--nodes %v: use numbers from 1 to 2000000", f.nodes)
	case len(f.cpus) == 0 || slices.ContainsFunc(f.cpus, outside(1, 64)):
		return fmt.Errorf("--cpus %v: use numbers from 1 to 64", f.cpus)
	case f.lookups < 1 || f.lookups > 4_000_000 || f.times < 1:
		return errors.New("--lookups and --times: use positive numbers, of lookups at most 4000000")
	}
	k, err := kernel.Load("6.18")
	if err != nil {
		return err
	}
	if k, err = k.With(kernel.Enable("kptr-xchg-locked")); err != nil {
		return err
	}
	o := treebench.Options{
		Nodes: f.nodes, CPUs: f.cpus, Ways: treebench.Ways, Lookups: f.lookups, Times: f.times, Open: treebench.InMachine(k),
	}
	r := &treebench.Result{Kernel: k.String(), Kernels: treebench.Kernels()}
	if r.Rows, err = treebench.Measure(cmd.Context(), o, func(treebench.Row) {}); err != nil {
		return err
	}
	if err := print(r, cmd.OutOrStdout()); err != nil || f.svg == "" {
		return err
	}
	out, err := os.Create(f.svg)
	if err != nil {
		return fmt.Errorf("--svg: %w", err)
	}
	return errors.Join(r.SVG(out), out.Close())
}
