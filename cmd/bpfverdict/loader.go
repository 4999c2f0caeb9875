package main

import (
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
)

// loaderFlag chooses by whose rules objects are read.
type loaderFlag string

func (f *loaderFlag) register(fl *pflag.FlagSet) {
	choose(fl, (*string)(f), "loader", "", "read objects by the rules of a loader (docs/LOADERS.md); auto is libbpf, and says what others do where that refuses:",
		bpfverdict.Loaders()...)
}

// option is the flag as an option of a check, or of opening.
func (f *loaderFlag) option() bpfverdict.Option { return bpfverdict.Loader(string(*f)) }

// command is the flag as one would type it.
func (f *loaderFlag) command() string {
	if *f == loaderFlag(bpfverdict.Loaders()[0]) {
		return ""
	}
	return " --loader " + string(*f)
}

// archFlag chooses the machine that objects are judged for.
type archFlag string

func (f *archFlag) register(fl *pflag.FlagSet) {
	choose(fl, (*string)(f), "arch", "", "judge objects as for this machine; auto is the one that each is built for, as far as it tells:", bpfverdict.Arches()...)
}

// options are the flag as options of a check.
func (f *archFlag) options() ([]bpfverdict.Option, error) {
	return []bpfverdict.Option{bpfverdict.Arch(string(*f))}, nil
}

// command is the flag as one would type it.
func (f *archFlag) command() string {
	if string(*f) == bpfverdict.Arches()[0] {
		return ""
	}
	return " --arch " + string(*f)
}
