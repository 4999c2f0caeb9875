package state

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
)

func genScalar(t *rapid.T) scalar.Scalar {
	if rapid.Bool().Draw(t, "constant") {
		return scalar.Const(rapid.Uint64().Draw(t, "value"))
	}
	s := scalar.Unknown()
	s.Umax = rapid.Uint64().Draw(t, "umax")
	s.Sync()
	return s
}

func genReg(t *rapid.T) Reg {
	r := Reg{Precise: rapid.Bool().Draw(t, "precise")}
	r.Type = rapid.SampledFrom([]abi.RegType{
		abi.NOT_INIT, abi.SCALAR_VALUE, abi.SCALAR_VALUE, abi.PTR_TO_CTX, abi.PTR_TO_STACK, abi.PTR_TO_PACKET,
		abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MAP_VALUE | abi.PTR_MAYBE_NULL, abi.PTR_TO_MEM, abi.PTR_TO_BTF_ID | abi.MEM_ALLOC,
	}).Draw(t, "type")
	r.Scalar = genScalar(t)
	r.ID = rapid.Uint32Range(0, 4).Draw(t, "id")
	switch r.Type.Base() {
	case abi.SCALAR_VALUE, abi.NOT_INIT:
		return r
	case abi.PTR_TO_PACKET:
		r.Range = rapid.Int32Range(0, 64).Draw(t, "range")
	case abi.PTR_TO_BTF_ID:
		r.BTFID = rapid.Uint32Range(1, 3).Draw(t, "btf id")
		r.RefObjID = rapid.Uint32Range(0, 4).Draw(t, "ref")
	}
	r.Off = rapid.Int32Range(-64, 64).Draw(t, "off")
	return r
}

func genState(t *rapid.T) *State {
	f := &Frame{Call: Call{Callsite: -1}}
	for i := range f.Regs {
		f.Regs[i] = genReg(t)
	}
	for range rapid.IntRange(0, 4).Draw(t, "slots") {
		s := Slot{Reg: genReg(t)}
		kind := rapid.SampledFrom([]SlotKind{STACK_INVALID, STACK_MISC, STACK_ZERO, STACK_SPILL}).Draw(t, "kind")
		for b := range s.Kind {
			s.Kind[b] = kind
		}
		f.Stack = append(f.Stack, s)
	}
	st := &State{Common: Common{Branches: 1}}
	st.Frames[0] = f
	for range rapid.IntRange(0, 2).Draw(t, "refs") {
		st.Refs = append(st.Refs, Ref{Type: REF_TYPE_PTR, ID: rapid.Uint32Range(1, 4).Draw(t, "ref id")})
	}
	return st
}

// A state covers itself, at every level of exactness.
func TestCoversItself(t *testing.T) {
	var c Comparer
	rapid.Check(t, func(t *rapid.T) {
		var p Pool
		st := genState(t)
		old := p.Save(st)
		for _, exact := range []Exactness{NotExact, Exact, RangeWithin} {
			if !c.Covers(old, st, exact, 100, nil) {
				t.Fatalf("a state does not cover itself at level %d", exact)
			}
		}
		if !new(Comparer).MaybeLooping(old, st) || IterDepthsDiffer(old, st) {
			t.Fatal("a state is not like itself")
		}
	})
}

// What is covered exactly is covered in every weaker way.
func TestExactIsStrongest(t *testing.T) {
	var c Comparer
	rapid.Check(t, func(t *rapid.T) {
		var p Pool
		before, cur := genState(t), genState(t)
		old := p.Save(before)
		if rapid.Bool().Draw(t, "alike") {
			p.Copy(cur, before)
			cur.Cur().Regs[rapid.IntRange(0, 9).Draw(t, "changed")] = genReg(t)
		}
		exact := c.Covers(old, cur, Exact, 100, nil)
		within := c.Covers(old, cur, RangeWithin, 100, nil)
		loose := c.Covers(old, cur, NotExact, 100, nil)
		if exact && !within || within && !loose {
			t.Fatalf("exact %v, within %v, loose %v", exact, within, loose)
		}
	})
}

func TestIDsMapOneToOne(t *testing.T) {
	var c Comparer
	c.Begin(100)
	for _, step := range []struct {
		old, cur uint32
		want     bool
	}{
		{0, 0, true}, {0, 1, false}, {1, 0, false},
		{5, 9, true}, {5, 9, true}, {5, 8, false}, {6, 9, false}, {6, 8, true},
	} {
		if got := c.ids(step.old, step.cur); got != step.want {
			t.Errorf("ids(%d, %d) = %v", step.old, step.cur, got)
		}
	}
}

// reg makes one register state for the table below.
func reg(typ abi.RegType, set func(r *Reg)) Reg {
	r := Reg{Value: Value{Type: typ, Scalar: scalar.Const(0)}}
	if typ == abi.SCALAR_VALUE {
		r.Scalar = scalar.Unknown()
	}
	if set != nil {
		set(&r)
	}
	return r
}

func TestRegSafe(t *testing.T) {
	num := func(n uint64, precise bool) Reg {
		return reg(abi.SCALAR_VALUE, func(r *Reg) { r.Scalar, r.Precise = scalar.Const(n), precise })
	}
	pkt := func(n int32) Reg { return reg(abi.PTR_TO_PACKET, func(r *Reg) { r.Range = n }) }
	for _, tc := range []struct {
		name     string
		old, cur Reg
		want     bool
	}{
		{"a register nobody read covers all", reg(abi.NOT_INIT, nil), reg(abi.PTR_TO_CTX, nil), true},
		{"an imprecise number covers another", num(1, false), num(2, false), true},
		{"a precise number does not", num(1, true), num(2, false), false},
		{"a range covers what lies in it", reg(abi.SCALAR_VALUE, func(r *Reg) { r.Precise = true }), num(2, false), true},
		{"another pointer type", reg(abi.PTR_TO_CTX, nil), reg(abi.PTR_TO_STACK, nil), false},
		{"nullness counts", reg(abi.PTR_TO_MAP_VALUE, nil), reg(abi.PTR_TO_MAP_VALUE|abi.PTR_MAYBE_NULL, nil), false},
		{"more packet is fine", pkt(8), pkt(14), true},
		{"less packet is not", pkt(14), pkt(8), false},
		{"another frame's stack", reg(abi.PTR_TO_STACK, nil), reg(abi.PTR_TO_STACK, func(r *Reg) { r.Frame = 1 }), false},
		{"arena pointers are alike", reg(abi.PTR_TO_ARENA, nil), reg(abi.PTR_TO_ARENA, func(r *Reg) { r.Off = 8 }), true},
	} {
		var c Comparer
		c.Begin(100)
		if got := c.regSafe(&tc.old, &tc.cur, tc.old.Precise, NotExact); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// A copy shares nothing with its original, also when it reuses freed memory.
func TestCopySharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pool
		var c Comparer
		used := p.State()
		p.Copy(used, genState(t))
		p.Free(used)

		src := genState(t)
		dst := p.State()
		p.Copy(dst, src)
		if !c.Covers(p.Save(src), dst, Exact, 100, nil) || len(dst.Refs) != len(src.Refs) || len(dst.Frames[0].Stack) != len(src.Frames[0].Stack) {
			t.Fatal("the copy differs")
		}
		before := *src.Cur()
		dst.Cur().Regs[insn.R1].Off++
		for i := range dst.Cur().Stack {
			dst.Cur().Stack[i].Kind[0] = STACK_DYNPTR
		}
		dst.Refs = append(dst.Refs[:0], Ref{ID: 77})
		for i := range src.Cur().Stack {
			if src.Cur().Stack[i].Kind[0] == STACK_DYNPTR {
				t.Fatal("stacks are shared")
			}
		}
		if src.Cur().Regs[insn.R1] != before.Regs[insn.R1] || len(src.Refs) > 0 && src.Refs[0].ID == 77 {
			t.Fatal("registers or references are shared")
		}
	})
}

func TestCallChain(t *testing.T) {
	st := &State{Common: Common{InsnIdx: 40, CurFrame: 1}}
	st.Frames[0], st.Frames[1] = &Frame{Call: Call{Callsite: -1}}, &Frame{Call: Call{Callsite: 7}}
	if st.IP(0) != 7 || st.IP(1) != 40 {
		t.Errorf("IP: %d, %d", st.IP(0), st.IP(1))
	}
	other := &State{Common: Common{InsnIdx: 41, CurFrame: 1}}
	other.Frames[0], other.Frames[1] = &Frame{Call: Call{Callsite: -1}}, &Frame{Call: Call{Callsite: 7}}
	if !SameCallsites(st, other) {
		t.Error("the same calls are not")
	}
	other.Frames[1].Callsite = 8
	if SameCallsites(st, other) {
		t.Error("other calls are the same")
	}
}
