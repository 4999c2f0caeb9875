package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// side is which side of a comparison a figure is of, or what it is between them.
type side int

const (
	sideNone side = iota
	sideBase
	sideWith
	sideDiff // how much more the second is
	sidePercent
)

// sides are veristat's suffixes.
var sides = []struct {
	suffix string
	side   side
}{{"_a", sideBase}, {"_base", sideBase}, {"_b", sideWith}, {"_comp", sideWith}, {"_diff", sideDiff}, {"_pct", sidePercent}}

// figure is a stat, of one side of a comparison or between both if so named.
type figure struct {
	name string
	stat *report.Stat
	side side
	abs  bool
}

// parseFigure reads veristat's names: insns, insns_a, insns_diff, |insns_pct|.
func parseFigure(name string) (figure, error) {
	f := figure{name: strings.TrimSpace(name)}
	stem := f.name
	if n := len(stem); n > 2 && stem[0] == '|' && stem[n-1] == '|' {
		stem, f.abs = stem[1:n-1], true
	}
	if s, ok := report.FindStat(stem); ok {
		f.stat = s
		return f, nil
	}
	for _, s := range sides {
		rest, ok := strings.CutSuffix(stem, s.suffix)
		if !ok {
			continue
		}
		if stat, ok := report.FindStat(rest); ok {
			f.stat, f.side = stat, s.side
			return f, nil
		}
	}
	return f, fmt.Errorf("no stat %q; there are %s", stem, strings.Join(report.StatNames(), ", "))
}

// number is false for a name.
func (f figure) number() bool { return f.stat.Number != nil || f.stat.Names[0] == "verdict" }

func (f figure) of(p *report.Program) float64 { return f.absolute(float64(f.stat.Figure(p))) }

func (f figure) absolute(v float64) float64 {
	if f.abs {
		return math.Abs(v)
	}
	return v
}

// between is the figure of a comparison; 0 where a side is missing.
func (f figure) between(c *report.Change) float64 {
	value := func(p *report.Program) float64 {
		if p == nil {
			return 0
		}
		return float64(f.stat.Figure(p))
	}
	base, with := value(c.Base), value(c.With)
	switch {
	case f.side == sideBase:
		return f.absolute(base)
	case f.side == sideWith:
		return f.absolute(with)
	case c.Base == nil || c.With == nil || base == with:
		return 0
	case f.side == sideDiff:
		return f.absolute(with - base)
	case base == 0:
		return 100
	}
	return f.absolute(100 * (with - base) / base)
}

// order is what --sort asks for.
type order []sortKey

type sortKey struct {
	figure     figure
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
		fig, err := parseFigure(stem)
		if err != nil {
			return nil, fmt.Errorf("--sort %q: %w", spec, err)
		}
		k := sortKey{fig, fig.number()}
		if suffix := name[len(stem):]; suffix != "" {
			k.descending = suffix == "v" || suffix == ">"
		}
		o = append(o, k)
	}
	return o, nil
}

// needPairs refuses keys that compare where nothing is compared.
func (o order) needPairs() error {
	for _, k := range o {
		if k.figure.side != sideNone {
			return fmt.Errorf("--sort: %s is of comparisons, as diff makes them", k.figure.name)
		}
	}
	return nil
}

// sort sorts stably.
func (o order) sort(ps []report.Program) {
	sortBy(o, ps, func(k figure, p *report.Program) (float64, string) {
		if !k.number() {
			return 0, k.stat.Text(p)
		}
		return k.of(p), ""
	})
}

// sortChanges sorts stably; a figure that is of no side is the second's.
func (o order) sortChanges(cs []report.Change) {
	sortBy(o, cs, func(k figure, c *report.Change) (float64, string) {
		p := cmp.Or(c.With, c.Base)
		switch {
		case !k.number():
			return 0, k.stat.Text(p)
		case k.side == sideNone:
			return k.of(p), ""
		}
		return k.between(c), ""
	})
}

func sortBy[T any](o order, list []T, key func(figure, *T) (float64, string)) {
	if len(o) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b T) int {
		for _, k := range o {
			na, ta := key(k.figure, &a)
			nb, tb := key(k.figure, &b)
			c := cmp.Or(cmp.Compare(na, nb), strings.Compare(ta, tb))
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
