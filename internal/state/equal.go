package state

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
)

// Exactness says how close a current state must be to an explored one to be covered by it.
type Exactness uint8

// Levels of exactness.
const (
	// NotExact: values that no path depended on may differ.
	NotExact Exactness = iota
	// Exact: everything is the same but for the numbering of ids.
	Exact
	// RangeWithin: as NotExact, but every scalar counts as precise, since marks are not final inside a loop.
	RangeWithin
)

type idPair struct{ old, cur uint32 }

// Comparer decides whether an explored state covers a current one. It is reused
// between comparisons so that none allocates.
type Comparer struct {
	pairs []idPair
	tmpID uint32
	sign  uint64 // of the current state's registers, 0 where it isn't known yet
	// Has says which rules a kernel has; nil for none. It is asked where a rule decides.
	Has func(Rule) bool
	// Open, set where somebody listens, says the same without asking, and whether one who listens would answer otherwise. Then
	// states are compared both ways, and Has is asked if the outcome is another.
	Open   func(Rule) (has, open bool)
	whole  bool  // whole states are compared
	met    rules // that are open and came up
	turned rules // that are taken the other way
	// Cleaned: states have forgotten what is dead before they are compared.
	Cleaned bool
	// Older: they are compared as kernels did before loops converged.
	Older bool
}

// Rule is something by which not all kernels compare states.
type Rule uint8

// Rules.
const (
	LooseLinks Rule = iota // a scalar that is linked with nothing covers one that is a sum
	LooseSlots             // in loops, too, slots of which nothing is known cover what is known
	IterTrust              // what an iterator is protected by counts
	Related                // dynptrs are ids, compared as such
	InnerMaps              // so are inner maps
	Marked                 // of states with Marks only what was read is compared
	PacketEnds             // whether a packet pointer is at the end or past it counts
	NumRules
)

// rules are a set of them.
type rules uint8

func (s rules) has(r Rule) bool { return s>>r&1 != 0 }

func (c *Comparer) has(r Rule) bool {
	if c.Open == nil {
		return c.Has != nil && c.Has(r)
	}
	has, open := c.Open(r)
	switch {
	case !open:
		return has
	case !c.whole:
		return c.Has(r)
	}
	c.met |= 1 << r
	return has != c.turned.has(r)
}

// Begin starts a comparison; idGen is the highest id in use.
func (c *Comparer) Begin(idGen uint32) {
	c.pairs = c.pairs[:0]
	c.tmpID = idGen
}

// ids requires old ids to map to current ids one to one.
func (c *Comparer) ids(old, cur uint32) bool {
	if (old == 0) != (cur == 0) {
		return false
	}
	if old == 0 {
		return true
	}
	for i := range c.pairs {
		p := &c.pairs[i]
		if p.old == old {
			return p.cur == cur
		}
		if p.cur == cur {
			return false
		}
	}
	c.pairs = append(c.pairs, idPair{old, cur})
	return true
}

// scalarIDs is ids for scalars. One that is linked with nothing in the old state may be
// linked in the current one: that only says more. One that has lost its link must not
// stand for two that had one. Where a distance is linked, its origin must be, too.
func (c *Comparer) scalarIDs(old, cur uint32) bool {
	if old == 0 {
		if cur == 0 || c.has(LooseLinks) {
			return true
		}
		c.tmpID++
		old = c.tmpID
	}
	if cur == 0 {
		c.tmpID++
		cur = c.tmpID
	}
	return c.ids(old, cur) && (old&ADD_CONST == 0 || !c.has(LooseLinks) || c.ids(old&^ADD_CONST, cur&^ADD_CONST))
}

// RegsExact reports that two registers are equal but for the numbering of their ids.
func (c *Comparer) RegsExact(old, cur *Reg) bool {
	return old.Type == cur.Type && old.Off == cur.Off && old.Scalar == cur.Scalar && c.sameTarget(old, cur) &&
		c.ids(old.ID, cur.ID) && c.ids(old.RefObjID, cur.RefObjID)
}

// sameTarget reports that two pointers point to the same.
func (c *Comparer) sameTarget(old, cur *Reg) bool {
	if old.Target == cur.Target {
		return true
	}
	o, n := old.Target, cur.Target
	o.DynptrID, n.DynptrID = 0, 0
	if o.MapUID != n.MapUID && c.has(InnerMaps) {
		o.MapUID, n.MapUID = 0, 0
	}
	return o == n && c.has(Related) && c.ids(old.DynptrID, cur.DynptrID) && (old.MapUID == 0 || !c.has(InnerMaps) || c.ids(old.MapUID, cur.MapUID))
}

// regSafe reports that whatever is safe with old, which may be precise, is safe with cur.
func (c *Comparer) regSafe(old, cur *Reg, precise bool, exact Exactness) bool {
	if exact == Exact {
		return c.RegsExact(old, cur)
	}
	// Nobody read it; but in a loop nobody may have come to read it yet.
	if old.Type == abi.NOT_INIT && (exact == NotExact || cur.Type == abi.NOT_INIT || c.Cleaned) {
		return true
	}
	if old.Type != cur.Type {
		return false
	}
	switch old.Type.Base() {
	case abi.SCALAR_VALUE:
		if !precise && exact == NotExact {
			return true
		}
		// Linked scalars carry their distance in Off: the links must be alike.
		if dist := old.ID&ADD_CONST != 0; dist != (cur.ID&ADD_CONST != 0) && (old.ID != 0 || !c.has(LooseLinks)) ||
			dist && old.Off != cur.Off {
			return false
		}
		return old.Includes(&cur.Scalar) && c.scalarIDs(old.ID, cur.ID)
	case abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MEM, abi.PTR_TO_BUF, abi.PTR_TO_TP_BUFFER:
		return old.Off == cur.Off && c.sameTarget(old, cur) &&
			old.Includes(&cur.Scalar) &&
			c.ids(old.ID, cur.ID) && c.ids(old.RefObjID, cur.RefObjID)
	case abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET:
		// More bytes known to be there are fine, another offset is not.
		if old.ID != 0 && old.UMin() != cur.UMin() && c.has(Related) {
			return false // pointers that share an id keep their distances
		}
		return c.rangeSafe(old, cur) && old.Off == cur.Off && c.ids(old.ID, cur.ID) &&
			old.Includes(&cur.Scalar)
	case abi.PTR_TO_INSN:
		return old.Off == cur.Off && old.Target == cur.Target && old.Includes(&cur.Scalar)
	case abi.PTR_TO_STACK:
		return c.RegsExact(old, cur) && old.Frame == cur.Frame
	case abi.PTR_TO_ARENA:
		return true
	}
	return c.RegsExact(old, cur)
}

// rangeSafe reports that of a packet as many bytes are known to be there. A range below 0 is what a comparison told of a
// pointer that is at the packet's end or past it.
func (c *Comparer) rangeSafe(old, cur *Reg) bool {
	if old.Range >= cur.Range {
		return old.Range == cur.Range
	}
	return old.Range >= 0 || !c.has(PacketEnds)
}

// Kinds of slots all of whose bytes are of one kind.
var (
	unwritten   = kinds(STACK_INVALID)
	wholePoison = kinds(STACK_POISON)
	wholeSpill  = kinds(STACK_SPILL)
	wholeMisc   = kinds(STACK_MISC)
	wholeZero   = kinds(STACK_ZERO)
)

func kinds(k SlotKind) (all [SlotSize]SlotKind) {
	for b := range all {
		all[b] = k
	}
	return all
}

// unbound is what a load from eight bytes of STACK_MISC gives.
var unbound = Reg{Value: Value{Type: abi.SCALAR_VALUE, Scalar: scalar.Unknown()}}

// asScalar returns the scalar a load of the whole slot gives, nil if it isn't one.
func (s *Slot) asScalar() *Reg {
	if s.IsSpilledScalar64() {
		return &s.Reg
	}
	for _, k := range s.Kind {
		if k != STACK_MISC && k != STACK_INVALID {
			return nil
		}
	}
	return &unbound
}

func (c *Comparer) stackSafe(old *Checkpoint, frame uint32, cur []Slot, read uint64, exact Exactness) bool {
	k := &old.frames[frame]
	for spi, v := range k.stack {
		if exact == NotExact && (v == nothing || v == data || read&(1<<spi) == 0) {
			continue
		}
		o := old.values.at(v)
		if spi >= len(cur) {
			// Slots that only the explored state has must not have mattered.
			if exact == Exact || exact != NotExact && !c.Cleaned && !c.has(LooseSlots) {
				return false
			}
			for _, k := range o.Kind {
				if !k.Unwritten() && k != STACK_MISC {
					return false
				}
			}
			continue
		}
		if !c.slotSafe(o, &cur[spi], k.precise.slots&(1<<spi) != 0, exact) {
			return false
		}
	}
	return true
}

func (c *Comparer) slotSafe(old, cur *Slot, precise bool, exact Exactness) bool {
	if old.Kind == cur.Kind { // most slots, and all bytes of most are of one kind
		switch old.Kind {
		case wholeSpill:
			return c.regSafe(&old.Reg, &cur.Reg, precise, exact)
		case wholeZero, wholeMisc, unwritten:
			return true
		}
	}
	if c.Cleaned {
		return c.halvesSafe(old, cur, precise, exact)
	}
	for b := 0; b < 8; b++ {
		kind := old.Kind[b]
		if kind != cur.Kind[b] && (exact == Exact || exact != NotExact && !c.has(LooseSlots)) {
			return false
		}
		// Programs here may read uninitialised stack, so MISC asks for nothing.
		if kind == STACK_INVALID || kind == STACK_MISC {
			continue
		}
		// A spilled scalar and eight bytes of MISC are both some scalar.
		if o := old.asScalar(); o != nil {
			if n := cur.asScalar(); n != nil {
				return c.regSafe(o, n, precise, exact)
			}
		}
		if kind != cur.Kind[b] {
			return false
		}
		if b == 7 && !c.objectSafe(old, cur, precise, exact) {
			return false
		}
	}
	return true
}

// halvesSafe compares slots half by half: part of a spilled number is a number, too.
func (c *Comparer) halvesSafe(old, cur *Slot, precise bool, exact Exactness) bool {
	if exact == Exact && !sameKinds(old, cur) {
		return false
	}
	for b := 0; b < SlotSize; b++ {
		kind := old.Kind[b]
		if kind.Unwritten() || kind == STACK_MISC {
			continue
		}
		if b == 0 || b == SlotSize/2 {
			if o, n := old.scalarFrom(b), cur.scalarFrom(b); o != nil && n != nil {
				if !c.regSafe(o, n, precise, exact) {
					return false
				}
				if b == 0 {
					return true
				}
				b = SlotSize - 1
				continue
			}
		}
		if kind != cur.Kind[b] {
			return false
		}
		if b == SlotSize-1 && !c.objectSafe(old, cur, precise, exact) {
			return false
		}
	}
	return true
}

// sameKinds compares what bytes are; why they hold nothing is all the same.
func sameKinds(a, b *Slot) bool {
	for i, k := range a.Kind {
		if k != b.Kind[i] && !(k.Unwritten() && b.Kind[i].Unwritten()) {
			return false
		}
	}
	return true
}

// scalarFrom returns the scalar a load of the slot's bytes from one on gives, nil if it isn't one.
func (s *Slot) scalarFrom(first int) *Reg {
	if s.Kind[first] == STACK_SPILL && s.Type == abi.SCALAR_VALUE {
		return &s.Reg
	}
	for _, k := range s.Kind[first:] {
		if k != STACK_MISC && !k.Unwritten() {
			return nil
		}
	}
	return &unbound
}

// objectSafe compares what two slots of the same kind hold.
func (c *Comparer) objectSafe(old, cur *Slot, precise bool, exact Exactness) bool {
	switch old.Kind[7] {
	case STACK_SPILL:
		return c.regSafe(&old.Reg, &cur.Reg, precise, exact)
	case STACK_DYNPTR:
		return old.Dynptr == cur.Dynptr && old.First == cur.First && c.ids(old.RefObjID, cur.RefObjID) &&
			(!c.has(Related) || c.ids(old.ID, cur.ID))
	case STACK_ITER:
		// IterDepth only keeps loops apart; comparing it would keep them from converging.
		// ID is the element handed out, where those are references, and 0 elsewhere.
		if old.Type != cur.Type && c.has(IterTrust) {
			return false
		}
		return old.BTF == cur.BTF && old.BTFID == cur.BTFID && old.IterState == cur.IterState &&
			c.ids(old.RefObjID, cur.RefObjID) && c.ids(old.ID, cur.ID)
	case STACK_IRQ_FLAG:
		return c.ids(old.RefObjID, cur.RefObjID) && old.IRQClass == cur.IRQClass
	}
	return old.Kind[7] == STACK_ZERO
}

func (c *Comparer) refsSafe(old, cur *Common) bool {
	if len(old.Refs) != len(cur.Refs) || old.ActiveLocks != cur.ActiveLocks ||
		old.ActivePreemptLocks != cur.ActivePreemptLocks || old.ActiveRCULocks != cur.ActiveRCULocks ||
		old.ForbidSleep != cur.ForbidSleep ||
		!c.ids(old.ActiveIRQID, cur.ActiveIRQID) ||
		!c.ids(old.ActiveLockID, cur.ActiveLockID) || old.ActiveLockPtr != cur.ActiveLockPtr {
		return false
	}
	for i := range old.Refs {
		o, n := &old.Refs[i], &cur.Refs[i]
		if !c.ids(o.ID, n.ID) || !c.ids(o.Parent, n.Parent) || o.Type != n.Type || o.Lock != n.Lock || o.Forbids != n.Forbids {
			return false
		}
	}
	return true
}

// Covers reports that old, explored before, makes walking cur needless. live
// are the registers alive before each instruction, a bit each; nil for all.
func (c *Comparer) Covers(old *Checkpoint, cur *State, exact Exactness, idGen uint32, live []uint16) bool {
	if old.CurFrame != cur.CurFrame || old.InSleepable != cur.InSleepable {
		return false
	}
	if c.Older {
		return c.coversOlder(old, cur)
	}
	if c.Open == nil {
		return c.covers(old, cur, exact, idGen, live)
	}
	c.whole, c.met = true, 0
	covers := c.covers(old, cur, exact, idGen, live)
	ignored := rules(0)
	if !covers {
		ignored = 1 << Marked // who compares more comes to the same
	}
	// Each way to turn some of them; one that comes up later would have changed nothing before.
	all := c.met &^ ignored
	for c.turned = -all & all; c.turned != 0; c.turned = (c.turned - all) & all {
		if c.covers(old, cur, exact, idGen, live) != covers {
			c.ask(c.turned)
		}
		all = c.met &^ ignored
	}
	c.whole = false
	return covers
}

// ask asks for rules, as one of them decides.
func (c *Comparer) ask(rs rules) {
	for r := range NumRules {
		if rs.has(r) {
			c.Has(r)
		}
	}
}

func (c *Comparer) covers(old *Checkpoint, cur *State, exact Exactness, idGen uint32, live []uint16) bool {
	c.Begin(idGen)
	if !c.refsSafe(&old.Common, &cur.Common) {
		return false
	}
	for i := uint32(0); i <= old.CurFrame; i++ {
		of, cf := &old.frames[i], cur.Frames[i]
		if of.Callsite != cf.Callsite || of.CallbackDepth > cf.CallbackDepth {
			return false
		}
		alive := uint16(1<<insn.MaxReg - 1)
		if live != nil {
			alive &= live[old.IP(i)]
		}
		read := allPlaces
		if len(old.Marks) > 0 && exact == NotExact && c.has(Marked) {
			read = old.Marks[i].Read
		}
		alive &= read.Regs
		for ; alive != 0; alive &= alive - 1 {
			r := bits.TrailingZeros16(alive)
			if !c.regSafe(old.Reg(i, r), &cf.Regs[r], of.precise.regs&(1<<r) != 0, exact) {
				return false
			}
		}
		if !c.stackSafe(old, i, cf.Stack, read.Slots, exact) {
			return false
		}
	}
	return true
}

// Turn says that the current state is another one, or has changed.
func (c *Comparer) Turn() { c.sign = 0 }

// sign is a number that differs for most frames whose registers do, and never 0.
func (f *Frame) sign() uint64 {
	h := uint64(1)
	for i := range f.Regs {
		r := &f.Regs[i]
		h = (bits.RotateLeft64(h, 5) ^ r.Umin ^ bits.RotateLeft64(r.Umax, 32) ^ uint64(r.Type) ^ uint64(uint32(r.Off))<<32 ^ uint64(r.ID)<<16) * 0x9e3779b97f4a7c15
	}
	return h | 1
}

// MaybeLooping is a cheap test that two states could be exactly equal: the
// current frame's registers are, ids included.
func (c *Comparer) MaybeLooping(old *Checkpoint, cur *State) bool {
	if old.CurFrame != cur.CurFrame {
		return false
	}
	cf := cur.Cur()
	if c.sign == 0 {
		c.sign = cf.sign()
	}
	if c.sign != old.sign {
		return false
	}
	for i := range cf.Regs {
		o, n := old.Reg(old.CurFrame, i), &cf.Regs[i]
		if o.Value != n.Value || o.ID != n.ID || o.RefObjID != n.RefObjID {
			return false
		}
	}
	return true
}

// IterDepthsDiffer reports that an active iterator has moved on between the states.
func IterDepthsDiffer(old *Checkpoint, cur *State) bool {
	for fr := range old.CurFrame + 1 {
		cf := cur.Frames[fr]
		for i := range old.Slots(fr) {
			o := old.Slot(fr, i)
			if o.Kind[0] == STACK_ITER && o.IterState == ITER_STATE_ACTIVE && cf.Stack[i].IterDepth != o.IterDepth {
				return true
			}
		}
	}
	return false
}
