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

// setHelperResult makes R0 what the helper returns.
func (c *call) setHelperResult() error {
	v, fn := c.v, c.fn
	r := &v.regs()[insn.R0]
	flags := fn.Ret.Flags()
	switch base := fn.Ret.Base(); base {
	case abi.RET_INTEGER:
		r.MarkUnknown()
	case abi.RET_VOID:
		r.Type = abi.NOT_INIT
	case abi.RET_PTR_TO_MAP_VALUE:
		if c.mapIndex == 0 {
			return v.Bug("unexpected null map_ptr")
		}
		c.setMapValue(r, flags)
	case abi.RET_PTR_TO_SOCKET:
		r.MarkPtr(abi.PTR_TO_SOCKET | flags)
	case abi.RET_PTR_TO_SOCK_COMMON:
		r.MarkPtr(abi.PTR_TO_SOCK_COMMON | flags)
	case abi.RET_PTR_TO_TCP_SOCK:
		r.MarkPtr(abi.PTR_TO_TCP_SOCK | flags)
	case abi.RET_PTR_TO_MEM:
		r.MarkPtr(abi.PTR_TO_MEM | flags)
		r.MemSize = uint32(c.memSize)
	case abi.RET_PTR_TO_MEM_OR_BTF_ID:
		if err := c.returnPercpu(r, flags); err != nil {
			return err
		}
	case abi.RET_PTR_TO_BTF_ID:
		if err := c.returnObject(r, flags); err != nil {
			return err
		}
	default:
		return v.Reject(abi.EINVAL, "unknown return type %d of func %s#%d", base, c.name(), fn.ID)
	}
	if r.Type.MaybeNull() {
		r.ID = v.newID()
	}
	v.typeValue(r, true)
	r.DynptrID = c.dynptrID
	if c.does(casts) {
		if err := c.castReference(r); err != nil {
			return err
		}
	} else if c.helperAcquires() {
		id := v.acquireReference(v.idx)
		r.ID, r.RefObjID = id, id
	}
	if fn.Ret == abi.RET_INTEGER && c.rule.refine != nil {
		c.rule.refine(c, r)
		v.num.Sync(&r.Scalar)
	}
	return nil
}

// castReference makes the result share the argument's reference. Where its id stands for that too, it says nothing of
// NULL, so that is another path.
func (c *call) castReference(r *state.Reg) error {
	v := c.v
	r.RefObjID = c.refObjID
	if !v.k.Has(kmodel.CastsOfReferences) || c.refObjID == 0 || c.dynptrID != 0 {
		return nil
	}
	r.Type &^= abi.PTR_MAYBE_NULL
	r.ID = c.refObjID
	null, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.E2BIG)
	if err != nil {
		return err
	}
	null.Cur().Regs[insn.R0].MarkKnown(0)
	return nil
}

// setMapValue makes r a value of the map passed.
func (c *call) setMapValue(r *state.Reg, flags abi.RegType) {
	m := c.passedMap()
	if c.does(looksUp) && lookupNeverFails(m.Type) && c.constMapKey >= 0 && c.constMapKey < int64(m.MaxEntries) {
		flags &^= abi.PTR_MAYBE_NULL
	}
	r.MarkPtr(abi.PTR_TO_MAP_VALUE | flags)
	r.Map, r.MapUID = uint16(c.mapIndex), c.mapUID
	if flags&abi.PTR_MAYBE_NULL == 0 && m.Record.HasAny(lockFields) {
		r.ID = c.v.newID()
	}
}

// helperAcquires reports that the result is a new reference.
func (c *call) helperAcquires() bool {
	if c.does(acquires) {
		return true
	}
	if !c.does(looksUp) || c.mapIndex == 0 {
		return false
	}
	t := c.passedMap().Type
	return t == abi.MAP_TYPE_SOCKMAP || t == abi.MAP_TYPE_SOCKHASH
}

// returnPercpu makes r a pointer to one CPU's copy of a percpu variable or object.
func (c *call) returnPercpu(r *state.Reg, flags abi.RegType) error {
	v := c.v
	t := types.Resolve(orVoid(v.typesets[c.objSet].ByID(c.objID)))
	if !types.IsComposite(t) {
		size, err := btf.Sizeof(t)
		if err != nil {
			return v.Reject(abi.EINVAL, "unable to resolve the size of type '%s': %d", types.Name(t), -int(abi.EINVAL))
		}
		r.MarkPtr(abi.PTR_TO_MEM | flags)
		r.MemSize = uint32(size)
		return nil
	}
	if c.cpuAlloc {
		r.MarkPtr(abi.PTR_TO_BTF_ID | abi.MEM_ALLOC | abi.MEM_RCU)
	} else {
		r.MarkPtr(abi.PTR_TO_BTF_ID | flags&^abi.MEM_RDONLY)
	}
	r.BTF, r.BTFID = c.objSet, c.objID
	return nil
}

// returnObject makes r a typed pointer.
func (c *call) returnObject(r *state.Reg, flags abi.RegType) error {
	r.MarkPtr(abi.PTR_TO_BTF_ID | flags)
	set, id := uint8(state.TypesVmlinux), c.v.k.StructID(c.fn.RetStruct)
	if f := c.kptr; f != nil {
		set, id = uint8(f.PointeeSet), f.PointeeID
		if set == state.TypesProg {
			r.Type |= abi.MEM_ALLOC
			if f.Type == object.BPF_KPTR_PERCPU {
				r.Type |= abi.MEM_PERCPU
			}
		}
	}
	if id == 0 {
		return c.v.Reject(abi.EINVAL, "invalid return type %d of func %s#%d", c.fn.Ret.Base(), c.name(), c.fn.ID)
	}
	r.BTF, r.BTFID = set, id
	return nil
}

// lengthOrErrno narrows a result to the bytes written or an error (do_refine_retval_range).
func (c *call) lengthOrErrno(r *state.Reg) {
	if c.fn.ID == abi.BPF_FUNC_get_task_stack && !c.v.k.Has(kmodel.TaskStackLengths) {
		return
	}
	r.Smax, r.S32Max = int64(c.msizeMax), int32(c.msizeMax)
	r.Smin, r.S32Min = -abi.MAX_ERRNO, -abi.MAX_ERRNO
}

// hookResult narrows a result to what the hook may return.
func (c *call) hookResult(r *state.Reg) {
	if want, some := c.v.hookResults(); some && c.v.k.Has(kmodel.RetvalBounded) {
		r.Smax, r.S32Max = int64(want.Max), want.Max
		r.Smin, r.S32Min = int64(want.Min), want.Min
	}
}

// cpuNumber narrows a result to the number of a CPU.
func (c *call) cpuNumber(r *state.Reg) {
	if c.v.k.Has(kmodel.CPUNumbersBounded) {
		r.SetRange(0, uint64(c.v.k.Config().CPUs-1))
	}
}

func orVoid(t btf.Type) btf.Type {
	if t == nil {
		return (*btf.Void)(nil)
	}
	return t
}
