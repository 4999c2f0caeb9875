package precision

import "github.com/bpfverdict/bpfverdict/internal/state"

// Flags of history entries: the instruction accessed a stack slot (frame and slot
// index are packed below), or compared a stack pointer (INSN_F_* in the kernel).
const (
	frameMask = 0x7
	slotMask  = 0x3f
	slotShift = 3

	StackAccess uint16 = 1 << 9
	DstRegStack uint16 = 1 << 10
	SrcRegStack uint16 = 1 << 11
)

// SlotAccess are the history flags of an access to a stack slot.
func SlotAccess(frame uint32, spi int) uint16 {
	return StackAccess | uint16(spi)<<slotShift | uint16(frame)
}

func accessedSlot(flags uint16) (frame int, spi int) {
	return int(flags & frameMask), int(flags >> slotShift & slotMask)
}

// NextInsn says that another instruction is walked: what is remembered from here on is about that one.
func (t *Tracker) NextInsn() { t.entry = false }

// Remember adds the instruction idx, come to from prev, with flags and linked registers, to the history
// of st, for walking back. One instruction has one entry.
func (t *Tracker) Remember(st *state.State, idx, prev int, flags uint16, linked uint64) {
	if t.oneFrame() && (flags != 0 || linked != 0) {
		return // only how the walk jumped is followed
	}
	if t.entry {
		e := st.History.Last()
		e.AddFlags(flags)
		e.LinkedRegs = linked
		return
	}
	st.History.Add(state.NewHistory(idx, prev, flags, linked))
	t.entry = true
}
