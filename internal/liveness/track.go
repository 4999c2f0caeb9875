package liveness

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

const (
	maxOffsets = 4  // distances from a frame pointer that are told apart
	maxSpills  = 64 // stack slots that pointers are followed through
)

// Frames of pointers that are no pointers to one frame.
const (
	noFrame    = -1 // not made from a frame pointer
	unreached  = -2 // no path was followed to here
	someFrames = -3 // one of the frames of track.mask
)

// track is what is known of a register or slot that may point to the stack: the frame, and up to four distances from its
// frame pointer in bytes, none if they are not known.
type track struct {
	frame int8
	n     int8
	off   [maxOffsets]int16
	mask  uint16 // the frames, where frame is someFrames
}

var (
	none    = track{frame: noFrame}
	nothing = track{frame: unreached}
)

func (t *track) pointer() bool { return t.frame >= 0 || t.frame == someFrames }

func pointTo(frame int8, off int16) track {
	return track{frame: frame, n: 1, off: [maxOffsets]int16{off}}
}

// somewhere points to a frame, nobody knows where.
func somewhere(frame int8) track { return track{frame: frame} }

// frames are the frames that a pointer may point to.
func (t *track) frames() uint16 {
	switch {
	case t.frame >= 0:
		return 1 << t.frame
	case t.frame == someFrames:
		return t.mask
	}
	return 0
}

func eitherFrame(a, b track) track { return track{frame: someFrames, mask: a.frames() | b.frames()} }

// union has the distances of both, which are in order.
func union(a, b track) track {
	all := append(slices.Clone(a.off[:a.n]), b.off[:b.n]...)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > maxOffsets {
		return somewhere(a.frame)
	}
	out := track{frame: a.frame, n: int8(len(all))}
	copy(out.off[:], all)
	return out
}

// meet is what is known where two paths meet.
func meet(a, b track) track {
	switch {
	case b.frame == unreached:
		return a
	case a.frame == unreached:
		return b
	case a.frame == b.frame && a.frame >= 0:
		if a.n == 0 || b.n == 0 {
			return somewhere(a.frame)
		}
		return union(a, b)
	case a.frame == noFrame && b.frame == noFrame:
		return a
	case a.frame >= 0 && b.frame == noFrame:
		return a.orNone()
	case b.frame >= 0 && a.frame == noFrame:
		return b.orNone()
	}
	return eitherFrame(a, b)
}

// orNone is a pointer that may be none: a second distance keeps writes through it from counting as sure.
func (t track) orNone() track {
	if t.n == 1 {
		return union(t, pointTo(t.frame, 0))
	}
	return t
}

// addOff adds to a distance; ok is false where that overflows.
func addOff(off int16, d int64) (int16, bool) {
	sum := int64(off) + d
	return int16(sum), d == int64(int16(d)) && sum == int64(int16(sum))
}

func (t *track) move(d int64) {
	for i := range t.n {
		off, ok := addOff(t.off[i], d)
		if !ok {
			*t = somewhere(t.frame)
			return
		}
		t.off[i] = off
	}
}

// combine is the result of arithmetic that loses where a pointer points to.
func combine(a, b track) track {
	switch {
	case a.frame >= 0 && (b.frame == noFrame || b.frame == a.frame):
		return somewhere(a.frame)
	case b.frame >= 0 && a.frame == noFrame:
		return somewhere(b.frame)
	case a.frame == noFrame && b.frame == noFrame:
		return a
	}
	return eitherFrame(a, b)
}

// args are the pointers in registers.
type args [insn.MaxReg]track

func (a *args) anyPointer() bool {
	for r := insn.R1; r <= insn.R5; r++ {
		if a[r].pointer() {
			return true
		}
	}
	return false
}

// spills are the pointers in the slots of a function's own stack.
type spills [maxSpills]track

// flow is where pointers to the stack are before each instruction of a function.
type flow struct {
	s         *Static
	c         *call
	in        []args
	stack     []spills
	known     []known
	callsites *[state.MAX_CALL_FRAMES]int
}

// known is how far an instruction was followed.
type known uint8

const (
	reached known = 1 << iota
	pending       // and what is before it has changed since
)

// follow follows pointers through a function, and notes what is done with them.
func (s *Static) follow(c *call, entry *args, callsites *[state.MAX_CALL_FRAMES]int) *flow {
	n := c.end - c.start
	f := &flow{s: s, c: c, in: make([]args, n), stack: make([]spills, n), known: make([]known, n), callsites: callsites}
	for r := range f.in[0] {
		f.in[0][r] = none
	}
	if entry != nil {
		copy(f.in[0][insn.R1:insn.R6], entry[insn.R1:insn.R6])
	}
	f.in[0][insn.FP] = pointTo(int8(c.depth), 0)
	for r := range f.stack[0] {
		f.stack[0][r] = none
	}
	order := s.g.SubprogOrder(c.subprog)
	f.known[0] = reached | pending
	for again := true; again; {
		again = false
		for p := len(order) - 1; p >= 0; p-- {
			if at := int(order[p]); f.known[at-c.start]&pending != 0 {
				f.step(at)
				again = true
			}
		}
	}
	for p := len(order) - 1; p >= 0; p-- {
		at := int(order[p])
		f.markUnreached(at - c.start)
		f.record(at)
	}
	return f
}

// markUnreached says of an instruction that no path was followed to it, if that is so.
func (f *flow) markUnreached(i int) {
	if f.known[i]&reached != 0 {
		return
	}
	for r := range f.in[i] {
		f.in[i][r] = nothing
	}
	for r := range f.stack[i] {
		f.stack[i][r] = nothing
	}
}

// step follows one instruction and tells those behind it.
func (f *flow) step(at int) {
	i := at - f.c.start
	f.known[i] &^= pending
	out, stack := f.in[i], f.stack[i]
	f.transfer(at, &out, &stack)
	for _, w := range f.s.g.Successors(at) {
		if int(w) < f.c.start || int(w) >= f.c.end {
			continue
		}
		j := int(w) - f.c.start
		if f.known[j]&reached == 0 {
			f.in[j], f.stack[j], f.known[j] = out, stack, reached|pending
			continue
		}
		less := f.in[j] != out && meetAll(f.in[j][:], out[:])
		if f.stack[j] != stack && meetAll(f.stack[j][:], stack[:]) || less {
			f.known[j] |= pending
		}
	}
}

// meetAll makes known what is known of each where the path to which it belongs meets another, and reports whether that is less.
func meetAll(known, other []track) (changed bool) {
	for r := range known {
		if m := meet(known[r], other[r]); m != known[r] {
			known[r], changed = m, true
		}
	}
	return changed
}

// local reports that a register may point to the function's own stack.
func (f *flow) local(regno uint8, t *track) bool {
	return regno == insn.FP || int(t.frame) == f.c.depth || t.frame == someFrames && t.mask&(1<<f.c.depth) != 0
}

// transfer makes regs and stack, what is known before an instruction, what is known behind it.
func (f *flow) transfer(at int, regs *args, stack *spills) {
	in := &f.s.g.Insns[at]
	if in.Dst >= insn.MaxReg || in.Src >= insn.MaxReg {
		return // which the walk refuses
	}
	dst := &regs[in.Dst]
	switch in.Class() {
	case insn.ALU64:
		f.compute(in, dst, regs[in.Src])
	case insn.ALU:
		*dst = none
	case insn.JMP:
		if in.Op() == insn.CALL {
			for r := insn.R0; r <= insn.R5; r++ {
				regs[r] = none
			}
		}
	case insn.LDX:
		*dst = f.load(in, regs, stack)
	case insn.LD:
		if in.Mode() == insn.IMM {
			*dst = none
		}
	case insn.STX:
		local := f.local(in.Dst, dst)
		if local && in.Mode() == insn.MEM {
			spill(in, regs, stack, regs[in.Src])
		}
		if local && in.Mode() == insn.ATOMIC && in.Imm != insn.LOAD_ACQ {
			clearSlots(in, regs, stack)
		}
		if r, ok := in.AtomicLoads(); ok {
			regs[r] = none
		}
	case insn.ST:
		if in.Mode() == insn.MEM && f.local(in.Dst, dst) {
			clearSlots(in, regs, stack)
		}
	}
}

func (f *flow) compute(in *insn.Insn, dst *track, src track) {
	switch constant := in.SrcKind() == insn.K; {
	case constant && in.Op() == insn.MOV:
		*dst = none
	case constant && dst.frame < 0:
	case constant && in.Op() == insn.ADD:
		dst.move(int64(in.Imm))
	case constant && in.Op() == insn.SUB:
		dst.move(-int64(in.Imm))
	case constant:
		*dst = somewhere(dst.frame)
	case in.Op() == insn.MOV && in.Off == 0:
		*dst = src
	case in.Op() == insn.MOV:
		*dst = none
	default:
		*dst = combine(*dst, src)
	}
}

// load is the pointer that a load gives.
func (f *flow) load(in *insn.Insn, regs *args, stack *spills) track {
	src := &regs[in.Src]
	whole := in.Mode() == insn.MEM && in.SizeBytes() == 8
	switch {
	case whole && f.local(in.Src, src):
		return fill(in, regs, stack, f.c.depth)
	case whole && src.frame >= 0 && int(src.frame) < f.c.depth:
		return fill(in, regs, (*spills)(f.s.stacks[f.callsites[src.frame]]), int(src.frame))
	case whole && src.frame == someFrames && src.mask != 0 && src.mask&(1<<f.c.depth) == 0:
		return *src
	}
	return none
}

// slotAt returns the slot that begins at a distance from the frame pointer, -1 for none.
func slotAt(off int16) int {
	if off >= 0 || int(off) < -maxSpills*8 || off%8 != 0 {
		return -1
	}
	return int(-off)/8 - 1
}

// fill is what a load from slots of a frame gives.
func fill(in *insn.Insn, regs *args, stack *spills, depth int) track {
	unsure := track{frame: someFrames, mask: 1<<(depth+1) - 1}
	if in.Src == insn.FP {
		if slot := slotAt(in.Off); slot >= 0 {
			return stack[slot]
		}
		return unsure
	}
	src := &regs[in.Src]
	if src.n <= 0 || src.frame == someFrames {
		return unsure
	}
	out := none
	for i := range src.n {
		off, ok := addOff(src.off[i], int64(in.Off))
		slot := slotAt(off)
		if !ok || slot < 0 {
			return unsure
		}
		out = meet(out, stack[slot])
	}
	return out
}

// spill stores what a register holds in all slots it may be stored in.
func spill(in *insn.Insn, regs *args, stack *spills, val track) {
	if in.SizeBytes() != 8 {
		val = none
	}
	if in.Dst == insn.FP {
		if slot := slotAt(in.Off); slot >= 0 {
			stack[slot] = val
		}
		return
	}
	dst := &regs[in.Dst]
	if dst.n <= 0 || dst.frame == someFrames {
		for i := range stack {
			stack[i] = meet(stack[i], val)
		}
		return
	}
	for i := range dst.n {
		off, ok := addOff(dst.off[i], int64(in.Off))
		slot := slotAt(off)
		if !ok || slot < 0 {
			continue
		}
		if dst.n == 1 {
			stack[slot] = val
		} else {
			stack[slot] = meet(stack[slot], val)
		}
	}
}

// clearSlots forgets the pointers in slots that an instruction may overwrite in part.
func clearSlots(in *insn.Insn, regs *args, stack *spills) {
	size := in.SizeBytes()
	if in.Dst == insn.FP {
		stack.clear(in.Off, size, 1)
		return
	}
	dst := &regs[in.Dst]
	if dst.n <= 0 || dst.frame == someFrames {
		stack.clear(0, size, 0)
		return
	}
	for i := range dst.n {
		off, ok := addOff(dst.off[i], int64(in.Off))
		if !ok {
			stack.clear(0, size, 0)
			return
		}
		stack.clear(off, size, int(dst.n))
	}
}

// clear forgets what lies at one of n places, 0 for anywhere.
func (s *spills) clear(off int16, size, n int) {
	for i := range s {
		start := -(i + 1) * 8
		switch hit := start < int(off)+size && start+8 > int(off); {
		case n == 0:
			s[i] = meet(s[i], none)
		case hit && n == 1:
			s[i] = none
		case hit:
			s[i] = meet(s[i], none)
		}
	}
}
