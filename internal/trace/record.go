package trace

import (
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// A walk is deterministic, so what led to a refusal is found in two walks: the first notes where each path
// branched off, which tells the steps, by number, of the one that was refused; the second looks at those alone.

// Recorder looks at the steps of one path: at the state before each, so that what the step did is what the next
// one finds changed. Rules know nothing of it.
type Recorder struct {
	path   []Stretch // the rest of it
	skip   int       // steps that are too many to keep
	out    *Trace
	before state.State // of the last step looked at, as far as changes are told
	start  func(subprog uint32) int
	room   []Change // where changes of steps are kept next to each other; what is behind its length is free
}

// roomy is how many changes are made room for at a time: they are large, and most steps have one or two.
const roomy = 1 << 10

// NewRecorder returns a recorder of a path of a program of that many instructions. start tells where a function
// begins.
func NewRecorder(path []Stretch, insns int, start func(subprog uint32) int) *Recorder {
	steps := 0
	for _, s := range path {
		steps += s.Last - s.First + 1
	}
	r := &Recorder{path: path, skip: max(0, steps-MaxSteps), out: &Trace{Cost: Cost{Visits: make([]int, insns)}}, start: start}
	r.out.Earlier = r.skip
	r.out.Steps = make([]Step, 0, min(steps, MaxSteps))
	return r
}

// Trace is what was found.
func (r *Recorder) Trace() *Trace { return r.out }

// See is told of each instruction before it is walked: its number among those walked, the instruction, the state.
func (r *Recorder) See(step, idx int, st *state.State) {
	r.out.Visits[idx]++
	if len(r.path) == 0 || step != r.path[0].First {
		return
	}
	if r.path[0].First++; r.path[0].First > r.path[0].Last {
		r.path = r.path[1:]
	}
	if r.skip > 0 {
		r.skip--
		return
	}
	if n := len(r.out.Steps); n > 0 {
		r.out.Steps[n-1].Changes = r.changes(&r.before, st)
	} else {
		r.out.Entry = r.start(st.Frames[0].Subprog)
	}
	r.keep(st)
	r.out.Steps = append(r.out.Steps, Step{Insn: idx, Depth: int(st.CurFrame)})
	if len(r.path) == 0 {
		r.end(st)
	}
}

// keep copies what changes are told of.
func (r *Recorder) keep(st *state.State) {
	b := &r.before
	b.Common, b.Refs = st.Common, append(b.Refs[:0], st.Refs...)
	for i := range st.CurFrame + 1 {
		if b.Frames[i] == nil {
			b.Frames[i] = new(state.Frame)
		}
		f, from := b.Frames[i], st.Frames[i]
		stack := append(f.Stack[:0], from.Stack...)
		*f = *from
		f.Stack = stack
	}
}

// end notes what is known before the instruction that is refused.
func (r *Recorder) end(st *state.State) {
	for i := range st.CurFrame + 1 {
		f := st.Frames[i]
		frame := Frame{Start: r.start(f.Subprog), Callsite: int(f.Callsite), Callback: f.InCallback}
		for n := range f.Regs {
			frame.Regs[n] = value(&f.Regs[n])
		}
		r.out.Frames = append(r.out.Frames, frame)
	}
	for i := range st.Refs {
		r.out.Held = append(r.out.Held, heldRef(&st.Refs[i]))
	}
	r.out.Sections = Sections{Locks: int(st.ActiveLocks), RCU: int(st.ActiveRCULocks), Preempt: int(st.ActivePreemptLocks)}
	if st.ActiveIRQID != 0 {
		r.out.IRQ = 1
	}
}

func heldRef(ref *state.Ref) Held {
	return Held{Kind: ref.Type, ID: ref.ID, Insn: int(ref.Insn), Lock: ref.Lock}
}

// changes tells what differs between two states of a path.
func (r *Recorder) changes(was, is *state.State) []Change {
	n := len(r.room)
	out := differences(r.room, was, is)
	switch {
	case len(out) == n:
		return nil
	case cap(out) == cap(r.room):
		r.room = out
	default: // it didn't fit, and has moved
		r.room = append(make([]Change, 0, roomy+len(out)-n), out[n:]...)
		out, n = r.room, 0
	}
	return out[n:len(out):len(out)]
}

// differences adds to out what differs between two states.
func differences(out []Change, was, is *state.State) []Change {
	for i := range min(was.CurFrame, is.CurFrame) + 1 {
		out = frameChanges(out, int(i), was.Frames[i], is.Frames[i])
	}
	switch {
	case is.CurFrame > was.CurFrame:
		out = append(out, Change{Kind: Called, Depth: int(is.CurFrame)})
	case is.CurFrame < was.CurFrame:
		out = append(out, Change{Kind: Returned, Depth: int(is.CurFrame)})
	}
	for i := range was.Refs {
		if !isHeld(is.Refs, &was.Refs[i]) {
			out = append(out, Change{Kind: Gave, Held: heldRef(&was.Refs[i])})
		}
	}
	for i := range is.Refs {
		if !isHeld(was.Refs, &is.Refs[i]) {
			out = append(out, Change{Kind: Took, Held: heldRef(&is.Refs[i])})
		}
	}
	out = counted(out, RCU, was.ActiveRCULocks, is.ActiveRCULocks)
	return counted(out, Preempt, was.ActivePreemptLocks, is.ActivePreemptLocks)
}

func counted(out []Change, s Section, was, is uint32) []Change {
	switch {
	case is > was:
		return append(out, Change{Kind: Entered, Section: s})
	case is < was:
		return append(out, Change{Kind: Left, Section: s})
	}
	return out
}

func isHeld(refs []state.Ref, ref *state.Ref) bool {
	for i := range refs {
		if r := &refs[i]; r.ID == ref.ID && r.Type == ref.Type && r.Lock == ref.Lock {
			return true
		}
	}
	return false
}

func frameChanges(out []Change, depth int, was, is *state.Frame) []Change {
	for n := range is.Regs {
		if a, b := &was.Regs[n], &is.Regs[n]; !sameReg(a, b) {
			out = append(out, Change{Kind: Reg, Depth: depth, N: n, Before: value(a), After: value(b)})
		}
	}
	var none state.Slot
	for n := range is.Stack {
		a, b := &none, &is.Stack[n]
		if n < len(was.Stack) {
			a = &was.Stack[n]
		}
		if a.Kind == b.Kind && sameReg(&a.Reg, &b.Reg) {
			continue
		}
		out = append(out, Change{Kind: Slot, Depth: depth, N: n, Before: slot(a), After: slot(b)})
	}
	return out
}

// sameReg compares but for the precision mark, which says nothing about the value.
func sameReg(a, b *state.Reg) bool {
	return a.Value == b.Value && a.ID == b.ID && a.RefObjID == b.RefObjID && a.Frame == b.Frame
}

func slot(s *state.Slot) Value {
	out := Value{Kind: s.Kind[7], Map: -1}
	if !s.Kind[7].Unwritten() && s.Kind[7] != state.STACK_MISC && s.Kind[7] != state.STACK_ZERO {
		out = value(&s.Reg)
		out.Kind = s.Kind[7]
	}
	return out
}

func value(reg *state.Reg) Value {
	return Value{
		Type: reg.Type, ID: reg.ID &^ state.ADD_CONST, Ref: reg.RefObjID, Off: int(reg.Off), Scalar: reg.Scalar, Map: int(reg.Map) - 1,
		Set: int(reg.BTF), TypeID: reg.BTFID, Size: int(reg.MemSize), Range: int(reg.Range),
	}
}
