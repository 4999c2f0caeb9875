package explain

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// pointerReg is the register through which the refused instruction accesses memory, or that it does arithmetic on.
func (s *story) pointerReg() (int, bool) {
	if s.last < 0 {
		return 0, false
	}
	in := s.insnAt(s.last)
	switch in.Class() {
	case insn.LDX:
		return int(in.Src), true
	case insn.ST, insn.STX:
		return int(in.Dst), true
	case insn.ALU, insn.ALU64:
		return int(in.Dst), true
	}
	for i := range s.Said {
		if reg, ok := subjectOf(&s.Said[i]); ok {
			return reg, true
		}
	}
	return 0, false
}

// tellBounds tells of an access outside of what a pointer points to: what that is, how far the access reaches, and which
// number moved the pointer.
func (s *story) tellBounds() {
	reg, ok := s.pointerReg()
	if !ok || reg >= insn.MaxReg {
		(*story).tellRegister(s)
		return
	}
	name := s.nameHere(reg)
	v, _ := s.value(s.here(reg))
	if v.Type.Base() == abi.SCALAR_VALUE && s.insnAt(s.last).SrcKind() == insn.X { // number + pointer
		if o, known := s.value(s.here(int(s.insnAt(s.last).Src))); known && o.Type != abi.SCALAR_VALUE {
			v = o
		}
	}
	who := quoted(name, s.regName(reg))
	size := s.objectSize(v)
	s.d.Title = fmt.Sprintf("access through %s reaches outside of %s", who, s.words(v))
	sec := globals(s.mapOf(v))
	switch {
	case v.Type.Base() == abi.PTR_TO_PACKET && v.Range == 0:
		s.d.Title = fmt.Sprintf("the packet is accessed through %s, which was not compared with its end on this path", who)
	case v.Type.Base() == abi.PTR_TO_STACK:
		s.d.Title = fmt.Sprintf("access through %s reaches outside of the 512 bytes of the stack", who)
	case size != "" && sec != "":
		s.d.Title = fmt.Sprintf("access through %s reaches outside of the %s of `%s`, the section of the variable", who, size, sec)
	case v.Type.Base() == abi.PTR_TO_PACKET && size != "":
		s.d.Title = fmt.Sprintf("access through %s reaches beyond the %s of the packet", who, size)
	case size != "":
		s.d.Title = fmt.Sprintf("access through %s reaches outside of the %s of %s", who, size, s.words(v))
	}
	s.primary(s.Insn, s.reach(v))
	s.tellHistory(s.here(reg), name)
	s.tellMoves(reg)
	if v.Type.Base() == abi.PTR_TO_PACKET && v.Range == 0 {
		if b := s.lastBranch(s.last-1, s.origin(s.here(reg)).step); b >= 0 {
			s.secondary(b, s.branchLabel(b))
		}
	}
}

// objectSize is how large the object is that a value points to, "" if that is not known.
func (s *story) objectSize(v trace.Value) string {
	switch v.Type.Base() {
	case abi.PTR_TO_MAP_VALUE:
		if m := s.mapOf(v); m != nil {
			return bytes(int(m.ValueSize), "")
		}
	case abi.PTR_TO_PACKET:
		if v.Range >= 0 {
			return bytes(v.Range, "checked ")
		}
	}
	return ""
}

// bytes is a number of bytes in words: "1 byte".
func bytes(n int, kind string) string {
	if n == 1 {
		return "1 " + kind + "byte"
	}
	return fmt.Sprintf("%d %sbytes", n, kind)
}

// reach says which bytes the refused instruction accesses.
func (s *story) reach(v trace.Value) string {
	in := s.insnAt(s.last)
	off, what := v.Off, "the call accesses"
	switch in.Class() {
	case insn.LDX:
		off, what = off+int(in.Off), "reads "+bytes(in.SizeBytes(), "")
	case insn.ST, insn.STX:
		off, what = off+int(in.Off), "writes "+bytes(in.SizeBytes(), "")
	case insn.ALU, insn.ALU64:
		return "moves " + s.words(v) + " by " + s.movedBy(in)
	}
	sc := &v.Scalar
	switch {
	case sc.Var.IsConst():
		return fmt.Sprintf("%s at byte %d", what, off+int(int64(sc.Var.Value)))
	case sc.Smin == -1<<63 || sc.Smax == 1<<63-1:
		return fmt.Sprintf("%s at a byte that is not bounded", what)
	}
	return fmt.Sprintf("%s at byte %d to %d", what, int64(off)+sc.Smin, int64(off)+sc.Smax)
}

// movedBy says by how much a sum moves a pointer.
func (s *story) movedBy(in *insn.Insn) string {
	if in.SrcKind() == insn.K {
		return fmt.Sprint(in.Imm)
	}
	for _, reg := range []int{int(in.Src), int(in.Dst)} {
		if v, _ := s.value(s.here(reg)); v.Type == abi.SCALAR_VALUE {
			return s.words(v)
		}
	}
	return "another pointer"
}

// tellMoves marks the numbers that were added to a pointer on its way, and where they come from.
func (s *story) tellMoves(reg int) {
	in := s.insnAt(s.last)
	if c := in.Class(); (c == insn.ALU || c == insn.ALU64) && in.SrcKind() == insn.X {
		for _, r := range []int{int(in.Src), int(in.Dst)} {
			if v, _ := s.value(s.here(r)); v.Type == abi.SCALAR_VALUE {
				s.tellNumber(s.here(r))
			}
		}
		return
	}
	a, o := s.here(reg), s.origin(s.here(reg))
	for i := s.last - 1; i > o.step && i >= 0; i-- {
		in := s.insnAt(i)
		if c := in.Class(); c != insn.ALU && c != insn.ALU64 || in.Op() != insn.ADD && in.Op() != insn.SUB || in.SrcKind() != insn.X {
			continue
		}
		for _, c := range s.steps[i].Changes {
			if c.Kind != trace.Reg || c.N != int(in.Dst) || c.After.Type == abi.SCALAR_VALUE || c.After.Type == abi.NOT_INIT ||
				s.origin(at{i + 1, c.Depth, false, c.N}).step != o.step {
				continue
			}
			number := int(in.Src)
			if c.Before.Type == abi.SCALAR_VALUE {
				number = int(in.Dst)
			}
			s.tellNumber(at{i, a.depth, false, number})
		}
	}
}

// tellMove marks where a pointer was last moved by a constant.
func (s *story) tellMove(reg int) {
	for a := s.here(reg); ; {
		i := s.definedBy(a)
		if i < 0 || s.steps[i].Depth != a.depth {
			return
		}
		switch in := s.insnAt(i); {
		case a.slot && in.Class() == insn.STX:
			a = a.reg(i, int(in.Src))
		case !a.slot && in.Class() == insn.ALU64 && in.Op() == insn.MOV && in.SrcKind() == insn.X:
			a = a.reg(i, int(in.Src))
		case !a.slot && in.Class() == insn.LDX:
			n, depth, ok := s.filled(i, in)
			if !ok {
				return
			}
			a = at{i, depth, true, n}
		case !a.slot && in.Class() == insn.ALU64 && (in.Op() == insn.ADD || in.Op() == insn.SUB):
			s.secondary(i, "it is moved here")
			return
		default:
			return
		}
	}
}

// tellNumber marks where a number comes from, and what was last learned of it.
func (s *story) tellNumber(a at) {
	o := s.numberOrigin(a)
	name := o.name
	v, ok := s.value(o.at)
	if o.step >= 0 && ok {
		s.secondary(o.step, fmt.Sprintf("%s comes from here: it is %s", quoted(name, "the number that moves the pointer"), s.bareWords(v)))
	}
	for i := a.step - 1; i > o.step && i >= 0; i-- {
		if !s.isBranch(i) {
			continue
		}
		for _, c := range s.steps[i].Changes {
			if c.Kind == trace.Reg && c.Before.Type == abi.SCALAR_VALUE && c.After.Type == abi.SCALAR_VALUE && s.sameValue(i, c, a) {
				s.secondary(i, fmt.Sprintf("after this %s is %s", quoted(name, "it"), s.words(c.After)))
				return
			}
		}
	}
}
