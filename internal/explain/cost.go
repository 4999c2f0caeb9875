package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// TellCost tells where a walk went: of lines, loops and places where states are remembered the n with most. Of in it needs
// the image, the model and the source.
func TellCost(in Input, c *trace.Cost, n int) *diagnosis.Cost {
	s := newStory(in)
	total := 0
	for _, v := range c.Visits {
		total += v
	}
	out := &diagnosis.Cost{Lines: []diagnosis.CostPlace{}, Loops: []diagnosis.CostPlace{}, Points: []diagnosis.CostPlace{}}
	for _, h := range Hot(in.Image, c, n) {
		out.Lines = append(out.Lines, diagnosis.CostPlace{Count: h.Visits, Place: s.whole(h.Insn, fmt.Sprintf("%d %%", h.Visits*100/max(total, 1)))})
	}
	for _, l := range s.loops(c) {
		if len(out.Loops) < n {
			out.Loops = append(out.Loops, diagnosis.CostPlace{Count: l.rounds, Place: s.whole(l.head, "a loop begins here; it goes back at "+s.where(l.back))})
		}
	}
	for _, p := range s.points(c) {
		if len(out.Points) < n {
			out.Points = append(out.Points, diagnosis.CostPlace{Count: p.States, Place: s.whole(p.Insn, s.apart(&p))})
		}
	}
	return out
}

// points are the places where states are remembered, those with most first, one a line: the one with most, with the states of
// all.
func (s *story) points(c *trace.Cost) []trace.Point {
	most := func(a, b trace.Point) int { return cmp.Compare(b.States, a.States) }
	var list []trace.Point
	for _, p := range slices.SortedStableFunc(slices.Values(c.Points), most) {
		if same := slices.IndexFunc(list, func(o trace.Point) bool { return s.sameLine(o.Insn, p.Insn) }); same >= 0 {
			list[same].States += p.States
		} else {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, most)
	return list
}

// whole is the place of an instruction's line.
func (s *story) whole(at int, label string) diagnosis.Place {
	p := s.place(at, label)
	p.Width = 0
	return p
}

// where is the line of an instruction in words.
func (s *story) where(at int) string {
	if l := s.lineOf(at); l != nil {
		return fmt.Sprintf("line %d", l.Line)
	}
	return fmt.Sprintf("instruction %d", at)
}

// loop is a loop of the program.
type loop struct{ head, back, rounds int }

// loops are the loops that were walked, those with most rounds first, one a line.
func (s *story) loops(c *trace.Cost) []loop {
	var list []loop
	for i := range s.Image.Insns {
		in := &s.Image.Insns[i]
		if class := in.Class(); class != insn.JMP && class != insn.JMP32 || in.Op() == insn.CALL || in.Op() == insn.EXIT {
			continue
		}
		head := cfg.JumpTarget(i, in)
		if head < 0 || head > i || c.Visits[head] < 2 {
			continue
		}
		l := loop{head, i, c.Visits[head]}
		if same := slices.IndexFunc(list, func(o loop) bool { return o.head == head || s.sameLine(o.head, head) }); same < 0 {
			list = append(list, l)
		} else if l.rounds > list[same].rounds {
			list[same] = l
		}
	}
	slices.SortStableFunc(list, func(a, b loop) int { return cmp.Compare(b.rounds, a.rounds) })
	return list
}

// apart says in what the states of a point differ.
func (s *story) apart(p *trace.Point) string {
	if len(p.Apart) == 0 {
		return "the states here differ in what is held or open, not in values"
	}
	var differ []string
	for _, a := range p.Apart[:min(len(p.Apart), 2)] {
		name := fmt.Sprintf("R%d", a.N)
		if a.Slot {
			name = fmt.Sprintf("the stack at fp-%d", 8*(a.N+1))
		}
		such := ""
		if one, other := s.valueWords(a.One), s.valueWords(a.Other); one != other {
			such = fmt.Sprintf(", such as %s and %s", one, other)
		}
		differ = append(differ, fmt.Sprintf("%s, which has %d values%s", name, a.Values, such))
	}
	return "the states here differ in " + strings.Join(differ, "; and in ")
}

// valueWords is words for what may be no value at all.
func (s *story) valueWords(v trace.Value) string {
	if v.Type == 0 {
		return "nothing that is read later"
	}
	return s.bareWords(v)
}
