package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

// shardFlag says which part of the objects is judged: I/N, or job/N in an indexed Job of Kubernetes. It is a pflag.Value.
type shardFlag struct{ index, count int }

func (f *shardFlag) Type() string { return "I/N" }

func (f *shardFlag) String() string {
	if f.count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.index, f.count)
}

func (f *shardFlag) Set(text string) error {
	index, count, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	if index == "job" {
		// Kubernetes counts from 0.
		if i, err1 = strconv.Atoi(os.Getenv("JOB_COMPLETION_INDEX")); err1 != nil {
			return errors.New("job is the index of a Kubernetes Job, and JOB_COMPLETION_INDEX has none")
		}
		i++
	}
	n, err2 := strconv.Atoi(count)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return errors.New("use I/N, such as 1/4 to 4/4")
	}
	f.index, f.count = i, n
	return nil
}

// options are the flag as an option of a check.
func (f *shardFlag) options() ([]bpfverdict.Option, error) {
	if f.count == 0 {
		return nil, nil
	}
	return []bpfverdict.Option{bpfverdict.Shard(f.index, f.count)}, nil
}

// check refuses what a part of a run can't answer.
func (f *shardFlag) check(paths []string, show *showFlags) error {
	switch {
	case f.count == 0:
		return nil
	case len(paths) == 0:
		return errors.New("--shard needs a FILE or DIR: what bpfverdict.yaml expects is about all objects")
	case show.baseline.file != "":
		return errors.New("--shard with --baseline: a part lacks what the others have; give --baseline to merge")
	case slices.Contains(paths, "-"):
		return errors.New("--shard: the standard input is in no part; name a file")
	}
	return nil
}

func mergeCommand() *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "merge [flags] RESULT.json...",
		Short: "Put saved results together: the parts of a run, or kernels and objects",
		Long: "merge reads results saved with check --format json. Of the parts of a run, judged with --shard 1/N to\n" +
			"N/N, it makes what the whole run would have given, and refuses if one is missing or of another run.\n" +
			"Results that are no parts, of several kernels or objects, become one. It prints, filters, compares with\n" +
			"a baseline and exits as check does.",
		RunE: func(cmd *cobra.Command, args []string) error { return runMerge(cmd, &f, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

// expandGlobs expands what no shell has.
func expandGlobs(files []string) []string {
	var out []string
	for _, file := range files {
		found, err := filepath.Glob(file)
		if err != nil || len(found) == 0 {
			found = []string{file}
		}
		out = append(out, found...)
	}
	return out
}

func runMerge(cmd *cobra.Command, f *showFlags, files []string) error {
	if len(files) == 0 {
		return errors.New("merge needs results saved with check --format json")
	}
	if err := f.parse(); err != nil {
		return err
	}
	parts := false
	var results []*report.Result
	for _, file := range expandGlobs(files) {
		r, err := readResult(file)
		if err != nil {
			return err
		}
		parts = parts || r.Shard != nil
		results = append(results, r)
	}
	var all *report.Result
	if parts {
		var err error
		if all, err = report.Join(results); err != nil {
			return err
		}
	} else {
		all = report.Merge(results)
	}
	return f.finish(cmd, f.filter.named(all), nil, incomplete(all))
}
