package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

const maxErrno = 4095

// setReturn makes R0 what the helper returns.
func (v *verifier) setReturn(meta *callMeta, fn *kmodel.Helper) error {
	r := &v.regs()[insn.R0]
	flags := fn.Ret.Flags()
	switch base := fn.Ret.Base(); base {
	case abi.RET_INTEGER:
		markUnknown(r)
	case abi.RET_VOID:
		r.Type = abi.NOT_INIT
	case abi.RET_PTR_TO_MAP_VALUE:
		if meta.mapIndex == 0 {
			return v.Bug("unexpected null map_ptr")
		}
		m := v.maps[meta.mapIndex-1]
		if meta.funcID == abi.BPF_FUNC_map_lookup_elem && lookupNeverFails(m.Type) &&
			meta.constMapKey >= 0 && meta.constMapKey < int64(m.MaxEntries) {
			flags &^= abi.PTR_MAYBE_NULL
		}
		markPtr(r, abi.PTR_TO_MAP_VALUE|flags)
		r.Map, r.MapUID = uint16(meta.mapIndex), meta.mapUID
		if flags&abi.PTR_MAYBE_NULL == 0 && m.Record.Has(object.BPF_SPIN_LOCK|object.BPF_RES_SPIN_LOCK) {
			r.ID = v.newID()
		}
	case abi.RET_PTR_TO_SOCKET:
		markPtr(r, abi.PTR_TO_SOCKET|flags)
	case abi.RET_PTR_TO_SOCK_COMMON:
		markPtr(r, abi.PTR_TO_SOCK_COMMON|flags)
	case abi.RET_PTR_TO_TCP_SOCK:
		markPtr(r, abi.PTR_TO_TCP_SOCK|flags)
	case abi.RET_PTR_TO_MEM:
		markPtr(r, abi.PTR_TO_MEM|flags)
		r.MemSize = uint32(meta.memSize)
	case abi.RET_PTR_TO_MEM_OR_BTF_ID:
		if err := v.returnPercpu(r, meta, flags); err != nil {
			return err
		}
	case abi.RET_PTR_TO_BTF_ID:
		if err := v.returnObject(r, meta, fn, flags); err != nil {
			return err
		}
	default:
		return v.Reject(abi.EINVAL, "unknown return type %d of func %s#%d", base, v.helperName(fn.ID), fn.ID)
	}
	if r.Type.MaybeNull() {
		r.ID = v.newID()
	}
	if meta.funcID == abi.BPF_FUNC_dynptr_data {
		r.DynptrID = meta.dynptrID
	}
	if helperHas(meta.funcID, casts) {
		r.RefObjID = meta.refObjID
	} else if v.helperAcquires(meta) {
		id := v.acquireReference(v.idx)
		r.ID, r.RefObjID = id, id
	}
	v.refineReturn(r, meta, fn)
	return nil
}

// helperAcquires reports that the result is a new reference.
func (v *verifier) helperAcquires(meta *callMeta) bool {
	if helperHas(meta.funcID, acquires) {
		return true
	}
	if meta.funcID != abi.BPF_FUNC_map_lookup_elem || meta.mapIndex == 0 {
		return false
	}
	t := v.maps[meta.mapIndex-1].Type
	return t == abi.MAP_TYPE_SOCKMAP || t == abi.MAP_TYPE_SOCKHASH
}

// returnPercpu makes r a pointer to one CPU's copy of a percpu variable or object.
func (v *verifier) returnPercpu(r *state.Reg, meta *callMeta, flags abi.RegType) error {
	t := types.Resolve(orVoid(v.typesets[meta.retSet].ByID(meta.retBTFID)))
	if !types.IsComposite(t) {
		size, err := btf.Sizeof(t)
		if err != nil {
			return v.Reject(abi.EINVAL, "unable to resolve the size of type '%s': %d", types.Name(t), -int(abi.EINVAL))
		}
		markPtr(r, abi.PTR_TO_MEM|flags)
		r.MemSize = uint32(size)
		return nil
	}
	if meta.cpuAlloc {
		markPtr(r, abi.PTR_TO_BTF_ID|abi.MEM_ALLOC|abi.MEM_RCU)
	} else {
		markPtr(r, abi.PTR_TO_BTF_ID|flags&^abi.MEM_RDONLY)
	}
	r.BTF, r.BTFID = meta.retSet, meta.retBTFID
	return nil
}

// returnObject makes r a typed pointer.
func (v *verifier) returnObject(r *state.Reg, meta *callMeta, fn *kmodel.Helper, flags abi.RegType) error {
	markPtr(r, abi.PTR_TO_BTF_ID|flags)
	set, id := uint8(state.TypesVmlinux), fn.RetBTFID
	if meta.funcID == abi.BPF_FUNC_kptr_xchg {
		f := meta.kptrField
		set, id = uint8(f.PointeeSet), f.PointeeID
		if set == state.TypesProg {
			r.Type |= abi.MEM_ALLOC
			if f.Type == object.BPF_KPTR_PERCPU {
				r.Type |= abi.MEM_PERCPU
			}
		}
	}
	if id == 0 {
		return v.Reject(abi.EINVAL, "invalid return type %d of func %s#%d", fn.Ret.Base(), v.helperName(fn.ID), fn.ID)
	}
	r.BTF, r.BTFID = set, id
	return nil
}

// refineReturn narrows the range of an integer result (do_refine_retval_range).
func (v *verifier) refineReturn(r *state.Reg, meta *callMeta, fn *kmodel.Helper) {
	if fn.Ret != abi.RET_INTEGER {
		return
	}
	switch meta.funcID {
	case abi.BPF_FUNC_get_stack, abi.BPF_FUNC_get_task_stack, abi.BPF_FUNC_probe_read_str,
		abi.BPF_FUNC_probe_read_kernel_str, abi.BPF_FUNC_probe_read_user_str:
		r.Smax, r.S32Max = int64(meta.msizeMax), int32(meta.msizeMax)
		r.Smin, r.S32Min = -maxErrno, -maxErrno
	case abi.BPF_FUNC_get_smp_processor_id:
		last := uint64(v.k.Config().CPUs - 1)
		r.Umin, r.U32Min, r.Smin, r.S32Min = 0, 0, 0, 0
		r.Umax, r.U32Max, r.Smax, r.S32Max = last, uint32(last), int64(last), int32(last)
	default:
		return
	}
	r.Sync()
}
