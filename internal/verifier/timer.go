package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// mapFields are the special fields a map value pointer argument may name alone.
var mapFields = map[object.FieldType]string{
	object.BPF_TIMER:     "bpf_timer",
	object.BPF_WORKQUEUE: "bpf_wq",
	object.BPF_TASK_WORK: "bpf_task_work",
}

// checkMapField verifies that regno points exactly to a field of the kind in a map
// value, and tells which map (check_map_field_pointer). mapIndex and mapUID are the call's.
func (v *verifier) checkMapField(regno int, kind object.FieldType, mapIndex *int, mapUID *uint32) error {
	r := &v.regs()[regno]
	name := mapFields[kind]
	if !r.Var.IsConst() {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s has to be at the constant offset", regno, name)
	}
	m := v.mapOf(r)
	if m.BTF == nil {
		return v.Reject(abi.EINVAL, "map '%s' has to have BTF in order to use %s", m.Name, name)
	}
	if !m.Record.Has(kind) {
		return v.Reject(abi.EINVAL, "map '%s' has no valid %s", m.Name, name)
	}
	at := m.Record.Off(kind)
	if off, _ := r.FixedOff(); off != int(at) {
		return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct %s' that is at %d", off, name, at)
	}
	if *mapIndex != 0 {
		return v.Bug("Two map pointers in a %s helper", name)
	}
	*mapIndex = int(r.Map)
	*mapUID = r.MapUID
	return nil
}

// processTimer verifies a bpf_timer argument of a helper.
func (v *verifier) processTimer(regno int, meta *callMeta) error {
	return v.checkMapField(regno, object.BPF_TIMER, &meta.mapIndex, &meta.mapUID)
}
