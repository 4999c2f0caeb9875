package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func featuresCommand() *cobra.Command {
	var f modelFlags
	var titles bool
	cmd := &cobra.Command{
		Use:   "features",
		Short: "List what kernels differ in, and whether a model has it",
		Long: "features lists each difference between kernels that the verifier model knows: its state in\n" +
			"the model, the release that brought it, and what a program sees of it. Each can be switched\n" +
			"with --enable and --disable; proposed ones are in no release.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := f.load()
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if titles {
				for _, info := range kernel.Features() {
					fmt.Fprintf(w, "%s: %s\n", info.Name, info.Title)
				}
				return nil
			}
			if err := printFeatures(w, m, false); err != nil {
				return err
			}
			groups := kernel.FeatureGroups()
			fmt.Fprintln(w, "\nGroups:")
			for _, name := range slices.Sorted(maps.Keys(groups)) {
				fmt.Fprintf(w, "%s = %s\n", name, strings.Join(groups[name], " + "))
			}
			return nil
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&titles, "titles", false, "print the title of the upstream change instead")
	return cmd
}
