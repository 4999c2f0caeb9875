package liveness

import (
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// masks are sets of stack slots of one frame at one instruction. Bit i is the
// slot of the bytes fp-8(i+1) .. fp-8i-1.
type masks struct {
	reads  uint64 // may be read here
	writes uint64 // are written whenever this instruction runs
	// writesOn are written by this instruction or later in the function, on every way out.
	writesOn uint64
	live     uint64 // may be read here or later before they are written
}

// Flags of an instruction within one instance.
const (
	visited = 1 << iota // its writes were recorded at least once
	writing             // writes of some frame is not empty
)

// instance is a function as called along one chain of calls.
type instance struct {
	parent   *instance
	callsite int32 // instruction of the caller; its start for outermost functions
	subprog  int32
	depth    int32 // frame number
	start    int32 // first instruction of the function
	callees  []*instance
	mem      *scratch.Space

	frames [state.MAX_CALL_FRAMES][]masks // one an instruction; nil where nothing was recorded
	flags  []uint8                        // one an instruction

	// dirty are instructions whose reads or writes changed since the last update, by frame.
	dirty   [state.MAX_CALL_FRAMES][]int32
	changed bool
	// dropped has a bit for each frame in which writes shrank since the last update.
	dropped uint8
}

// Stack learns, while the walk goes on, which stack slots each instruction reads and
// surely writes, and answers which may still be read. What it knows is kept apart by
// the chain of calls that leads to an instruction.
//
// The walk brackets each instruction with Begin and Commit, reports accesses by
// MarkRead and MarkWrite, calls Leave when it enters a function, and Update when it
// returns from one or takes up another path. Queries are right for states all of whose
// paths were walked and followed by an Update. A nil Stack is told and learns nothing.
type Stack struct {
	g     *cfg.Graph
	roots []*instance // outermost functions, by subprogram
	cur   *instance   // of the current state, nil when not looked up yet
	all   []*instance
	spare []*instance // those of programs before

	// For updates; nil before the first.
	edges   edges
	pending bitset // postorder positions to be computed
	later   bitset // those of the next sweep

	writes    [state.MAX_CALL_FRAMES]uint64 // by the current instruction
	anyWrite  bool
	writeInsn int32

	query struct {
		at    [state.MAX_CALL_FRAMES]*instance
		depth uint32
		insn  int32
	}

	// Trace, if set, gets the kernel's level-2 lines about what changes, each with its line end.
	Trace func(format string, args ...any)
}

// NewStack returns an analysis that knows nothing yet. The graph's Order and marks must be there.
func NewStack(g *cfg.Graph) *Stack {
	s := new(Stack)
	s.Start(g)
	return s
}

// Start is NewStack in the place of an empty one.
func (s *Stack) Start(g *cfg.Graph) {
	s.g = g
	s.roots = slices.Grow(s.roots, len(g.Subprogs))[:len(g.Subprogs)]
}

// mostSpare bounds the instances that are kept.
const mostSpare = 64

// Recycle empties the analysis, and keeps memory for the next program.
func (s *Stack) Recycle() {
	spare := s.spare
	for _, n := range s.all[:min(len(s.all), max(mostSpare-len(spare), 0))] {
		n.recycle()
		spare = append(spare, n)
	}
	clear(s.roots)
	clear(s.all)
	*s = Stack{roots: s.roots[:0], all: s.all[:0], spare: spare}
}

// recycle empties an instance.
func (n *instance) recycle() {
	clear(n.callees)
	for i := range n.dirty {
		n.dirty[i] = n.dirty[i][:0]
	}
	*n = instance{callees: n.callees[:0], dirty: n.dirty}
}

func (s *Stack) newInstance(parent *instance, callsite int32, subprog uint32) *instance {
	var n *instance
	if last := len(s.spare) - 1; last >= 0 {
		n, s.spare = s.spare[last], s.spare[:last]
	} else {
		n = new(instance)
	}
	s.all = append(s.all, n)
	p := &s.g.Subprogs[subprog]
	n.parent, n.callsite, n.subprog, n.start = parent, callsite, int32(subprog), int32(p.Start)
	n.mem, n.flags = s.g.Mem, scratch.Make[uint8](s.g.Mem, p.End-p.Start)
	if parent != nil {
		n.depth = parent.depth + 1
		parent.callees = append(parent.callees, n)
	}
	return n
}

// lookup returns the instance for frame number frame of st.
func (s *Stack) lookup(st state.Chain, frame uint32) *instance {
	f := st.Call(0)
	n := s.roots[f.Subprog]
	if n == nil {
		n = s.newInstance(nil, int32(s.g.Subprogs[f.Subprog].Start), f.Subprog)
		s.roots[f.Subprog] = n
	}
	for i := uint32(1); i <= frame; i++ {
		f = st.Call(i)
		n = s.callee(n, f.Callsite, f.Subprog)
	}
	return n
}

func (s *Stack) callee(n *instance, callsite int32, subprog uint32) *instance {
	for _, c := range n.callees {
		if c.callsite == callsite && c.subprog == int32(subprog) {
			return c
		}
	}
	return s.newInstance(n, callsite, subprog)
}

// frame returns the masks of one frame, allocated if need be.
func (n *instance) frame(frame uint32) []masks {
	if n.frames[frame] == nil {
		n.frames[frame] = scratch.Make[masks](n.mem, len(n.flags))
	}
	return n.frames[frame]
}

// Leave makes the next Begin or MarkRead look up the function it is in anew.
func (s *Stack) Leave() {
	if s != nil {
		s.cur = nil
	}
}

// Begin starts recording the writes of instruction at in the current function of st.
func (s *Stack) Begin(st *state.State, at int) {
	if s == nil {
		return
	}
	if s.cur == nil {
		s.cur = s.lookup(st, st.CurFrame)
	}
	s.writeInsn = int32(at)
	if s.anyWrite {
		s.writes = [state.MAX_CALL_FRAMES]uint64{}
		s.anyWrite = false
	}
}

// MarkWrite records that the current instruction overwrites the slots of mask whole.
func (s *Stack) MarkWrite(frame uint32, mask uint64) {
	if s == nil {
		return
	}
	s.writes[frame] |= mask
	s.anyWrite = s.anyWrite || mask != 0
}

// MarkRead records that instruction at may read the slots of mask.
func (s *Stack) MarkRead(st *state.State, frame uint32, at int, mask uint64) {
	if s == nil {
		return
	}
	if s.cur == nil {
		s.cur = s.lookup(st, st.CurFrame)
	}
	s.cur.read(frame, int32(at), mask)
}

func (n *instance) read(frame uint32, at int32, mask uint64) {
	if mask == 0 {
		return
	}
	m := &n.frame(frame)[at-n.start]
	reads := m.reads | mask
	if reads == m.reads {
		return
	}
	m.reads = reads
	n.dirty[frame] = append(n.dirty[frame], at)
	if reads&^m.live != 0 {
		n.changed = true
	}
}

// Commit ends what Begin started. A slot counts as written by an instruction only if
// every visit to it wrote the slot.
func (s *Stack) Commit() {
	if s != nil && s.cur != nil {
		s.commit(s.cur)
	}
}

func (s *Stack) commit(n *instance) {
	at := int(s.writeInsn - n.start)
	if at < 0 || at >= len(n.flags) {
		return
	}
	flags := &n.flags[at]
	if s.anyWrite || *flags&writing != 0 {
		s.mergeWrites(n, flags)
	}
	*flags |= visited
}

func (s *Stack) mergeWrites(n *instance, flags *uint8) {
	at, first := s.writeInsn-n.start, *flags&visited == 0
	*flags &^= writing
	for frame := uint32(0); frame <= uint32(n.depth); frame++ {
		mask := s.writes[frame]
		if mask == 0 && n.frames[frame] == nil {
			continue
		}
		if !first && n.frames[frame] == nil {
			continue // earlier visits wrote nothing here
		}
		m := &n.frame(frame)[at]
		if !first {
			mask &= m.writes
		}
		if m.writes != mask {
			if m.writes&^mask != 0 {
				n.dropped |= 1 << frame
			}
			m.writes = mask
			n.changed = true
			n.dirty[frame] = append(n.dirty[frame], s.writeInsn)
		}
		if mask != 0 {
			*flags |= writing
		}
	}
}

// Update brings the answers for every function on the call chain of st up to date.
func (s *Stack) Update(st *state.State) {
	if s == nil {
		return
	}
	s.cur = nil
	n := s.lookup(st, st.CurFrame)
	for ; n != nil; n = n.parent {
		if n.changed {
			s.update(n)
			n.changed = false
			n.dropped = 0
		}
	}
}

func (s *Stack) update(n *instance) {
	if s.Trace != nil {
		s.updateTraced(n)
	} else {
		for frame := uint32(0); frame <= uint32(n.depth); frame++ {
			s.propagate(n, frame)
		}
	}
	for frame := range n.dirty {
		n.dirty[frame] = n.dirty[frame][:0]
	}
	if n.parent != nil {
		s.tellCaller(n)
	}
}

// tellCaller makes the call instruction read and write what the callee does to outer frames.
func (s *Stack) tellCaller(n *instance) {
	s.writes = [state.MAX_CALL_FRAMES]uint64{}
	s.anyWrite = false
	s.writeInsn = n.callsite
	for frame := uint32(0); frame < uint32(n.depth); frame++ {
		if n.frames[frame] == nil {
			continue
		}
		entry := &n.frames[frame][0]
		s.MarkWrite(frame, entry.writesOn)
		n.parent.read(frame, n.callsite, entry.live)
	}
	s.commit(n.parent)
}

// Query prepares Alive for the state.
func (s *Stack) Query(st state.Chain) {
	q, at := &s.query, st.Point()
	q.depth, q.insn = at.CurFrame, int32(at.InsnIdx)
	n := s.lookup(st, at.CurFrame)
	for i := int(at.CurFrame); i >= 0; i-- {
		q.at[i] = n
		n = n.parent
	}
}

// Alive returns the slots of a frame of the queried state that may still be read.
func (s *Stack) Alive(frame uint32) uint64 {
	q := &s.query
	live := q.at[q.depth].liveBefore(frame, q.insn)
	for i := frame; i < q.depth; i++ {
		at := q.at[i+1].callsite
		if s.g.Marks[at]&cfg.CallsCallback == 0 {
			at++
		}
		live |= q.at[i].liveBefore(frame, at)
	}
	return live
}

func (n *instance) liveBefore(frame uint32, at int32) uint64 {
	if n.frames[frame] == nil {
		return 0
	}
	return n.frames[frame][at-n.start].live
}

// chain is the calls that lead to the function, as the log shows them.
func (n *instance) chain() string {
	text := fmt.Sprintf("%d)", n.start)
	for ; n.parent != nil; n = n.parent {
		text = fmt.Sprintf("%d,%s", n.callsite, text)
	}
	return "(" + text
}
