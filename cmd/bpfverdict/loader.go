package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
)

// loaderFlag chooses by whose rules objects are read. It is a pflag.Value.
type loaderFlag string

func (f *loaderFlag) register(fl *pflag.FlagSet) {
	*f = loaderFlag(bpfverdict.Loaders()[0])
	fl.Var(f, "loader", "read objects by the rules of "+strings.Join(bpfverdict.Loaders(), ", ")+"; auto is libbpf, and says what others do where that refuses (docs/LOADERS.md)")
}

func (f *loaderFlag) String() string { return string(*f) }
func (f *loaderFlag) Type() string   { return "name" }

func (f *loaderFlag) Set(name string) error {
	if !slices.Contains(bpfverdict.Loaders(), name) {
		return fmt.Errorf("use one of %s", strings.Join(bpfverdict.Loaders(), ", "))
	}
	*f = loaderFlag(name)
	return nil
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
	fl.StringVar((*string)(f), "arch", bpfverdict.Arches()[0], "judge objects as for this machine: "+strings.Join(bpfverdict.Arches(), ", ")+"; auto is the one that each is built for, as far as it tells")
}

// options are the flag as options of a check.
func (f *archFlag) options() ([]bpfverdict.Option, error) {
	if name := string(*f); !slices.Contains(bpfverdict.Arches(), name) {
		return nil, fmt.Errorf("--arch %q: use one of %s", name, strings.Join(bpfverdict.Arches(), ", "))
	}
	return []bpfverdict.Option{bpfverdict.Arch(string(*f))}, nil
}

// command is the flag as one would type it.
func (f *archFlag) command() string {
	if string(*f) == bpfverdict.Arches()[0] {
		return ""
	}
	return " --arch " + string(*f)
}
