package main

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/bpfverdict/bpfverdict/report"
)

// operators in the order in which they are looked for: one that begins another comes later.
var operators = []struct {
	text  string
	holds func(a, b float64) bool
}{
	{"==", func(a, b float64) bool { return a == b }},
	{"!=", func(a, b float64) bool { return a != b }},
	{"<>", func(a, b float64) bool { return a != b }},
	{"<=", func(a, b float64) bool { return a <= b }},
	{"<", func(a, b float64) bool { return a < b }},
	{">=", func(a, b float64) bool { return a >= b }},
	{">", func(a, b float64) bool { return a > b }},
	{"=", func(a, b float64) bool { return a == b }},
}

// filter is what -f asks for.
type filter struct {
	allow, deny []nameGlob
	matched     []atomic.Bool // by allow
	seen        atomic.Int64  // programs asked about
	checks      []check
}

// check is what a figure has to be.
type check struct {
	figure figure
	holds  func(a, b float64) bool
	want   float64
}

// nameGlob matches names of files and programs; an empty glob matches all.
type nameGlob struct {
	text            string // as given
	any, file, prog string
}

func (g *nameGlob) match(file, prog string) bool {
	if g.any != "" {
		return glob(g.any, file) || glob(g.any, prog)
	}
	return (g.file == "" || glob(g.file, file)) && (g.prog == "" || glob(g.prog, prog))
}

func glob(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok
}

// parseFilters reads -f arguments.
func parseFilters(args []string) (*filter, error) {
	f := &filter{}
	args, err := expandFiles("filter", args, valueLines)
	if err != nil {
		return nil, err
	}
	for _, arg := range args {
		if isStat, err := f.addStat(arg); err != nil {
			return nil, err
		} else if isStat {
			continue
		}
		pattern, denied := strings.CutPrefix(arg, "!")
		g := nameGlob{text: arg}
		if file, prog, ok := strings.Cut(pattern, "/"); ok {
			g.file, g.prog = file, prog
		} else {
			g.any = pattern
		}
		for _, p := range []string{g.any, g.file, g.prog} {
			if _, err := path.Match(p, ""); err != nil {
				return nil, fmt.Errorf("--filter %q: not a glob; use *, ? and [a-z]", arg)
			}
		}
		if g == (nameGlob{text: arg}) {
			return nil, fmt.Errorf("--filter %q: empty; use FILE-GLOB/PROGRAM-GLOB or STAT>VALUE", arg)
		}
		if denied {
			f.deny = append(f.deny, g)
		} else {
			f.allow = append(f.allow, g)
		}
	}
	f.matched = make([]atomic.Bool, len(f.allow))
	return f, nil
}

// addStat adds a filter of the form STAT OP VALUE; false if arg has no such form.
func (f *filter) addStat(arg string) (bool, error) {
	for _, op := range operators {
		name, val, ok := strings.Cut(arg, op.text)
		// A leading ! is a denied glob, not half an operator.
		if !ok || name == "" {
			continue
		}
		fig, err := parseFigure(name)
		if err != nil {
			return false, fmt.Errorf("--filter %q: %w", arg, err)
		}
		if !fig.number() {
			return false, fmt.Errorf("--filter %q: %s is a name; match it with a glob, FILE/PROGRAM", arg, name)
		}
		want, err := statValue(val)
		if err != nil {
			return false, fmt.Errorf("--filter %q: %q is no number; use a number, success or failure", arg, val)
		}
		f.checks = append(f.checks, check{fig, op.holds, want})
		return true, nil
	}
	return false, nil
}

func statValue(s string) (float64, error) {
	switch strings.ToLower(s) {
	case "true", "t", "success", "succ", "s":
		return 1, nil
	case "false", "f", "failure", "fail":
		return 0, nil
	}
	return strconv.ParseFloat(s, 64)
}

// name reports whether a program is to be judged at all.
func (f *filter) name(file, prog string) bool {
	f.seen.Add(1)
	allowed := len(f.allow) == 0
	for i := range f.allow {
		if f.allow[i].match(file, prog) {
			f.matched[i].Store(true)
			allowed = true
		}
	}
	return allowed && !slices.ContainsFunc(f.deny, func(g nameGlob) bool { return g.match(file, prog) })
}

// unmatched says that nothing was judged, or that a glob fits no program: most likely a mistake, which must not
// look as if all was well.
func (f *filter) unmatched(judged int) error {
	var errs []error
	for i := range f.allow {
		if !f.matched[i].Load() {
			errs = append(errs, fmt.Errorf("--filter %q matches none of %d programs; --allow-empty if that is all right", f.allow[i].text, f.seen.Load()))
		}
	}
	if f.seen.Load() == 0 {
		return errors.New("no program in what was given; --allow-empty if that is all right")
	}
	if len(errs) == 0 && judged == 0 {
		return errors.New("--filter leaves no program; --allow-empty if that is all right")
	}
	return errors.Join(errs...)
}

// passes reports whether a program's figures pass.
func (f *filter) passes(p *report.Program) bool {
	for _, c := range f.checks {
		if !c.holds(c.figure.of(p), c.want) {
			return false
		}
	}
	return true
}

// needPairs refuses checks that compare where nothing is compared.
func (f *filter) needPairs() error {
	for _, c := range f.checks {
		if c.figure.side != sideNone {
			return fmt.Errorf("--filter: %s is of comparisons, as diff makes them", c.figure.name)
		}
	}
	return nil
}

// stats returns the result with only the programs whose figures pass.
func (f *filter) stats(r *report.Result) *report.Result {
	return only(r, f.passes)
}

// named returns the result with only the programs whose names pass.
func (f *filter) named(r *report.Result) *report.Result {
	return only(r, func(p *report.Program) bool { return f.name(filepath.Base(p.Object), p.Name) })
}

// only returns a copy of the result with the programs to keep.
func only(r *report.Result, keep func(*report.Program) bool) *report.Result {
	out := *r
	out.List = make([]report.Program, 0, len(r.List))
	for p := range r.Programs() {
		if keep(p) {
			out.List = append(out.List, *p)
		}
	}
	return &out
}

// changes returns the changes that pass: of a figure that is no side's, one of the sides has to.
func (f *filter) changes(cs []report.Change) []report.Change {
	return slices.DeleteFunc(cs, func(c report.Change) bool {
		return slices.ContainsFunc(f.checks, func(k check) bool {
			if k.figure.side != sideNone {
				return !k.holds(k.figure.between(&c), k.want)
			}
			either := func(p *report.Program) bool { return p != nil && k.holds(k.figure.of(p), k.want) }
			return !either(c.Base) && !either(c.With)
		})
	})
}
