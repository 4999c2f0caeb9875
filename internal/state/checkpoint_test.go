package state

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// shown is a value as a checkpoint shows it: only of numbers it matters whether they are precise, and of a slot that has
// nothing but data, or that nobody has written to, no more is kept.
func shown(s Slot, inSlot bool) Slot {
	if inSlot {
		switch s.Kind {
		case unwritten:
			return unreadable
		case wholeMisc, wholeZero:
			return Slot{Kind: s.Kind}
		}
	}
	s.Precise = s.Precise && s.Type == abi.SCALAR_VALUE && (!inSlot || s.IsSpilled())
	return s
}

// Whatever is saved, discarded and marked between, a checkpoint keeps what its state had.
func TestSaveKeepsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			saved *Checkpoint
			was   *State
		}
		var p Pool
		var all []pair
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if len(all) > 0 && rapid.IntRange(0, 2).Draw(t, "discard") == 0 {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				p.Discard(all[i].saved)
				all = append(all[:i], all[i+1:]...)
				continue
			}
			st := genState(t)
			if len(all) > 0 && rapid.Bool().Draw(t, "like another") {
				like := all[rapid.IntRange(0, len(all)-1).Draw(t, "like")]
				p.Copy(st, like.was)
				st.Parent = like.saved
				st.Cur().Regs[rapid.IntRange(0, 9).Draw(t, "changed")] = genReg(t)
			}
			all = append(all, pair{p.Save(st), st})
		}
		for _, pair := range all {
			f, got := pair.was.Cur(), pair.saved.State().Cur()
			for r := range f.Regs {
				if want := shown(Slot{Reg: f.Regs[r]}, false); got.Regs[r] != want.Reg {
					t.Fatalf("r%d is %+v, was %+v", r, got.Regs[r], want.Reg)
				}
			}
			for i := range f.Stack {
				if want := shown(f.Stack[i], true); got.Stack[i] != want {
					t.Fatalf("slot %d is %+v, was %+v", i, got.Stack[i], want)
				}
			}
			if len(got.Stack) != len(f.Stack) || len(pair.saved.Refs) != len(pair.was.Refs) {
				t.Fatal("slots or references are missing")
			}
			p.Discard(pair.saved)
		}
		for v, uses := range p.values.uses {
			if uses != 0 {
				t.Fatalf("value %d is kept for nobody", v)
			}
		}
	})
}

func TestMarkAndForget(t *testing.T) {
	var p Pool
	st := furnished()
	st.Cur().Regs[9].MarkKnown(7)
	c := p.Save(st)
	// r7 is a pointer, slot 2 a dynptr.
	if regs, slots := c.Mark(1, 1<<6|1<<7, 1<<spilled|1<<dynptr); regs != 1<<6 || slots != 1<<spilled {
		t.Errorf("newly precise: %x %x", regs, slots)
	}
	if regs, slots := c.Mark(1, 1<<6|1<<9, 1<<spilled); regs != 1<<9 || slots != 0 {
		t.Errorf("newly precise: %x %x", regs, slots)
	}
	c.Forget(1, 1<<6|1<<8, 1<<iterator|1<<otherNumber)
	if regs, slots := c.Precise(1); regs != 1<<6 || slots != 0 {
		t.Errorf("precise: %x %x", regs, slots)
	}
	if regs, slots := c.Imprecise(1); regs != 0 || slots != 1<<otherNumber {
		t.Errorf("imprecise: %x %x", regs, slots)
	}
	for r, want := range map[int]abi.RegType{6: abi.SCALAR_VALUE, 7: abi.NOT_INIT, 8: abi.PTR_TO_PACKET, insn.FP: abi.PTR_TO_STACK} {
		if got := c.Reg(1, r).Type; got != want {
			t.Errorf("r%d is %v, want %v", r, got, want)
		}
	}
	if c.Slot(1, iterator).Kind[0] != STACK_ITER || c.Slot(1, spilled).IsSpilled() {
		t.Error("slots: the wrong ones are forgotten")
	}
}
