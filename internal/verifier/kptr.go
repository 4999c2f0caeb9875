package verifier

import (
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// structRecord is the record of special fields of a struct, nil for none. Only the
// program's own structs have one.
func (v *verifier) structRecord(set uint8, id uint32) *object.Record {
	if set != state.TypesProg {
		return nil
	}
	return v.img.StructMetas[id]
}

// regRecord is the record of special fields of what a register points to, nil for none.
func (v *verifier) regRecord(r *state.Reg) *object.Record {
	if r.Type == abi.PTR_TO_MAP_VALUE {
		return v.mapOf(r).Record
	}
	if isAllocObj(r.Type) {
		return v.structRecord(r.BTF, r.BTFID)
	}
	return nil
}

// kptrPointeeRecord is the record of what a kptr field points to.
func (v *verifier) kptrPointeeRecord(f *object.Field) *object.Record {
	return v.structRecord(uint8(f.PointeeSet), f.PointeeID)
}

// mapFields are the special fields that an argument may point to, in a map value.
var mapFields = map[object.FieldType]string{
	object.BPF_TIMER:     "bpf_timer",
	object.BPF_WORKQUEUE: "bpf_wq",
	object.BPF_TASK_WORK: "bpf_task_work",
}

// takeMapField verifies that the argument points exactly to a field of the kind in a map
// value, and notes which map (check_map_field_pointer).
func (c *call) takeMapField(kind object.FieldType, a arg) error {
	v, r, name := c.v, a.r, mapFields[kind]
	off, fixed := r.FixedOff()
	if !fixed {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s has to be at the constant offset", a.regno, name)
	}
	m := v.mapOf(r)
	if m.BTF == nil {
		return v.Reject(abi.EINVAL, "map '%s' has to have BTF in order to use %s", m.Name, name)
	}
	if !m.Record.HasAny(kind) {
		if !v.k.Has(kmodel.FieldRecords) {
			return v.Reject(abi.EINVAL, "map '%s' doesn't have 'struct %s'", m.Name, name)
		}
		return v.Reject(abi.EINVAL, "map '%s' has no valid %s", m.Name, name)
	}
	at := m.Record.Off(kind)
	if off != int(at) {
		return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct %s' that is at %d", off, name, at)
	}
	if c.mapIndex != 0 {
		return v.Bug("Two map pointers in a %s helper", name)
	}
	c.mapIndex, c.mapUID = int(r.Map), r.MapUID
	return nil
}

func (c *call) takeTimer(a arg) error     { return c.takeMapField(object.BPF_TIMER, a) }
func (c *call) takeWorkqueue(a arg) error { return c.takeMapField(object.BPF_WORKQUEUE, a) }
func (c *call) takeTaskWork(a arg) error  { return c.takeMapField(object.BPF_TASK_WORK, a) }

// takeKptrDest verifies the destination of bpf_kptr_xchg: a map value or an object
// of the program with a referenced kptr at exactly that offset.
func (c *call) takeKptrDest(a arg) error {
	v, r, regno := c.v, a.r, a.regno
	off, fixed := r.FixedOff()
	if !fixed && !v.k.Has(kmodel.FieldRecords) {
		return v.rejectKptrOffset(regno)
	}
	if !isAllocObj(r.Type) {
		m := v.mapOf(r)
		if m.BTF == nil {
			return v.Reject(abi.EINVAL, "map '%s' has to have BTF in order to use bpf_kptr_xchg", m.Name)
		}
		c.mapIndex = int(r.Map)
	}
	if !fixed {
		return v.rejectKptrOffset(regno)
	}
	rec := v.regRecord(r)
	if !rec.HasAny(object.BPF_KPTR) {
		if !v.k.Has(kmodel.FieldRecords) {
			return v.Reject(abi.EINVAL, "map '%s' has no valid kptr", v.mapOf(r).Name)
		}
		return v.Reject(abi.EINVAL, "R%d has no valid kptr", regno)
	}
	f := rec.Find(uint32(off), object.BPF_KPTR)
	if f == nil {
		return v.Reject(abi.EACCES, "off=%d doesn't point to kptr", int32(off))
	}
	if f.Type == object.BPF_KPTR_UNREF {
		return v.Reject(abi.EACCES, "off=%d kptr isn't referenced kptr", int32(off))
	}
	c.kptr = f
	return nil
}

func (v *verifier) rejectKptrOffset(regno int) error {
	return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. kptr has to be at the constant offset", regno)
}

// kptrAccepts is the set of flags a pointer may carry into a kptr field.
func (v *verifier) kptrAccepts(f *object.Field, r *state.Reg) abi.RegType {
	if s := v.setOf(r); s != nil && s.Kernel {
		flags := abi.PTR_MAYBE_NULL | abi.PTR_TRUSTED | abi.MEM_RCU
		if f.Type == object.BPF_KPTR_UNREF {
			flags |= abi.PTR_UNTRUSTED
		}
		return flags
	}
	flags := abi.PTR_MAYBE_NULL | abi.MEM_ALLOC
	if f.Type == object.BPF_KPTR_PERCPU {
		flags |= abi.MEM_PERCPU
	}
	return flags
}

// fitsKptr verifies that regno may be stored in a kptr field (map_kptr_match_type).
func (v *verifier) fitsKptr(f *object.Field, r *state.Reg, regno int) error {
	regName := ""
	percpu := f.Type == object.BPF_KPTR_PERCPU
	if r.Type.Base() == abi.PTR_TO_BTF_ID && r.Type.Flags()&^v.kptrAccepts(f, r) == 0 &&
		(percpu == (r.Type&abi.MEM_PERCPU != 0) || !v.k.Has(kmodel.PercpuKptrSource)) {
		regName = types.Name(v.setOf(r).ByID(r.BTFID))
		if err := v.checkFixedOffset(r, regno, true); err != nil {
			return vlog.Fail(abi.EACCES)
		}
		// A referenced kptr is what its type says from its start; only an unreferenced
		// one may point at a member.
		if off, _ := r.FixedOff(); v.holds(v.setOf(r), r.BTFID, off, v.typesets[f.PointeeSet], f.PointeeID,
			f.Type != object.BPF_KPTR_UNREF) {
			return nil
		}
	}
	want := types.Name(v.typesets[f.PointeeSet].ByID(f.PointeeID))
	if f.Type == object.BPF_KPTR_UNREF {
		return v.Reject(abi.EINVAL, "invalid kptr access, R%d type=%s%s expected=%s%s or %s%s", regno,
			r.Type, regName, abi.PTR_TO_BTF_ID, want,
			(abi.PTR_TO_BTF_ID | abi.PTR_UNTRUSTED), want)
	}
	return v.Reject(abi.EINVAL, "invalid kptr access, R%d type=%s%s expected=%s%s", regno,
		r.Type, regName, abi.PTR_TO_BTF_ID, want)
}

// accessKptr verifies a direct load or store of a kptr field of a map value (check_map_kptr_access);
// size and offset have been found right.
func (v *verifier) accessKptr(m *memAccess, f *object.Field) error {
	in := &v.insns[v.idx]
	if in.Mode() != insn.MEM {
		return v.Reject(abi.EACCES, "kptr in map can only be accessed using BPF_MEM instruction mode")
	}
	load := in.Class() == insn.LDX
	switch {
	case !load && f.Type&(object.BPF_KPTR_REF|object.BPF_KPTR_PERCPU) != 0:
		return v.Reject(abi.EACCES, "store to referenced kptr disallowed")
	case !load && f.Type == object.BPF_UPTR:
		return v.Reject(abi.EACCES, "store to uptr disallowed")
	case load && f.Type == object.BPF_UPTR:
		return v.loadUptr(m.value, f)
	case load:
		return v.loadTyped(m.value, abi.PTR_TO_BTF_ID, uint8(f.PointeeSet), f.PointeeID, v.kptrLoadFlags(f))
	case in.Class() == insn.STX:
		switch r := &v.regs()[m.value]; {
		case !nullReg(r):
			if v.fitsKptr(f, r, m.value) != nil {
				return vlog.Fail(abi.EACCES)
			}
		case v.k.Has(kmodel.NullArgsPrecise):
			return v.precision.MarkReg(v.st, m.value)
		}
	case in.Class() == insn.ST:
		if in.Imm != 0 {
			return v.Reject(abi.EACCES, "BPF_ST imm must be 0 when storing to kptr at off=%d", f.Offset)
		}
	default:
		return v.Reject(abi.EACCES, "kptr in map can only be accessed using BPF_LDX/BPF_STX/BPF_ST")
	}
	return nil
}

// loadUptr makes a register the pointer to user memory that a task's storage holds.
func (v *verifier) loadUptr(regno int, f *object.Field) error {
	size, _ := types.SizeOf(types.Resolve(v.typesets[f.PointeeSet].ByID(f.PointeeID)))
	r := &v.regs()[regno]
	r.MarkPtr(abi.PTR_TO_MEM | abi.PTR_MAYBE_NULL)
	r.MemSize = uint32(size)
	r.ID = v.newID()
	return nil
}

// rcuSafeKptr reports that what a kptr field points to stays valid through an RCU section.
func (v *verifier) rcuSafeKptr(f *object.Field) bool {
	switch f.Type {
	case object.BPF_KPTR_PERCPU:
		return true
	case object.BPF_KPTR_REF:
		set := v.typesets[f.PointeeSet]
		return !set.Kernel || v.k.RCUProtected(types.Name(set.ByID(f.PointeeID)))
	}
	return false
}

// kptrLoadFlags are the type flags of a register loaded from a kptr field (btf_ld_kptr_type).
func (v *verifier) kptrLoadFlags(f *object.Field) abi.RegType {
	if !v.rcuSafeKptr(f) || !v.inRCU() || !v.k.Has(kmodel.TrustedPointers) {
		return abi.PTR_MAYBE_NULL | abi.PTR_UNTRUSTED
	}
	t := abi.PTR_MAYBE_NULL | abi.MEM_RCU
	if f.Type == object.BPF_KPTR_PERCPU {
		t |= abi.MEM_PERCPU
	} else if !v.typesets[f.PointeeSet].Kernel {
		t |= abi.MEM_ALLOC
	}
	if v.kptrPointeeRecord(f).HasAny(object.BPF_GRAPH_NODE) {
		t |= abi.NON_OWN_REF
	}
	return t
}

// holds reports whether need (in needSet) is found in type id (in set) at byte off: it is that type, or, unless
// strict, a struct nested there at any depth (btf_struct_ids_match).
func (v *verifier) holds(set *types.Set, id uint32, off int, needSet *types.Set, need uint32, strict bool) bool {
	if strict {
		return off == 0 && types.Same(set, id, needSet, need)
	}
	ok, err := types.Holds(set, id, off, needSet, need)
	var denied *types.AccessError
	if errors.As(err, &denied) {
		v.VerboseText(denied.Format, denied.Text, denied.Args...)
	}
	return ok
}
