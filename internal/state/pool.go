package state

// Pool recycles states and frames within one verification. The zero Pool is ready.
type Pool struct {
	states []*State
	frames []*Frame
}

// State returns an empty state.
func (p *Pool) State() *State {
	if n := len(p.states); n > 0 {
		s := p.states[n-1]
		p.states = p.states[:n-1]
		return s
	}
	return &State{}
}

// Frame returns a frame whose fields are not defined, but for a reusable Stack of length 0.
func (p *Pool) Frame() *Frame {
	if n := len(p.frames); n > 0 {
		f := p.frames[n-1]
		p.frames = p.frames[:n-1]
		return f
	}
	return &Frame{}
}

// FreeFrame takes a frame back.
func (p *Pool) FreeFrame(f *Frame) {
	f.Stack = f.Stack[:0]
	p.frames = append(p.frames, f)
}

// Free takes a state and its frames back.
func (p *Pool) Free(s *State) {
	for i := range s.Frames {
		if f := s.Frames[i]; f != nil {
			p.FreeFrame(f)
		}
	}
	*s = State{Refs: s.Refs[:0], History: s.History[:0]}
	p.states = append(p.states, s)
}

// Copy makes dst equal to src, sharing nothing with it.
func (p *Pool) Copy(dst, src *State) {
	frames, refs, hist := dst.Frames, dst.Refs[:0], dst.History[:0]
	*dst = *src
	dst.Refs = append(refs, src.Refs...)
	dst.History = append(hist, src.History...)
	dst.MissCnt, dst.HitCnt, dst.Evicted = 0, 0, false
	for i := range frames {
		f := frames[i]
		if uint32(i) > src.CurFrame {
			if f != nil {
				p.FreeFrame(f)
			}
			dst.Frames[i] = nil
			continue
		}
		if f == nil {
			f = p.Frame()
		}
		copyFrame(f, src.Frames[i])
		dst.Frames[i] = f
	}
}

func copyFrame(dst, src *Frame) {
	stack := append(dst.Stack[:0], src.Stack...)
	*dst = *src
	dst.Stack = stack
}
