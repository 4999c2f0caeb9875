package paths

import (
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// entries settle loops by their entries: a state that is covered by one on its own path is in a loop that begins there, and
// so is what leads to it. Marks are final when all paths from the outermost entry are walked.
type entries struct {
	p    *Paths
	used map[*state.Checkpoint]bool // as an entry: they are kept
}

// entryOf finds the outermost entry of the loops that a state is in, nil for none, and remembers it on the way.
func entryOf(c *state.Common) *state.Checkpoint {
	top := c.LoopEntry
	for top != nil && top.LoopEntry != nil && top != top.LoopEntry {
		top = top.LoopEntry
	}
	for c.LoopEntry != top {
		next := c.LoopEntry
		c.LoopEntry = top
		if next == nil {
			break
		}
		c = &next.Common
	}
	return top
}

// enter makes entry that of the loop which c is in, unless the loop is done, or begins later than one that c is known to be in.
func (l *entries) enter(c *state.Common, entry *state.Checkpoint) {
	own, outer := c, &entry.Common
	if e := entryOf(c); e != nil {
		own = &e.Common
	}
	if e := entryOf(&entry.Common); e != nil {
		outer = &e.Common
	}
	if outer.Branches > 0 && outer.DFSDepth <= own.DFSDepth {
		c.LoopEntry = entry
		if l.used == nil {
			l.used = map[*state.Checkpoint]bool{}
		}
		l.used[entry] = true
	}
}

// Remembered has nothing to note.
func (l *entries) Remembered(*state.Checkpoint) {}

// Met notes the loop that is closed. A callback's rounds are none.
func (l *entries) Met(old *state.Checkpoint, cur *state.Common) error {
	switch {
	case old.Branches == 0:
		l.enter(cur, entryOf(&old.Common))
	case !l.p.code.Has(int(old.InsnIdx), cfg.CallsCallback):
		l.enter(cur, old)
	}
	return nil
}

// Done tells the state before st of the loop that st turned out to be in.
func (l *entries) Done(st state.Chain) error {
	if c := st.Point(); c.Parent != nil && c.LoopEntry != nil {
		l.enter(&c.Parent.Common, c.LoopEntry)
	}
	return nil
}

// Unsettled reports that st is in a loop from whose entry not all paths are walked.
func (l *entries) Unsettled(st *state.Checkpoint) bool {
	e := entryOf(&st.Common)
	return e != nil && e.Branches > 0
}

// Keeps reports that st may still be asked for, or, on older kernels, that its marks were not final when it left its list.
func (l *entries) Keeps(st *state.Checkpoint) bool {
	return l.used[st] || !st.Cleaned && !l.p.Kernel.Has(kmodel.StatesFreed)
}

// Forget drops what is known of all loops.
func (l *entries) Forget() { l.used = nil }
