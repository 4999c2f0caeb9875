package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the manual pages. Packages call it when they are built: pages that lay in the repository would be
// the help texts a second time.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages",
		Long:   "man writes a page of the manual for each command to DIR, for packages: bpfverdict.1, bpfverdict-check.1 and so on.",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // which has the date of today
			// The date is that of SOURCE_DATE_EPOCH, if it is set.
			head := &doc.GenManHeader{Section: "1", Source: "bpfverdict", Manual: "bpfverdict"}
			if err := doc.GenManTree(root, head, args[0]); err != nil {
				return err
			}
			entries, err := os.ReadDir(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d pages in %s\n", len(entries), args[0])
			return err
		},
	}
}
