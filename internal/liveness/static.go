package liveness

import (
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// halves is a set of half stack slots of one frame, of four bytes each. Half 2i is the one of slot i nearer to the
// frame pointer.
type halves [2]uint64

const maxHalves = 128

var allHalves = halves{^uint64(0), ^uint64(0)}

func (h halves) or(o halves) halves      { return halves{h[0] | o[0], h[1] | o[1]} }
func (h halves) and(o halves) halves     { return halves{h[0] & o[0], h[1] & o[1]} }
func (h halves) without(o halves) halves { return halves{h[0] &^ o[0], h[1] &^ o[1]} }

// span is the halves lo to hi.
func span(lo, hi int) (h halves) {
	for i := max(lo, 0); i <= hi && i < maxHalves; i++ {
		h[i>>6] |= 1 << (i & 63)
	}
	return h
}

// use is what one instruction does to the stack of one frame.
type use struct {
	reads  halves // may be read
	writes halves // are written
	live   halves // may be read here or later before they are written
}

// call is a function as called from one place at one depth, whose frames are those down to it.
type call struct {
	callsite, depth, subprog int
	start, end               int
	frames                   [state.MAX_CALL_FRAMES][]use // by instruction from start on; nil where nothing is used
	done                     bool
}

type callKey struct{ callsite, depth int }

// Static knows before the walk which stack slots may still be read, from following pointers to the stack through
// registers, slots and calls.
type Static struct {
	g      *cfg.Graph
	src    *StaticSource
	calls  map[callKey]*call
	outer  []*call // by function, as if it were the outermost
	budget int     // functions that may still be looked at
	// stacks are the pointers in stack slots at calls, for callees that load them.
	stacks map[int]*[maxSpills]track

	query struct {
		at       [state.MAX_CALL_FRAMES]*call
		callsite [state.MAX_CALL_FRAMES]int
		depth    int
		insn     int
	}
}

// StaticSource tells what the analysis must know of calls.
type StaticSource struct {
	// Global says that a function is verified on its own.
	Global func(subprog int) bool
	// Order are the functions, callees before callers.
	Order []int
	// Params is how many arguments the helper or kernel function called at i takes.
	Params func(i int) int
	// Access is how many bytes the call at i reads, or if negative writes, through argument arg (from 0); UnknownAccess
	// if that is not known.
	Access func(i, arg int) int64
	// Callback is the function that the helper called at i runs before it returns: the register of the caller that becomes
	// register to of the callback. subprog is negative if there is none, and from positive then, if there are several.
	Callback func(i int) (subprog, from, to int)
}

// UnknownAccess stands for a number of bytes that is not known.
const UnknownAccess = -1 << 63

// MaxCalls is how many functions are looked at before the analysis gives up.
const MaxCalls = 10000

// NewStatic analyses a program. ok is false if it is too complex.
func NewStatic(g *cfg.Graph, src *StaticSource) (s *Static, ok bool) {
	s = &Static{g: g, src: src, calls: map[callKey]*call{}, outer: make([]*call, len(g.Subprogs)), stacks: map[int]*[maxSpills]track{}, budget: MaxCalls}
	seen := make([]bool, len(g.Subprogs))
	var callsites [state.MAX_CALL_FRAMES]int
	for k := len(src.Order) - 1; k >= 0; k-- {
		sub := src.Order[k]
		if seen[sub] && !src.Global(sub) {
			continue
		}
		if !s.analyse(nil, s.call(nil, 0, sub), &callsites, seen) {
			return s, false
		}
	}
	s.stacks = nil
	return s, true
}

// call returns the function subprog as called from a place, at the depth below the caller.
func (s *Static) call(caller *call, callsite, subprog int) *call {
	p := &s.g.Subprogs[subprog]
	key := callKey{p.Start, 0}
	if caller != nil {
		key = callKey{callsite, caller.depth + 1}
	}
	c := s.calls[key]
	if c == nil {
		c = &call{callsite: key.callsite, depth: key.depth, subprog: subprog, start: p.Start, end: p.End}
		s.calls[key] = c
		if caller == nil {
			s.outer[subprog] = c
		}
	}
	return c
}

func (c *call) use(frame, at int) *use {
	if c.frames[frame] == nil {
		c.frames[frame] = make([]use, c.end-c.start)
	}
	return &c.frames[frame][at-c.start]
}

func (c *call) read(frame, at int, h halves) {
	u := c.use(frame, at)
	u.reads = u.reads.or(h)
}

func (c *call) liveBefore(frame, at int) halves {
	if c.frames[frame] == nil {
		return halves{}
	}
	return c.frames[frame][at-c.start].live
}

// analyse looks at a function that gets the pointers args, and at what it calls with pointers to the stack.
func (s *Static) analyse(args *args, c *call, callsites *[state.MAX_CALL_FRAMES]int, seen []bool) bool {
	if s.budget--; s.budget < 0 {
		return false
	}
	seen[c.subprog] = true
	// What is found on another way to the same call is merged, so it is kept apart at first.
	into := c
	if c.done {
		fresh := *c
		fresh.frames, fresh.done = [state.MAX_CALL_FRAMES][]use{}, false
		c = &fresh
	}
	f := s.follow(c, args, callsites)
	for _, at := range s.g.SubprogOrder(c.subprog) {
		if !s.analyseCallee(c, int(at), f, callsites, seen) {
			return false
		}
	}
	if into != c {
		into.merge(c)
	}
	s.settle(into)
	return true
}

// analyseCallee looks at the function that an instruction calls.
func (s *Static) analyseCallee(c *call, at int, f *flow, callsites *[state.MAX_CALL_FRAMES]int, seen []bool) bool {
	in := &s.g.Insns[at]
	regs := &f.in[at-c.start]
	var a args
	callee := -1
	switch {
	case in.IsPseudoCall():
		if callee = s.g.Find(at + int(in.Imm) + 1); callee < 0 {
			return true
		}
		copy(a[insn.R1:insn.R6], regs[insn.R1:insn.R6])
	case s.g.Marks[at]&cfg.CallsCallback != 0:
		sub, from, to := s.src.Callback(at)
		if sub < 0 {
			if from > 0 && regs[from].frame != noFrame {
				for frame := 0; frame <= c.depth; frame++ {
					c.read(frame, at, allHalves)
				}
			}
			return true
		}
		callee = sub
		for r := range a {
			a[r] = none
		}
		a[to] = regs[from]
	default:
		return true
	}
	if !a.anyPointer() {
		return true
	}
	if c.depth == state.MAX_CALL_FRAMES-1 {
		return false
	}
	to := s.call(c, at, callee)
	callsites[c.depth] = at
	if !s.analyse(&a, to, callsites, seen) {
		return false
	}
	for frame := 0; frame < to.depth; frame++ {
		if to.frames[frame] != nil {
			c.read(frame, at, to.frames[frame][0].live)
		}
	}
	return true
}

// merge adds what another way to the same call found: reads of either, writes of both.
func (c *call) merge(o *call) {
	for frame := 0; frame <= c.depth; frame++ {
		was, is := c.frames[frame], o.frames[frame]
		switch {
		case is == nil:
			for i := range was {
				was[i].writes = halves{}
			}
		case was == nil:
			c.frames[frame] = is
			for i := range is {
				is[i].writes = halves{}
			}
		default:
			for i := range was {
				was[i].reads = was[i].reads.or(is[i].reads)
				was[i].writes = was[i].writes.and(is[i].writes)
			}
		}
	}
}

// settle works out what is live before each instruction.
func (s *Static) settle(c *call) {
	c.done = true
	order := s.g.SubprogOrder(c.subprog)
	for changed := true; changed; {
		changed = false
		for frame := 0; frame <= c.depth; frame++ {
			if c.frames[frame] == nil {
				continue
			}
			for _, at := range order {
				to := s.g.Successors(int(at))
				if len(to) == 0 {
					continue
				}
				var after halves
				for _, w := range to {
					after = after.or(c.liveBefore(frame, int(w)))
				}
				u := c.use(frame, int(at))
				if live := after.without(u.writes).or(u.reads); live != u.live {
					u.live, changed = live, true
				}
			}
		}
	}
}

// Query prepares Alive for the state.
func (s *Static) Query(st *state.State) {
	q := &s.query
	q.depth, q.insn = int(st.CurFrame), int(st.InsnIdx)
	for i := range q.depth + 1 {
		q.at[i] = s.lookup(st, i)
		if i < q.depth {
			q.callsite[i] = int(st.Frames[i+1].Callsite)
		}
	}
}

// lookup finds the call that frame i of a state is in. A function that gets no pointers to the stack was looked at on
// its own, as if it were the outermost.
func (s *Static) lookup(st *state.State, i int) *call {
	f := st.Frames[i]
	for depth := i; depth > 0; depth-- {
		if c := s.calls[callKey{int(f.Callsite), depth}]; c != nil {
			return c
		}
	}
	return s.outer[f.Subprog]
}

// Alive returns the halves of the slots of a frame of the queried state that may still be read: two bits a slot, the lower
// for the half nearer to the frame pointer.
func (s *Static) Alive(frame int) [2]uint64 {
	q := &s.query
	cur := q.at[q.depth]
	if cur == nil {
		return allHalves
	}
	var live halves
	if rel := frame + cur.depth - q.depth; rel >= 0 && rel <= cur.depth {
		live = cur.liveBefore(rel, q.insn)
	}
	for i := frame; i < q.depth; i++ {
		c := q.at[i]
		if c == nil {
			return allHalves
		}
		rel := frame + c.depth - i
		if rel > c.depth || rel < 0 {
			return allHalves
		}
		at := q.callsite[i]
		if s.g.Marks[at]&cfg.CallsCallback == 0 {
			at++
		}
		live = live.or(c.liveBefore(rel, at))
	}
	return live
}
