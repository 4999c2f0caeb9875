package state

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
)

// Slots of furnished.
const (
	spilled = iota
	iterator
	dynptr
	zeroBytes
	someBytes
	irqFlag
	otherNumber
)

// furnished is a state in a function, with something of everything: locks and references held, objects on the stack.
func furnished() *State {
	caller, f := &Frame{Call: Call{Callsite: MainCallsite}}, &Frame{Call: Call{Callsite: 3, Frameno: 1, Subprog: 1, CallbackDepth: 2}}
	for _, fr := range []*Frame{caller, f} {
		for i := range fr.Regs {
			fr.Regs[i].MarkNotInit()
		}
		fr.Regs[insn.FP].MarkPtr(abi.PTR_TO_STACK)
	}
	f.Regs[insn.FP].Frame = 1
	f.Regs[6].MarkKnown(5)
	f.Regs[7].MarkPtr(abi.PTR_TO_STACK)
	f.Regs[8].MarkPtr(abi.PTR_TO_PACKET)
	f.Regs[8].Range = 14
	f.Stack = make([]Slot, otherNumber+1)
	for i, kind := range []SlotKind{STACK_SPILL, STACK_ITER, STACK_DYNPTR, STACK_ZERO, STACK_MISC, STACK_IRQ_FLAG, STACK_SPILL} {
		s := &f.Stack[i]
		s.MarkKnown(uint64(i))
		for b := range s.Kind {
			s.Kind[b] = kind
		}
	}
	f.Stack[iterator].IterState, f.Stack[iterator].RefObjID = ITER_STATE_ACTIVE, 1
	f.Stack[dynptr].Dynptr, f.Stack[dynptr].First = DYNPTR_TYPE_SKB, true
	f.Stack[irqFlag].RefObjID = 2
	st := &State{Common: Common{CurFrame: 1, Branches: 1, InsnIdx: 20, ActiveLocks: 1, ActiveLockID: 3, ActiveIRQID: 2, ActiveRCULocks: 1, ActivePreemptLocks: 1}}
	st.Frames[0], st.Frames[1] = caller, f
	st.Refs = []Ref{{Type: REF_TYPE_PTR, ID: 1}, {Type: REF_TYPE_IRQ, ID: 2}, {Type: REF_TYPE_LOCK, ID: 3}}
	return st
}

// Every difference between a state and the current one that keeps them apart, and those that don't.
func TestCovers(t *testing.T) {
	const (
		never   = iota // at no exactness
		loosely        // where no path of the old state rested on it
		within         // in loops, too
		always         // where states are to be the same
	)
	slot := func(st *State, i int) *Slot { return &st.Cur().Stack[i] }
	for _, tt := range []struct {
		name   string
		change func(old, cur *State)
		covers int
	}{
		{"nothing", func(_, _ *State) {}, always},
		{"another instruction's path to it", func(_, cur *State) { cur.LastInsn, cur.DFSDepth = 7, 9 }, always},
		{"called from elsewhere", func(_, cur *State) { cur.Cur().Callsite = 4 }, never},
		{"in the caller", func(_, cur *State) { cur.CurFrame = 0 }, never},
		{"may sleep", func(_, cur *State) { cur.InSleepable = true }, never},
		{"a lock more", func(_, cur *State) { cur.ActiveLocks = 2 }, never},
		{"the lock of another object", func(_, cur *State) { cur.ActiveLockPtr++ }, never},
		{"all ids are others", func(_, cur *State) {
			cur.Refs[0].ID, cur.Refs[1].ID, cur.Refs[2].ID = 11, 12, 13
			slot(cur, iterator).RefObjID, slot(cur, irqFlag).RefObjID = 11, 12
			cur.ActiveIRQID, cur.ActiveLockID = 12, 13
		}, always},
		{"two ids swapped", func(_, cur *State) { cur.Refs[0].ID, cur.Refs[1].ID = 2, 1 }, never},
		{"an RCU lock less", func(_, cur *State) { cur.ActiveRCULocks = 0 }, never},
		{"preemption", func(_, cur *State) { cur.ActivePreemptLocks = 0 }, never},
		{"interrupts", func(_, cur *State) { cur.ActiveIRQID = 0 }, never},
		{"sleep that a reference forbids", func(_, cur *State) { cur.ForbidSleep = 1 }, never},
		{"a reference less", func(_, cur *State) { cur.Refs = cur.Refs[:2] }, never},
		{"a reference of another kind", func(_, cur *State) { cur.Refs[0].Type = REF_TYPE_LOCK }, never},
		{"a reference acquired elsewhere", func(_, cur *State) { cur.Refs[0].Insn = 9 }, always},
		{"more rounds of callbacks", func(_, cur *State) { cur.Cur().CallbackDepth = 3 }, always},
		{"fewer", func(_, cur *State) { cur.Cur().CallbackDepth = 1 }, never},

		{"another number", func(_, cur *State) { cur.Cur().Regs[6].MarkKnown(6) }, loosely},
		{"another number, and it mattered", func(old, cur *State) { cur.Cur().Regs[6].MarkKnown(6); old.Cur().Regs[6].Precise = true }, never},
		{"one of many", func(old, _ *State) { old.Cur().Regs[6].Scalar = scalar.Unknown() }, within},
		{"one of many, which mattered", func(old, _ *State) {
			old.Cur().Regs[6].Scalar = scalar.Unknown()
			old.Cur().Regs[6].Precise = true
		}, within},
		{"a mark", func(_, cur *State) { cur.Cur().Regs[6].Precise = true }, always},
		{"a register that was not set", func(old, _ *State) { old.Cur().Regs[6].MarkNotInit() }, loosely},
		{"a register that is not set", func(_, cur *State) { cur.Cur().Regs[6].MarkNotInit() }, never},
		{"a pointer elsewhere", func(_, cur *State) { cur.Cur().Regs[7].Off = -8 }, never},
		{"more of the packet", func(_, cur *State) { cur.Cur().Regs[8].Range = 20 }, within},
		{"less of it", func(_, cur *State) { cur.Cur().Regs[8].Range = 10 }, never},
		{"the packet's end", func(_, cur *State) { cur.Cur().Regs[8].Range = AT_PKT_END }, never},

		{"another number spilled", func(_, cur *State) { slot(cur, spilled).MarkKnown(9) }, loosely},
		{"another spilled, and it mattered", func(old, cur *State) { slot(cur, spilled).MarkKnown(9); slot(old, spilled).Precise = true }, never},
		{"a pointer spilled", func(_, cur *State) { slot(cur, spilled).MarkPtr(abi.PTR_TO_CTX) }, never},
		{"an iterator's step", func(_, cur *State) { slot(cur, iterator).IterDepth = 7 }, always},
		{"an iterator's end", func(_, cur *State) { slot(cur, iterator).IterState = ITER_STATE_DRAINED }, never},
		{"another type of iterator", func(_, cur *State) { slot(cur, iterator).BTFID = 7 }, never},
		{"another kind of dynptr", func(_, cur *State) { slot(cur, dynptr).Dynptr = DYNPTR_TYPE_LOCAL }, never},
		{"a dynptr's second half", func(_, cur *State) { slot(cur, dynptr).First = false }, never},
		{"another class of IRQ flag", func(_, cur *State) { slot(cur, irqFlag).IRQClass = IRQ_LOCK_KFUNC }, never},
		{"zero bytes that may be others", func(_, cur *State) { slot(cur, zeroBytes).Kind = slot(cur, someBytes).Kind }, never},
		{"bytes that are zero", func(_, cur *State) { slot(cur, someBytes).Kind = slot(cur, zeroBytes).Kind }, loosely},
		{"bytes that are a number", func(_, cur *State) { cur.Cur().Stack[someBytes] = *slot(cur, otherNumber) }, loosely},
		{"a number that is bytes", func(_, cur *State) { slot(cur, otherNumber).Kind = slot(cur, someBytes).Kind }, loosely},
		{"a deeper stack", func(_, cur *State) { cur.Cur().Stack = append(cur.Cur().Stack, Slot{}) }, always},
		{"a stack less deep", func(old, _ *State) { old.Cur().Stack = append(old.Cur().Stack, Slot{}) }, loosely},
		{"a stack less deep, with what was spilled", func(_, cur *State) { cur.Cur().Stack = cur.Cur().Stack[:otherNumber] }, never},
	} {
		old, cur := furnished(), furnished()
		tt.change(old, cur)
		var p Pool
		var c Comparer
		saved := p.Save(old)
		for _, level := range []struct {
			name  string
			exact Exactness
			from  int
		}{{"loosely", NotExact, loosely}, {"within a loop", RangeWithin, within}, {"exactly", Exact, always}} {
			if got, want := c.Covers(saved, cur, level.exact, 100, nil), tt.covers >= level.from; got != want {
				t.Errorf("%s: covers %s: %v", tt.name, level.name, got)
			}
		}
	}
}

// That nothing reads stack any more says no more of it than that nobody wrote to it.
func TestPoisonedSlots(t *testing.T) {
	half := func(far SlotKind) (k [SlotSize]SlotKind) {
		k = wholeMisc
		for i := SlotSize / 2; i < SlotSize; i++ {
			k[i] = far
		}
		return k
	}
	for _, tt := range []struct {
		name     string
		old, cur [SlotSize]SlotKind
		covers   [3]bool // by exactness
	}{
		{"never written, and poisoned", unwritten, wholePoison, [3]bool{true, true, true}},
		{"poisoned, and never written", wholePoison, unwritten, [3]bool{true, true, true}},
		{"poisoned, and zeros", wholePoison, wholeZero, [3]bool{true, false, true}},
		{"zeros, and poisoned", wholeZero, wholePoison, [3]bool{false, false, false}},
		{"half never written, and poisoned", half(STACK_INVALID), half(STACK_POISON), [3]bool{true, true, true}},
		{"half poisoned, and data", half(STACK_POISON), wholeMisc, [3]bool{true, false, true}},
	} {
		for exact, want := range tt.covers {
			old, cur := furnished(), furnished()
			old.Cur().Stack[someBytes].Kind, cur.Cur().Stack[someBytes].Kind = tt.old, tt.cur
			var p Pool
			c := Comparer{Cleaned: true}
			if got := c.Covers(p.Save(old), cur, Exactness(exact), 100, nil); got != want {
				t.Errorf("%s: covers at exactness %d: %v", tt.name, exact, got)
			}
		}
	}
}

// Which frame a stack pointer points into is left out of exact comparisons, as it lies beyond what the kernel
// compares there.
func TestFrameOfPointers(t *testing.T) {
	old, cur := furnished(), furnished()
	cur.Cur().Regs[7].Frame = 1
	var p Pool
	var c Comparer
	saved := p.Save(old)
	for exact, want := range map[Exactness]bool{NotExact: false, RangeWithin: false, Exact: true} {
		if got := c.Covers(saved, cur, exact, 100, nil); got != want {
			t.Errorf("at level %d: covers %v", exact, got)
		}
	}
}

// A loop goes on where an iterator did, even if nothing else changed.
func TestIterDepthsDiffer(t *testing.T) {
	var p Pool
	before, cur := furnished(), furnished()
	old := p.Save(before)
	var c Comparer
	if IterDepthsDiffer(old, cur) || !c.MaybeLooping(old, cur) {
		t.Error("equal states differ")
	}
	cur.Cur().Stack[iterator].IterDepth++
	if !IterDepthsDiffer(old, cur) {
		t.Error("an iterator went on")
	}
	before.Cur().Stack[iterator].IterState = ITER_STATE_DRAINED
	old = p.Save(before)
	if IterDepthsDiffer(old, cur) {
		t.Error("one at its end went on")
	}
	cur.Cur().Regs[6].MarkKnown(6)
	if c.Turn(); c.MaybeLooping(old, cur) {
		t.Error("a number that changed")
	}
}

// In loops too a state covers others that know more of slots of which it knows nothing, unless these must be alike.
func TestUnknownSlotsInLoops(t *testing.T) {
	for _, tt := range []struct {
		name     string
		old, cur SlotKind
		covered  bool
	}{
		{"anything for what was never written", STACK_INVALID, STACK_ZERO, true},
		{"zeros for anything", STACK_MISC, STACK_ZERO, true},
		{"anything for zeros", STACK_ZERO, STACK_MISC, false},
	} {
		for _, strict := range []bool{false, true} {
			old, cur := Slot{Kind: kinds(tt.old)}, Slot{Kind: kinds(tt.cur)}
			c := Comparer{Has: func(r Rule) bool { return r == LooseSlots && !strict }}
			if got := c.slotSafe(&old, &cur, false, RangeWithin); got != (tt.covered && !strict) {
				t.Errorf("%s, strict %v: covered %v", tt.name, strict, got)
			}
			if c.slotSafe(&old, &cur, false, Exact) {
				t.Errorf("%s: the same", tt.name)
			}
		}
	}
}

// Rules that somebody has otherwise are asked for where the outcome is another by them, and only there.
func TestOpenRules(t *testing.T) {
	for _, tt := range []struct {
		name  string
		set   func(old, cur *State)
		marks []Places // what was read from the old state
		asked rules
	}{
		{"nothing comes up", func(_, _ *State) {}, nil, 0},
		{"a linked number for one that is not", func(_, cur *State) { cur.Cur().Regs[6].ID = 7 }, nil, 0},
		{"two that are linked", func(old, cur *State) {
			for _, st := range []*State{old, cur} {
				st.Cur().Regs[5] = st.Cur().Regs[6]
				st.Cur().Regs[5].Precise = true
			}
			cur.Cur().Regs[5].ID, cur.Cur().Regs[6].ID = 7, 7
		}, nil, 1 << LooseLinks},
		{"what was not read is the same", func(_, _ *State) {}, make([]Places, 2), 0},
		{"what was not read is not", func(_, cur *State) { cur.Cur().Regs[8].Range = 0 }, make([]Places, 2), 1 << Marked},
		{"neither is what was", func(_, cur *State) { cur.Cur().Regs[8].Range = 0 }, []Places{{}, {Regs: 1 << 8}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Pool
			p.Open(NewBudget(0))
			old, cur := furnished(), furnished()
			old.Cur().Regs[6].Precise = true
			tt.set(old, cur)
			st := p.Save(old)
			for _, read := range tt.marks {
				st.Marks = append(st.Marks, Marks{Read: read})
			}
			var asked rules
			c := Comparer{
				Has:  func(r Rule) bool { asked |= 1 << r; return r == Marked },
				Open: func(r Rule) (has, open bool) { return r == Marked, !asked.has(r) },
			}
			covers := c.Covers(st, cur, NotExact, 100, nil)
			if asked != tt.asked {
				t.Errorf("asked for %b", asked)
			}
			c.Open = nil
			if c.Covers(st, cur, NotExact, 100, nil) != covers {
				t.Error("who is listened to compares otherwise")
			}
		})
	}
}
