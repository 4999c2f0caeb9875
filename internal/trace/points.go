package trace

import (
	"cmp"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Point notes the states that are remembered at an instruction, the youngest first, of which there are n: two at least.
func (r *Recorder) Point(at, n, missed int, states []*state.State) {
	p := Point{Insn: at, States: n, Missed: missed}
	add := func(a Apart, values []Value) {
		if a.Values = distinct(values); a.Values > 1 {
			a.One, a.Other = values[0], values[slices.IndexFunc(values, func(v Value) bool { return v != values[0] })]
			p.Apart = append(p.Apart, a)
		}
	}
	for depth := range int(states[0].CurFrame) + 1 {
		frames := make([]*state.Frame, 0, len(states))
		slots := 0
		for _, st := range states {
			if int(st.CurFrame) >= depth {
				frames = append(frames, st.Frames[depth])
				slots = max(slots, len(st.Frames[depth].Stack))
			}
		}
		values := make([]Value, len(frames))
		for n := range frames[0].Regs {
			for i, f := range frames {
				values[i] = value(&f.Regs[n])
			}
			add(Apart{Depth: depth, N: n}, values)
		}
		for n := range slots {
			for i, f := range frames {
				values[i] = Value{Map: -1}
				if n < len(f.Stack) {
					values[i] = slot(&f.Stack[n])
				}
			}
			add(Apart{Depth: depth, Slot: true, N: n}, values)
		}
	}
	slices.SortStableFunc(p.Apart, func(a, b Apart) int { return cmp.Compare(b.Values, a.Values) })
	r.out.Points = append(r.out.Points, p)
}

// distinct counts the values that differ but for ids, which are given anew on each path.
func distinct(values []Value) int {
	seen := map[Value]bool{}
	for _, v := range values {
		v.ID, v.Ref = 0, 0
		seen[v] = true
	}
	return len(seen)
}
