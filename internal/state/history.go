package state

// JmpHistory is one remembered step of a path, for walking it backwards.
type JmpHistory struct {
	Idx        uint32
	from       uint32 // the instruction it was come to from, and flags above prevBits
	LinkedRegs uint64 // packed registers whose ranges a branch changed together
}

const prevBits = 20

// NewHistory is a step to the instruction idx from prev, modulo 1<<20, with INSN_F_* flags below 1<<12.
func NewHistory(idx, prev int, flags uint16, linked uint64) JmpHistory {
	return JmpHistory{Idx: uint32(idx), from: uint32(prev)&(1<<prevBits-1) | uint32(flags)<<prevBits, LinkedRegs: linked}
}

// PrevIdx is the instruction the step was made from.
func (h *JmpHistory) PrevIdx() uint32 { return h.from & (1<<prevBits - 1) }

// Flags are what else the instruction did.
func (h *JmpHistory) Flags() uint16 { return uint16(h.from >> prevBits) }

// AddFlags adds to them.
func (h *JmpHistory) AddFlags(flags uint16) { h.from |= uint32(flags) << prevBits }
