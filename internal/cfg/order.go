package cfg

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// Order fills Postorder, each subprogram's place in it, and what can follow each instruction. Every instruction
// must be reachable, as Explore makes sure.
func (g *Graph) Order() {
	const unseen, seen, expanded = 0, -1, -2 // for now, in the place of positions
	pos := scratch.Make[int32](g.Mem, len(g.Insns))
	stack := scratch.Make[int32](g.Mem, len(g.Insns))
	order := scratch.Make[int32](g.Mem, len(g.Insns))[:0]
	g.next = scratch.Make[next](g.Mem, len(g.Insns))
	for i := range g.next {
		g.next[i] = g.successors(i)
	}
	g.Backward = false
	for n := range g.Subprogs {
		s := &g.Subprogs[n]
		s.PostorderStart = len(order)
		pos[s.Start] = seen
		stack = append(stack[:0], int32(s.Start))
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if pos[top] == seen {
				pos[top] = expanded
				for _, w := range g.Successors(int(top)) {
					if pos[w] == unseen {
						pos[w] = seen
						stack = append(stack, w)
					}
				}
				continue
			}
			for _, w := range g.Successors(int(top)) {
				g.Backward = g.Backward || pos[w] < 0
			}
			order = append(order, top)
			pos[top] = int32(len(order))
			stack = stack[:len(stack)-1]
		}
	}
	for i := range pos {
		g.Backward = g.Backward || pos[i] == unseen && g.Insns[i].Code != 0
		pos[i]-- // they were counted from 1
	}
	g.Postorder, g.Position = order, pos
}

// SubprogOrder returns the instructions of subprogram n in postorder.
func (g *Graph) SubprogOrder(n int) []int32 {
	end := len(g.Postorder)
	if n+1 < len(g.Subprogs) {
		end = g.Subprogs[n+1].PostorderStart
	}
	return g.Postorder[g.Subprogs[n].PostorderStart:end]
}

// Components fills SCC by Tarjan's algorithm, without recursion. An instruction alone
// counts as a loop when it jumps to itself, with callbacks also when it runs a callback again and again. Numbers are given in the
// order in which loops are completed, as the log shows them.
func (g *Graph) Components(callbacks bool) {
	const offStack = ^uint32(0)
	g.SCCs = 1
	if !g.Backward && !callbacks {
		return
	}
	n := len(g.Insns)
	number, low := scratch.Make[uint32](g.Mem, n), scratch.Make[uint32](g.Mem, n)
	open, path := scratch.Make[int32](g.Mem, n), scratch.Make[int32](g.Mem, n)
	next := uint32(1)
	for root := range g.Insns {
		if number[root] != 0 {
			continue
		}
		open, path = open[:0], append(path[:0], int32(root))
	descend:
		for len(path) > 0 {
			w := path[len(path)-1]
			if number[w] == 0 {
				number[w], low[w] = next, next
				next++
				open = append(open, w)
			}
			loop := open[len(open)-1] != w || callbacks && g.Marks[w]&CallsCallback != 0
			for _, s := range g.Successors(int(w)) {
				if number[s] == 0 {
					path = append(path, s)
					continue descend
				}
				low[w] = min(low[w], low[s])
				loop = loop || s == w
			}
			path = path[:len(path)-1]
			if low[w] < number[w] {
				continue
			}
			for {
				t := open[len(open)-1]
				open = open[:len(open)-1]
				low[t] = offStack
				if loop {
					g.SCC[t] = g.SCCs
				}
				if t == w {
					break
				}
			}
			if loop {
				g.SCCs++
			}
		}
	}
}

// Fastcall finds calls wrapped in spills and fills of registers they would clobber:
// compilers emit those for calls that newer kernels know to keep registers. The spills
// lie below all other stack, at offsets each used by one pair.
func (g *Graph) Fastcall() {
	for n := range g.Subprogs {
		s := &g.Subprogs[n]
		lowest := int16(0)
		for i := s.Start; i < s.End; i++ {
			if in := &g.Insns[i]; isSpill(in) {
				lowest = min(lowest, in.Off)
			}
		}
		for i := s.Start; i < s.End; i++ {
			if g.Insns[i].Code == insn.JMP|insn.CALL {
				g.fastcallAt(s, i, lowest)
			}
		}
	}
}

func isSpill(in *insn.Insn) bool {
	return in.Code == insn.STX|insn.MEM|insn.DW && in.Dst == insn.FP
}

func isFill(in *insn.Insn) bool {
	return in.Code == insn.LDX|insn.MEM|insn.DW && in.Src == insn.FP
}

// callerSaved are the registers a call may clobber, r0 to r5.
const callerSaved = 1<<6 - 1

// clobbered are the registers a call with this prototype uses and overwrites.
func (c *Call) clobbered() uint16 {
	m := uint16(1)<<(c.Params+1) - 1
	if c.Void {
		m &^= 1
	}
	return m
}

func (g *Graph) fastcallAt(s *Subprog, call int, lowest int16) {
	in := &g.Insns[call]
	if in.Src == insn.PSEUDO_CALL {
		return
	}
	c := g.Called(call)
	if !c.Known {
		return
	}
	spare := ^c.clobbered() & callerSaved
	pairs, off := 0, lowest
	for i := 1; i <= 6 && call-i >= 0 && call+i < len(g.Insns); i++ {
		spill, fill := &g.Insns[call-i], &g.Insns[call+i]
		if !isSpill(spill) || !isFill(fill) || spill.Src != fill.Dst ||
			spare&(1<<spill.Src) == 0 || spill.Off != off || fill.Off != off {
			break
		}
		spare &^= 1 << spill.Src
		g.Marks[call-i] |= FastcallPattern
		g.Marks[call+i] |= FastcallPattern
		pairs++
		off += 8
	}
	if pairs == 0 {
		return
	}
	if c.Fastcall {
		g.FastcallSpills[call] = uint8(pairs)
	} else {
		s.KeepFastcall = true
	}
	s.FastcallOff = min(s.FastcallOff, int(off))
}
