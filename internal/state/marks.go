package state

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Places are registers and stack slots of a frame, as bits.
type Places struct {
	Regs  uint16
	Slots uint64
}

// allPlaces are those of every frame.
var allPlaces = Places{^uint16(0), ^uint64(0)}

// Marks are what was done with the places of a frame since a state was remembered on the path last, and in a checkpoint
// which of them were read later. Only kernels that learn so what is alive have them (REG_LIVE_READ, REG_LIVE_WRITTEN).
type Marks struct {
	Written, Read Places
	// Where the value of a register was in the state before. That of a slot was in the same slot of Before, if it was
	// there, nil for a frame that is younger.
	origins [insn.FP]origin
	before  *Checkpoint
}

// origin is a register of a state, none if that is nil.
type origin struct {
	at         *Checkpoint
	frame, reg uint8
}

// readBefore marks a register, and those that its value comes from, until one is found that was written or is marked. It
// returns how many it marked.
func (o origin) readBefore() (marked int) {
	for o.at != nil {
		m, bit := &o.at.Marks[o.frame], uint16(1)<<o.reg
		if m.Read.Regs&bit != 0 {
			return marked
		}
		m.Read.Regs |= bit
		marked++
		if m.Written.Regs&bit != 0 {
			return marked
		}
		o = m.origins[o.reg]
	}
	return marked
}

// MarkReads starts or goes on with marks, for kernels that need them, when a frame is entered.
func (s *State) MarkReads() { s.Marks = append(s.Marks[:s.CurFrame], Marks{}) }

// ReadReg notes that a register of a frame is read, and returns how many states before are marked for that. Those that have
// no marks note nothing.
func (s *State) ReadReg(frame uint32, regno int) (marked int) {
	if len(s.Marks) == 0 || regno >= insn.FP {
		return 0
	}
	if m := &s.Marks[frame]; m.Written.Regs&(1<<regno) == 0 {
		marked = m.origins[regno].readBefore()
	}
	return marked
}

// WriteRegs notes that registers of a frame, a bit each, are written.
func (s *State) WriteRegs(frame uint32, regs uint16) {
	if len(s.Marks) > 0 {
		s.Marks[frame].Written.Regs |= regs
	}
}

// ReadSlot is ReadReg of a stack slot.
func (s *State) ReadSlot(frame uint32, spi int) (marked int) {
	if len(s.Marks) == 0 {
		return 0
	}
	for m, bit := &s.Marks[frame], uint64(1)<<spi; m.Written.Slots&bit == 0; marked++ {
		at := m.before
		if at == nil || spi >= at.Slots(frame) {
			return marked
		}
		if m = &at.Marks[frame]; m.Read.Slots&bit != 0 {
			return marked
		}
		m.Read.Slots |= bit
	}
	return marked
}

// WriteSlot notes that a stack slot of a frame is written whole.
func (s *State) WriteSlot(frame uint32, spi int) {
	if len(s.Marks) > 0 {
		s.Marks[frame].Written.Slots |= 1 << spi
	}
}

// PassReg notes that a register of one frame is copied, with all that is known of it, to one of another.
func (s *State) PassReg(to uint32, dst int, from uint32, src int) {
	if len(s.Marks) == 0 {
		return
	}
	d, o := &s.Marks[to], &s.Marks[from]
	d.origins[dst] = o.origins[src]
	d.Written.Regs = d.Written.Regs&^(1<<dst) | o.Written.Regs>>src&1<<dst
}

// LeaveMarks forgets those of the current frame.
func (s *State) LeaveMarks() {
	if len(s.Marks) > 0 {
		s.Marks = s.Marks[:s.CurFrame]
	}
}

// Remembered begins anew: st is the state remembered now. Of the frames that wait only r6-r9 are kept by a call.
func (s *State) Remembered(st *Checkpoint) {
	for i := range s.Marks {
		m := &s.Marks[i]
		first := insn.R0
		if uint32(i) < s.CurFrame {
			first = insn.R6
		}
		for r := first; r < insn.FP; r++ {
			m.origins[r] = origin{st, uint8(i), uint8(r)}
		}
		m.before, m.Written, m.Read = st, Places{}, Places{}
	}
}

// ReadAsBy notes that all is read that was read from old on, which covers s. It returns how many states before are marked for
// that, of one place.
func (s *State) ReadAsBy(old *Checkpoint) (marked int) {
	for i := range s.Marks {
		m := &old.Marks[i]
		for regs := m.Read.Regs; regs != 0; regs &= regs - 1 {
			if r := bits.TrailingZeros16(regs); uint32(i) == s.CurFrame || r >= insn.R6 {
				marked = max(marked, s.ReadReg(uint32(i), r))
			}
		}
		for slots := m.Read.Slots; slots != 0; slots &= slots - 1 {
			if spi := bits.TrailingZeros64(slots); spi < len(s.Frames[i].Stack) {
				marked = max(marked, s.ReadSlot(uint32(i), spi))
			}
		}
	}
	return marked
}
