package machine

import "github.com/bpfverdict/bpfverdict/internal/insn"

// An instruction computes in place, so compilers copy a register first to keep what it has. The most frequent of such
// pairs are one op, at the place of the copy. The computation keeps its own too, as jumps may lead there.

// Codes that no instruction has, for a copy of src with a computation by imm after it; in opMoveAdd by the register off.
const (
	opMoveAddK  = 0xe7 // r1 = r2; r1 += 8
	opMoveAddX  = 0xef // r1 = r2; r1 += r3
	opMoveLsh   = 0xf7 // r1 = r2; r1 <<= 3
	opMoveRsh   = 0xff // r1 = r2; r1 >>= 3
	opMoveAnd32 = 0xe4 // w1 = w2; w1 &= 7
	opMoveLsh32 = 0xec // w1 = w2; w1 <<= 3
	opMoveRsh32 = 0xf4 // w1 = w2; w1 >>= 3
)

// fusions are the codes of pairs, by those of their halves.
var fusions = map[[2]uint8]uint8{
	{insn.ALU64 | insn.MOV | insn.X, insn.ALU64 | insn.ADD | insn.K}: opMoveAddK,
	{insn.ALU64 | insn.MOV | insn.X, insn.ALU64 | insn.ADD | insn.X}: opMoveAddX,
	{insn.ALU64 | insn.MOV | insn.X, insn.ALU64 | insn.LSH | insn.K}: opMoveLsh,
	{insn.ALU64 | insn.MOV | insn.X, insn.ALU64 | insn.RSH | insn.K}: opMoveRsh,
	{insn.ALU | insn.MOV | insn.X, insn.ALU | insn.AND | insn.K}:     opMoveAnd32,
	{insn.ALU | insn.MOV | insn.X, insn.ALU | insn.LSH | insn.K}:     opMoveLsh32,
	{insn.ALU | insn.MOV | insn.X, insn.ALU | insn.RSH | insn.K}:     opMoveRsh32,
}

// fuse makes one op of each such pair.
func (p *Program) fuse() {
	for i := range len(p.ops) - 1 {
		copied, then := &p.ops[i], &p.ops[i+1]
		code, ok := fusions[[2]uint8{copied.code, then.code}]
		if !ok || copied.dst != then.dst || code == opMoveAddX && then.src == then.dst {
			continue
		}
		*copied = op{code: code, dst: then.dst, src: copied.src, off: int32(then.src), imm: then.imm}
	}
}

// insns is how many instructions the op is.
func (o *op) insns() int {
	if alu := o.code&7 == insn.ALU || o.code&7 == insn.ALU64; alu && o.code&0xf0 > insn.END {
		return 2
	}
	return 1
}
