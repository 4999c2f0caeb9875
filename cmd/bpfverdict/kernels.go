package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func kernelsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kernels [MODEL]",
		Short: "List the kernel models, or one model's facts and features",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return printKernels(cmd.OutOrStdout())
			}
			f := modelFlags{kernel: args[0]}
			m, err := f.load()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), f.provenance(m))
			return printFeatures(cmd.OutOrStdout(), m, true)
		},
	}
}

// printKernels lists the models, and what some of them have from another.
func printKernels(w io.Writer) error {
	for _, name := range kernel.Names() {
		k, err := kernel.Load(name)
		if err != nil {
			return err
		}
		line := name + ", not measured yet"
		if build := k.Measured(); build != "" {
			line = name + ", measured against " + build
		}
		if from := k.Derived(); from != "" {
			line += "; derived: rules of maps and pointers are as in " + from
		}
		fmt.Fprintln(w, line)
	}
	return nil
}

// printFeatures lists features with their state in a model; only those it has, if so asked.
func printFeatures(w io.Writer, m *kernel.Model, only bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FEATURE\tSTATE\tSINCE\tEFFECT")
	for _, f := range kernel.Features() {
		has := m.Has(f.Name)
		if only && !has {
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.Name, switchName(has), f.Since, f.Effect)
	}
	return t.Flush()
}
