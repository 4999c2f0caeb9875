package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
)

// sourceFlags say where source files are.
type sourceFlags struct {
	roots []string
	maps  []string
}

func (f *sourceFlags) register(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.roots, "source-root", nil, "look for source files in this `DIR`, too; may be repeated")
	fl.StringArrayVar(&f.maps, "path-map", nil, "`FROM=TO`: look for source files below TO that the object has below FROM; may be repeated")
}

func (f *sourceFlags) options() ([]bpfverdict.Option, error) {
	var opts []bpfverdict.Option
	for _, m := range f.maps {
		from, to, ok := strings.Cut(m, "=")
		if !ok || from == "" {
			return nil, fmt.Errorf("--path-map %q: use FROM=TO", m)
		}
		opts = append(opts, bpfverdict.PathMap(from, to))
	}
	for _, dir := range f.roots {
		opts = append(opts, bpfverdict.SourceRoot(dir))
	}
	return opts, nil
}
