// Package insn holds decoded BPF instructions in the compact form the verifier walks.
package insn

// Insn is one 8-byte BPF instruction. A 64-bit immediate load (LD|IMM|DW) takes
// two consecutive Insns, as on the wire; the second has Code 0 and the upper half in Imm.
//
// After linking, the pseudo sources of LD|IMM|DW mean:
//
//	PSEUDO_MAP_FD     Imm = index into the image's maps; ^fd where the code names a descriptor
//	PSEUDO_MAP_VALUE  Imm = index into the image's maps, next.Imm = byte offset into the value
//	PSEUDO_BTF_ID     Imm = BTF type id of the variable, next.Imm = type set (0 = vmlinux)
//	PSEUDO_FUNC       Imm = distance in instructions to the subprogram, as for calls
//
// and of CALL: PSEUDO_CALL Imm = distance; PSEUDO_KFUNC_CALL Imm = BTF id of the
// function, Off = type set (0 = vmlinux, else a module's).
type Insn struct {
	Code     uint8
	Dst, Src uint8
	Off      int16
	Imm      int32
}

// Instruction classes: Code & 0x07.
const (
	LD    = 0x00
	LDX   = 0x01
	ST    = 0x02
	STX   = 0x03
	ALU   = 0x04
	JMP   = 0x05
	JMP32 = 0x06
	ALU64 = 0x07
)

// Access sizes: Code & 0x18.
const (
	W  = 0x00
	H  = 0x08
	B  = 0x10
	DW = 0x18
)

// Modes of loads and stores: Code & 0xe0.
const (
	IMM    = 0x00
	ABS    = 0x20
	IND    = 0x40
	MEM    = 0x60
	MEMSX  = 0x80
	ATOMIC = 0xc0

	// PROBE_MEM32 and friends never reach the verifier.
)

// Operand source: Code & 0x08.
const (
	K = 0x00
	X = 0x08
)

// Operations of ALU and ALU64: Code & 0xf0.
const (
	ADD  = 0x00
	SUB  = 0x10
	MUL  = 0x20
	DIV  = 0x30
	OR   = 0x40
	AND  = 0x50
	LSH  = 0x60
	RSH  = 0x70
	NEG  = 0x80
	MOD  = 0x90
	XOR  = 0xa0
	MOV  = 0xb0
	ARSH = 0xc0
	END  = 0xd0
)

// Operations of JMP and JMP32: Code & 0xf0.
const (
	JA    = 0x00
	JEQ   = 0x10
	JGT   = 0x20
	JGE   = 0x30
	JSET  = 0x40
	JNE   = 0x50
	JSGT  = 0x60
	JSGE  = 0x70
	CALL  = 0x80
	EXIT  = 0x90
	JLT   = 0xa0
	JLE   = 0xb0
	JSLT  = 0xc0
	JSLE  = 0xd0
	JCOND = 0xe0 // may_goto when Src is MAY_GOTO
)

// Operations of ATOMIC, in Imm.
const (
	FETCH     = 0x01
	XCHG      = 0xe0 | FETCH
	CMPXCHG   = 0xf0 | FETCH
	LOAD_ACQ  = 0x100
	STORE_REL = 0x110
)

// Sources with a meaning of their own.
const (
	PSEUDO_MAP_FD        = 1 // LD|IMM|DW
	PSEUDO_MAP_VALUE     = 2
	PSEUDO_BTF_ID        = 3
	PSEUDO_FUNC          = 4
	PSEUDO_MAP_IDX       = 5
	PSEUDO_MAP_IDX_VALUE = 6

	PSEUDO_CALL       = 1 // CALL
	PSEUDO_KFUNC_CALL = 2

	MAY_GOTO = 0 // JCOND

	ADDR_SPACE_CAST = 1 // Off of ALU64|MOV|X
)

// Registers.
const (
	R0 = iota
	R1
	R2
	R3
	R4
	R5
	R6
	R7
	R8
	R9
	R10
	MaxReg
	FP = R10
)

// MaxArgs is how many arguments registers can pass, in r1 to r5.
const MaxArgs = 5

// Class returns the instruction class (LD ... ALU64).
func (i *Insn) Class() uint8 { return i.Code & 0x07 }

// Op returns the ALU or jump operation.
func (i *Insn) Op() uint8 { return i.Code & 0xf0 }

// SrcKind returns K or X.
func (i *Insn) SrcKind() uint8 { return i.Code & 0x08 }

// Size returns the access size field (B, H, W, DW).
func (i *Insn) Size() uint8 { return i.Code & 0x18 }

// Mode returns the load/store mode (IMM, ABS, IND, MEM, MEMSX, ATOMIC).
func (i *Insn) Mode() uint8 { return i.Code & 0xe0 }

// SizeBytes returns the access size in bytes: 1, 2, 4 or 8.
func (i *Insn) SizeBytes() int {
	switch i.Size() {
	case B:
		return 1
	case H:
		return 2
	case W:
		return 4
	}
	return 8
}

// IsLdImm64 reports the first half of a 64-bit immediate load.
func (i *Insn) IsLdImm64() bool { return i.Code == LD|IMM|DW }

// IsHelperCall reports a call of a helper by id.
func (i *Insn) IsHelperCall() bool { return i.Code == JMP|CALL && i.Src == 0 }

// IsPseudoCall reports a call of a subprogram.
func (i *Insn) IsPseudoCall() bool { return i.Code == JMP|CALL && i.Src == PSEUDO_CALL }

// IsKfuncCall reports a call of a kernel function.
func (i *Insn) IsKfuncCall() bool { return i.Code == JMP|CALL && i.Src == PSEUDO_KFUNC_CALL }

// IsPseudoFunc reports a load of a subprogram's address.
func (i *Insn) IsPseudoFunc() bool { return i.IsLdImm64() && i.Src == PSEUDO_FUNC }

// AtomicLoads returns the register that an atomic instruction loads, if it is one and loads any.
func (i *Insn) AtomicLoads() (reg uint8, ok bool) {
	switch {
	case i.Class() != STX || i.Mode() != ATOMIC:
	case i.Imm == LOAD_ACQ:
		return i.Dst, true
	case i.Imm == CMPXCHG:
		return R0, true
	case i.Imm != STORE_REL && i.Imm&FETCH != 0:
		return i.Src, true
	}
	return 0, false
}

// IsIndirectJump reports a jump to where a register says (gotox).
func (i *Insn) IsIndirectJump() bool { return i.Code == JMP|JA|X }

// IsMayGoto reports a may_goto.
func (i *Insn) IsMayGoto() bool { return i.Code == JMP|JCOND && i.Src == MAY_GOTO }
