package precision

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Scalars with one id are linked: copies of one number, or (ADD_CONST) that number plus
// Reg.Off. What a branch tells of one of them it tells of all.

// Links are how scalars get linked and lose their links on a kernel, which is asked where it decides.
type Links struct{ Kernel *kmodel.Model }

// Unlink takes a scalar out of its links.
func Unlink(r *state.Reg) { r.ID, r.Off = 0, 0 }

// Unlink takes a scalar that is computed anew out of its links.
func (l *Links) Unlink(r *state.Reg) {
	if r.ID = 0; r.Off != 0 && l.Kernel.Has(kmodel.DistancesCleared) {
		r.Off = 0
	}
}

// LinkSum keeps dst, just computed as a sum or difference, linked if src is a constant
// that a link can hold; fit32 says that dst fitted in 32 bits before. A distance can't be
// added to another.
func (l *Links) LinkSum(op uint8, dst, src *state.Reg, is32, fit32 bool) {
	if dst.ID == 0 || !l.Kernel.Has(kmodel.LinkedSums) || dst == src && l.Kernel.Has(kmodel.SelfSumsUnlinked) || !src.IsConstAt(is32) || (op == insn.SUB || is32) && !l.Kernel.Has(kmodel.LinkedDifferences) {
		l.Unlink(dst)
		return
	}
	if dst.ID&state.ADD_CONST != 0 || is32 && !fit32 || src.Var.Value > math.MaxInt32 && !l.Kernel.Has(kmodel.LinkedDifferences) {
		Unlink(dst)
		return
	}
	dist := int64(src.ConstAt(is32))
	if is32 {
		dist = int64(int32(dist))
	}
	if dist < math.MinInt32 || dist > math.MaxInt32 || op == insn.SUB && dist == math.MinInt32 {
		Unlink(dst)
		return
	}
	if op == insn.SUB {
		dist = -dist
	}
	dst.Off = int32(dist)
	if is32 {
		dst.ID |= state.ADD_CONST32
	} else {
		dst.ID |= state.ADD_CONST64
	}
}

// linkedReg names a register or spilled register.
type linkedReg struct {
	frame, index uint8 // index: register number or stack slot
	isReg        bool
}

// Linked are the registers one branch narrowed together; links beyond its size are cut.
type Linked struct {
	Kernel *kmodel.Model // asked where it decides
	Rules  scalar.Rules  // how sums are computed

	n       int
	entries [6]linkedReg
}

// A packed entry has some bits of frame, 6 of index and one for isReg; 4 bits of count come below all entries.
const (
	linkedCountBits = 4
	linkedIndexBits = 6
)

// deepLinked is how many entries there are at most on kernels that let calls nest deeper.
const deepLinked = 5

// MaxLinked is how many registers no kernel has entries for.
const MaxLinked = deepLinked + 1

// CountLinked is how many registers of a state are linked with id.
func CountLinked(st *state.State, id uint32) int {
	n := 0
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if linkedBy(r, id&^state.ADD_CONST) {
			n++
		}
	})
	return n
}

// linkedFrameBits is how many bits the frame has where there are n entries.
func linkedFrameBits(n int) int {
	if n > deepLinked {
		return 3
	}
	return 4
}

// Pack puts l in a number for the jump history.
func (l *Linked) Pack() uint64 {
	var all uint64
	frameBits := linkedFrameBits(l.n)
	for _, e := range l.entries[:l.n] {
		one := uint64(e.frame) | uint64(e.index)<<frameBits
		if e.isReg {
			one |= 1 << (frameBits + linkedIndexBits)
		}
		all = all<<(frameBits+linkedIndexBits+1) | one
	}
	return all<<linkedCountBits | uint64(l.n)
}

// unpack is the reverse of Pack but for the entries' order.
func (l *Linked) unpack(all uint64) {
	l.n = min(int(all&(1<<linkedCountBits-1)), len(l.entries))
	all >>= linkedCountBits
	frameBits := linkedFrameBits(l.n)
	for i := range l.n {
		l.entries[i] = linkedReg{
			frame: uint8(all & (1<<frameBits - 1)),
			index: uint8(all >> frameBits & (1<<linkedIndexBits - 1)),
			isReg: all>>(frameBits+linkedIndexBits)&1 != 0,
		}
		all >>= frameBits + linkedIndexBits + 1
	}
}

// add appends r, and cuts its link if there is no room.
func (l *Linked) add(r *state.Reg, e linkedReg) {
	if l.n == len(l.entries) || l.n == deepLinked && l.Kernel.Has(kmodel.DeepCalls) {
		Unlink(r)
		return
	}
	l.entries[l.n] = e
	l.n++
}

// linkedBy reports a number that is linked by id.
func linkedBy(r *state.Reg, id uint32) bool {
	return r.Type == abi.SCALAR_VALUE && r.ID&^state.ADD_CONST == id
}

// Collect appends all registers of st linked with id, those of inner frames first. live are those alive before each
// instruction, a bit each.
func (l *Linked) Collect(st *state.State, id uint32, live []uint16) {
	id &^= state.ADD_CONST
	for i := int(st.CurFrame); i >= 0; i-- {
		f := st.Frames[i]
		alive := live[st.IP(uint32(i))]
		for j := range f.Regs[:insn.FP] {
			if r := &f.Regs[j]; linkedBy(r, id) && (alive&(1<<j) != 0 || !l.Kernel.Has(kmodel.LinkedLiveRegs)) {
				l.add(r, linkedReg{uint8(i), uint8(j), true})
			}
		}
		for j := range f.Stack {
			if s := &f.Stack[j]; s.IsSpilled() && linkedBy(&s.Reg, id) && (s.Kind[0] == state.STACK_SPILL || l.Kernel.Has(kmodel.NarrowSpillsLinked)) {
				l.add(&s.Reg, linkedReg{uint8(i), uint8(j), false})
			}
		}
	}
}

// Spread tells the registers of l in st what is known now of one they are linked with. It returns the numbers of the
// registers and stack slots that were told, of whatever frame.
func (l *Linked) Spread(st *state.State, known *state.Reg) (regs uint32, slots uint64) {
	for _, e := range l.entries[:l.n] {
		f := st.Frames[e.frame]
		var r *state.Reg
		if e.isReg {
			r = &f.Regs[e.index]
		} else {
			r = &f.Stack[e.index].Reg
		}
		if r == known || r.Type != abi.SCALAR_VALUE || (r.ID^known.ID)&^state.ADD_CONST != 0 {
			continue
		}
		// One sum of 32 and one of 64 bits say nothing of each other.
		if (r.ID^known.ID)&state.ADD_CONST == state.ADD_CONST {
			continue
		}
		id, off := r.ID, r.Off
		dist := int64(off) - int64(known.Off)
		plain := (id|known.ID)&state.ADD_CONST == 0
		*r = *known
		if !plain && dist != 0 {
			r.Off = off
			if r.ID != id && l.Kernel.Has(kmodel.LinkedIDsKept) {
				r.ID = id
			}
			l.Rules.AddConst(&r.Scalar, uint64(dist))
			if (id|known.ID)&state.ADD_CONST32 != 0 {
				r.ZeroExtend32()
			}
			before := r.Scalar
			if l.Rules.Sync(&r.Scalar); r.Scalar != before && !l.Kernel.Has(kmodel.LinkedDifferences) {
				r.Scalar = before
			}
		}
		if e.isReg {
			regs |= 1 << e.index
		} else {
			slots |= 1 << e.index
		}
	}
	return regs, slots
}

// Len is the number of registers collected.
func (l *Linked) Len() int { return l.n }
