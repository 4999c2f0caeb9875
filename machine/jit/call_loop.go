package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Loop is a call of bpf_loop with the one callback that begins at an instruction.
type Loop struct{ Callback int }

// maxLoop is the most rounds that bpf_loop takes (BPF_MAX_LOOPS).
const maxLoop = 8 << 20

func (l Loop) write(f *function, pc int) {
	rounds, i := f.Local(wasm.I32), f.Local(wasm.I32)
	f.get32(insn.R1)
	f.Set(rounds)
	// if flags: -EINVAL, else if too many: -E2BIG, else the rounds
	f.get(insn.R4)
	f.Const64(0)
	f.Op(wasm.I64Ne)
	f.Code.If(wasm.I64)
	f.Const64(-int64(abi.EINVAL))
	f.Else()
	f.Get(rounds)
	f.Const32(maxLoop)
	f.Op(wasm.I32GtU)
	f.Code.If(wasm.I64)
	f.Const64(-int64(abi.E2BIG))
	f.Else()
	f.Const32(0)
	f.Set(i)
	l.rounds(f, pc, rounds, i)
	f.Get(i)
	f.Op(wasm.I64ExtendI32U)
	f.End()
	f.End()
}

// rounds writes the loop, which ends when all rounds are done or the callback returns other than 0. Batches of
// rounds are a loop of their own, so that a round needs no second counter.
func (l Loop) rounds(f *function, pc int, rounds, i uint32) {
	const out, again = 1, 0 // labels seen from the outer loop
	batch := f.Local(wasm.I32)
	f.Block()
	f.Code.Loop()
	// batch = min(i + loopBatch, rounds)
	f.Get(i)
	f.Const32(loopBatch)
	f.Op(wasm.I32Add)
	f.Tee(batch)
	f.Get(rounds)
	f.Get(batch)
	f.Get(rounds)
	f.Op(wasm.I32LtU, wasm.Select)
	f.Set(batch)
	f.Block()
	f.Code.Loop()
	f.Get(i)
	f.Get(batch)
	f.Op(wasm.I32GeU)
	f.BrIf(1)
	f.run(pc, place{f.p, l.Callback, none},
		argument{push: func() { f.Get(i); f.Op(wasm.I64ExtendI32U) }},
		argument{func() { f.get(insn.R3) }, insn.R3})
	f.count(i, 1)
	f.Op(wasm.I64Eqz)
	f.BrIf(0)
	f.Br(out + 2)
	f.End()
	f.End()
	f.Get(i)
	f.Get(rounds)
	f.Op(wasm.I32GeU)
	f.BrIf(out)
	f.Call(f.m.tick)
	f.Br(again)
	f.End()
	f.End()
}
