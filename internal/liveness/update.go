package liveness

import (
	"math/bits"
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(g *cfg.Graph) bitset { return scratch.Make[uint64](g.Mem, (len(g.Postorder)+63)/64) }

func (b bitset) add(i int32) { b[i>>6] |= 1 << (i & 63) }

// edges are the ways back in the graph, by postorder position.
type edges struct {
	first []int32 // predecessors of position p: preds[first[p]:first[p+1]]
	preds []int32 // as positions
}

func newEdges(g *cfg.Graph) edges {
	first := scratch.Make[int32](g.Mem, len(g.Postorder)+2)
	for _, i := range g.Postorder {
		for _, w := range g.Successors(int(i)) {
			first[g.Position[w]+2]++
		}
	}
	for p := 2; p < len(first); p++ {
		first[p] += first[p-1]
	}
	preds := scratch.Make[int32](g.Mem, int(first[len(first)-1]))
	for p, i := range g.Postorder {
		for _, w := range g.Successors(int(i)) {
			slot := &first[g.Position[w]+1]
			preds[*slot] = int32(p)
			*slot++
		}
	}
	return edges{first, preds}
}

// flow computes one instruction's masks from those of its successors. An
// instruction without successors keeps what it has.
func (s *Stack) flow(n *instance, m []masks, i int32) (live, writesOn uint64) {
	at, to := &m[i-n.start], s.g.Successors(int(i))
	if len(to) == 0 {
		return at.live, at.writesOn
	}
	next := &m[to[0]-n.start]
	live, writesOn = next.live, next.writesOn
	for _, w := range to[1:] {
		next = &m[w-n.start]
		live |= next.live
		writesOn &= next.writesOn
	}
	return live&^at.writes | at.reads, writesOn | at.writes
}

// propagate recomputes live and writesOn of one frame. It sweeps over the function in
// postorder until nothing changes, visiting only instructions whose inputs changed:
// the others would come out the same. Around loops the result depends on where the
// sweeps start and in which order they go, so both are as in the kernel.
func (s *Stack) propagate(n *instance, frame uint32) {
	m := n.frames[frame]
	if m == nil {
		return
	}
	if s.pending == nil {
		s.edges, s.pending, s.later = newEdges(s.g), newBitset(s.g), newBitset(s.g)
	}
	order := s.g.SubprogOrder(int(n.subprog))
	from := s.g.Subprogs[n.subprog].PostorderStart
	if n.dropped>>frame&1 != 0 {
		for i := range m {
			m[i].writesOn = 0
		}
		for p := range order {
			s.pending.add(int32(from + p))
		}
	} else {
		for _, i := range n.dirty[frame] {
			s.pending.add(s.g.Position[i])
		}
	}
	for s.sweep(n, m, from, from+len(order)) {
		s.pending, s.later = s.later, s.pending
	}
}

// sweep computes the pending positions in [from, to) in order, and reports whether
// another sweep is needed. It leaves pending empty.
func (s *Stack) sweep(n *instance, m []masks, from, to int) bool {
	e, again := &s.edges, false
	for w := from >> 6; w < (to+63)>>6; w++ {
		for s.pending[w] != 0 {
			p := int32(w<<6 + bits.TrailingZeros64(s.pending[w]))
			s.pending[w] &= s.pending[w] - 1
			i := s.g.Postorder[p]
			at := &m[i-n.start]
			live, writesOn := s.flow(n, m, i)
			if live == at.live && writesOn == at.writesOn {
				continue
			}
			at.live, at.writesOn = live, writesOn
			for _, q := range e.preds[e.first[p]:e.first[p+1]] {
				if q > p {
					s.pending.add(q)
				} else {
					s.later.add(q)
					again = true
				}
			}
		}
	}
	return again
}

// updateTraced is propagate for all frames with full sweeps, telling each change as the kernel does.
func (s *Stack) updateTraced(n *instance) {
	order := s.g.SubprogOrder(int(n.subprog))
	if n.dropped != 0 {
		for _, m := range n.frames {
			for i := range m {
				m[i].writesOn = 0
			}
		}
	}
	rounds := 0
	for changed := true; changed; {
		changed = false
		rounds++
		for frame, m := range n.frames {
			if m == nil {
				continue
			}
			for _, i := range order {
				at := &m[i-n.start]
				live, writesOn := s.flow(n, m, i)
				if live == at.live && writesOn == at.writesOn {
					continue
				}
				changed = true
				if at.reads != 0 || at.writes != 0 || i == n.start || s.g.Marks[i]&cfg.PrunePoint != 0 {
					s.traceChange(n, "live", frame, i, at.live, live)
					s.traceChange(n, "written", frame, i, at.writesOn, writesOn)
				}
				at.live, at.writesOn = live, writesOn
			}
		}
	}
	s.Trace("%s live stack update done in %d iterations\n", n.chain(), rounds)
}

func (s *Stack) traceChange(n *instance, what string, frame int, i int32, old, now uint64) {
	if old == now {
		return
	}
	text := ""
	if more := now &^ old; more != 0 {
		text = "+" + what + " " + SlotNames(more) + " "
	}
	if less := old &^ now; less != 0 {
		text += "-" + what + " " + SlotNames(less)
	}
	s.Trace("%s frame %d insn %d %s\n", n.chain(), frame, i, text)
}

// SlotNames lists the slots of a mask by the frame-pointer offsets of their lowest bytes: "-8,-24".
func SlotNames(mask uint64) string {
	var b []byte
	for ; mask != 0; mask &= mask - 1 {
		if b != nil {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, -8*int64(bits.TrailingZeros64(mask)+1), 10)
	}
	return string(b)
}
