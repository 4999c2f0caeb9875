package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Comparisons by operation>>4.
var (
	compare64 = [16]wasm.Op{
		insn.JEQ >> 4: wasm.I64Eq, insn.JNE >> 4: wasm.I64Ne, insn.JGT >> 4: wasm.I64GtU, insn.JGE >> 4: wasm.I64GeU,
		insn.JLT >> 4: wasm.I64LtU, insn.JLE >> 4: wasm.I64LeU, insn.JSGT >> 4: wasm.I64GtS, insn.JSGE >> 4: wasm.I64GeS,
		insn.JSLT >> 4: wasm.I64LtS, insn.JSLE >> 4: wasm.I64LeS,
	}
	compare32 = [16]wasm.Op{
		insn.JEQ >> 4: wasm.I32Eq, insn.JNE >> 4: wasm.I32Ne, insn.JGT >> 4: wasm.I32GtU, insn.JGE >> 4: wasm.I32GeU,
		insn.JLT >> 4: wasm.I32LtU, insn.JLE >> 4: wasm.I32LeU, insn.JSGT >> 4: wasm.I32GtS, insn.JSGE >> 4: wasm.I32GeS,
		insn.JSLT >> 4: wasm.I32LtS, insn.JSLE >> 4: wasm.I32LeS,
	}
)

// condition pushes, as an i32, whether the conditional jump at pc is taken.
func (f *function) condition(pc int) {
	in := &f.p.Insns[pc]
	op := in.Op()
	if in.Class() == insn.JMP {
		f.get(in.Dst)
		f.operand64(in)
		if op == insn.JSET {
			f.Op(wasm.I64And)
			f.Const64(0)
			op = insn.JNE
		}
		f.Op(compare64[op>>4])
	} else {
		f.get32(in.Dst)
		f.operand32(in)
		if op == insn.JSET {
			f.Op(wasm.I32And)
			f.Const32(0)
			op = insn.JNE
		}
		f.Op(compare32[op>>4])
	}
	if compare64[op>>4] == 0 {
		f.fail(pc, "no such instruction")
	}
}
