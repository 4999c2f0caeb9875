package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// tellReserved tells of an instruction with numbers in fields that it doesn't use.
func (s *story) tellReserved() {
	label := s.plain()
	if s.Insn >= 0 && s.Insn < len(s.Image.Insns) {
		if fields := unused(&s.Image.Insns[s.Insn]); len(fields) > 0 {
			label = strings.Join(fields, " and ") + ", which this instruction doesn't use"
		} else {
			label = "this form of the instruction is none that the kernel knows"
		}
	}
	s.primaryHere(label)
}

// unused are the fields of an instruction that it has no use for and that are not 0.
func unused(in *insn.Insn) []string {
	var uses string // of the fields: d, s, o and i
	fromReg := in.SrcKind() == insn.X
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		switch uses = "di"; {
		case in.Op() == insn.NEG:
			uses = "d"
		case fromReg && in.Op() != insn.END:
			uses = "ds"
		}
		if signed := in.Op() == insn.DIV || in.Op() == insn.MOD || in.Op() == insn.MOV && fromReg; signed && in.Off >= 0 && in.Off <= 32 {
			uses += "o"
		}
	case insn.JMP, insn.JMP32:
		switch uses = "dio"; {
		case in.Op() == insn.EXIT:
			uses = ""
		case in.Op() == insn.CALL:
			uses = "si"
			if in.Src == insn.PSEUDO_KFUNC_CALL {
				uses = "sio"
			}
		case in.Op() == insn.JA && fromReg:
			uses = "d"
		case in.Op() == insn.JA && in.Class() == insn.JMP:
			uses = "o"
		case in.Op() == insn.JA:
			uses = "i"
		case fromReg:
			uses = "dso"
		}
	case insn.LDX:
		uses = "dso"
	case insn.STX:
		uses = "dso"
		if in.Mode() == insn.ATOMIC {
			uses = "dsoi"
		}
	case insn.ST:
		uses = "doi"
	default: // LD
		switch uses = "dsi"; in.Mode() {
		case insn.ABS:
			uses = "i"
		case insn.IND:
			uses = "si"
		}
	}
	var list []string
	for _, f := range []struct {
		letter, name string
		value        int
	}{{"d", "dst_reg", int(in.Dst)}, {"s", "src_reg", int(in.Src)}, {"o", "off", int(in.Off)}, {"i", "imm", int(in.Imm)}} {
		if f.value != 0 && !strings.Contains(uses, f.letter) {
			list = append(list, fmt.Sprintf("%s is %d", f.name, f.value))
		}
	}
	return list
}

// tellEnd tells of a function whose last instruction is neither an exit nor a jump.
func (s *story) tellEnd() {
	ends := []int{len(s.Image.Insns) - 1}
	for _, f := range s.Image.Debug.Funcs {
		if f.Insn > 0 {
			ends = append(ends, int(f.Insn)-1)
		}
	}
	for _, at := range ends {
		in := &s.Image.Insns[at]
		jumps := (in.Class() == insn.JMP || in.Class() == insn.JMP32) && in.Op() == insn.JA
		if jumps || in.Code == insn.JMP|insn.EXIT {
			continue
		}
		s.d.Title = fmt.Sprintf("`%s` runs over its end", s.functionAt(at))
		s.primary(at, "behind this the function has no instruction")
		return
	}
	s.primary(s.Insn, s.plain())
}

// tellBackEdge tells of a loop on a kernel, or by who, may not make one: "back-edge from insn %d to %d".
func (s *story) tellBackEdge() {
	from, to := s.number(0), s.number(1)
	s.d.Title = "the program has a loop, and may have none here"
	s.primary(from, "from here it goes back")
	if to >= 0 && to < len(s.Image.Insns) && !s.sameLine(from, to) {
		s.marks = append(s.marks, mark{0, s.place(to, "the loop begins here")})
	}
}
