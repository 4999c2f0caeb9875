package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// specialFieldNames are the kernel's names of special fields.
var specialFieldNames = map[object.FieldType]string{
	object.BPF_SPIN_LOCK:     "bpf_spin_lock",
	object.BPF_RES_SPIN_LOCK: "bpf_res_spin_lock",
	object.BPF_TIMER:         "bpf_timer",
	object.BPF_WORKQUEUE:     "bpf_wq",
	object.BPF_KPTR_UNREF:    "kptr",
	object.BPF_KPTR_REF:      "kptr",
	object.BPF_KPTR_PERCPU:   "percpu_kptr",
	object.BPF_UPTR:          "uptr",
	object.BPF_LIST_HEAD:     "bpf_list_head",
	object.BPF_LIST_NODE:     "bpf_list_node",
	object.BPF_RB_ROOT:       "bpf_rb_root",
	object.BPF_RB_NODE:       "bpf_rb_node",
	object.BPF_REFCOUNT:      "bpf_refcount",
	object.BPF_TASK_WORK:     "bpf_task_work",
}

// fieldTypeName is the kernel's name of a special field.
func fieldTypeName(t object.FieldType) string {
	if n, ok := specialFieldNames[t]; ok {
		return n
	}
	return "unknown"
}

// accessMapKey verifies an access to the key a for_each callback gets.
func (v *verifier) accessMapKey(m *memAccess) error {
	if m.write() {
		return v.Reject(abi.EACCES, "write to change key R%d not allowed", m.regno)
	}
	if err := m.checkRegion(v.mapOf(m.reg).KeySize); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// accessMapValue verifies a direct access to a map value. Special fields are closed
// to it, but kptrs can be loaded and, where not owned, stored.
func (v *verifier) accessMapValue(m *memAccess) error {
	mp := v.mapOf(m.reg)
	if err := m.checkMapRights(mp); err != nil {
		return err
	}
	if err := m.checkMapValue(mp, true); err != nil {
		return err
	}
	if m.loads() && mp.Type == abi.MAP_TYPE_INSN_ARRAY {
		return v.loadTarget(m)
	}
	if m.reg.Var.IsConst() {
		at := m.off + int(m.reg.Var.Value)
		if f := mp.Record.Find(uint32(at), object.BPF_KPTR|object.BPF_UPTR); f != nil {
			return v.accessKptr(m, f)
		}
		if m.loads() && mp.Constant() {
			val, ok := mp.ReadConstant(at, m.size, m.signExtend)
			if !ok {
				return vlog.Fail(abi.ENOTSUPP)
			}
			v.regs()[m.value].MarkKnown(val)
			return nil
		}
	}
	v.loadUnknown(m)
	return nil
}

// checkMapRights verifies an access against the map's read-only and write-only flags (check_map_access_type).
func (m *memAccess) checkMapRights(mp *object.Map) error {
	off := int64(m.off)
	if m.k.Has(kmodel.VarOffOffsets) {
		off += m.reg.Smin
	}
	if m.write() && mp.Flags&abi.BPF_F_RDONLY_PROG != 0 {
		return m.Reject(abi.EACCES, "write into map forbidden, value_size=%d off=%d size=%d", mp.ValueSize, off, m.size)
	}
	if !m.write() && mp.Flags&abi.BPF_F_WRONLY_PROG != 0 {
		return m.Reject(abi.EACCES, "read from map forbidden, value_size=%d off=%d size=%d", mp.ValueSize, off, m.size)
	}
	return nil
}

// checkMapValue verifies an access to a map value (check_map_access). direct is true for
// loads and stores, false for what a helper does.
func (m *memAccess) checkMapValue(mp *object.Map, direct bool) error {
	if err := m.checkRegion(reach(mp)); err != nil {
		return err
	}
	if mp.Record == nil {
		return nil
	}
	first, end := m.reg.Smin+int64(m.off), m.reg.UMax()+uint64(int64(m.off))+uint64(m.size)
	for i := range mp.Record.Fields {
		f := &mp.Record.Fields[i]
		if first >= int64(f.Offset)+int64(f.Size) || uint64(f.Offset) >= end {
			continue
		}
		name, at := fieldTypeName(f.Type), uint64(int64(m.off))+m.reg.Var.Value
		switch {
		case f.Type&(object.BPF_KPTR|object.BPF_UPTR) == 0:
			return m.Reject(abi.EACCES, "%s cannot be accessed directly by load/store", name)
		case !direct:
			return m.Reject(abi.EACCES, "%s cannot be accessed indirectly by helper", name)
		case !m.reg.Var.IsConst():
			return m.Reject(abi.EACCES, "%s access cannot have variable offset", name)
		case uint64(f.Offset) != at:
			return m.Reject(abi.EACCES, "%s access misaligned expected=%d off=%d", name, f.Offset, at)
		case m.size != state.SlotSize:
			return m.Reject(abi.EACCES, "%s access size must be BPF_DW", name)
		}
	}
	return nil
}

// mapRef returns the number by which registers refer to m.
func (v *verifier) mapRef(m *object.Map) uint16 {
	i := slices.Index(v.maps, m)
	if i < 0 {
		i = len(v.maps)
		v.maps = append(slices.Clip(v.maps), m)
	}
	return uint16(i + 1)
}

// reach is how many bytes of a map's value a program may access: of a jump table those of all addresses.
func reach(m *object.Map) uint32 {
	if m.Type == abi.MAP_TYPE_INSN_ARRAY {
		return m.MaxEntries * object.JumpSize
	}
	return m.ValueSize
}

// loadTarget makes a register the address of an instruction, which keeps the place in the table from which it came.
func (v *verifier) loadTarget(m *memAccess) error {
	if m.size != object.JumpSize {
		return v.Reject(abi.EACCES, "Invalid read of %d bytes from insn_array", m.size)
	}
	dst := &v.regs()[m.value]
	*dst = *m.reg
	if v.k.Has(kmodel.VarOffOffsets) {
		v.num.AddConst(&dst.Scalar, uint64(int64(m.off)))
	} else {
		dst.Off = int32(m.off)
	}
	dst.Type = abi.PTR_TO_INSN
	return nil
}
