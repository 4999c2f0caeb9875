package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// aluOps are the operations that WebAssembly has as they are, by operation>>4; its shifts take their count
// modulo the width, as BPF's do.
var (
	aluOps64 = [16]wasm.Op{
		insn.ADD >> 4: wasm.I64Add, insn.SUB >> 4: wasm.I64Sub, insn.MUL >> 4: wasm.I64Mul, insn.OR >> 4: wasm.I64Or,
		insn.AND >> 4: wasm.I64And, insn.XOR >> 4: wasm.I64Xor, insn.LSH >> 4: wasm.I64Shl, insn.RSH >> 4: wasm.I64ShrU,
		insn.ARSH >> 4: wasm.I64ShrS,
	}
	aluOps32 = [16]wasm.Op{
		insn.ADD >> 4: wasm.I32Add, insn.SUB >> 4: wasm.I32Sub, insn.MUL >> 4: wasm.I32Mul, insn.OR >> 4: wasm.I32Or,
		insn.AND >> 4: wasm.I32And, insn.XOR >> 4: wasm.I32Xor, insn.LSH >> 4: wasm.I32Shl, insn.RSH >> 4: wasm.I32ShrU,
		insn.ARSH >> 4: wasm.I32ShrS,
	}
)

// operand64 pushes an instruction's second operand.
func (f *function) operand64(in *insn.Insn) {
	if in.SrcKind() == insn.X {
		f.get(in.Src)
	} else {
		f.Const64(int64(in.Imm))
	}
}

func (f *function) operand32(in *insn.Insn) {
	if in.SrcKind() == insn.X {
		f.get32(in.Src)
	} else {
		f.Const32(in.Imm)
	}
}

func (f *function) alu64(pc int, in *insn.Insn) {
	switch op := in.Op(); op {
	case insn.MOV:
		f.mov64(pc, in)
		if in.SrcKind() == insn.X && in.Off == 0 && in.Src != in.Dst {
			f.same(in.Dst, f, in.Src)
		}
		return
	case insn.NEG:
		f.Const64(0)
		f.get(in.Dst)
		f.Op(wasm.I64Sub)
	case insn.END:
		f.swap(in.Dst, in.Imm)
	case insn.DIV, insn.MOD:
		f.divide(in, &divide64)
	default:
		if aluOps64[op>>4] == 0 {
			f.fail(pc, "no such instruction")
			return
		}
		f.get(in.Dst)
		f.operand64(in)
		f.Op(aluOps64[op>>4])
	}
	moved := in.Op() == insn.ADD && in.SrcKind() == insn.K && has(f.inFrame, in.Dst)
	f.set(in.Dst)
	if far := f.below[in.Dst] + in.Imm; moved && far >= -FrameSize && far <= 0 {
		f.below[in.Dst] = far
		f.inFrame |= 1 << in.Dst
	}
}

func (f *function) mov64(pc int, in *insn.Insn) {
	f.operand64(in)
	if in.SrcKind() == insn.X {
		switch in.Off {
		case 0:
		case 8:
			f.Op(wasm.I64Extend8S)
		case 16:
			f.Op(wasm.I64Extend16S)
		case 32:
			f.Op(wasm.I64Extend32S)
		case insn.ADDR_SPACE_CAST:
			f.cast(f.p.Sites[pc].Imm)
		default:
			f.fail(pc, "the address of a CPU's variable is not translated")
		}
	}
	f.set(in.Dst)
}

// cast casts the address that is pushed: NULL stays NULL, of others the lower half is left below upper.
func (f *function) cast(upper uint64) {
	f.Op(wasm.I32WrapI64, wasm.I64ExtendI32U)
	if upper == 0 {
		return
	}
	f.Set(f.tmp)
	f.Get(f.tmp)
	f.Const64(int64(upper))
	f.Op(wasm.I64Or)
	f.Const64(0)
	f.Get(f.tmp)
	f.Const64(0)
	f.Op(wasm.I64Ne, wasm.Select)
}

func (f *function) alu32(pc int, in *insn.Insn) {
	switch op := in.Op(); op {
	case insn.MOV:
		f.operand32(in)
		switch {
		case in.SrcKind() == insn.K, in.Off == 0:
		case in.Off == 8:
			f.Op(wasm.I32Extend8S)
		case in.Off == 16:
			f.Op(wasm.I32Extend16S)
		default:
			f.fail(pc, "no such instruction")
		}
	case insn.NEG:
		f.Const32(0)
		f.get32(in.Dst)
		f.Op(wasm.I32Sub)
	case insn.END:
		if in.SrcKind() == insn.X { // to big-endian
			f.swap(in.Dst, in.Imm)
		} else { // to little-endian: cut off
			f.get(in.Dst)
			if in.Imm < 64 {
				f.Const64(1<<in.Imm - 1)
				f.Op(wasm.I64And)
			}
		}
		f.set(in.Dst)
		return
	case insn.DIV, insn.MOD:
		f.divide(in, &divide32)
	default:
		if aluOps32[op>>4] == 0 {
			f.fail(pc, "no such instruction")
			return
		}
		f.get32(in.Dst)
		f.operand32(in)
		f.Op(aluOps32[op>>4])
	}
	f.set32(in.Dst)
}

// width is what divisions of one width are made of.
type width struct {
	typ                  wasm.Type
	get                  func(f *function, reg uint8)
	operand              func(f *function, in *insn.Insn)
	constant             func(f *function, v int32)
	eqz, eq, sub         wasm.Op
	divU, remU, divS, rS wasm.Op
}

var (
	divide64 = width{
		typ: wasm.I64, get: (*function).get, operand: (*function).operand64,
		constant: func(f *function, v int32) { f.Const64(int64(v)) },
		eqz:      wasm.I64Eqz, eq: wasm.I64Eq, sub: wasm.I64Sub,
		divU: wasm.I64DivU, remU: wasm.I64RemU, divS: wasm.I64DivS, rS: wasm.I64RemS,
	}
	divide32 = width{
		typ: wasm.I32, get: (*function).get32, operand: (*function).operand32,
		constant: func(f *function, v int32) { f.Const32(v) },
		eqz:      wasm.I32Eqz, eq: wasm.I32Eq, sub: wasm.I32Sub,
		divU: wasm.I32DivU, remU: wasm.I32RemU, divS: wasm.I32DivS, rS: wasm.I32RemS,
	}
)

// divide pushes quotient or remainder. Nothing traps: a quotient by zero is 0, a remainder by zero the
// dividend, and the least number divided by -1 itself.
func (f *function) divide(in *insn.Insn, w *width) {
	signed, div := in.Off == 1, in.Op() == insn.DIV
	op := w.remU
	switch {
	case signed && div:
		op = w.divS
	case signed:
		op = w.rS
	case div:
		op = w.divU
	}
	plain := func() {
		w.get(f, in.Dst)
		w.operand(f, in)
		f.Op(op)
	}
	negate := func() {
		w.constant(f, 0)
		w.get(f, in.Dst)
		f.Op(w.sub)
	}
	byZero := func() {
		if div {
			w.constant(f, 0)
		} else {
			w.get(f, in.Dst)
		}
	}
	if in.SrcKind() == insn.K {
		switch {
		case in.Imm == 0:
			byZero()
		case in.Imm == -1 && signed && div:
			negate()
		default:
			plain()
		}
		return
	}
	w.operand(f, in)
	f.Op(w.eqz)
	f.Code.If(w.typ)
	byZero()
	f.Else()
	if signed && div {
		w.operand(f, in)
		w.constant(f, -1)
		f.Op(w.eq)
		f.Code.If(w.typ)
		negate()
		f.Else()
		plain()
		f.End()
	} else {
		plain()
	}
	f.End()
}

// swap pushes a register's lower 16, 32 or 64 bits with their bytes in the other order.
func (f *function) swap(reg uint8, bits int32) {
	// Neighbouring parts change places: bytes, then pairs, then fours.
	f.get(reg)
	for _, s := range []struct {
		width int32
		mask  int64
	}{{8, 0x00ff00ff00ff00ff}, {16, 0x0000ffff0000ffff}, {32, 0x00000000ffffffff}} {
		if s.width >= bits {
			break
		}
		f.Set(f.tmp)
		f.Get(f.tmp)
		f.Const64(s.mask)
		f.Op(wasm.I64And)
		f.Const64(int64(s.width))
		f.Op(wasm.I64Shl)
		f.Get(f.tmp)
		f.Const64(int64(s.width))
		f.Op(wasm.I64ShrU)
		f.Const64(s.mask)
		f.Op(wasm.I64And, wasm.I64Or)
	}
	if bits < 64 {
		f.Const64(1<<bits - 1)
		f.Op(wasm.I64And)
	}
}
