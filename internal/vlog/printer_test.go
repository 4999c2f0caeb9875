package vlog

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

func ptr(t abi.RegType, change func(r *state.Reg)) state.Reg {
	var r state.Reg
	r.MarkPtr(t)
	if change != nil {
		change(&r)
	}
	return r
}

func number(change func(r *state.Reg)) state.Reg {
	var r state.Reg
	r.MarkUnknown()
	change(&r)
	return r
}

func known(n int64) state.Reg {
	var r state.Reg
	r.MarkKnown(uint64(n))
	return r
}

// The wanted texts are what Linux 6.18 prints for the same values.
func TestRegisterText(t *testing.T) {
	maps := []*object.Map{{Name: "a_map_with_a_long_name", KeySize: 4, ValueSize: 16}, {KeySize: 4, ValueSize: 8}}
	p := NewPrinter(&Log{}, &object.Image{Maps: maps[:1]}, &maps)
	bounded := func(r *state.Reg) {
		r.Scalar = scalar.Scalar{
			Var:  scalar.Tnum{Value: 0, Mask: 0xff},
			Smin: 0, Smax: 255, Umin: 0, Umax: 255, S32Min: 0, S32Max: 255, U32Min: 0, U32Max: 255,
		}
	}
	tests := []struct {
		reg  state.Reg
		want string
	}{
		{known(0), "0"},
		{known(-32768), "-32768"},
		{known(-32769), "0xffffffffffff7fff"},
		{known(32767), "32767"},
		{known(32768), "0x8000"},
		{number(func(r *state.Reg) {}), "scalar()"},
		{number(func(r *state.Reg) { r.Precise = true; r.ID = 3 }), "Pscalar(id=3)"},
		{number(bounded), "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"},
		{number(func(r *state.Reg) { r.ID, r.Off = 1|state.ADD_CONST64, 4 }), "scalar(id=1+4)"},
		{number(func(r *state.Reg) { r.ID, r.Off = 1|state.ADD_CONST64, -4 }), "scalar(id=1-4)"},
		{number(func(r *state.Reg) { r.Smin, r.S32Min = -2, -2 }), "scalar(smin=smin32=-2)"},
		{number(func(r *state.Reg) { r.Smin, r.S32Min = -1<<20, -1<<20 }), "scalar(smin=0xfffffffffff00000,smin32=0xfff00000)"},
		{number(func(r *state.Reg) { r.Umax = math.MaxUint64 - 1 }), "scalar(umax=0xfffffffffffffffe)"},
		{ptr(abi.PTR_TO_CTX, nil), "ctx()"},
		{ptr(abi.PTR_TO_CTX, func(r *state.Reg) { r.Off = 8 }), "ctx(off=8)"},
		{ptr(abi.PTR_TO_STACK, func(r *state.Reg) { r.Off = -8; r.Frame = 1 }), "fp-8"},
		{ptr(abi.PTR_TO_STACK, func(r *state.Reg) { r.Off = -8 }), "fp[0]-8"},
		{ptr(abi.PTR_TO_STACK, func(r *state.Reg) { bounded(r); r.Frame = 1; r.Off = -512 }), "fp(off=-512,smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"},
		{ptr(abi.CONST_PTR_TO_MAP, func(r *state.Reg) { r.Map = 1 }), "map_ptr(map=a_map_with_a_lo,ks=4,vs=16)"},
		{ptr(abi.CONST_PTR_TO_MAP, func(r *state.Reg) { r.Map = 2 }), "map_ptr(ks=4,vs=8)"},
		{ptr(abi.PTR_TO_MAP_VALUE|abi.PTR_MAYBE_NULL, func(r *state.Reg) { r.Map, r.ID = 1, 2 }), "map_value_or_null(id=2,map=a_map_with_a_lo,ks=4,vs=16)"},
		{ptr(abi.PTR_TO_PACKET, func(r *state.Reg) { r.Range, r.Off = 14, 14 }), "pkt(off=14,r=14)"},
		{ptr(abi.PTR_TO_PACKET, func(r *state.Reg) { r.Range = state.BEYOND_PKT_END }), "pkt(r=0xfffffffffffffffe)"},
		{ptr(abi.PTR_TO_PACKET_END, nil), "pkt_end()"},
		{ptr(abi.PTR_TO_MEM|abi.MEM_RDONLY|abi.PTR_MAYBE_NULL, func(r *state.Reg) { r.MemSize, r.ID, r.RefObjID = 4, 3, 1 }), "rdonly_mem_or_null(id=3,ref_obj_id=1,sz=4)"},
		{ptr(abi.PTR_TO_MEM|abi.MEM_RINGBUF, func(r *state.Reg) { r.RefObjID = 2 }), "ringbuf_mem(ref_obj_id=2,sz=0)"},
		{ptr(abi.PTR_TO_BTF_ID|abi.PTR_TRUSTED|abi.PTR_MAYBE_NULL, nil), "trusted_ptr_or_null_()"},
		{ptr(abi.PTR_TO_BTF_ID|abi.MEM_ALLOC|abi.NON_OWN_REF, func(r *state.Reg) { r.Off = 16 }), "ptr_(non_own_ref,off=16)"},
		{ptr(abi.PTR_TO_BTF_ID|abi.MEM_RCU|abi.MEM_PERCPU, nil), "percpu_rcu_ptr_()"},
		{ptr(abi.CONST_PTR_TO_DYNPTR, func(r *state.Reg) { r.Dynptr = state.DYNPTR_TYPE_LOCAL }), "dynptr_ptr(type=local)"},
		{ptr(abi.PTR_TO_ARENA, nil), "arena"},
		{ptr(abi.PTR_TO_FUNC, nil), "func()"},
		{ptr(abi.PTR_TO_SOCK_COMMON|abi.PTR_MAYBE_NULL, func(r *state.Reg) { r.Scalar = scalar.Const(5) }), "sock_common_or_null(imm=5)"},
	}
	f := &state.Frame{Call: state.Call{Frameno: 1}}
	for _, tt := range tests {
		if got := string(p.appendReg(nil, f, &tt.reg)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestStateText(t *testing.T) {
	p := NewPrinter(&Log{}, &object.Image{}, &[]*object.Map{})
	f := &state.Frame{Call: state.Call{Frameno: 2, InCallback: true}, Stack: make([]state.Slot, 7)}
	for i := range f.Regs {
		f.Regs[i].MarkNotInit()
	}
	f.Regs[0].MarkKnown(1)
	kinds := func(s *state.Slot, text string) {
		for i, c := range []byte(text) {
			s.Kind[i] = state.SlotKind(strings.IndexByte(string(slotKindChars[:]), c))
		}
	}
	kinds(&f.Stack[0], "mmmm0000")
	kinds(&f.Stack[1], "????rrrr")
	f.Stack[1].Reg.MarkKnown(7)
	kinds(&f.Stack[2], "dddddddd")
	kinds(&f.Stack[3], "dddddddd")
	f.Stack[3].Dynptr, f.Stack[3].First, f.Stack[3].ID, f.Stack[3].RefObjID = state.DYNPTR_TYPE_RINGBUF, true, 1, 2
	kinds(&f.Stack[4], "iiiiiiii")
	f.Stack[4].RefObjID, f.Stack[4].IterState, f.Stack[4].IterDepth = 3, state.ITER_STATE_ACTIVE, 2
	kinds(&f.Stack[5], "ffffffff")
	st := &state.State{Common: state.Common{CurFrame: 2, Refs: []state.Ref{{ID: 2}, {ID: 3}}}}
	st.Frames[2] = f

	p.State(st, 2, true)
	want := " frame2: R0=1 fp-8=mmmm0000 fp-16=????7 fp-32=dynptr_ringbuf(id=1,ref_id=2,dynptr_id=1)" +
		" fp-40=iter_<invalid>(ref_id=3,state=active,depth=2) fp-48=ffffffff refs=2,3 cb\n"
	if got := p.Log.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}

	// Only what was touched is shown, once.
	p.Log = &Log{}
	p.ScratchReg(0)
	p.ScratchSlot(1)
	p.State(st, 2, false)
	p.State(st, 2, false)
	want = " frame2: R0=1 fp-16=????7 refs=2,3 cb\n frame2: refs=2,3 cb\n"
	if got := p.Log.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}

	// Of a dynptr only the first slot: the kernel shows the one before it.
	p.Log = &Log{}
	f.Stack = f.Stack[:4]
	p.ScratchSlot(3)
	p.State(st, 2, false)
	want = " frame2: fp-40=dynptr_<invalid>() refs=2,3 cb\n"
	if got := p.Log.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

func TestStateIsAlignedBehindInstruction(t *testing.T) {
	for width, column := range map[int]int{5: 39, 36: 39, 37: 47, 44: 47, 45: 55, 60: 63} {
		if got := width + stateIndent(width); got != column {
			t.Errorf("a line of %d: the state starts at %d, want %d", width, got, column)
		}
	}
}

func TestSourceLines(t *testing.T) {
	img := &object.Image{Lines: []object.LineInfo{
		{Insn: 0, File: "dir/a.c", Line: 1, Text: "  int x;"},
		{Insn: 2, File: "dir/a.c", Line: 1, Text: "int x;"},
		{Insn: 3, File: "b.c", Line: 1, Text: "f();"},
	}, Insns: make([]insn.Insn, 6)}
	p := NewPrinter(&Log{Level: 1}, img, &img.Maps)
	for i := range 5 {
		p.LineInfo(i, "; ")
	}
	p.StartPath()
	p.LineInfo(5, "5: ")
	want := "; int x; @ a.c:1\n; f(); @ b.c:1\n5: f(); @ b.c:1\n"
	if got := p.Log.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Source lines lose the blanks before them, and all beyond what the kernel prints at once.
func TestSourceLine(t *testing.T) {
	for text, want := range map[string]string{
		"\t\r f(); \t":            "; f(); \t @ a.c:7\n",
		strings.Repeat("x", 1023): "; " + strings.Repeat("x", 1023) + " @ a.c:7\n",
		strings.Repeat("x", 1024): "; " + strings.Repeat("x", 1023) + " @ a.c:7\n",
	} {
		img := &object.Image{Insns: make([]insn.Insn, 1), Lines: []object.LineInfo{{File: "dir/a.c", Line: 7, Text: text}}}
		p := NewPrinter(&Log{Level: 1}, img, nil)
		p.LineInfo(0, "; ")
		if got := p.Log.String(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What is said of an unresolved instruction begins behind its line, which has another length than the kernel's.
func TestUnresolvedLines(t *testing.T) {
	img := &object.Image{Unresolved: []object.Unresolved{{Insn: 4, What: "<invalid CO-RE relocation, longer>", Why: "failed to resolve"}}}
	p := NewPrinter(&Log{Level: 1}, img, nil)
	p.Printf("4: (85) call unknown#195896080\n")
	p.InsnAt = p.Position()
	p.Printf("invalid func unknown#195896080\n")
	p.NameUnresolved(4)
	if got := p.InsnLines(); !slices.Equal(got, []string{"failed to resolve"}) {
		t.Errorf("%q", got)
	}
}

func TestUnresolvedIsNamed(t *testing.T) {
	for _, before := range []string{"4: (85) call unknown#195896080\n", "R1=ctx()\n"} {
		p := NewPrinter(&Log{}, &object.Image{Unresolved: []object.Unresolved{{Insn: 2}, {Insn: 4, What: "<invalid>", Why: "nothing there"}}}, nil)
		p.Printf("%sinvalid func unknown#195896080\n", before)
		p.NameUnresolved(4)
		want := "4: <invalid>\nnothing there\n"
		if before[0] == 'R' {
			want = before + "nothing there\n"
		}
		if got := p.Log.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p := NewPrinter(&Log{}, &object.Image{Unresolved: []object.Unresolved{{Insn: 2}}}, nil)
	p.Printf("another message\n")
	p.NameUnresolved(3)
	if got := p.LastLine(); got != "another message" {
		t.Error(got)
	}
}
