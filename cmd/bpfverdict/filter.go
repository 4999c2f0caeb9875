package main

import (
	"cmp"
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

// stats are what one can filter and sort by, under veristat's names.
var stats = []struct {
	names []string
	value func(*report.Program) int
	text  func(*report.Program) string // instead of value, for names
}{
	{names: []string{"file_name", "filename", "file"}, text: func(p *report.Program) string { return filepath.Base(p.Object) }},
	{names: []string{"prog_name", "progname", "prog"}, text: func(p *report.Program) string { return p.Name }},
	{names: []string{"verdict"}, value: func(p *report.Program) int {
		if p.Verdict == report.Success {
			return 1
		}
		return 0
	}},
	{names: []string{"duration", "dur"}, value: func(p *report.Program) int { return int(p.DurationUS) }},
	{names: []string{"total_insns", "insns"}, value: func(p *report.Program) int { return p.Processed }},
	{names: []string{"total_states", "states"}, value: func(p *report.Program) int { return p.States }},
	{names: []string{"peak_states"}, value: func(p *report.Program) int { return p.PeakStates }},
	{names: []string{"max_states_per_insn"}, value: func(p *report.Program) int { return p.MaxStatesPerInsn }},
	{names: []string{"prog_size"}, value: func(p *report.Program) int { return p.Insns }},
	{names: []string{"stack_depth", "stack"}, value: func(p *report.Program) int { return p.StackDepth }},
}

// findStat returns the index in stats of a name, -1 if there is none.
func findStat(name string) int {
	for i := range stats {
		if slices.Contains(stats[i].names, strings.ToLower(strings.TrimSpace(name))) {
			return i
		}
	}
	return -1
}

// statNames are the first names of all stats, for messages.
func statNames() string {
	var names []string
	for i := range stats {
		names = append(names, stats[i].names[0])
	}
	return strings.Join(names, ", ")
}

// operators in the order in which they are looked for: one that begins another comes later.
var operators = []struct {
	text  string
	holds func(a, b int) bool
}{
	{"==", func(a, b int) bool { return a == b }},
	{"!=", func(a, b int) bool { return a != b }},
	{"<>", func(a, b int) bool { return a != b }},
	{"<=", func(a, b int) bool { return a <= b }},
	{"<", func(a, b int) bool { return a < b }},
	{">=", func(a, b int) bool { return a >= b }},
	{">", func(a, b int) bool { return a > b }},
	{"=", func(a, b int) bool { return a == b }},
}

// filter is what -f asks for.
type filter struct {
	allow, deny []nameGlob
	matched     []atomic.Bool // by allow
	seen        atomic.Int64  // programs asked about
	checks      []func(*report.Program) bool
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
	args, err := expandFiles("filter", args)
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
		i := findStat(name)
		if i < 0 {
			return false, fmt.Errorf("--filter %q: no stat %q; there are %s", arg, name, statNames())
		}
		if stats[i].value == nil {
			return false, fmt.Errorf("--filter %q: %s is a name; match it with a glob, FILE/PROGRAM", arg, name)
		}
		want, err := statValue(val)
		if err != nil {
			return false, fmt.Errorf("--filter %q: %q is no number; use an integer, success or failure", arg, val)
		}
		value, holds := stats[i].value, op.holds
		f.checks = append(f.checks, func(p *report.Program) bool { return holds(value(p), want) })
		return true, nil
	}
	return false, nil
}

func statValue(s string) (int, error) {
	switch strings.ToLower(s) {
	case "true", "t", "success", "succ", "s":
		return 1, nil
	case "false", "f", "failure", "fail":
		return 0, nil
	}
	return strconv.Atoi(s)
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
	for _, ok := range f.checks {
		if !ok(p) {
			return false
		}
	}
	return true
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

// changes returns the changes of which a side's figures pass.
func (f *filter) changes(cs []report.Change) []report.Change {
	return slices.DeleteFunc(cs, func(c report.Change) bool {
		return !(c.Base != nil && f.passes(c.Base) || c.With != nil && f.passes(c.With))
	})
}

// order is what --sort asks for.
type order []sortKey

type sortKey struct {
	stat       int
	descending bool
}

// parseOrder reads "insns,file^": numbers are sorted with the largest first, names
// alphabetically, unless a suffix says otherwise.
func parseOrder(spec string) (order, error) {
	var o order
	for name := range strings.SplitSeq(spec, ",") {
		if name == "" {
			continue
		}
		stem := strings.TrimRight(name, "^<v>")
		i := findStat(stem)
		if i < 0 {
			return nil, fmt.Errorf("--sort %q: no stat %q; there are %s", spec, stem, statNames())
		}
		k := sortKey{i, stats[i].text == nil}
		if suffix := name[len(stem):]; suffix != "" {
			k.descending = suffix == "v" || suffix == ">"
		}
		o = append(o, k)
	}
	return o, nil
}

// sort sorts stably.
func (o order) sort(ps []report.Program) {
	if len(o) == 0 {
		return
	}
	slices.SortStableFunc(ps, func(a, b report.Program) int {
		for _, k := range o {
			var c int
			if s := &stats[k.stat]; s.text != nil {
				c = strings.Compare(s.text(&a), s.text(&b))
			} else {
				c = cmp.Compare(s.value(&a), s.value(&b))
			}
			if k.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}
