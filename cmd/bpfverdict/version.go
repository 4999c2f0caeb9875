package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "bpfverdict %s\n", buildVersion())
			return err
		},
	}
}

// buildVersion is the version, what built it and for what.
func buildVersion() string {
	return fmt.Sprintf("%s (%s %s/%s), result schema %d", bpfverdict.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, report.SchemaVersion)
}
