package state

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Checkpoint is a state as it is remembered. Of its registers and slots only the marks of precision change, and what is
// dead is forgotten.
type Checkpoint struct {
	Common
	frames []kept
	values *table

	Cleaned bool // what is dead was forgotten
	// How often it was compared in vain and with success, and whether it has left its list because of that.
	MissCnt, HitCnt uint32
	Evicted         bool
}

// kept is a frame of a checkpoint.
type kept struct {
	Call
	regs  [insn.MaxReg]value
	stack []value
	// Which registers and slots are numbers, and which of those are precise.
	scalars, precise marks
}

// marks are registers and slots of a frame, as bits.
type marks struct {
	regs  uint32
	slots uint64
}

// Save returns a checkpoint of a state.
func (p *Pool) Save(s *State) *Checkpoint {
	c := p.checkpoint()
	refs, hist := c.Refs, c.History
	c.Common = s.Common
	c.Refs = refill(p, refs, s.Refs)
	c.History = refill(p, hist, s.History)
	n := int(s.CurFrame) + 1
	if cap(c.frames) < n {
		c.frames = append(make([]kept, 0, n), c.frames[:cap(c.frames)]...)
		p.took(n * keptBytes)
	}
	c.frames = c.frames[:n]
	for i := range c.frames {
		var before *kept
		if s.Parent != nil && i < len(s.Parent.frames) {
			before = &s.Parent.frames[i]
		}
		c.frames[i].fill(p, s.Frames[i], before)
	}
	return c
}

// fill makes k the frame f, whose values are mostly those that it had before.
func (k *kept) fill(p *Pool, f *Frame, before *kept) {
	k.Call = f.Call
	k.scalars, k.precise = marks{}, marks{}
	t := &p.values
	for i := range f.Regs {
		guess := nothing
		if before != nil {
			guess = before.regs[i]
		}
		r := &f.Regs[i]
		k.regs[i] = t.put(r, [SlotSize]SlotKind{}, guess)
		if r.Type == abi.SCALAR_VALUE {
			k.scalars.regs |= 1 << i
			if r.Precise {
				k.precise.regs |= 1 << i
			}
		}
	}
	if cap(k.stack) < len(f.Stack) {
		k.stack = make([]value, len(f.Stack))
		p.took(4 * len(f.Stack))
	}
	k.stack = k.stack[:len(f.Stack)]
	for i := range f.Stack {
		s := &f.Stack[i]
		if s.Kind == ([SlotSize]SlotKind{}) {
			k.stack[i] = nothing
			continue
		}
		guess := nothing
		if before != nil && i < len(before.stack) {
			guess = before.stack[i]
		}
		k.stack[i] = t.put(&s.Reg, s.Kind, guess)
		if s.IsSpilled() && s.Type == abi.SCALAR_VALUE {
			k.scalars.slots |= 1 << i
			if s.Precise {
				k.precise.slots |= 1 << i
			}
		}
	}
}

// Call is how a frame was entered.
func (c *Checkpoint) Call(frame uint32) *Call { return &c.frames[frame].Call }

// IP returns the instruction a frame is at: the current one, or the call it waits in.
func (c *Checkpoint) IP(frame uint32) uint32 { return IP(c, frame) }

// Reg is what a register of a frame holds; whether it is precise is not in it.
func (c *Checkpoint) Reg(frame uint32, regno int) *Reg {
	return &c.values.at(c.frames[frame].regs[regno]).Reg
}

// Slots is how many stack slots a frame has.
func (c *Checkpoint) Slots(frame uint32) int { return len(c.frames[frame].stack) }

// Slot is what a stack slot of a frame holds; whether it is precise is not in it.
func (c *Checkpoint) Slot(frame uint32, spi int) *Slot {
	return c.values.at(c.frames[frame].stack[spi])
}

// Precise are the numbers in registers and stack slots of a frame that mattered, as bits.
func (c *Checkpoint) Precise(frame uint32) (regs uint32, slots uint64) {
	m := c.frames[frame].precise
	return m.regs, m.slots
}

// Imprecise are the other numbers.
func (c *Checkpoint) Imprecise(frame uint32) (regs uint32, slots uint64) {
	k := &c.frames[frame]
	return k.scalars.regs &^ k.precise.regs, k.scalars.slots &^ k.precise.slots
}

// Mark makes registers and stack slots of a frame precise, and returns those that were not yet and are numbers.
func (c *Checkpoint) Mark(frame uint32, regs uint32, slots uint64) (newRegs uint32, newSlots uint64) {
	k := &c.frames[frame]
	newRegs, newSlots = regs&k.scalars.regs&^k.precise.regs, slots&k.scalars.slots&^k.precise.slots
	k.precise.regs |= newRegs
	k.precise.slots |= newSlots
	return newRegs, newSlots
}

// Forget makes all registers but the frame pointer and all stack slots of a frame unreadable that are not named.
func (c *Checkpoint) Forget(frame uint32, regs uint16, slots uint64) {
	k := &c.frames[frame]
	for i := range k.regs[:insn.FP] {
		if regs&(1<<i) == 0 {
			c.values.drop(k.regs[i])
			k.regs[i] = nothing
		}
	}
	for i := range k.stack {
		if slots&(1<<i) == 0 {
			c.values.drop(k.stack[i])
			k.stack[i] = nothing
		}
	}
	k.scalars.regs &= uint32(regs)
	k.scalars.slots &= slots
	k.precise.regs &= uint32(regs)
	k.precise.slots &= slots
}

// State returns a state that is like the checkpoint, to be shown.
func (c *Checkpoint) State() *State {
	s := &State{Common: c.Common}
	for i := range c.frames {
		k := &c.frames[i]
		f := &Frame{Call: k.Call, Stack: make([]Slot, len(k.stack))}
		for r, v := range k.regs {
			f.Regs[r] = c.values.at(v).Reg
			f.Regs[r].Precise = k.precise.regs&(1<<r) != 0
		}
		for j, v := range k.stack {
			f.Stack[j] = *c.values.at(v)
			f.Stack[j].Precise = k.precise.slots&(1<<j) != 0
		}
		s.Frames[i] = f
	}
	return s
}
