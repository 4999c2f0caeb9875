package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
)

// boundFlags bound what judging takes of the machine.
type boundFlags struct {
	jobs    int
	timeout time.Duration
	memory  int64 // MiB
	cache   string
}

func (f *boundFlags) register(fl *pflag.FlagSet) {
	fl.IntVarP(&f.jobs, "jobs", "j", 0, "programs to verify at a time (default one per CPU)")
	fl.DurationVar(&f.timeout, "timeout", 0, "give up on a program after this time, such as 30s: it is then unsupported (default never)")
	fl.Int64Var(&f.memory, "memory", bpfverdict.DefaultMemory>>20, "MiB of memory for the states of all programs together; a program that needs more is unsupported")
	fl.StringVar(&f.cache, "cache", "", "keep answers in this `DIR`, and take those that it has of the same bytes, kernel, presets and version")
}

// options are the flags as options of a check. The garbage collector is told of the bound too, unless the user
// has told it another.
func (f *boundFlags) options() ([]bpfverdict.Option, error) {
	const most = 1 << 30 // MiB: more than any machine has
	switch {
	case f.jobs < 0:
		return nil, fmt.Errorf("--jobs %d: use a positive number, or 0 for one per CPU", f.jobs)
	case f.timeout < 0:
		return nil, fmt.Errorf("--timeout %v: use a positive time, such as 30s", f.timeout)
	case f.memory <= 0 || f.memory > most:
		return nil, fmt.Errorf("--memory %d: use a positive number of MiB", f.memory)
	}
	bytes := f.memory << 20
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes + bytes/4 + baseMemory)
	}
	return []bpfverdict.Option{bpfverdict.Jobs(f.jobs), bpfverdict.Timeout(f.timeout), bpfverdict.Memory(bytes), bpfverdict.Cache(f.cache)}, nil
}

// optionFlags are flags that stand for options of a check.
type optionFlags interface {
	options() ([]bpfverdict.Option, error)
}

// optionsOf are the options of several groups of flags.
func optionsOf(groups ...optionFlags) (all []bpfverdict.Option, err error) {
	for _, g := range groups {
		opts, err := g.options()
		if err != nil {
			return nil, err
		}
		all = append(all, opts...)
	}
	return all, nil
}

// baseMemory is what the process needs besides states: the kernel's types, objects, logs.
const baseMemory = 512 << 20
