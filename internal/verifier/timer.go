package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// mapFields are the special fields a map value pointer argument may name alone.
var mapFields = map[object.FieldType]struct {
	name string
	off  func(*object.Record) int
}{
	object.BPF_TIMER:     {"bpf_timer", func(r *object.Record) int { return r.TimerOff }},
	object.BPF_WORKQUEUE: {"bpf_wq", func(r *object.Record) int { return r.WQOff }},
	object.BPF_TASK_WORK: {"bpf_task_work", func(r *object.Record) int { return r.TaskWorkOff }},
}

// checkMapField verifies that regno points exactly to a field of the kind in a map
// value, and tells which map (check_map_field_pointer). mapIndex and mapUID are the call's.
func (v *verifier) checkMapField(regno int, kind object.FieldType, mapIndex *int, mapUID *uint32) error {
	r := &v.regs()[regno]
	f := mapFields[kind]
	if !r.Var.IsConst() {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s has to be at the constant offset", regno, f.name)
	}
	m := v.mapOf(r)
	if m.BTF == nil {
		return v.Reject(abi.EINVAL, "map '%s' has to have BTF in order to use %s", m.Name, f.name)
	}
	if !m.Record.Has(kind) {
		return v.Reject(abi.EINVAL, "map '%s' has no valid %s", m.Name, f.name)
	}
	at := f.off(m.Record)
	if off := int64(r.Var.Value) + int64(r.Off); off != int64(at) {
		return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct %s' that is at %d", off, f.name, at)
	}
	if *mapIndex != 0 {
		return v.Bug("Two map pointers in a %s helper", f.name)
	}
	*mapIndex = int(r.Map)
	*mapUID = r.MapUID
	return nil
}

// processTimer verifies a bpf_timer argument of a helper.
func (v *verifier) processTimer(regno int, meta *callMeta) error {
	return v.checkMapField(regno, object.BPF_TIMER, &meta.mapIndex, &meta.mapUID)
}
