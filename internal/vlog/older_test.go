package vlog

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// The wanted texts are what Linux 6.1 and 5.10 print for the same values.
func TestOlderRegisterText(t *testing.T) {
	maps := []*object.Map{{Name: "a_map", KeySize: 4, ValueSize: 16}}
	tests := []struct {
		reg         state.Reg
		v6_1, v5_10 string
	}{
		{known(0), "0", "inv0"},
		{known(-32769), "-32769", "inv-32769"},
		{number(func(r *state.Reg) { r.MarkKnown(7); r.Precise = true }), "P7", "invP7"},
		{number(func(r *state.Reg) {}), "scalar()", "inv(id=0)"},
		{number(func(r *state.Reg) { r.Precise, r.ID = true, 3 }), "Pscalar(id=3)", "invP(id=3)"},
		{number(func(r *state.Reg) { r.Umax, r.U32Max, r.Var.Mask = 1<<40, 0xf0000000, 1<<41-1 }),
			"scalar(umax=1099511627776,var_off=(0x0; 0x1ffffffffff),u32_max=-268435456)",
			"inv(id=0,umax_value=1099511627776,var_off=(0x0; 0x1ffffffffff),u32_max_value=-268435456)"},
		{number(func(r *state.Reg) { r.Smin, r.Smax = -2, 3 }), "scalar(smin=-2,smax=3)", "inv(id=0,smin_value=-2,smax_value=3)"},
		{ptr(abi.PTR_TO_CTX, func(r *state.Reg) { r.Off = 8 }), "ctx(off=8,imm=0)", "ctx(id=0,off=8,imm=0)"},
		{ptr(abi.PTR_TO_STACK, func(r *state.Reg) { r.Off = -8 }), "fp-8", "fp-8"},
		{ptr(abi.CONST_PTR_TO_MAP, func(r *state.Reg) { r.Map = 1 }), "map_ptr(off=0,ks=4,vs=16,imm=0)", "map_ptr(id=0,off=0,ks=4,vs=16,imm=0)"},
		{ptr(abi.PTR_TO_PACKET, func(r *state.Reg) { r.Range, r.Off, r.ID = 14, 14, 1 }), "pkt(id=1,off=14,r=14,imm=0)", "pkt(id=1,off=14,r=14,imm=0)"},
		{ptr(abi.PTR_TO_SOCKET|abi.PTR_MAYBE_NULL, func(r *state.Reg) { r.ID, r.RefObjID = 2, 2 }),
			"sock_or_null(id=2,ref_obj_id=2,off=0,imm=0)", "sock_or_null(id=2,ref_obj_id=2,off=0,imm=0)"},
		{ptr(abi.PTR_TO_SOCKET, nil), "sock(off=0,imm=0)", "sock(id=0,ref_obj_id=0,off=0,imm=0)"},
		{ptr(abi.PTR_TO_MEM|abi.MEM_RINGBUF, func(r *state.Reg) { r.RefObjID, r.MemSize = 2, 8 }),
			"alloc_mem(ref_obj_id=2,off=0,imm=0)", "mem(id=0,ref_obj_id=2,off=0,imm=0)"},
	}
	f := &state.Frame{}
	for i, release := range []string{"6.1", "5.10"} {
		m, err := kmodel.Load(release)
		if err != nil {
			t.Fatal(err)
		}
		p := NewPrinter(&Log{Kernel: m}, &object.Image{Maps: maps}, &maps)
		for _, tt := range tests {
			want := [...]string{tt.v6_1, tt.v5_10}[i]
			if got := string(p.appendReg(nil, f, &tt.reg)); got != want {
				t.Errorf("%s: %q, want %q", release, got, want)
			}
		}
	}
}

// Of what is spilled the type is shown, or the number.
func TestOlderSpills(t *testing.T) {
	f := &state.Frame{Stack: make([]state.Slot, 3)}
	for i := range f.Regs {
		f.Regs[i].MarkNotInit()
	}
	for i := range f.Stack {
		for b := range f.Stack[i].Kind {
			f.Stack[i].Kind[b] = state.STACK_SPILL
		}
	}
	f.Stack[0].Reg.MarkPtr(abi.PTR_TO_CTX)
	f.Stack[1].Reg.MarkKnown(7)
	f.Stack[2].Reg.MarkUnknown()
	st := &state.State{}
	st.Frames[0] = f
	for release, want := range map[string]string{"6.1": " fp-8=ctx fp-16=7 fp-24=\n", "5.10": " fp-8=ctx fp-16=inv7 fp-24=inv\n"} {
		m, err := kmodel.Load(release)
		if err != nil {
			t.Fatal(err)
		}
		p := NewPrinter(&Log{Kernel: m}, &object.Image{}, &[]*object.Map{})
		p.State(st, 0, true)
		if got := p.Log.String(); got != want {
			t.Errorf("%s: %q, want %q", release, got, want)
		}
	}
}
