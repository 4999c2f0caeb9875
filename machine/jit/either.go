package jit

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// A jump that decides which of two functions is called, on the same arguments, is no branch if both only read: both
// are called, and one's result is taken. A search goes left or right so, which nobody can guess.

// either is such a jump.
type either struct {
	jump        int // the instruction that decides
	start, call int // what follows if it does not jump, up to the call
	other       int // the call if it jumps
}

// eithers makes a block of each that ends with such a jump, and of the two that it leads to.
func (p *Program) eithers(bs []block, g *flow.Graph) {
	only := onlyBefore(g)
	for n := range bs {
		b := &bs[n]
		ways := g.Blocks[n].Next
		if b.kind != jumps || len(ways) != 2 || !p.guessed(b.last) {
			continue
		}
		next, to := ways[0], ways[1]
		if only[next] != n || only[to] != n || !p.alike(&bs[next], &bs[to]) || !slices.Equal(ahead(bs, g, next), ahead(bs, g, to)) {
			continue
		}
		b.either = &either{jump: b.last, start: bs[next].start, call: bs[next].end - 1, other: bs[to].end - 1}
		b.last = bs[next].last
		g.Blocks[n].Next = g.Blocks[next].Next
		g.Blocks[next].Next, g.Blocks[to].Next = nil, nil
	}
}

// alike reports that two blocks differ only in which function that reads they call at their end, before a jump.
func (p *Program) alike(a, b *block) bool {
	n := a.end - a.start
	if a.kind != jumps || b.kind != jumps || a.either != nil || b.either != nil || n < 1 || n != b.end-b.start {
		return false
	}
	if x, y := p.Insns[a.last], p.Insns[b.last]; x.Code != y.Code || x.Dst != y.Dst || x.Src != y.Src || x.Imm != y.Imm {
		return false
	}
	return slices.Equal(p.Insns[a.start:a.end-1], p.Insns[b.start:b.end-1]) && p.reads(a.end-1) && p.reads(b.end-1)
}

// reads reports a call of a function that only reads.
func (p *Program) reads(pc int) bool {
	native, ok := p.Sites[pc].Call.(Native)
	return ok && native.Reads
}

// ahead are the blocks that follow one, but for those that do nothing.
func ahead(bs []block, g *flow.Graph, n int) []int {
	next := slices.Clone(g.Blocks[n].Next)
	for i, to := range next {
		if b := &bs[to]; b.kind == falls && b.start == b.end {
			next[i] = g.Blocks[to].Next[0]
		}
	}
	return next
}

// decide writes both calls and the choice of their results.
func (f *function) decide(b *block) {
	e := b.either
	taken := f.Local(wasm.I32)
	f.condition(e.jump)
	f.Set(taken)
	f.straight(e.start, e.call, b.choices)
	f.p.Sites[e.other].Call.write(f, e.other)
	f.p.Sites[e.call].Call.write(f, e.call)
	f.Get(taken)
	f.Op(wasm.Select)
	f.set(insn.R0)
}
