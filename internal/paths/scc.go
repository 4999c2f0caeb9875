package paths

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/state"
)

// maxBackedgeRounds is when propagating marks around a loop gives up (MAX_BACKEDGE_ITERS).
const maxBackedgeRounds = 64

// components settle loops by the strongly connected components of the graph: the marks of a state in one are final when
// all paths below the first state of it are walked, and were carried around the loop.
type components struct {
	p      *Paths
	visits map[uint32][]*sccVisit
}

// callchain names one way into a loop: the calls that lead to the frame that is
// in a strongly connected component, and the component.
type callchain struct {
	callsites [state.MAX_CALL_FRAMES - 1]uint32
	scc       uint32
}

// sccVisit collects the paths that met a state they come from (back edges) while
// not all paths below the entry are walked. Only then are their marks final.
type sccVisit struct {
	chain     callchain
	entry     *state.Checkpoint
	backedges []backedge
}

// backedge is the end of a path that met a state it comes from.
type backedge struct {
	state.Common
	met *state.Checkpoint
}

// chainOf finds the outermost frame of st inside a loop; false if none is.
func (l *components) chainOf(st state.Chain) (callchain, bool) {
	var c callchain
	depth := st.Point().CurFrame
	for i := range depth + 1 {
		ip := state.IP(st, i)
		if scc := l.p.code.SCC[ip]; scc != 0 {
			c.scc = scc
			return c, true
		}
		if i < depth {
			c.callsites[i] = ip
		}
	}
	return c, false
}

func (l *components) visitOf(c *callchain) *sccVisit {
	for _, visit := range l.visits[c.scc] {
		if visit.chain == *c {
			return visit
		}
	}
	return nil
}

// Remembered makes a new checkpoint the entry of the loop it is in, if there is none yet.
func (l *components) Remembered(st *state.Checkpoint) {
	c, ok := l.chainOf(st)
	if !ok {
		return
	}
	visit := l.visitOf(&c)
	if visit == nil {
		if l.visits == nil {
			l.visits = map[uint32][]*sccVisit{}
		}
		visit = &sccVisit{chain: c}
		l.visits[c.scc] = append(l.visits[c.scc], visit)
	}
	if visit.entry == nil {
		visit.entry = st
		l.logSCC("enter", &c)
	}
}

// Forget drops what is known of all loops.
func (l *components) Forget() { l.visits = nil }

// Done settles the marks of a loop when everything below its entry is walked.
func (l *components) Done(st state.Chain) error {
	c, ok := l.chainOf(st)
	if !ok {
		return nil
	}
	visit := l.visitOf(&c)
	if visit == nil {
		return l.p.log.Bug("scc exit: no visit info for call chain %s", c.format())
	}
	if visit.entry == nil || visit.entry.Point() != st.Point() {
		return nil
	}
	l.logSCC("exit", &c)
	visit.entry = nil
	l.p.backedges -= len(visit.backedges)
	l.p.updatePeak()
	return l.propagate(visit)
}

// Met keeps how the current path came to old, inside a loop.
func (l *components) Met(old *state.Checkpoint, cur *state.Common) error {
	c, ok := l.chainOf(old)
	if !ok {
		return l.p.log.Bug("add backedge: no SCC in verification path, insn_idx %d", cur.InsnIdx)
	}
	visit := l.visitOf(&c)
	if visit == nil {
		return l.p.log.Bug("add backedge: no visit info for call chain %s", c.format())
	}
	l.logSCC("backedge", &c)
	visit.backedges = append(visit.backedges, backedge{l.p.Pool.Trail(cur), old})
	l.p.backedges++
	l.p.updatePeak()
	return nil
}

// Unsettled reports that st is in a loop whose back edges are not settled.
func (l *components) Unsettled(st *state.Checkpoint) bool {
	if l.p.backedges == 0 {
		return false
	}
	c, ok := l.chainOf(st)
	if !ok {
		return false
	}
	visit := l.visitOf(&c)
	return visit != nil && len(visit.backedges) > 0
}

// Keeps reports the same: marks are carried from states in such loops.
func (l *components) Keeps(st *state.Checkpoint) bool { return l.Unsettled(st) }

// propagate carries precision marks around the loop until nothing changes.
func (l *components) propagate(visit *sccVisit) error {
	for round := 0; ; round++ {
		if round > maxBackedgeRounds {
			for i := range visit.backedges {
				l.p.precision.ForceAll(&visit.backedges[i].Common)
			}
			break
		}
		changed := false
		for i := len(visit.backedges) - 1; i >= 0; i-- { // youngest first
			b := &visit.backedges[i]
			c, err := l.p.precision.Propagate(b.met, &b.Common)
			if err != nil {
				return err
			}
			changed = changed || c
		}
		if !changed {
			break
		}
	}
	clear(visit.backedges)
	visit.backedges = visit.backedges[:0]
	return nil
}

// format shows the calls that lead into a loop, and the loop's number.
func (c *callchain) format() string {
	var b strings.Builder
	b.WriteByte('(')
	for _, at := range c.callsites {
		if at == 0 {
			break
		}
		fmt.Fprintf(&b, "%d,", at)
	}
	fmt.Fprintf(&b, "%d)", c.scc)
	return b.String()
}

// logSCC logs, at level 2, that the walk enters or leaves a loop, or got back to its start.
func (l *components) logSCC(what string, c *callchain) {
	if l.p.log.Level > 1 {
		l.p.log.Printf("SCC %s %s\n", what, c.format())
	}
}
