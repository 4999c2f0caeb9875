package state

import (
	"unsafe"

	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

const slotBytes = int(unsafe.Sizeof(Slot{}))

// How much is allocated for parts of checkpoints at a time: more the more there are.
const minSlab, maxSlab = 1 << 10, 16 << 10

// cut takes a slice of n from a slab.
func cut[T any](p *Pool, slab *[]T, n int) []T {
	if n > len(*slab) {
		var t T
		p.slab = min(max(2*p.slab, minSlab), maxSlab)
		size := max(p.slab/int(unsafe.Sizeof(t)), n)
		*slab = make([]T, size)
		p.took(size * int(unsafe.Sizeof(t)))
	}
	out := (*slab)[:n:n]
	*slab = (*slab)[n:]
	return out
}

// Pool recycles states, frames and checkpoints within one verification, and, if it has few, for the next. The zero Pool is ready.
type Pool struct {
	// Budget bounds what the pool makes, nil for no bound.
	Budget *Budget
	// Scratch is what else a verification notes in.
	Scratch scratch.Space
	// Spent: the budget was exceeded when the pool last asked; Crowded: by what others hold, not by this pool alone.
	Spent, Crowded bool

	states      []*State
	frames      []*Frame
	checkpoints []*Checkpoint
	values      table // of all checkpoints

	// Parts of checkpoints that are made and not used yet.
	fresh  []Checkpoint
	kept   []kept
	stacks []value
	steps  []JmpHistory
	slab   int // bytes of the youngest

	made   int   // bytes in all
	held   int64 // bytes of the budget
	untold int   // bytes of which the budget doesn't know yet
}

// mostIdle is how many bytes a pool that waits for another verification may have.
const mostIdle = 1 << 20

// Open begins a verification, whose memory counts for the budget, nil for no bound.
func (p *Pool) Open(b *Budget) { p.Budget, p.untold = b, p.made }

// Close gives back what the pool holds of the budget. Nothing of it may be used after that. It reports whether the pool is small
// enough to wait for another verification, which it can serve if all states and checkpoints were taken back.
func (p *Pool) Close() bool {
	if p.Budget != nil {
		p.Budget.held.Add(-p.held)
	}
	p.Budget, p.held, p.Spent, p.Crowded = nil, 0, false, false
	p.Scratch.Reset()
	return p.made <= mostIdle
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
	*s = State{Common: s.emptied()}
	p.states = append(p.states, s)
}

// emptied is nothing known, with slices to be filled anew.
func (c *Common) emptied() Common {
	return Common{Refs: c.Refs[:0], History: c.History.emptied(), Marks: c.Marks[:0]}
}

// checkpoint returns a checkpoint whose fields are not defined, but for reusable Refs, History and frames.
func (p *Pool) checkpoint() *Checkpoint {
	if p.values.pool == nil {
		p.values.pool = p
		p.values.reset()
	}
	if n := len(p.checkpoints); n > 0 {
		c := p.checkpoints[n-1]
		p.checkpoints = p.checkpoints[:n-1]
		return c
	}
	c := &cut(p, &p.fresh, 1)[0]
	c.values = &p.values
	return c
}

// Discard takes a checkpoint back.
func (p *Pool) Discard(c *Checkpoint) {
	for i := range c.frames {
		k := &c.frames[i]
		for _, v := range k.regs {
			p.values.drop(v)
		}
		for _, v := range k.stack {
			p.values.drop(v)
		}
	}
	p.recycle(c)
}

func (p *Pool) recycle(c *Checkpoint) {
	*c = Checkpoint{Common: c.emptied(), frames: c.frames[:0], values: c.values}
	p.checkpoints = append(p.checkpoints, c)
}

// DiscardAll takes back the checkpoints of lists. There must be no others.
func (p *Pool) DiscardAll(lists []*Checkpoint) {
	for _, c := range lists {
		for c != nil {
			older := c.Older
			p.recycle(c)
			c = older
		}
	}
	if p.values.pool != nil {
		p.values.reset()
	}
}

// Trail returns how a path came to a state, without what it knows there.
func (p *Pool) Trail(c *Common) Common {
	t := *c
	t.Refs, t.Marks = nil, nil
	t.History.recent = refill(p, nil, c.History.recent)
	return t
}

// Copy makes dst equal to src, sharing nothing with it.
func (p *Pool) Copy(dst, src *State) {
	refs, steps, marks := dst.Refs, dst.History.recent, dst.Marks
	dst.Common = src.Common
	dst.Refs = refill(p, refs, src.Refs)
	dst.History.recent = refill(p, steps, src.History.recent)
	dst.Marks = refill(p, marks, src.Marks)
	for i := range dst.Frames {
		f := dst.Frames[i]
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
