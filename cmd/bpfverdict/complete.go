package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// flagValues are what a shell offers for a flag, by its name; for choices it is what they take.
var flagValues = map[string]func() []string{
	"kernel":  kernel.Names,
	"kernels": kernel.Names,
	"base":    kernel.Names,
	"with":    kernel.Names,
	"enable":  featureNames,
	"disable": featureNames,
	"sort":    report.StatNames,
	"emit":    report.StatNames,
	"config": func() []string {
		settings := []string{"file:", "lockdown=none", "lockdown=integrity", "lockdown=confidentiality", "jit=on", "jit=off",
			"error-injection=on", "error-injection=off", "kprobe-override=on", "kprobe-override=off", "page-size=", "cpus="}
		if k, err := kernel.Load(kernel.Default()); err == nil {
			for _, p := range k.Profiles() {
				settings = append(settings, "@"+p.Name)
			}
		}
		return settings
	},
}

func featureNames() []string {
	names := slices.Collect(maps.Keys(kernel.FeatureGroups()))
	for _, f := range kernel.Features() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// complete tells shells what the flags and arguments of the command, and of those below it, may be.
func complete(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		complete(c)
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		values := flagValues[f.Name]
		if c, ok := f.Value.(*choice); ok {
			values = func() []string { return c.of }
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if name, _ := pflag.UnquoteUsage(f); name == "DIR" {
			values, directive = func() []string { return nil }, cobra.ShellCompDirectiveFilterDirs
		}
		if values == nil {
			return
		}
		err := cmd.RegisterFlagCompletionFunc(f.Name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return values(), directive
		})
		if err != nil {
			panic(err) // registered twice
		}
	})
	switch {
	case strings.Contains(cmd.Use, " FILE") || strings.Contains(cmd.Use, "[FILE"):
		cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"o"}, cobra.ShellCompDirectiveFilterFileExt
		}
	case strings.Contains(cmd.Use, "MODEL"):
		cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return kernel.Names(), cobra.ShellCompDirectiveNoFileComp
		}
	}
}
