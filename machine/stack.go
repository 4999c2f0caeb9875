package machine

import "github.com/bpfverdict/bpfverdict/internal/insn"

// A CPU's stack is one block of maxFrames frames, with a gap between them. A frame's memory has a generation of its own
// and gets another when its function returns, so that what still points there is found.

// newStack allocates a CPU's stack.
func (m *memory) newStack(name string) (*block, error) {
	o, err := m.alloc(maxFrames*frameStride, name, place{})
	if err != nil {
		return nil, err
	}
	o.stack = true
	clear(m.shadow[uint32(o.addr)>>granuleShift:][:maxFrames*frameStride>>granuleShift])
	for i := range maxFrames {
		m.stampFrame(o, i, firstGen(uint32(i)*frameStride+1))
	}
	return o, nil
}

// frameStart is where a frame lies. Stacks grow downwards: the outermost frame lies highest.
func frameStart(stack *block, depth int) uint32 {
	return uint32(stack.addr) + uint32((maxFrames-1-depth)*frameStride)
}

// frameAddr is the upper end of a frame: r10 of the function.
func (m *memory) frameAddr(stack *block, depth int) uint64 {
	start := frameStart(stack, depth)
	return uint64(m.shadow[start>>granuleShift])<<32 | uint64(start+frameSize)
}

// renewFrame makes pointers into a frame stale.
func (m *memory) renewFrame(stack *block, depth int) {
	gen := m.shadow[frameStart(stack, depth)>>granuleShift] + 1
	m.stampFrame(stack, depth, gen&shadowGen)
}

func (m *memory) stampFrame(stack *block, depth int, gen uint32) {
	if gen == 0 || gen == shadowGen {
		gen = 1
	}
	g := m.shadow[frameStart(stack, depth)>>granuleShift:][:frameSize>>granuleShift]
	for i := range g {
		g[i] = shadowPlain | gen
	}
}

// findLeaks finds out for each instruction that a function begins at whether the function may put an address of its
// stack somewhere. The stack of one that does not needs no new generation when it returns.
func (p *Program) findLeaks(insns []insn.Insn) {
	p.leaks = make([]bool, len(p.ops))
	start := functionStarts(insns)
	stray := false // some function runs into another, as only unverified ones do
	for i := range insns {
		in := &insns[i]
		if i > 0 && start[i] == i && !endsFlow(&insns[i-1]) {
			stray = true
		}
		leaks := false
		switch in.Class() {
		case insn.ALU, insn.ALU64:
			leaks = in.Src == insn.FP || in.Dst == insn.FP
		case insn.ST, insn.STX:
			leaks = in.Src == insn.FP
		case insn.JMP, insn.JMP32:
			stray = stray || !staysIn(insns, start, i)
		}
		if leaks {
			p.leaks[start[i]] = true
		}
	}
	if stray {
		for i := range p.leaks {
			p.leaks[i] = true
		}
	}
}

// functionStarts gives for each instruction where its function begins.
func functionStarts(insns []insn.Insn) []int {
	begins := make([]bool, len(insns))
	for i := range insns {
		if in := &insns[i]; in.IsPseudoCall() || in.IsPseudoFunc() {
			if to := i + 1 + int(in.Imm); to >= 0 && to < len(insns) {
				begins[to] = true
			}
		}
	}
	out := make([]int, len(insns))
	at := 0
	for i := range out {
		if begins[i] {
			at = i
		}
		out[i] = at
	}
	return out
}

// staysIn reports that a jump leads to its own function.
func staysIn(insns []insn.Insn, start []int, i int) bool {
	in := &insns[i]
	to := i + 1 + int(in.Off)
	switch {
	case in.Op() == insn.CALL, in.Op() == insn.EXIT:
		return true
	case in.Code == insn.JMP32|insn.JA:
		to = i + 1 + int(in.Imm)
	}
	return to >= 0 && to < len(insns) && start[to] == start[i]
}

// endsFlow reports an instruction behind which nothing goes on.
func endsFlow(in *insn.Insn) bool {
	return in.Code == insn.JMP|insn.EXIT || in.Code == insn.JMP|insn.JA || in.Code == insn.JMP32|insn.JA
}
