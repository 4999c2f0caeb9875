package liveness

import (
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// halfSize is how many bytes half a slot has.
const halfSize = 4

// record notes what an instruction does to the stack, when it is known where pointers are.
func (f *flow) record(at int) {
	in := &f.s.g.Insns[at]
	regs := &f.in[at-f.c.start]
	f.recordMemory(in, at, regs)
	if in.Code == insn.JMP|insn.CALL && !in.IsPseudoCall() {
		for arg := range min(f.s.src.Params(at), insn.MaxArgs) {
			if t := &regs[insn.R1+arg]; t.pointer() {
				f.recordAccess(at, t, f.s.src.Access(at, arg))
			}
		}
	}
	if in.IsPseudoCall() || f.s.g.Marks[at]&cfg.CallsCallback != 0 {
		stack := [maxSpills]track(f.stack[at-f.c.start])
		f.s.stacks[at] = &stack
	}
}

// recordMemory notes what a load or store does.
func (f *flow) recordMemory(in *insn.Insn, at int, regs *args) {
	size := int64(0)
	ptr := in.Dst
	switch in.Class() {
	case insn.LDX:
		ptr, size = in.Src, int64(in.SizeBytes())
	case insn.ST:
		size = -int64(in.SizeBytes())
	case insn.STX:
		size = -int64(in.SizeBytes())
		if in.Mode() == insn.ATOMIC && in.Imm != insn.STORE_REL {
			size = -size
			if in.Imm == insn.LOAD_ACQ {
				ptr = in.Src
			}
		}
	default:
		return
	}
	if ptr >= insn.MaxReg {
		return
	}
	t := regs[ptr]
	if t.frame >= 0 {
		t.move(int64(in.Off))
	}
	f.recordAccess(at, &t, size)
}

// recordAccess notes that so many bytes are read, or if negative written, through a pointer.
func (f *flow) recordAccess(at int, t *track, size int64) {
	switch {
	case size == 0:
	case t.frame == someFrames:
		for frame := range f.c.depth + 1 {
			if t.mask&(1<<frame) != 0 {
				f.c.read(frame, at, allHalves)
			}
		}
	case t.frame < 0 || int(t.frame) > f.c.depth:
	case t.n == 0:
		if size > 0 || size == UnknownAccess {
			f.c.read(int(t.frame), at, allHalves)
		}
	case size != UnknownAccess && size < 0 && t.n != 1: // it may be elsewhere
	default:
		for i := range t.n {
			f.recordAt(at, int(t.frame), int64(t.off[i]), size)
		}
	}
}

// recordAt notes an access at a distance from the frame pointer.
func (f *flow) recordAt(at, frame int, off, size int64) {
	first := int((-off - 1) / halfSize)
	switch {
	case off >= 0: // which the walk refuses
	case size == UnknownAccess:
		f.c.read(frame, at, span(0, first))
	case size > 0:
		f.c.read(frame, at, span(int(max((-off-size)/halfSize, 0)), first))
	default:
		first = int(-off/halfSize) - 1
		last := int(max((-off+size+halfSize-1)/halfSize, 0))
		if last <= first {
			u := f.c.use(frame, at)
			u.writes = u.writes.or(span(last, first))
		}
	}
}
