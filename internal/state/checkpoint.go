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
	sign   uint64 // of the current frame's registers when it was saved

	Older   *Checkpoint // the next in the list it is in
	Cleaned bool        // what is dead was forgotten
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
	c := p.save(s, false)
	c.sign = s.Cur().sign()
	return c
}

// Pack returns a checkpoint that Unpack makes s of again, and takes s back.
func (p *Pool) Pack(s *State) *Checkpoint {
	c := p.save(s, true)
	p.Free(s)
	return c
}

// Unpack is the reverse of Pack.
func (p *Pool) Unpack(c *Checkpoint) *State {
	s := p.State()
	own := s.Common
	s.Common = c.Common
	s.Refs, s.Marks = refill(p, own.Refs, c.Refs), refill(p, own.Marks, c.Marks)
	s.History.recent = refill(p, own.History.recent, c.History.recent)
	for i := range c.frames {
		f := p.Frame()
		c.frames[i].unpack(p, f)
		s.Frames[i] = f
	}
	p.Discard(c)
	return s
}

// Peek returns the registers and slots of a checkpoint, which stays what it is.
func (p *Pool) Peek(c *Checkpoint) *State {
	s := p.State()
	s.CurFrame, s.InsnIdx = c.CurFrame, c.InsnIdx
	for i := range c.frames {
		s.Frames[i] = p.Frame()
		c.frames[i].unpack(p, s.Frames[i])
	}
	return s
}

// save returns a checkpoint of a state. whole keeps what stack slots hold besides data.
func (p *Pool) save(s *State, whole bool) *Checkpoint {
	c := p.checkpoint()
	refs, steps, marks := c.Refs, c.History.recent, c.Marks
	c.Common = s.Common
	c.Refs = refill(p, refs, s.Refs)
	c.Marks = refill(p, marks, s.Marks)
	recent := s.History.recent
	if cap(steps) < len(recent) {
		steps = cut(p, &p.steps, len(recent))
	}
	c.History.recent = append(steps[:0], recent...)
	n := int(s.CurFrame) + 1
	if cap(c.frames) < n {
		frames := cut(p, &p.kept, n)
		copy(frames, c.frames[:cap(c.frames)])
		c.frames = frames
	}
	c.frames = c.frames[:n]
	for i := range c.frames {
		var before *kept
		if s.Parent != nil && i < len(s.Parent.frames) {
			before = &s.Parent.frames[i]
		}
		c.frames[i].fill(p, s.Frames[i], before, whole)
	}
	return c
}

// fill makes k the frame f, whose values are mostly those that it had before.
func (k *kept) fill(p *Pool, f *Frame, before *kept, whole bool) {
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
		k.stack = cut(p, &p.stacks, len(f.Stack))
	}
	k.stack = k.stack[:len(f.Stack)]
	for i := range f.Stack {
		s := &f.Stack[i]
		if v, ok := plain(s.Kind); ok && !whole {
			k.stack[i] = v
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

// plain is the value of a slot that has only bytes of a kind, whatever else was there before.
func plain(kind [SlotSize]SlotKind) (v value, ok bool) {
	switch kind {
	case unwritten, wholePoison:
		return nothing, true
	case wholeMisc:
		return data, true
	case wholeZero:
		return zeros, true
	}
	return nothing, false
}

// unpack makes f the frame k.
func (k *kept) unpack(p *Pool, f *Frame) {
	f.Call = k.Call
	for r, v := range k.regs {
		f.Regs[r] = p.values.at(v).Reg
		f.Regs[r].Precise = k.precise.regs&(1<<r) != 0
	}
	if cap(f.Stack) < len(k.stack) {
		f.Stack = make([]Slot, len(k.stack))
		p.took(len(k.stack) * slotBytes)
	}
	f.Stack = f.Stack[:len(k.stack)]
	for i, v := range k.stack {
		f.Stack[i] = *p.values.at(v)
		f.Stack[i].Precise = k.precise.slots&(1<<i) != 0
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
		s.Frames[i] = &Frame{}
		k.unpack(c.values.pool, s.Frames[i])
	}
	return s
}
