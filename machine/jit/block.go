package jit

import (
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
)

// block is a stretch of a function's instructions: those in [start, end). What ends it is not among them.
type block struct {
	start, end int
	kind       blockKind
	last       int         // the instruction that ends it
	choices    map[int]int // jumps in it that are none: how many instructions they are about (choose.go)
	either     *either     // what follows its instructions; nil for nothing
}

type blockKind uint8

const (
	falls    blockKind = iota // goes on with the next block, by itself or by a plain jump
	jumps                     // has a condition
	exits                     // returns
	dead                      // must not be reached
	exhausts                  // counts the rounds of the may_goto at last, when a batch of them is over
)

// blocks cuts the function of instructions [start, end) into blocks.
func (p *Program) blocks(start, end int) ([]block, *flow.Graph, error) {
	leads := map[int]bool{start: true}
	choices := p.choices(start, end)
	for pc := start; pc < end; pc += p.width(pc) {
		to, isJump := p.target(pc)
		if !isJump || choices[pc] > 0 {
			continue
		}
		leads[pc+1] = true
		if p.Insns[pc].Op() != insn.EXIT {
			if to < start || to >= end {
				return nil, nil, fmt.Errorf("instruction %d jumps out of its function", pc)
			}
			leads[to] = true
		}
	}
	delete(leads, end)
	starts := make([]int, 0, len(leads))
	for pc := range leads {
		starts = append(starts, pc)
	}
	slices.Sort(starts)

	bs := make([]block, len(starts))
	g := &flow.Graph{Blocks: make([]flow.Block, len(starts))}
	at := func(pc int) int {
		n, _ := slices.BinarySearch(starts, pc)
		return n
	}
	for n, pc := range starts {
		b := block{start: pc, end: end, choices: choices}
		if n+1 < len(starts) {
			b.end = starts[n+1]
		}
		for b.last = pc; b.last+p.width(b.last) < b.end; b.last += p.width(b.last) {
		}
		to, isJump := p.target(b.last)
		var next []int
		switch {
		case p.Sites[pc].Dead:
			b.kind = dead
		case isJump && p.Insns[b.last].Op() == insn.EXIT:
			b.kind, b.end = exits, b.last
		case isJump && p.Insns[b.last].Op() == insn.JA:
			b.kind, b.end = falls, b.last
			next = []int{at(to)}
		case b.end == end:
			return nil, nil, fmt.Errorf("instruction %d is the last of its function and does not end it", b.last)
		case isJump:
			next = []int{n + 1, at(to)}
			b.kind, b.end = jumps, b.last
		default:
			next = []int{n + 1}
		}
		bs[n], g.Blocks[n] = b, flow.Block{Next: next}
	}
	p.eithers(bs, g)
	if _, nested := flow.Loops(g); nested {
		bs = countMayGotos(p, bs, g)
	}
	return bs, g, nil
}

// countMayGotos puts a block behind each may_goto that counts batches of rounds.
func countMayGotos(p *Program, bs []block, g *flow.Graph) []block {
	for n := range bs {
		if b := &bs[n]; b.kind == jumps && p.Insns[b.last].Op() == insn.JCOND {
			next := g.Blocks[n].Next
			bs = append(bs, block{start: b.last, end: b.last, kind: exhausts, last: b.last})
			g.Blocks = append(g.Blocks, flow.Block{Next: next})
			g.Blocks[n].Next = []int{next[0], len(bs) - 1}
		}
	}
	return bs
}

// width is how many places the instruction takes.
func (p *Program) width(pc int) int {
	if p.Insns[pc].IsLdImm64() {
		return 2
	}
	return 1
}

// target is where the jump at pc goes, if it is one; an exit goes nowhere.
func (p *Program) target(pc int) (to int, isJump bool) {
	in := &p.Insns[pc]
	switch c := in.Class(); {
	case c != insn.JMP && c != insn.JMP32, in.Op() == insn.CALL:
		return 0, false
	case c == insn.JMP32 && in.Op() == insn.JA:
		return pc + 1 + int(in.Imm), true
	}
	return pc + 1 + int(in.Off), true
}
