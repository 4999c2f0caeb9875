package machine

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// op is one decoded instruction. Ops and instructions are numbered alike: the second half of a 64-bit
// immediate is an op that is never reached.
type op struct {
	code     uint8 // the instruction's own code, or one of those below for its variants
	dst, src uint8
	size     uint8  // of memory accesses: bytes
	off      int32  // of memory accesses: bytes; of jumps and calls: the target
	imm      uint64 // sign-extended, or zero-extended where the instruction has 32 bits
}

// Codes that no instruction has, for what an instruction's other fields make of it.
const (
	opMovSX32 = 0x60 + 8*iota // src sign-extended from size bytes
	opMovSX64
	opSDivK32
	opSDivX32
	opSModK32
	opSModX32
	opSDivK64
	opSDivX64
	opSModK64
	opSModX64
	opLoadSX
	opCall   // of a subprogram
	opHelper // imm is an index into the program's callees
	opCast   // between an arena's address spaces; imm is as in the instruction
	opPercpu // address of this CPU's copy
	opBad    // no instruction
)

// decode turns instructions into ops. What a verifier would refuse becomes opBad, which faults when it is run.
func (p *Program) decode(insns []insn.Insn) error {
	p.ops = make([]op, len(insns)+1)
	for i := range p.ops {
		p.ops[i].code = opBad
	}
	for i := 0; i < len(insns); i++ {
		o, err := p.decodeOne(insns, i)
		if err != nil {
			return err
		}
		p.ops[i] = o
		if insns[i].IsLdImm64() {
			i++
		}
	}
	p.findLeaks(insns)
	p.fuse()
	p.findAlone()
	return nil
}

func (p *Program) decodeOne(insns []insn.Insn, i int) (op, error) {
	in := &insns[i]
	o := op{code: in.Code, dst: in.Dst, src: in.Src, size: uint8(in.SizeBytes()), off: int32(in.Off), imm: uint64(int64(in.Imm))}
	bad := op{code: opBad}
	if in.Dst >= insn.MaxReg || in.Src >= insn.MaxReg {
		return bad, nil
	}
	target := func(dist int32) bool {
		o.off = int32(i) + 1 + dist
		return o.off >= 0 && int(o.off) < len(insns)
	}
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		return decodeALU(in, o), nil
	case insn.LD:
		switch {
		case in.Mode() == insn.ABS, in.Mode() == insn.IND:
			return o, nil
		case !in.IsLdImm64():
			return bad, nil
		}
		if i+1 >= len(insns) {
			return bad, nil
		}
		imm, err := p.immediate(in, &insns[i+1], i)
		o.imm = imm
		return o, err
	case insn.LDX:
		if in.Mode() == insn.MEMSX {
			o.code = opLoadSX
		}
	case insn.JMP, insn.JMP32:
		switch in.Op() {
		case insn.EXIT:
		case insn.CALL:
			if in.SrcKind() == insn.X {
				break
			}
			switch in.Src {
			case insn.PSEUDO_CALL:
				o.code = opCall
				if !target(in.Imm) {
					return bad, nil
				}
			default:
				o.code = opHelper
				n, err := p.callee(in)
				o.imm = uint64(n)
				return o, err
			}
		case insn.JA:
			dist := int32(in.Off)
			if in.Class() == insn.JMP32 {
				dist = in.Imm
			}
			if !target(dist) {
				return bad, nil
			}
			o.code = insn.JMP | insn.JA
		default:
			if !target(int32(in.Off)) {
				return bad, nil
			}
			if in.Class() == insn.JMP32 {
				o.imm = uint64(uint32(in.Imm))
			}
		}
	}
	return o, nil
}

// decodeALU finds out which variant of an operation is meant.
func decodeALU(in *insn.Insn, o op) op {
	narrow, reg := in.Class() == insn.ALU, in.SrcKind() == insn.X
	pick := func(k32, x32, k64, x64 uint8) uint8 {
		switch {
		case narrow && reg:
			return x32
		case narrow:
			return k32
		case reg:
			return x64
		}
		return k64
	}
	switch op := in.Op(); {
	case op > insn.END:
		o.code = opBad
	case op == insn.DIV && in.Off == 1:
		o.code = pick(opSDivK32, opSDivX32, opSDivK64, opSDivX64)
	case op == insn.MOD && in.Off == 1:
		o.code = pick(opSModK32, opSModX32, opSModK64, opSModX64)
	case op == insn.MOV && reg && in.Off == insn.ADDR_SPACE_CAST && !narrow:
		o.code = opCast
	case op == insn.MOV && reg && in.Off == -1 && !narrow:
		o.code = opPercpu
	case op == insn.MOV && reg && in.Off != 0:
		o.size = uint8(in.Off / 8)
		o.code = pick(0, opMovSX32, 0, opMovSX64)
	case op == insn.END && !narrow:
		o.code = insn.ALU64 | insn.END // bswap
	}
	if narrow && o.code != opSDivK32 && o.code != opSModK32 {
		o.imm = uint64(uint32(in.Imm))
	}
	return o
}

// immediate gives what a 64-bit immediate load loads.
func (p *Program) immediate(in, next *insn.Insn, at int) (uint64, error) {
	switch in.Src {
	case 0:
		return uint64(uint32(in.Imm)) | uint64(uint32(next.Imm))<<32, nil
	case insn.PSEUDO_FUNC:
		return p.codeAddr(at + 1 + int(in.Imm)), nil
	case insn.PSEUDO_MAP_FD, insn.PSEUDO_MAP_VALUE:
		if in.Imm < 0 || int(in.Imm) >= len(p.maps) {
			return 0, fmt.Errorf("instruction %d: a map by its descriptor: write it by its name", at)
		}
		m := p.maps[in.Imm]
		if in.Src == insn.PSEUDO_MAP_FD {
			return m.obj.addr, nil
		}
		base, err := m.impl.direct()
		return base + uint64(uint32(next.Imm)), err
	case insn.PSEUDO_BTF_ID:
		return p.machine.variable(p.img, int(next.Imm), uint32(in.Imm))
	}
	return 0, fmt.Errorf("instruction %d: no such immediate", at)
}
