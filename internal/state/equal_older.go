package state

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// How kernels compare states before loops converged: what nobody read may differ, ids of numbers are not compared, and of
// pointers only few may differ at all.

// coversOlder is Covers of these kernels.
func (c *Comparer) coversOlder(old *Checkpoint, cur *State) bool {
	if old.ActiveLocks != cur.ActiveLocks || old.ActiveLockID != cur.ActiveLockID || !sameRefs(old.Refs, cur.Refs) {
		return false
	}
	for i := range old.frames {
		k, f := &old.frames[i], cur.Frames[i]
		c.Begin(0) // ids of a frame are told apart alone
		if k.Callsite != f.Callsite {
			return false
		}
		for read := old.Marks[i].Read.Regs; read != 0; read &= read - 1 {
			r := bits.TrailingZeros16(read)
			if !c.regSafeOlder(old.Reg(uint32(i), r), &f.Regs[r], k.precise.regs&(1<<r) != 0) {
				return false
			}
		}
		for read := old.Marks[i].Read.Slots; read != 0; read &= read - 1 {
			spi := bits.TrailingZeros64(read)
			if !c.slotSafeOlder(old.Slot(uint32(i), spi), f.Stack, spi, k.precise.slots&(1<<spi) != 0) {
				return false
			}
		}
	}
	return true
}

// sameRefs reports that the same is held.
func sameRefs(old, cur []Ref) bool {
	if len(old) != len(cur) {
		return false
	}
	for i := range old {
		if old[i].ID != cur[i].ID || old[i].Insn != cur[i].Insn || old[i].Callback != cur[i].Callback || old[i].Type != cur[i].Type {
			return false
		}
	}
	return true
}

func (c *Comparer) regSafeOlder(old, cur *Reg, precise bool) bool {
	equal := old.Value == cur.Value && old.ID == cur.ID && old.RefObjID == cur.RefObjID
	switch {
	case old.Type == abi.PTR_TO_STACK:
		return equal && old.Frame == cur.Frame
	case equal, old.Type == abi.NOT_INIT:
		return true
	}
	within := old.Includes(&cur.Scalar)
	switch old.Type.Base() {
	case abi.SCALAR_VALUE:
		return cur.Type == abi.SCALAR_VALUE && (!precise || within)
	case abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE:
		if old.Type != cur.Type || old.Off != cur.Off || old.Target != cur.Target {
			return false
		}
		if old.Type.MaybeNull() {
			return c.mapped(old.ID, cur.ID)
		}
		return within
	case abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET:
		if old.Type != cur.Type || old.Off != cur.Off {
			return false
		}
		return c.rangeSafe(old, cur) && within && (old.ID == 0 || c.mapped(old.ID, cur.ID))
	}
	return false
}

// mapped requires equal old ids to be equal current ids.
func (c *Comparer) mapped(old, cur uint32) bool {
	for i := range c.pairs {
		if c.pairs[i].old == old {
			return c.pairs[i].cur == cur
		}
	}
	c.pairs = append(c.pairs, idPair{old, cur})
	return true
}

func (c *Comparer) slotSafeOlder(old *Slot, stack []Slot, spi int, precise bool) bool {
	for b, kind := range old.Kind {
		if kind == STACK_INVALID || kind == STACK_MISC {
			continue
		}
		if spi >= len(stack) || kind != stack[spi].Kind[b] {
			return false
		}
	}
	return !old.IsSpilled() || c.regSafeOlder(&old.Reg, &stack[spi].Reg, precise)
}
