// Package precision finds out which scalars a decision rested on, by walking back over the instructions that led
// there, and marks them precise in the states that were remembered on the way.
package precision

import (
	"errors"
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Tracker walks back over a program. It serves one verification.
type Tracker struct {
	log    *vlog.Printer
	prog   *program.Program
	rules  kdata.PrecisionRules
	kernel *kmodel.Model // is asked where it decides
	wanted wanted
	entry  bool // the last step of the history is about the current instruction
	// touches has the registers, as bits, each of which makes an instruction matter if it is wanted; see concerns.
	touches []uint16
}

// New returns a tracker over a program that goes back as kernel k does.
func New(p *vlog.Printer, prog *program.Program, k *kmodel.Model) *Tracker {
	t := new(Tracker)
	t.Start(p, prog, k)
	return t
}

// Start is New in the place of another tracker.
func (t *Tracker) Start(p *vlog.Printer, prog *program.Program, k *kmodel.Model) {
	*t = Tracker{log: p, prog: prog, rules: k.Precision(), kernel: k, touches: scratch.Make[uint16](prog.Mem, len(prog.Image.Insns))}
	for i := range t.touches {
		t.touches[i] = touchedBy(&prog.Image.Insns[i])
	}
}

// argRegs is the mask of r1-r5.
const argRegs = 0x3e

// wanted is the set of registers and stack slots, by frame, whose origin is
// looked for on the way back.
type wanted struct {
	frame int
	regs  [state.MAX_CALL_FRAMES]uint32
	slots [state.MAX_CALL_FRAMES]uint64
}

func (b *wanted) empty() bool {
	for i := 0; i <= b.frame; i++ {
		if b.regs[i] != 0 || b.slots[i] != 0 {
			return false
		}
	}
	return true
}

func (b *wanted) reset()           { *b = wanted{} }
func (b *wanted) set(r uint8)      { b.regs[b.frame] |= 1 << r }
func (b *wanted) clear(r uint8)    { b.regs[b.frame] &^= 1 << r }
func (b *wanted) has(r uint8) bool { return b.regs[b.frame]&(1<<r) != 0 }

// MarkReg marks a register of st's current frame precise in the states it comes from (mark_chain_precision).
func (t *Tracker) MarkReg(st *state.State, regno int) error {
	if st.Cur().Regs[regno].Type != abi.SCALAR_VALUE {
		return t.log.Bug("backtracking misuse")
	}
	if t.oneFrame() {
		return t.markInFrame(st, int(st.CurFrame), 1<<regno, 0)
	}
	t.wanted.regs[st.CurFrame] |= 1 << regno
	_, err := t.markChain(&st.Common)
	return err
}

// MarkSlots marks what is spilled in stack slots, a bit each, precise in the states it comes from.
func (t *Tracker) MarkSlots(st *state.State, frame uint32, slots uint64) error {
	if t.oneFrame() {
		return t.markInFrame(st, int(frame), 0, slots)
	}
	t.wanted.slots[frame] |= slots
	_, err := t.markChain(&st.Common)
	return err
}

// Propagate makes cur's ancestors precise where old, which covers cur, is.
func (t *Tracker) Propagate(old *state.Checkpoint, cur *state.Common) (changed bool, err error) {
	w := &t.wanted
	for fr := int(old.CurFrame); fr >= 0; fr-- {
		regs, slots := old.Precise(uint32(fr))
		if len(old.Marks) > 0 {
			read := &old.Marks[fr].Read
			if regs&^uint32(read.Regs) != 0 || slots&^read.Slots != 0 {
				t.kernel.Liveness()
			}
			regs, slots = regs&uint32(read.Regs), slots&read.Slots
		}
		w.regs[fr] |= regs
		w.slots[fr] |= slots
		t.tracePropagating(fr)
	}
	return t.markChain(cur)
}

// errNotTracked: a value came from where it can't be followed. It never leaves this package.
var errNotTracked = errors.New("not tracked")

// markChain walks back from start, marking precise in every ancestor the scalars that
// those wanted were computed from. changed says that a mark is new.
func (t *Tracker) markChain(start *state.Common) (changed bool, err error) {
	w := &t.wanted
	w.frame = int(start.CurFrame)
	if w.empty() {
		return false, nil
	}
	st := start
	var at *state.Checkpoint // that st is of
	first, last, subseq := int(start.FirstInsn), int(start.InsnIdx), -1
	skipFirst := true
	for {
		t.traceRange(last, first, subseq)
		if last < 0 {
			return changed, t.endAtEntry(at)
		}
		way := st.History.Back()
		for i := last; ; {
			if skipFirst {
				skipFirst = false
			} else {
				i, subseq = t.passBy(st, i, subseq, &way)
				h := way.Step()
				if h != nil && h.Idx() != i {
					h = nil
				}
				if t.concerns(i, h) {
					if err := t.back(i, subseq, h); err == errNotTracked {
						t.ForceAll(start)
						w.reset()
						return changed, nil
					} else if err != nil {
						return changed, err
					}
					if w.empty() {
						return changed, nil
					}
				}
			}
			subseq = i
			var more bool
			step := way.Step()
			if i, more = t.prevInsn(st, i, &way); !more {
				break
			}
			if step != way.Step() && t.followed(step) {
				return changed, nil
			}
			if i < 0 || i >= len(t.prog.Image.Insns) {
				return changed, t.log.Bug("backtracking idx %d", i)
			}
		}
		if at = st.Parent; at == nil {
			break
		}
		st = &at.Common
		c, err := t.markState(at)
		changed = changed || c
		if err != nil {
			return changed, err
		}
		if w.empty() {
			return changed, nil
		}
		subseq = first
		last, first = int(int32(st.LastInsn)), int(st.FirstInsn)
	}
	// Something was computed in a way that isn't followed.
	t.ForceAll(start)
	w.reset()
	return changed, nil
}

// followed reports that nothing is left to be looked for beyond a step. A register that was followed beyond it before needs
// no more: what one is computed from does not depend on the others, and all of it was found.
func (t *Tracker) followed(step *state.JmpHistory) bool {
	w := &t.wanted
	if t.log.Level > 1 {
		return false
	}
	w.regs[w.frame] = step.Follow(w.regs[w.frame])
	return w.empty()
}

// prevInsn steps back within one state; false at its first instruction, to which a loop may have come back on the way.
func (t *Tracker) prevInsn(st *state.Common, i int, way *state.Way) (int, bool) {
	h := way.Step()
	here := h != nil && h.Idx() == i
	if i == int(st.FirstInsn) && (h == nil || here && way.One() || !t.kernel.Has(kmodel.LoopBacktracking)) {
		return 0, false
	}
	if here {
		way.Pass()
		return int(h.PrevIdx()), true
	}
	return i - 1, true
}

// endAtEntry ends a walk back at the entry of a function: only a global function's
// arguments, which are marked by now, may still be looked for.
func (t *Tracker) endAtEntry(st *state.Checkpoint) error {
	w := &t.wanted
	if f := st.Call(0); st.CurFrame != 0 || f.Subprog == 0 || f.Callsite != state.MainCallsite ||
		w.slots[w.frame] != 0 || w.regs[w.frame]&^argRegs != 0 {
		return t.log.Bug("backtracking func entry subprog %d reg_mask %x stack_mask %x", f.Subprog, w.regs[w.frame], w.slots[w.frame])
	}
	w.regs[w.frame] = 0
	return nil
}

// markState marks what is looked for in an ancestor; what is marked there already needs no further walk.
func (t *Tracker) markState(st *state.Checkpoint) (changed bool, err error) {
	w := &t.wanted
	for fr := w.frame; fr >= 0; fr-- {
		n := st.Slots(uint32(fr))
		if beyond := w.slots[fr] >> n << n; beyond != 0 {
			return changed, t.log.Bug("stack slot %d, total slots %d", bits.TrailingZeros64(beyond), n)
		}
		w.regs[fr], w.slots[fr] = st.Mark(uint32(fr), w.regs[fr], w.slots[fr])
		changed = changed || w.regs[fr] != 0 || w.slots[fr] != 0
		t.traceMarked(st, fr)
	}
	return changed, nil
}

// ForceAll gives up on following values: every scalar of every ancestor counts.
func (t *Tracker) ForceAll(start *state.Common) {
	t.traceForced(start)
	for st := start.Parent; st != nil; st = st.Parent {
		for i := range st.CurFrame + 1 {
			st.Mark(i, ^uint32(0), ^uint64(0))
		}
	}
}
