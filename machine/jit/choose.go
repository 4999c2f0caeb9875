package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// A jump over a few instructions that only compute is no branch: both outcomes are computed, and chosen from. That takes
// hardly longer than the right guess, and a wrong one costs more than all of it.

// chooseInsns is how many instructions may be jumped over.
const chooseInsns = 3

// choices finds the jumps of the function of instructions [start, end) that are written as choices, and how far they jump.
func (p *Program) choices(start, end int) map[int]int {
	over := map[int]int{}
	targets := map[int]int{} // how many jumps lead there
	for pc := start; pc < end; pc += p.width(pc) {
		to, jumps := p.target(pc)
		if !jumps {
			continue
		}
		targets[to]++
		if n := to - pc - 1; n > 0 && n <= chooseInsns && to < end && p.guessed(pc) {
			over[pc] = n
		}
	}
	for pc, n := range over {
		for arm := pc + 1; arm <= pc+n; arm++ {
			if targets[arm] > 0 || !p.computes(arm) {
				delete(over, pc)
			}
		}
	}
	return over
}

// guessed reports a condition that may well hold or not. That two numbers are equal is rare.
func (p *Program) guessed(pc int) bool {
	in := &p.Insns[pc]
	switch in.Op() {
	case insn.JA, insn.JCOND, insn.EXIT, insn.CALL:
		return false
	case insn.JEQ, insn.JNE:
		return in.SrcKind() == insn.K && in.Imm == 0
	}
	return true
}

// computes reports an instruction that does nothing but compute a number, fast.
func (p *Program) computes(pc int) bool {
	in := &p.Insns[pc]
	switch {
	case in.Class() != insn.ALU && in.Class() != insn.ALU64, p.Sites[pc].Dead:
		return false
	case in.Op() == insn.MOV:
		return in.Off == 0
	}
	return aluOps64[in.Op()>>4] != 0
}

// choose writes the jump at pc and the n instructions behind it.
func (f *function) choose(pc, n int) {
	taken := f.Local(wasm.I32)
	f.condition(pc)
	f.Set(taken)
	var before [insn.MaxReg]uint32 // what registers were before, 0 for those that are left alone
	for arm := pc + 1; arm <= pc+n; arm++ {
		if r := f.p.Insns[arm].Dst; before[r] == 0 {
			before[r] = f.Local(wasm.I64)
			f.get(r)
			f.Set(before[r])
		}
	}
	for arm := pc + 1; arm <= pc+n; arm++ {
		f.insn(arm)
	}
	for r, was := range before {
		if was == 0 {
			continue
		}
		f.Get(was)
		f.get(uint8(r))
		f.Get(taken)
		f.Op(wasm.Select)
		f.set(uint8(r))
	}
}
