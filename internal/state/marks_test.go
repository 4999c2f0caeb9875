package state

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// marked is a state of two frames with marks, and two slots each.
func marked(p *Pool) *State {
	s := p.State()
	for i := range 2 {
		f := p.Frame()
		*f = Frame{Call: Call{Frameno: uint32(i)}, Stack: make([]Slot, 2)}
		s.Frames[i] = f
		s.CurFrame = uint32(i)
		s.MarkReads()
	}
	return s
}

// remember makes a checkpoint of the state, from which it goes on.
func remember(p *Pool, s *State) *Checkpoint {
	c := p.Save(s)
	s.Remembered(c)
	s.Parent = c
	return c
}

// What is read is marked in the states before, up to the last that wrote it.
func TestReadMarks(t *testing.T) {
	p := &Pool{}
	s := marked(p)
	first := remember(p, s)
	s.WriteRegs(1, 1<<insn.R1)
	s.WriteSlot(0, 1)
	second := remember(p, s)
	third := remember(p, s)
	s.WriteRegs(1, 1<<insn.R2)
	s.ReadReg(1, insn.R1)
	s.ReadReg(1, insn.R2)
	s.ReadReg(0, insn.R6)
	s.ReadSlot(0, 0)
	s.ReadSlot(0, 1)
	for _, tt := range []struct {
		name  string
		c     *Checkpoint
		frame int
		want  Places
	}{
		{"the youngest", third, 1, Places{Regs: 1 << insn.R1}},
		{"the one behind which r1 was written", second, 1, Places{Regs: 1 << insn.R1}},
		{"the one before", first, 1, Places{}},
		{"the caller", first, 0, Places{Regs: 1 << insn.R6, Slots: 1}},
		{"the caller, where the slot is not written", second, 0, Places{Regs: 1 << insn.R6, Slots: 3}},
	} {
		if got := tt.c.Marks[tt.frame].Read; got != tt.want {
			t.Errorf("%s: %+v is read, want %+v", tt.name, got, tt.want)
		}
	}
}

// An argument is the register that the caller passed until a state is remembered in the callee, and a result the callee's.
func TestPassedRegsAreMarkedWhereTheyCameFrom(t *testing.T) {
	p := &Pool{}
	s := marked(p)
	c := remember(p, s)
	s.PassReg(0, insn.R2, 1, insn.R3)
	s.ReadReg(0, insn.R2)
	if got := c.Marks[1].Read.Regs; got != 1<<insn.R3 {
		t.Errorf("%b is read, want r3", got)
	}
	s.WriteRegs(1, 1<<insn.R0)
	s.PassReg(0, insn.R0, 1, insn.R0)
	s.LeaveMarks()
	s.CurFrame = 0
	s.ReadReg(0, insn.R0)
	if got := c.Marks[1].Read.Regs | c.Marks[0].Read.Regs; got != 1<<insn.R3 {
		t.Errorf("%b is read, though the callee wrote r0", got)
	}
	s.MarkReads() // a frame that is younger than the state
	s.ReadSlot(0, 0)
	if got := c.Marks[0].Read.Slots; got != 0 {
		t.Errorf("slots %b of a state without the frame are read", got)
	}
}

// A state that is covered reads what was read from the one that covers it, and copies of states have marks of their own.
func TestReadAsBy(t *testing.T) {
	p := &Pool{}
	s := marked(p)
	old := remember(p, s)
	other := p.State()
	p.Copy(other, s)
	s.ReadReg(1, insn.R0)
	s.ReadReg(0, insn.R1) // which no call keeps
	s.ReadSlot(1, 1)
	now := remember(p, other)
	other.ReadAsBy(old)
	if got := now.Marks[1].Read; got != (Places{Regs: 1 << insn.R0, Slots: 2}) {
		t.Errorf("%+v is read", got)
	}
	if got := now.Marks[0].Read; got != (Places{}) {
		t.Errorf("%+v of the caller is read", got)
	}
	packed := p.Pack(other)
	if again := p.Unpack(packed); len(again.Marks) != 2 || again.Marks[1].before != now {
		t.Errorf("marks %+v of an unpacked state", again.Marks)
	}
}
