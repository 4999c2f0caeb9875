package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// regs returns the current frame's registers.
func (v *verifier) regs() *[insn.MaxReg]state.Reg { return &v.st.Cur().Regs }

// newID returns a fresh id for registers, references and locks.
func (v *verifier) newID() uint32 { v.idGen++; return v.idGen }

// mapOf returns the map a register refers to, nil if none.
func (v *verifier) mapOf(r *state.Reg) *object.Map {
	if r.Map == 0 {
		return nil
	}
	return v.maps[r.Map-1]
}

// setOf returns the type set of a PTR_TO_BTF_ID register.
func (v *verifier) setOf(r *state.Reg) *types.Set { return v.typesets[r.BTF] }

// markUnknown makes r a scalar of any value. As every program is loaded with CAP_BPF,
// unknown scalars start imprecise.
func markUnknown(r *state.Reg) {
	*r = state.Reg{}
	r.Type = abi.SCALAR_VALUE
	r.Scalar = scalar.Unknown()
}

// markKnown makes r a scalar of one value.
func markKnown(r *state.Reg, val uint64) {
	*r = state.Reg{}
	r.Type = abi.SCALAR_VALUE
	r.Scalar = scalar.Const(val)
}

// markNotInit makes r unreadable.
func markNotInit(r *state.Reg) {
	markUnknown(r)
	r.Type = abi.NOT_INIT
}

// markPtr makes r a pointer of type t at offset 0 with everything else cleared.
func markPtr(r *state.Reg, t abi.RegType) {
	*r = state.Reg{}
	r.Type = t
	r.Scalar = scalar.Const(0)
}

// constantReg reports a scalar of exactly one value.
func constantReg(r *state.Reg) bool {
	return r.Type == abi.SCALAR_VALUE && r.Var.IsConst()
}

// nullReg reports a scalar known to be zero.
func nullReg(r *state.Reg) bool { return constantReg(r) && r.Var.Value == 0 }
