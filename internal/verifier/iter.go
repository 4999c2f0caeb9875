package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// iterElement is where an iterator's slot keeps the reference of the element it
// handed out last: 0 while it holds none.
func iterElement(slot *state.Reg) *uint32 { return &slot.ID }

// takeIter verifies an iterator argument: unused stack for a constructor, a
// live iterator of the right type for all else.
func (c *call) takeIter(a arg) error {
	v, kf, r := c.v, c.kf, a.r
	if a.k.IterSlots == 0 {
		return v.Reject(abi.EINVAL, "expected valid iter pointer as %s", v.argName("arg #", a.i))
	}
	if kf.HasAny(abi.KF_ITER_NEW) {
		return c.newIter(a)
	}
	spi, err := c.checkIterLive(a)
	if err != nil {
		return err
	}
	v.readSlots(v.frameOf(r), spi, a.k.IterSlots)
	c.iterFrame, c.iterSlot = r.Frame, spi
	slot := &v.frameOf(r).Stack[spi].Reg
	c.refObjID = slot.RefObjID
	if v.k.Has(kmodel.IterAcquire) {
		if err := c.releaseElement(slot, a.regno); err != nil {
			return err
		}
	}
	if kf.HasAny(abi.KF_ITER_DESTROY) {
		v.destroyIter(r, spi, a.k.IterSlots)
	}
	return nil
}

// newIter marks the stack slots of an iterator under construction.
func (c *call) newIter(at arg) error {
	v, kf, a, r, regno := c.v, c.kf, at.k, at.r, at.regno
	spi, err := v.stackObject(r, "iter", a.IterSlots)
	usable := err == errSlotUnused
	if err == nil {
		usable = true
		for i := range a.IterSlots {
			if anyKind(&v.frameOf(r).Stack[spi-i], state.STACK_ITER) {
				usable = false
			}
		}
	}
	if !usable {
		return v.Reject(abi.EINVAL, "expected uninitialized iter_%s as %s", a.IterName, v.argName("arg #", at.i))
	}
	for i := range a.IterSlots {
		if err := v.writeSlot(regno, i); err != nil {
			return err
		}
	}
	if spi, err = v.stackObject(r, "iter", a.IterSlots); err != nil {
		return slotErr(err)
	}
	t := abi.PTR_TO_STACK
	if kf.HasAny(abi.KF_RCU_PROTECTED) {
		if v.inRCU() {
			t |= abi.MEM_RCU
		} else {
			t |= abi.PTR_UNTRUSTED
		}
	}
	f := v.frameOf(r)
	id := v.acquireReference(v.idx)
	for i := range a.IterSlots {
		s := &f.Stack[spi-i].Reg
		s.MarkPtr(t)
		if i == 0 {
			s.RefObjID = id
		}
		s.BTF, s.BTFID = a.RefSet, a.RefID
		s.IterState = state.ITER_STATE_ACTIVE
		v.setSlotKind(f, spi-i, state.STACK_ITER)
	}
	return nil
}

// checkIterLive verifies that r points to a constructed iterator of the type the
// argument asks for and returns its first slot.
func (c *call) checkIterLive(at arg) (int, error) {
	v, kf, a, r := c.v, c.kf, at.k, at.r
	spi, err := v.stackObject(r, "iter", a.IterSlots)
	live := err == nil
	for i := 0; live && i < a.IterSlots; i++ {
		s := &v.frameOf(r).Stack[spi-i]
		if s.Type&abi.PTR_UNTRUSTED != 0 {
			return 0, v.Reject(abi.EPROTO, "expected an RCU CS when using %s", kf.Name)
		}
		live = (s.RefObjID != 0) == (i == 0) && s.BTF == a.RefSet && s.BTFID == a.RefID && allKind(s, state.STACK_ITER)
	}
	if !live {
		return 0, v.Reject(abi.EINVAL, "expected an initialized iter_%s as %s", a.IterName, v.argName("arg #", at.i))
	}
	return spi, nil
}

// destroyIter forgets an iterator and its own reference.
func (v *verifier) destroyIter(r *state.Reg, spi, n int) {
	f := v.frameOf(r)
	_ = v.releaseReference(f.Stack[spi].RefObjID)
	for i := range n {
		f.Stack[spi-i].Reg.MarkNotInit()
		v.setSlotKind(f, spi-i, state.STACK_INVALID)
	}
}

// releaseElement ends the hold on the element an iterator handed out last: the
// next call and the destructor do so by themselves, a release kfunc on demand.
func (c *call) releaseElement(slot *state.Reg, regno int) error {
	v, kf := c.v, c.kf
	held := iterElement(slot)
	release := kf.HasAny(abi.KF_RELEASE)
	if release {
		if *held == 0 {
			return v.Reject(abi.EINVAL, "no acquired reference to release")
		}
		c.releaseRegno = regno
		c.elementReleased = true
	}
	if *held == 0 || !release && !kf.HasAny(abi.KF_ITER_NEXT|abi.KF_ITER_DESTROY) {
		return nil
	}
	_ = v.releaseReference(*held)
	*held = 0
	return nil
}

// holdElement notes in its iterator the reference id of an element handed out.
func (c *call) holdElement(id uint32) {
	if c.kf.HasAny(abi.KF_ITER_NEXT) && c.v.k.Has(kmodel.IterAcquire) {
		*iterElement(c.iterOf(c.v.st)) = id
	}
}

// iterOf returns the slot of the iterator a call was made with.
func (c *call) iterOf(st *state.State) *state.Reg {
	return &st.Frames[c.iterFrame].Stack[c.iterSlot].Reg
}

// forkIterNext forks at a next call: the current path goes on with an iterator
// that has no more elements, the other, pushed, with one more element.
// An iterator must end some day and stay at its end, so the first path terminates, and
// loops converge when the second comes back in a state seen before. Scalars that
// changed since the last round and mattered to nobody are widened to speed that up.
func (c *call) forkIterNext() error {
	v, idx, acquires := c.v, c.v.idx, c.kf.HasAny(abi.KF_ACQUIRE)
	cur := c.iterOf(v.st)
	switch cur.IterState {
	case state.ITER_STATE_ACTIVE:
		prev := v.st.Parent
		if prev == nil || int(prev.InsnIdx) != idx || !state.SameCallsites(prev, v.st) {
			return v.Bug("bad parent state for iter next call")
		}
		seen := v.paths.Previous(prev, idx)
		queued, err := v.paths.Push(v.st, idx+1, idx, abi.ENOMEM)
		if err != nil {
			return err
		}
		c.iterOf(queued).IterDepth++
		if seen != nil {
			v.paths.Widen(seen, queued)
		}
		v.markNotNull(&queued.Cur().Regs[insn.R0])
	case state.ITER_STATE_DRAINED:
	default:
		return v.Bug("unexpected iterator state %d (%s)", cur.IterState, cur.IterState)
	}
	cur = c.iterOf(v.st)
	cur.IterState = state.ITER_STATE_DRAINED
	if held := iterElement(cur); acquires && *held != 0 {
		_ = v.releaseReferenceNoMark(v.st, *held)
		*held = 0
	}
	v.regs()[insn.R0].MarkKnown(0)
	return nil
}

// cssTaskIterAllowed says where bpf_iter_css_task may be used: it takes a lock
// that must not be taken in arbitrary contexts.
func (c *call) cssTaskIterAllowed() bool {
	v := c.v
	switch v.rules.Type {
	case abi.PROG_TYPE_LSM:
		return true
	case abi.PROG_TYPE_TRACING:
		if v.rules.Attach == abi.ATTACH_TRACE_ITER {
			return true
		}
	}
	return v.inSleepable()
}
