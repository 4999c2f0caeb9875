package machine

// A CPU's stack is one object of maxFrames frames, with a gap between them. A frame's memory has a generation
// of its own and gets another when its function returns, so that what still points there is found.

// newStack allocates a CPU's stack. No frame is open.
func (m *memory) newStack(name string) (*block, error) {
	o, err := m.alloc(maxFrames*frameStride, name, place{})
	if err != nil {
		return nil, err
	}
	o.stack = true
	for i := range maxFrames {
		m.closeFrame(o, i)
	}
	return o, nil
}

// frameGranules is where the shadow of a frame is. Stacks grow downwards: the outermost frame lies highest.
func (m *memory) frameGranules(stack *block, depth int) []uint32 {
	start := (uint32(stack.addr) + uint32((maxFrames-1-depth)*frameStride)) >> granuleShift
	return m.shadow[start : start+frameSize>>granuleShift]
}

// openFrame makes a frame valid and returns its upper end, which is the function's r10.
func (m *memory) openFrame(stack *block, depth int) uint64 {
	g := m.frameGranules(stack, depth)
	word := g[0] | shadowPlain
	for i := range g {
		g[i] = word
	}
	return m.frameAddr(stack, depth)
}

// frameAddr is the upper end of an open frame.
func (m *memory) frameAddr(stack *block, depth int) uint64 {
	end := uint32(stack.addr) + uint32((maxFrames-1-depth)*frameStride) + frameSize
	return uint64(m.frameGranules(stack, depth)[0])<<32 | uint64(end)
}

// closeFrame makes a frame invalid, and pointers into it stale.
func (m *memory) closeFrame(stack *block, depth int) {
	g := m.frameGranules(stack, depth)
	word := (g[0] + 1) & shadowGen
	if word == shadowGen {
		word = 1
	}
	for i := range g {
		g[i] = word
	}
}
