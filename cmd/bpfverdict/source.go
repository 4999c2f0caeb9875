package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

// sourceFlags say where source files are.
type sourceFlags struct {
	roots []string
	maps  []string
}

func (f *sourceFlags) register(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.roots, "source-root", nil, "look for source files in this `DIR`, too; may be repeated")
	fl.StringArrayVar(&f.maps, "path-map", nil, "`FROM=TO`: source files that the object has below FROM are below TO; may be repeated")
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

// rename names the sources of a result as they lie here, so that what shows places in them, as GitHub does, finds them. What
// several kernels' answers share is not changed.
func (f *sourceFlags) rename(r *report.Result) {
	if len(f.maps) == 0 {
		return
	}
	for p := range r.Programs() {
		if p.Source != nil {
			s := *p.Source
			s.File = f.renamed(s.File)
			p.Source = &s
		}
		if p.Diagnosis == nil {
			continue
		}
		d := *p.Diagnosis
		if d.Primary != nil {
			at := *d.Primary
			at.File = f.renamed(at.File)
			d.Primary = &at
		}
		d.Secondary, d.Help = slices.Clone(d.Secondary), slices.Clone(d.Help)
		for i := range d.Secondary {
			d.Secondary[i].File = f.renamed(d.Secondary[i].File)
		}
		for i := range d.Help {
			if e := d.Help[i].Edit; e != nil {
				edit := *e
				edit.File = f.renamed(edit.File)
				d.Help[i].Edit = &edit
			}
		}
		p.Diagnosis = &d
	}
}

// renamed is a source file's name here.
func (f *sourceFlags) renamed(file string) string {
	for _, m := range f.maps {
		from, to, _ := strings.Cut(m, "=")
		if rest, ok := strings.CutPrefix(file, from); ok {
			return to + rest
		}
	}
	return file
}
