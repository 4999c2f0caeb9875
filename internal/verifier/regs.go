package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
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

func markUnknown(r *state.Reg)            { r.MarkUnknown() }
func markKnown(r *state.Reg, val uint64)  { r.MarkKnown(val) }
func markNotInit(r *state.Reg)            { r.MarkNotInit() }
func markPtr(r *state.Reg, t abi.RegType) { r.MarkPtr(t) }

// constantReg reports a scalar of exactly one value.
func constantReg(r *state.Reg) bool {
	return r.Type == abi.SCALAR_VALUE && r.Var.IsConst()
}

// nullReg reports a scalar known to be zero.
func nullReg(r *state.Reg) bool { return constantReg(r) && r.Var.Value == 0 }
