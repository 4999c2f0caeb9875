package vlog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

var slotKindChars = [...]byte{
	state.STACK_INVALID:  '?',
	state.STACK_SPILL:    'r',
	state.STACK_MISC:     'm',
	state.STACK_ZERO:     '0',
	state.STACK_DYNPTR:   'd',
	state.STACK_ITER:     'i',
	state.STACK_IRQ_FLAG: 'f',
	state.STACK_POISON:   'p',
}

// iterName is an iterator's name: that of its struct less the prefix all have.
func (p *Printer) iterName(set uint8, id uint32) string {
	if id == 0 || int(set) >= len(p.img.Types) || p.img.Types[set] == nil {
		return "<invalid>"
	}
	return strings.TrimPrefix(types.Name(p.img.Types[set].ByID(id)), "bpf_iter_")
}

// State logs the registers and stack slots of a frame and the references held;
// all = false leaves out those not touched since the last print.
func (p *Printer) State(st *state.State, frame uint32, all bool) {
	f := st.Frames[frame]
	if len(st.Marks) > 0 && p.Kernel != nil {
		p.Kernel.Liveness() // it shows
	}
	p.Append(func(b []byte) []byte { return p.appendState(b, st, f, all) })
	if !all {
		p.regs, p.slots = 0, 0
	}
}

func (p *Printer) appendState(b []byte, st *state.State, f *state.Frame, all bool) []byte {
	if f.Frameno != 0 {
		b = append(b, " frame"...)
		b = strconv.AppendUint(b, uint64(f.Frameno), 10)
		b = append(b, ':')
	}
	for i := range f.Regs {
		r := &f.Regs[i]
		if r.Type == abi.NOT_INIT || !all && p.regs&(1<<i) == 0 {
			continue
		}
		b = append(b, " R"...)
		b = strconv.AppendInt(b, int64(i), 10)
		if len(st.Marks) > 0 {
			m := &st.Marks[f.Frameno]
			b = appendMarks(b, m.Read.Regs>>i&1 != 0, m.Written.Regs>>i&1 != 0)
		}
		b = append(b, '=')
		b = p.appendReg(b, f, r)
	}
	for spi := 0; spi < len(f.Stack); spi++ {
		if all || p.slots&(1<<(spi&63)) != 0 {
			b, spi = p.appendSlot(b, st, f, spi)
		}
	}
	b = p.appendRefs(b, st)
	if f.InCallback {
		b = append(b, " cb"...)
	}
	if f.InAsyncCallback {
		b = append(b, " async_cb"...)
	}
	return append(b, '\n')
}

// appendRefs appends the ids of what is held: references, locks, saved IRQ flags.
func (p *Printer) appendRefs(b []byte, st *state.State) []byte {
	refs := st.Refs
	if st.ActiveLocks > 0 && p.Kernel != nil && !p.Kernel.Has(kmodel.LocksListed) {
		refs = slices.DeleteFunc(slices.Clone(refs), func(r state.Ref) bool { return r.Type&state.REF_TYPE_LOCK_MASK != 0 })
	}
	if len(refs) == 0 || refs[0].ID == 0 {
		return b
	}
	sep := " refs="
	for _, r := range refs {
		if r.ID != 0 {
			b = append(b, sep...)
			b = strconv.AppendUint(b, uint64(r.ID), 10)
			sep = ","
		}
	}
	return b
}

// appendMarks appends that a place was read later, or written on the way from the state before.
func appendMarks(b []byte, read, written bool) []byte {
	if read || written {
		b = append(b, '_')
	}
	if read {
		b = append(b, 'r')
	}
	if written {
		b = append(b, 'w')
	}
	return b
}

// appendSlot appends a stack slot and returns its index, or that of the last slot of
// an object that takes several.
func (p *Printer) appendSlot(b []byte, st *state.State, f *state.Frame, spi int) ([]byte, int) {
	s := &f.Stack[spi]
	if !slices.ContainsFunc(s.Kind[:], func(k state.SlotKind) bool { return !k.Unwritten() }) {
		return b, spi
	}
	slotAt := func(spi int) {
		b = append(b, " fp"...)
		b = strconv.AppendInt(b, int64(-spi-1)*8, 10)
		if len(st.Marks) > 0 {
			m := &st.Marks[f.Frameno]
			b = appendMarks(b, m.Read.Slots>>spi&1 != 0, m.Written.Slots>>spi&1 != 0)
		}
		b = append(b, '=')
	}
	older := p.rules() != kdata.LogMeaningful
	switch kind := s.Kind[7]; {
	case kind == state.STACK_SPILL:
		slotAt(spi)
		if older {
			b = p.appendOlderSpill(b, &s.Reg)
			break
		}
		for _, k := range s.Kind {
			if k == state.STACK_SPILL {
				break
			}
			b = append(b, slotKindChars[k])
		}
		b = p.appendReg(b, f, &s.Reg)
	case kind == state.STACK_DYNPTR && !older:
		// The kernel takes the first of two slots that it meets for the second one. Where only the real first one was
		// touched, as by a store to that place in another frame, it shows the slot before it: where there is none whatever
		// its memory holds there, of which nothing can be said.
		spi++
		if s = (&state.Slot{}); spi < len(f.Stack) {
			s = &f.Stack[spi]
		}
		slotAt(spi)
		b = append(b, "dynptr_"...)
		b = append(b, s.Dynptr.String()...)
		b = append(b, '(')
		a := attributes{b: b}
		a.number("id=", s.ID)
		if p.derived() {
			a.number("parent_id=", s.RefObjID)
		} else {
			a.number("ref_id=", s.RefObjID)
			if s.First {
				a.number("dynptr_id=", 1) // the kernel keeps both in one place
			}
		}
		b = append(a.b, ')')
	case kind == state.STACK_ITER:
		if s.RefObjID == 0 { // only the first slot has it
			return b, spi
		}
		slotAt(spi)
		b = append(b, "iter_"...)
		b = append(b, p.iterName(s.BTF, s.BTFID)...)
		if p.derived() {
			b = append(b, "(id="...)
		} else {
			b = append(b, "(ref_id="...)
		}
		b = strconv.AppendUint(b, uint64(s.RefObjID), 10)
		b = append(b, ",state="...)
		b = append(b, s.IterState.String()...)
		b = append(b, ",depth="...)
		b = strconv.AppendUint(b, uint64(s.IterDepth), 10)
		b = append(b, ')')
	default:
		slotAt(spi)
		for _, k := range s.Kind {
			b = append(b, slotKindChars[k])
		}
	}
	return b, spi
}

// derived: objects are shown with the object that they are part of, instead of with the reference that they are held by.
func (p *Printer) derived() bool { return p.Kernel != nil && p.Kernel.Has(kmodel.ObjectsDerived) }

// attributes appends a list separated by commas.
type attributes struct {
	b    []byte
	some bool
}

func (a *attributes) add(name string) {
	if a.some {
		a.b = append(a.b, ',')
	}
	a.some = true
	a.b = append(a.b, name...)
}

// number adds a number if it is not 0.
func (a *attributes) number(name string, n uint32) {
	if n != 0 {
		a.add(name)
		a.b = strconv.AppendUint(a.b, uint64(n), 10)
	}
}

func (a *attributes) decimal(name string, n int64) {
	a.add(name)
	a.b = strconv.AppendInt(a.b, n, 10)
}

func (a *attributes) mapSizes(m *object.Map) {
	a.decimal("ks=", int64(int32(m.KeySize)))
	a.decimal("vs=", int64(int32(m.ValueSize)))
}

// appendReg appends a register's value as seen from frame f.
func (p *Printer) appendReg(b []byte, f *state.Frame, r *state.Reg) []byte {
	if p.rules() != kdata.LogMeaningful {
		return p.appendOlderReg(b, r)
	}
	t := r.Type
	if t == abi.SCALAR_VALUE {
		if r.Precise {
			b = append(b, 'P')
		}
		if r.Var.Mask == 0 {
			return appendSigned(b, int64(r.Var.Value))
		}
	}
	b = append(b, t.String()...)
	switch t.Base() {
	case abi.PTR_TO_ARENA:
		if t == abi.PTR_TO_ARENA {
			return b
		}
	case abi.PTR_TO_STACK:
		if t != abi.PTR_TO_STACK {
			break
		}
		if uint32(r.Frame) != f.Frameno {
			b = append(b, '[')
			b = strconv.AppendUint(b, uint64(r.Frame), 10)
			b = append(b, ']')
		}
		if r.Var.Mask == 0 {
			return appendSigned(b, int64(r.Var.Value)+int64(r.Off))
		}
	case abi.PTR_TO_BTF_ID:
		if int(r.BTF) < len(p.img.Types) {
			b = append(b, types.Name(p.img.Types[r.BTF].ByID(r.BTFID))...)
		}
	}
	a := attributes{b: append(b, '(')}
	p.regAttributes(&a, r)
	return append(a.b, ')')
}

func (p *Printer) regAttributes(a *attributes, r *state.Reg) {
	base := r.Type.Base()
	a.number("id=", r.ID&^state.ADD_CONST)
	if r.ID&state.ADD_CONST != 0 {
		if r.ID&^state.ADD_CONST == 0 {
			a.add("id=0")
		}
		if r.Off >= 0 {
			a.b = append(a.b, '+')
		}
		a.b = strconv.AppendInt(a.b, int64(r.Off), 10)
	}
	switch {
	case r.RefObjID == 0 && r.DynptrID == 0:
	case !p.derived():
		a.number("ref_obj_id=", r.RefObjID)
	case r.DynptrID != 0:
		a.number("parent_id=", r.DynptrID)
	case r.RefObjID != r.ID:
		a.number("parent_id=", r.RefObjID)
	}
	if r.Type&abi.NON_OWN_REF != 0 && r.Type&abi.MEM_ALLOC != 0 {
		a.add("non_own_ref")
	}
	if m := p.mapOf(r); m != nil && (base == abi.CONST_PTR_TO_MAP || base == abi.PTR_TO_MAP_KEY || base == abi.PTR_TO_MAP_VALUE) {
		if m.Name != "" && int(r.Map) <= len(p.img.Maps) { // descriptions of inner maps have no name
			a.add("map=" + MapName(m))
		}
		a.mapSizes(m)
	}
	if r.Type != abi.SCALAR_VALUE && r.Off != 0 {
		a.add("off=")
		a.b = appendSigned(a.b, int64(r.Off))
	}
	switch base {
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		a.add("r=")
		a.b = appendUnsigned(a.b, uint64(int64(r.Range)))
	case abi.PTR_TO_MEM:
		a.add("sz=")
		a.b = appendUnsigned(a.b, uint64(r.MemSize))
	case abi.CONST_PTR_TO_DYNPTR:
		a.add("type=" + r.Dynptr.String())
	}
	if r.Var.Mask == 0 {
		if r.Var.Value != 0 {
			a.add("imm=")
			a.b = appendSigned(a.b, int64(r.Var.Value))
		}
		return
	}
	a.ranges(&r.Scalar)
	if r.Var.Mask != ^uint64(0) || r.Var.Value != 0 {
		a.add("var_off=")
		a.b = appendTnum(a.b, r.Var)
	}
}

// MapName is a map's name as the kernel keeps it.
func MapName(m *object.Map) string { return m.Name[:min(len(m.Name), 15)] }

// ranges adds the bounds that say something. Equal ones are named together: "smin=umin=3".
// Signed and unsigned bounds alternate in kind, lower and upper ones in place.
func (a *attributes) ranges(s *scalar.Scalar) {
	bound32 := func(n int32) uint64 {
		if decimalSigned(int64(n)) {
			return uint64(int64(n))
		}
		return uint64(uint32(n))
	}
	bounds := [...]struct {
		name   string
		val    uint64
		signed bool
		omit   bool
	}{
		{"smin=", uint64(s.Smin), true, s.Smin == -1<<63},
		{"smax=", uint64(s.Smax), true, s.Smax == 1<<63-1},
		{"umin=", s.UMin(), false, s.UMin() == 0},
		{"umax=", s.UMax(), false, s.UMax() == 1<<64-1},
		{"smin32=", bound32(s.S32Min), true, s.S32Min == -1<<31},
		{"smax32=", bound32(s.S32Max), true, s.S32Max == 1<<31-1},
		{"umin32=", uint64(s.UMin32()), false, s.UMin32() == 0},
		{"umax32=", uint64(s.UMax32()), false, s.UMax32() == 1<<32-1},
	}
	for i := range bounds {
		b := &bounds[i]
		if b.omit {
			continue
		}
		a.add(b.name)
		negative := b.signed && int64(b.val) < 0
		for j := i + 2; j < len(bounds); j += 2 {
			c := &bounds[j]
			if !c.omit && c.val == b.val && (c.signed && int64(c.val) < 0) == negative {
				c.omit = true
				a.b = append(a.b, c.name...)
			}
		}
		if b.signed {
			a.b = appendSigned(a.b, int64(b.val))
		} else {
			a.b = appendUnsigned(a.b, b.val)
		}
	}
}

// Numbers that fit 16 bits are shown as decimals, others in hex.
func decimalSigned(n int64) bool { return n >= -1<<15 && n < 1<<15 }

func appendSigned(b []byte, n int64) []byte {
	if decimalSigned(n) {
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendUint(append(b, "0x"...), uint64(n), 16)
}

func appendUnsigned(b []byte, n uint64) []byte {
	if n < 1<<16 {
		return strconv.AppendUint(b, n, 10)
	}
	return strconv.AppendUint(append(b, "0x"...), n, 16)
}

// appendTnum appends known bits: a number if all are known, else "(value; mask)".
func appendTnum(b []byte, t scalar.Tnum) []byte {
	if t.Mask == 0 {
		return appendUnsigned(b, t.Value)
	}
	b = append(b, "(0x"...)
	b = strconv.AppendUint(b, t.Value, 16)
	b = append(b, "; 0x"...)
	b = strconv.AppendUint(b, t.Mask, 16)
	return append(b, ')')
}
