package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func kernelsCommand() *cobra.Command {
	var f modelFlags
	cmd := &cobra.Command{
		Use:   "kernels [MODEL]",
		Short: "List the kernel models, or one model's facts, profiles and features",
		Long: "kernels lists the models, or what one knows of its machine, the configurations that --config @PROFILE takes instead, and\n" +
			"the features that it has. With --btf it derives a model of a kernel\n" +
			"that has none: FILE is its BTF, MODEL the mainline release that it is built from, such as 5.15, 6.6 or 6.8, if the\n" +
			"BTF is not to tell that itself. Of each feature it says whether the BTF shows it, or the release is assumed to have it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				f.kernel = args[0]
			case f.btf == "":
				return printKernels(cmd.OutOrStdout())
			default:
				f.kernel = "host" // the one whose BTF it is
			}
			m, err := f.load()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), f.provenance(m))
			if err := printProfiles(cmd.OutOrStdout(), m); err != nil {
				return err
			}
			return printFeatures(cmd.OutOrStdout(), m, m.Detection() == nil)
		},
	}
	f.registerChanges(cmd.Flags())
	return cmd
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
			line += "; rules of maps and pointers are taken from " + from + ", and were asked of it"
		}
		fmt.Fprintln(w, line)
	}
	return nil
}

// printProfiles lists the configurations that --config knows by name.
func printProfiles(w io.Writer, m *kernel.Model) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROFILE\tCONFIGURATION\tMACHINES")
	for _, p := range m.Profiles() {
		fmt.Fprintf(t, "@%s\t%s\t%s\n", p.Name, configText(p.Config), p.About)
	}
	return t.Flush()
}

// printFeatures lists features with their state in a model; only those it has, if so asked. Of a derived model it says
// which the kernel's types show.
func printFeatures(w io.Writer, m *kernel.Model, only bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	d := m.Detection()
	column := func(text string) string {
		if d == nil {
			return ""
		}
		return text + "\t"
	}
	fmt.Fprintf(t, "FEATURE\tSTATE\t%sSINCE\tEFFECT\n", column("BY"))
	for _, f := range kernel.Features() {
		has := m.Has(f.Name)
		if only && !has {
			continue
		}
		by := "release"
		if d != nil && d.IsSeen(f.Name) {
			by = "BTF"
		}
		fmt.Fprintf(t, "%s\t%s\t%s%s\t%s\n", f.Name, switchName(has), column(by), f.Since, f.Effect)
	}
	return t.Flush()
}
