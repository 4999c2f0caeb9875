package state

import "unsafe"

// Pool recycles states and frames within one verification. The zero Pool is ready.
type Pool struct {
	// Budget bounds what the pool makes, nil for no bound.
	Budget *Budget
	// Spent: the budget was exceeded when the pool last asked; Crowded: by what others hold, not by this pool alone.
	Spent, Crowded bool

	states []*State
	frames []*Frame
	held   int64 // bytes of the budget
	untold int   // bytes of which the budget doesn't know yet
}

// State returns an empty state.
func (p *Pool) State() *State {
	if n := len(p.states); n > 0 {
		s := p.states[n-1]
		p.states = p.states[:n-1]
		return s
	}
	p.took(int(unsafe.Sizeof(State{})))
	return &State{}
}

// Frame returns a frame whose fields are not defined, but for a reusable Stack of length 0.
func (p *Pool) Frame() *Frame {
	if n := len(p.frames); n > 0 {
		f := p.frames[n-1]
		p.frames = p.frames[:n-1]
		return f
	}
	p.took(int(unsafe.Sizeof(Frame{})))
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
	frames, refs, hist := dst.Frames, dst.Refs, dst.History
	*dst = *src
	dst.Refs = refill(p, refs, src.Refs)
	dst.History = refill(p, hist, src.History)
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
		p.copyFrame(f, src.Frames[i])
		dst.Frames[i] = f
	}
}

func (p *Pool) copyFrame(dst, src *Frame) {
	stack := refill(p, dst.Stack, src.Stack)
	*dst = *src
	dst.Stack = stack
}

// refill returns a copy of src, in the place of dst if it fits there.
func refill[T any](p *Pool, dst, src []T) []T {
	out := append(dst[:0], src...)
	if n := cap(out) - cap(dst); n > 0 {
		var t T
		p.took(n * int(unsafe.Sizeof(t)))
	}
	return out
}
