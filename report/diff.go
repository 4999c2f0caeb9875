package report

import (
	"cmp"
	"fmt"
	"slices"
)

// Diff is the comparison of two results.
type Diff struct {
	SchemaVersion int      `json:"schema_version"`
	Base          string   `json:"base"` // kernels, or files they were read from
	With          string   `json:"with"`
	Changes       []Change `json:"changes"` // verdicts first, then messages, then costs, the largest first
	Same          int      `json:"same"`    // programs without a change
}

// ChangeKind is what changed about a program.
type ChangeKind string

// Kinds of change, in the order in which they are listed.
const (
	ChangedVerdict ChangeKind = "verdict"
	Added          ChangeKind = "added"
	Removed        ChangeKind = "removed"
	ChangedMessage ChangeKind = "message"
	ChangedCost    ChangeKind = "cost" // instructions processed or states
)

// Change is one program that differs.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Base   *Program   `json:"base"`  // nil if added
	With   *Program   `json:"with"`  // nil if removed
	Worse  bool       `json:"worse"` // so are programs that are gone, and new ones that aren't a success
	Better bool       `json:"better"`
}

// Name returns the object's file name and the program's name.
func (c *Change) Name() (object, program string) {
	p := c.Base
	if p == nil {
		p = c.With
	}
	return baseName(p.Object), p.Name
}

// Percent is how much the processed instructions grew, in percent of base.
func (c *Change) Percent() float64 {
	if c.Base == nil || c.With == nil {
		return 0
	}
	return percent(c.Base.Processed, c.With.Processed)
}

func percent(base, with int) float64 {
	switch {
	case base == with:
		return 0
	case base == 0:
		return 100
	}
	return 100 * float64(with-base) / float64(base)
}

// Compare finds what differs between two results. Programs are matched by the object's file
// name and the program's name; where several kernels judged, by the kernel too.
func Compare(base, with *Result) *Diff {
	type key struct{ object, program, preset, kernel string }
	several := base.several() || with.several()
	keyOf := func(p *Program) key {
		if !several {
			return key{baseName(p.Object), p.Name, p.Preset, ""}
		}
		return key{baseName(p.Object), p.Name, p.Preset, p.Kernel}
	}
	d := &Diff{SchemaVersion: SchemaVersion, Base: base.Kernel, With: with.Kernel, Changes: []Change{}}
	later := map[key]*Program{}
	for p := range with.Programs() {
		later[keyOf(p)] = p
	}
	for p := range base.Programs() {
		k := keyOf(p)
		if c, ok := change(p, later[k]); ok {
			d.Changes = append(d.Changes, c)
		} else {
			d.Same++
		}
		delete(later, k)
	}
	for p := range with.Programs() {
		if later[keyOf(p)] == p {
			d.Changes = append(d.Changes, Change{Kind: Added, With: p, Worse: p.Verdict != Success})
		}
	}
	order := []ChangeKind{ChangedVerdict, Added, Removed, ChangedMessage, ChangedCost}
	slices.SortStableFunc(d.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			cmp.Compare(b.Percent(), a.Percent()))
	})
	return d
}

// Regressions returns what got worse: of verdicts, programs that are gone and new ones that aren't a success among them,
// and of costs where the instructions processed grew by more than threshold percent; by anything if that is 0.
func (d *Diff) Regressions(verdicts, costs bool, threshold float64) []Change {
	out := []Change{}
	for _, c := range d.Changes {
		switch c.Kind {
		case ChangedVerdict, Added, Removed:
			if c.Worse && verdicts {
				out = append(out, c)
			}
		case ChangedCost:
			if c.Worse && costs && (threshold == 0 || c.Percent() > threshold) {
				out = append(out, c)
			}
		}
	}
	return out
}

// rank orders verdicts from worst to best.
func rank(v Verdict) int {
	switch v {
	case Success:
		return 2
	case Unsupported:
		return 1
	}
	return 0
}

// change says what differs between two answers about one program.
func change(base, with *Program) (Change, bool) {
	c := Change{Base: base, With: with}
	switch {
	case with == nil:
		c.Kind, c.Worse = Removed, true
	case base.Verdict != with.Verdict:
		c.Kind = ChangedVerdict
		c.Worse = rank(with.Verdict) < rank(base.Verdict)
		c.Better = rank(with.Verdict) > rank(base.Verdict)
	case base.Message != with.Message:
		c.Kind = ChangedMessage
	case base.Processed != with.Processed || base.States != with.States || base.PeakStates != with.PeakStates:
		c.Kind = ChangedCost
		growth := cmp.Or(cmp.Compare(with.Processed, base.Processed), cmp.Compare(with.PeakStates, base.PeakStates),
			cmp.Compare(with.States, base.States))
		c.Worse, c.Better = growth > 0, growth < 0
	default:
		return c, false
	}
	return c, true
}

// Summary is the totals in one line.
func (d *Diff) Summary() string {
	var worse, better int
	for i := range d.Changes {
		if d.Changes[i].Worse {
			worse++
		}
		if d.Changes[i].Better {
			better++
		}
	}
	return fmt.Sprintf("%s against %s: %d changed (%d better, %d worse), %d the same",
		Escape(d.With), Escape(d.Base), len(d.Changes), better, worse, d.Same)
}
