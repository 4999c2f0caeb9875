package state

// JmpHistory is one remembered step of a path, for walking it backwards.
type JmpHistory struct {
	at         uint32 // the instruction, and the registers that were followed above insnBits
	from       uint32 // the instruction it was come to from, and flags above insnBits
	LinkedRegs uint64 // packed registers whose ranges a branch changed together
}

const (
	insnBits = 20
	insnMask = 1<<insnBits - 1
)

// NewHistory is a step to the instruction idx from prev, modulo 1<<20, with INSN_F_* flags below 1<<12.
func NewHistory(idx, prev int, flags uint16, linked uint64) JmpHistory {
	return JmpHistory{at: uint32(idx), from: uint32(prev)&insnMask | uint32(flags)<<insnBits, LinkedRegs: linked}
}

// Idx is the instruction.
func (h *JmpHistory) Idx() int { return int(h.at & insnMask) }

// Follow notes that registers, as bits, are followed back beyond the step, and returns those that never were before.
func (h *JmpHistory) Follow(regs uint32) uint32 {
	fresh := regs &^ (h.at >> insnBits)
	h.at |= regs << insnBits
	return fresh
}

// PrevIdx is the instruction the step was made from.
func (h *JmpHistory) PrevIdx() uint32 { return h.from & insnMask }

// Flags are what else the instruction did.
func (h *JmpHistory) Flags() uint16 { return uint16(h.from >> insnBits) }

// AddFlags adds to them.
func (h *JmpHistory) AddFlags(flags uint16) { h.from |= uint32(flags) << insnBits }

// History are the steps of a path since its parent was remembered.
type History struct {
	recent []JmpHistory
	past   *Stretch // what came before
}

// Stretch are steps that are over. All paths that part after them share it.
type Stretch struct {
	steps [stretchLen]JmpHistory
	past  *Stretch
	// Followed is what was looked for in each frame whenever its first step was walked back over.
	Followed [MAX_CALL_FRAMES]Sought
}

// stretchLen is more steps than most paths have between two states that are remembered.
const stretchLen = 64

// Sought are registers and slots of a frame, as bits.
type Sought struct {
	Regs  uint32
	Slots uint64
}

// Add adds others, and reports whether there was one that was not there.
func (s *Sought) Add(other Sought) (more bool) {
	before := *s
	s.Regs |= other.Regs
	s.Slots |= other.Slots
	return *s != before
}

// Longer reports whether there are more than n steps, at most as many as a stretch has.
func (h *History) Longer(n int) bool { return h.past != nil || len(h.recent) > n }

// Add adds a step.
func (h *History) Add(step JmpHistory) {
	if len(h.recent) == stretchLen {
		h.past = &Stretch{steps: [stretchLen]JmpHistory(h.recent), past: h.past}
		h.recent = h.recent[:0]
	}
	h.recent = append(h.recent, step)
}

// Last is the step that was added last; there must be one.
func (h *History) Last() *JmpHistory { return &h.recent[len(h.recent)-1] }

// Clear forgets all steps.
func (h *History) Clear() { *h = h.emptied() }

// emptied is no steps, with room for some.
func (h *History) emptied() History { return History{recent: h.recent[:0]} }

// Way is what is left of a history that is walked back over.
type Way struct {
	steps   []JmpHistory
	Stretch *Stretch // that they are of, nil for recent ones
	past    *Stretch
}

// Back is the way back over all steps.
func (h *History) Back() Way {
	w := Way{steps: h.recent, past: h.past}
	w.turn()
	return w
}

// Step is the next step to walk back over, nil where there is none.
func (w *Way) Step() *JmpHistory {
	if n := len(w.steps); n > 0 {
		return &w.steps[n-1]
	}
	return nil
}

// Pass walks back over that step.
func (w *Way) Pass() {
	w.steps = w.steps[:len(w.steps)-1]
	w.turn()
}

// turn goes on to the stretch before where a stretch is done.
func (w *Way) turn() {
	if len(w.steps) > 0 {
		return
	}
	if w.Stretch = w.past; w.past != nil {
		w.steps, w.past = w.past.steps[:], w.past.past
	}
}

// One reports that one step is left.
func (w *Way) One() bool { return len(w.steps) == 1 && w.past == nil }
