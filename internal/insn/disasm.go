package insn

import "fmt"

// Names supplies the words of an instruction that its bits alone do not give.
// A nil function, or one that answers with false, leaves the plain form.
type Names struct {
	// Call names the callee of a helper or kernel function call.
	Call func(in *Insn) (string, bool)
	// Imm is the text of a 64-bit immediate.
	Imm func(in *Insn, imm uint64) (string, bool)
	// BeforeV4: what version 4 of the instruction set added is shown as kernels do that do not know it.
	BeforeV4 bool
}

var (
	aluNames = [16]string{
		ADD >> 4: "+=", SUB >> 4: "-=", MUL >> 4: "*=", DIV >> 4: "/=", OR >> 4: "|=", AND >> 4: "&=",
		LSH >> 4: "<<=", RSH >> 4: ">>=", NEG >> 4: "neg", MOD >> 4: "%=", XOR >> 4: "^=", MOV >> 4: "=",
		ARSH >> 4: "s>>=", END >> 4: "endian", 14: "(null)", 15: "(null)",
	}
	atomicNames = map[int32]string{ADD: "add", AND: "and", OR: "or", XOR: "xor"}

	jumpNames = [16]string{
		JA >> 4: "jmp", JEQ >> 4: "==", JGT >> 4: ">", JGE >> 4: ">=", JSET >> 4: "&", JNE >> 4: "!=",
		JSGT >> 4: "s>", JSGE >> 4: "s>=", CALL >> 4: "call", EXIT >> 4: "exit", JLT >> 4: "<", JLE >> 4: "<=",
		JSLT >> 4: "s<", JSLE >> 4: "s<=", 14: "(null)", 15: "(null)",
	}

	sizeNames   = [4]string{W >> 3: "u32", H >> 3: "u16", B >> 3: "u8", DW >> 3: "u64"}
	sxSizeNames = [4]string{W >> 3: "s32", H >> 3: "s16", B >> 3: "s8", DW >> 3: "(null)"}
)

// AppendText appends the instruction prog[i] to b as the kernel's log spells it, without
// its number and without a line's end: "(61) r1 = *(u32 *)(r6 +4)". The first half of a
// 64-bit immediate is shown whole; where its second half is missing, it counts as zero.
func AppendText(b []byte, prog []Insn, i int, names Names) []byte {
	in := &prog[i]
	if names.BeforeV4 {
		switch class := in.Class(); {
		case class == ALU64 && in.Op() == END:
			return fmt.Appendf(b, "BUG_alu64_%02x", in.Code)
		case class == LDX && in.Mode() == MEMSX:
			return fmt.Appendf(b, "BUG_ldx_%02x", in.Code)
		case class == ALU || class == ALU64: // what the offset means is not known
			plain := *in
			plain.Off, in = 0, &plain
		case in.Code == JMP32|JA || in.IsMayGoto():
			return in.appendCompare(b)
		}
	}
	switch in.Class() {
	case ALU, ALU64:
		return in.appendALU(b)
	case STX:
		return in.appendStore(b)
	case ST:
		switch in.Mode() {
		case MEM:
			return fmt.Appendf(b, "(%02x) *(%s *)(r%d %+d) = %d", in.Code, in.sizeName(), in.Dst, in.Off, in.Imm)
		case ATOMIC:
			return fmt.Appendf(b, "(%02x) nospec", in.Code)
		}
		return fmt.Appendf(b, "BUG_st_%02x", in.Code)
	case LDX:
		name := in.sizeName()
		switch in.Mode() {
		case MEM:
		case MEMSX:
			name = sxSizeNames[in.Size()>>3]
		default:
			return fmt.Appendf(b, "BUG_ldx_%02x", in.Code)
		}
		return fmt.Appendf(b, "(%02x) r%d = *(%s *)(r%d %+d)", in.Code, in.Dst, name, in.Src, in.Off)
	case LD:
		return appendLoad(b, prog, i, names)
	}
	return in.appendJump(b, names)
}

func (i *Insn) sizeName() string { return sizeNames[i.Size()>>3] }

// regLetter is how the register's width is shown.
func regLetter(narrow bool) byte {
	if narrow {
		return 'w'
	}
	return 'r'
}

func (i *Insn) aluName() string {
	if i.Off == 1 {
		switch i.Op() {
		case DIV:
			return "s/="
		case MOD:
			return "s%="
		}
	}
	return aluNames[i.Op()>>4]
}

func (i *Insn) appendALU(b []byte) []byte {
	reg := regLetter(i.Class() == ALU)
	switch {
	case i.Op() == END && i.Class() == ALU64:
		return fmt.Appendf(b, "(%02x) r%d = bswap%d r%d", i.Code, i.Dst, i.Imm, i.Dst)
	case i.Op() == END:
		order := "le"
		if i.SrcKind() == X {
			order = "be"
		}
		return fmt.Appendf(b, "(%02x) r%d = %s%d r%d", i.Code, i.Dst, order, i.Imm, i.Dst)
	case i.Op() == NEG:
		return fmt.Appendf(b, "(%02x) %c%d = -%c%d", i.Code, reg, i.Dst, reg, i.Dst)
	case i.SrcKind() == K:
		return fmt.Appendf(b, "(%02x) %c%d %s %d", i.Code, reg, i.Dst, i.aluName(), i.Imm)
	case i.Code == ALU64|MOV|X && i.Off == ADDR_SPACE_CAST:
		return fmt.Appendf(b, "(%02x) r%d = addr_space_cast(r%d, %d, %d)", i.Code, i.Dst, i.Src, uint32(i.Imm)>>16, uint16(i.Imm))
	case i.Code == ALU64|MOV|X && i.Off == -1:
		return fmt.Appendf(b, "(%02x) r%d = &(void __percpu *)(r%d)", i.Code, i.Dst, i.Src)
	}
	cast := ""
	if i.Op() == MOV && (i.Off == 8 || i.Off == 16 || i.Off == 32) {
		cast = fmt.Sprintf("(s%d)", i.Off)
	}
	return fmt.Appendf(b, "(%02x) %c%d %s %s%c%d", i.Code, reg, i.Dst, i.aluName(), cast, reg, i.Src)
}

func (i *Insn) appendStore(b []byte) []byte {
	size, wide := i.sizeName(), ""
	if i.Size() == DW {
		wide = "64"
	}
	if i.Mode() == MEM {
		return fmt.Appendf(b, "(%02x) *(%s *)(r%d %+d) = r%d", i.Code, size, i.Dst, i.Off, i.Src)
	}
	if i.Mode() != ATOMIC {
		return fmt.Appendf(b, "BUG_%02x", i.Code)
	}
	switch i.Imm {
	case CMPXCHG:
		return fmt.Appendf(b, "(%02x) r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)", i.Code, wide, size, i.Dst, i.Off, i.Src)
	case XCHG:
		return fmt.Appendf(b, "(%02x) r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", i.Code, i.Src, wide, size, i.Dst, i.Off, i.Src)
	case LOAD_ACQ:
		return fmt.Appendf(b, "(%02x) r%d = load_acquire((%s *)(r%d %+d))", i.Code, i.Dst, size, i.Src, i.Off)
	case STORE_REL:
		return fmt.Appendf(b, "(%02x) store_release((%s *)(r%d %+d), r%d)", i.Code, size, i.Dst, i.Off, i.Src)
	}
	name, known := atomicNames[i.Imm&^FETCH]
	switch {
	case !known:
		return fmt.Appendf(b, "BUG_%02x", i.Code)
	case i.Imm&FETCH != 0:
		return fmt.Appendf(b, "(%02x) r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", i.Code, i.Src, wide, name, size, i.Dst, i.Off, i.Src)
	}
	return fmt.Appendf(b, "(%02x) lock *(%s *)(r%d %+d) %s r%d", i.Code, size, i.Dst, i.Off, aluNames[uint8(i.Imm)>>4], i.Src)
}

func appendLoad(b []byte, prog []Insn, idx int, names Names) []byte {
	i := &prog[idx]
	switch {
	case i.Mode() == ABS:
		return fmt.Appendf(b, "(%02x) r0 = *(%s *)skb[%d]", i.Code, i.sizeName(), i.Imm)
	case i.Mode() == IND:
		return fmt.Appendf(b, "(%02x) r0 = *(%s *)skb[r%d + %d]", i.Code, i.sizeName(), i.Src, i.Imm)
	case !i.IsLdImm64():
		return fmt.Appendf(b, "BUG_ld_%02x", i.Code)
	}
	imm := uint64(uint32(i.Imm))
	if idx+1 < len(prog) {
		imm |= uint64(uint32(prog[idx+1].Imm)) << 32
	}
	if names.Imm != nil {
		if s, ok := names.Imm(i, imm); ok {
			return fmt.Appendf(b, "(%02x) r%d = %s", i.Code, i.Dst, s)
		}
	}
	return fmt.Appendf(b, "(%02x) r%d = 0x%x", i.Code, i.Dst, imm)
}

func (i *Insn) appendJump(b []byte, names Names) []byte {
	switch {
	case i.Op() == CALL && i.Src == PSEUDO_CALL:
		return fmt.Appendf(b, "(%02x) call pc%+d", i.Code, i.Imm)
	case i.Op() == CALL:
		return fmt.Appendf(b, "(%02x) call %s#%d", i.Code, i.calleeName(names), i.Imm)
	case i.Code == JMP|JA:
		return fmt.Appendf(b, "(%02x) goto pc%+d", i.Code, i.Off)
	case i.IsIndirectJump():
		return fmt.Appendf(b, "(%02x) gotox r%d", i.Code, i.Dst)
	case i.IsMayGoto():
		return fmt.Appendf(b, "(%02x) may_goto pc%+d", i.Code, i.Off)
	case i.Code == JMP32|JA:
		return fmt.Appendf(b, "(%02x) gotol pc%+d", i.Code, i.Imm)
	case i.Code == JMP|EXIT:
		return fmt.Appendf(b, "(%02x) exit", i.Code)
	}
	return i.appendCompare(b)
}

func (i *Insn) appendCompare(b []byte) []byte {
	reg := regLetter(i.Class() == JMP32)
	if i.SrcKind() == X {
		return fmt.Appendf(b, "(%02x) if %c%d %s %c%d goto pc%+d", i.Code, reg, i.Dst, jumpNames[i.Op()>>4], reg, i.Src, i.Off)
	}
	return fmt.Appendf(b, "(%02x) if %c%d %s 0x%x goto pc%+d", i.Code, reg, i.Dst, jumpNames[i.Op()>>4], uint32(i.Imm), i.Off)
}

func (i *Insn) calleeName(names Names) string {
	if names.Call != nil {
		if s, ok := names.Call(i); ok {
			return s
		}
	}
	if i.Src == PSEUDO_KFUNC_CALL {
		return "kernel-function"
	}
	return "unknown"
}
