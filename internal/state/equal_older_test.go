package state

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// What keeps states apart by older rules, in a register that was read and in one that was not.
func TestCoversOlder(t *testing.T) {
	number := func(r *Reg) { r.MarkKnown(7) }
	value := func(r *Reg) { r.MarkPtr(abi.PTR_TO_MAP_VALUE); r.Map = 1 }
	packet := func(r *Reg) { r.MarkPtr(abi.PTR_TO_PACKET); r.Range = 8; r.ID = 3 }
	for _, tt := range []struct {
		name     string
		old, cur func(*Reg)
		precise  bool
		want     bool
	}{
		{"the same number", number, number, true, true},
		{"a number that mattered", number, func(r *Reg) { r.MarkKnown(8) }, true, false},
		{"a number that did not", number, func(r *Reg) { r.MarkKnown(8) }, false, true},
		{"a number within", (*Reg).MarkUnknown, number, true, true},
		{"a copy of another number", func(r *Reg) { number(r); r.ID = 1 }, func(r *Reg) { r.MarkKnown(7); r.ID = 2 }, true, true},
		{"a pointer for a number", number, value, false, false},
		{"nothing for a number", number, (*Reg).MarkNotInit, false, false},
		{"what could not be read", (*Reg).MarkNotInit, number, false, true},
		{"a value with another id", func(r *Reg) { value(r); r.ID = 1 }, func(r *Reg) { value(r); r.ID = 2 }, false, true},
		{"a value of another map", value, func(r *Reg) { value(r); r.Map = 2 }, false, false},
		{"a value further on", value, func(r *Reg) { value(r); r.Off = 8 }, false, false},
		{"a longer packet", packet, func(r *Reg) { packet(r); r.Range = 9 }, false, true},
		{"a shorter packet", packet, func(r *Reg) { packet(r); r.Range = 7 }, false, false},
		{"another stack", func(r *Reg) { r.MarkPtr(abi.PTR_TO_STACK) }, func(r *Reg) { r.MarkPtr(abi.PTR_TO_STACK); r.Frame = 1 }, false, false},
		{"a context for a socket", func(r *Reg) { r.MarkPtr(abi.PTR_TO_SOCKET) }, func(r *Reg) { r.MarkPtr(abi.PTR_TO_CTX) }, false, false},
		{"another socket", func(r *Reg) { r.MarkPtr(abi.PTR_TO_SOCKET); r.ID = 1 }, func(r *Reg) { r.MarkPtr(abi.PTR_TO_SOCKET); r.ID = 2 }, false, false},
	} {
		for _, slot := range []bool{false, true} {
			p := &Pool{}
			s := marked(p)
			f := s.Frames[1]
			fill := func(set func(*Reg)) {
				set(&f.Regs[insn.R6])
				set(&f.Stack[0].Reg)
				for b := range f.Stack[0].Kind {
					f.Stack[0].Kind[b] = STACK_SPILL
				}
			}
			fill(tt.old)
			old := remember(p, s)
			if tt.precise {
				old.Mark(1, 1<<insn.R6, 1)
			}
			fill(tt.cur)
			c := Comparer{Older: true}
			covers := func() bool { return c.Covers(old, s, NotExact, 9, nil) }
			if !covers() {
				t.Errorf("%s: what nobody read keeps states apart", tt.name)
			}
			if slot {
				s.ReadSlot(1, 0)
			} else {
				s.ReadReg(1, insn.R6)
			}
			if got := covers(); got != tt.want {
				t.Errorf("%s, on the stack %v: covered %v, want %v", tt.name, slot, got, tt.want)
			}
		}
	}
}

// What is held is the same, by number and by the instruction that took it.
func TestCoversOlderRefs(t *testing.T) {
	p := &Pool{}
	s := marked(p)
	s.Refs = []Ref{{Type: REF_TYPE_PTR, ID: 1, Insn: 4}}
	old := remember(p, s)
	for _, tt := range []struct {
		refs []Ref
		want bool
	}{
		{[]Ref{{Type: REF_TYPE_PTR, ID: 1, Insn: 4}}, true}, {[]Ref{{Type: REF_TYPE_PTR, ID: 2, Insn: 4}}, false},
		{[]Ref{{Type: REF_TYPE_PTR, ID: 1, Insn: 5}}, false}, {nil, false},
	} {
		s.Refs = tt.refs
		c := Comparer{Older: true}
		if got := c.Covers(old, s, NotExact, 9, nil); got != tt.want {
			t.Errorf("%+v: covered %v", tt.refs, got)
		}
	}
}
