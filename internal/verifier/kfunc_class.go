package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkKfuncClass verifies pointer argument i as what it must be.
func (v *verifier) checkKfuncClass(kf *kfunc, class argClass, i, idx int, c *kfuncCall) error {
	a := &kf.args[i]
	regno := insn.R1 + i
	r := &v.regs()[regno]
	switch class {
	case classCtx:
		return v.checkKfuncCtx(kf, r, i, c)
	case classAlloc:
		return v.checkKfuncAlloc(kf, r, i, c)
	case classDynptr:
		return v.checkKfuncDynptr(kf, a, regno, idx, c)
	case classIter:
		if kf.special == kfIterCssTaskNew && !v.cssTaskIterAllowed() {
			return v.Reject(abi.EINVAL, "css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs")
		}
		return v.processIterArg(kf, a, regno, c)
	case classListHead:
		return v.checkGraphRoot(kf, &listGraph, regno, c)
	case classRbRoot:
		return v.checkGraphRoot(kf, &treeGraph, regno, c)
	case classListNode:
		if err := v.checkOwned(r, i); err != nil {
			return err
		}
		return v.checkGraphNode(kf, &listGraph, regno, c)
	case classRbNode:
		return v.checkTreeNode(kf, regno, c)
	case classMap:
		id, _ := v.k.Types().FindStruct("bpf_map")
		return v.checkKfuncStruct(kf, kf.mapArg(a, id), r, i)
	case classStruct:
		return v.checkKfuncStruct(kf, a, r, i)
	case classMem:
		if a.memSize < 0 {
			return v.Reject(abi.EINVAL, "arg#%d reference type('%s %s') size cannot be determined: %d",
				i, a.refKind, a.refName, -int(abi.EINVAL))
		}
		return v.checkMemReg(r, regno, uint32(a.memSize))
	case classMemSize:
		return v.checkKfuncMem(kf, i, c)
	case classCallback:
		if r.Type != abi.PTR_TO_FUNC {
			return v.Reject(abi.EINVAL, "arg%d expected pointer to func", i)
		}
		c.subprog = int(r.Subprog)
		return nil
	case classRefcounted:
		return v.checkKfuncRefcounted(r, i, c)
	case classConstStr:
		if r.Type != abi.PTR_TO_MAP_VALUE {
			return v.Reject(abi.EINVAL, "arg#%d doesn't point to a const string", i)
		}
		return v.checkRegConstStr(r, regno)
	case classWorkqueue, classTimer, classTaskWork:
		if r.Type != abi.PTR_TO_MAP_VALUE {
			return v.Reject(abi.EINVAL, "arg#%d doesn't point to a map value", i)
		}
		return v.checkMapField(regno, classFields[class], &c.mapIndex, &c.mapUID)
	case classIRQFlag:
		if r.Type != abi.PTR_TO_STACK {
			return v.Reject(abi.EINVAL, "arg#%d doesn't point to an irq flag on stack", i)
		}
		return v.processIRQFlag(regno, kf.special)
	case classResSpinLock:
		return v.checkKfuncLock(kf, r, i)
	}
	return v.Bug("unknown kfunc arg type %d", class)
}

var classFields = map[argClass]object.FieldType{
	classWorkqueue: object.BPF_WORKQUEUE,
	classTimer:     object.BPF_TIMER,
	classTaskWork:  object.BPF_TASK_WORK,
}

func (v *verifier) checkKfuncCtx(kf *kfunc, r *state.Reg, i int, c *kfuncCall) error {
	if r.Type != abi.PTR_TO_CTX {
		return v.Reject(abi.EINVAL, "arg#%d expected pointer to ctx, but got %s", i, r.Type)
	}
	if kf.special != kfCastToKernCtx {
		return nil
	}
	p := v.rules
	ctx, _ := v.k.CtxTypes(p)
	if !composite(v.k.Types().ByID(ctx.KernID)) {
		return v.Reject(abi.EINVAL, "kern ctx type id %d is not a struct", ctx.KernID)
	}
	c.retID = ctx.KernID
	return nil
}

func (v *verifier) checkKfuncAlloc(kf *kfunc, r *state.Reg, i int, c *kfuncCall) error {
	switch r.Type {
	case ownedObj:
		if kf.special != kfObjDrop {
			return v.Reject(abi.EINVAL, "arg#%d expected for bpf_obj_drop_impl()", i)
		}
	case ownedObj | abi.MEM_PERCPU:
		if kf.special != kfPercpuObjDrop {
			return v.Reject(abi.EINVAL, "arg#%d expected for bpf_percpu_obj_drop_impl()", i)
		}
	default:
		return v.Reject(abi.EINVAL, "arg#%d expected pointer to allocated object", i)
	}
	if r.RefObjID == 0 {
		return v.Reject(abi.EINVAL, "allocated object must be referenced")
	}
	if kf.set == state.TypesVmlinux {
		c.argSet, c.argID = r.BTF, r.BTFID
	}
	return nil
}

// dynptrMakers are the kfuncs that construct or take a dynptr of one type.
var dynptrMakers = map[special]abi.RegType{
	kfDynptrFromSkb:     abi.DYNPTR_TYPE_SKB,
	kfDynptrFromXdp:     abi.DYNPTR_TYPE_XDP,
	kfDynptrFromSkbMeta: abi.DYNPTR_TYPE_SKB_META,
	kfDynptrFromFile:    abi.DYNPTR_TYPE_FILE,
	kfDynptrFileDiscard: abi.DYNPTR_TYPE_FILE,
}

func (v *verifier) checkKfuncDynptr(kf *kfunc, a *kfuncArg, regno, idx int, c *kfuncCall) error {
	r := &v.regs()[regno]
	at := abi.ARG_PTR_TO_DYNPTR
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		at |= abi.ArgType(abi.MEM_RDONLY)
	}
	if a.uninit {
		at |= abi.ArgType(abi.MEM_UNINIT)
	}
	clone := uint32(0)
	at |= abi.ArgType(dynptrMakers[kf.special])
	switch {
	case kf.special == kfDynptrFileDiscard:
		c.releaseRegno = regno
	case kf.special == kfDynptrClone && a.uninit:
		if c.dynptrType == state.DYNPTR_TYPE_INVALID {
			return v.Bug("no dynptr type for parent of clone")
		}
		at |= abi.ArgType(dynptrTypeFlag(c.dynptrType))
		clone = c.dynptrRefObj
		if dynptrKinds[c.dynptrType].refcounted && clone == 0 {
			return v.Bug("missing ref obj id for parent of clone")
		}
	}
	if err := v.processDynptr(regno, idx, at, clone); err != nil {
		return err
	}
	if a.uninit {
		return nil
	}
	d, err := v.dynptrReg(r)
	if err != nil {
		_ = v.Bug("failed to obtain dynptr id")
		return err
	}
	c.dynptrID, c.dynptrRefObj = d.ID, d.RefObjID
	c.dynptrType = v.dynptrType(r)
	return nil
}

// checkKfuncMap verifies a map argument; a workqueue or task work passed before it must lie in that map.
func (v *verifier) checkKfuncMap(r *state.Reg, regno int, c *kfuncCall) error {
	if !namesTarget(r) {
		return v.Reject(abi.EINVAL, "pointer in R%d isn't map pointer", regno)
	}
	if r.Map == 0 {
		return nil // perhaps a typed pointer to a map: its type is verified next
	}
	rec := v.mapOf(r).Record
	if c.mapIndex != 0 && rec.Has(object.BPF_WORKQUEUE|object.BPF_TASK_WORK) &&
		(c.mapIndex != int(r.Map) || c.mapUID != r.MapUID) {
		if rec.Has(object.BPF_TASK_WORK) {
			return v.Reject(abi.EINVAL, "bpf_task_work pointer in R2 map_uid=%d doesn't match map pointer in R3 map_uid=%d",
				c.mapUID, r.MapUID)
		}
		return v.Reject(abi.EINVAL, "workqueue pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d",
			c.mapUID, r.MapUID)
	}
	c.mapIndex, c.mapUID = int(r.Map), r.MapUID
	return nil
}

// namesTarget reports that a register says anything about what it points to.
func namesTarget(r *state.Reg) bool {
	return r.Type.Base() == abi.PTR_TO_BTF_ID || r.Target != (state.Target{})
}

// mapArg is a as if it were declared a pointer to the kernel's struct bpf_map.
func (k *kfunc) mapArg(a *kfuncArg, id uint32) *kfuncArg {
	m := *a
	m.refID, m.refKind, m.refName, m.isStruct = id, "STRUCT", "bpf_map", true
	return &m
}

// checkKfuncStruct verifies a pointer to a kernel struct, or a socket or map that is one.
func (v *verifier) checkKfuncStruct(kf *kfunc, a *kfuncArg, r *state.Reg, i int) error {
	base := r.Type.Base()
	if (base != abi.PTR_TO_BTF_ID || unsafeModifiers(r.Type) && !isRCUReg(r)) && typedRegs[base] == "" {
		v.Printf("arg#%d is %s ", i, r.Type)
		return v.Reject(abi.EINVAL, "expected %s or socket", (base | r.Type.Flags()&abi.TRUSTED_MODIFIERS))
	}
	set, id := v.setOf(r), r.BTFID
	if base != abi.PTR_TO_BTF_ID {
		set = v.k.Types()
		id, _ = set.FindStruct(typedRegs[base])
	}
	regType := types.Resolve(set.ByID(id))
	regName := types.Name(regType)
	argSet := v.typesets[kf.set]
	// A type and its ___init twin differ in what may be done with the object.
	exact := kf.has(abi.KF_RELEASE) && r.RefObjID != 0 || initAlias(types.Name(set.ByID(id)), a.refName)
	if v.structIDsMatch(set, set.ID(regType), int(r.Off), argSet, a.refID, exact) ||
		projections[a.refName] == regName && regName != "" {
		return nil
	}
	return v.Reject(abi.EINVAL, "kernel function %s args#%d expected pointer to %s %s but R%d has a pointer to %s %s",
		kf.name, i, a.refKind, a.refName, insn.R1+i, types.KindName(regType), regName)
}

// initSuffix ends the names of types that stand for objects not yet set up.
const initSuffix = "___init"

// initAlias reports that one name is the other with initSuffix.
func initAlias(a, b string) bool { return a == b+initSuffix || b == a+initSuffix }

func unsafeModifiers(t abi.RegType) bool { return t.Flags()&^abi.TRUSTED_MODIFIERS != 0 }

// checkKfuncMem verifies a memory argument with the length that follows it.
func (v *verifier) checkKfuncMem(kf *kfunc, i int, c *kfuncCall) error {
	regs := v.regs()
	buf, size, regno := &regs[insn.R1+i], &regs[insn.R2+i], insn.R2+i
	a, sizeArg := &kf.args[i], &kf.args[i+1]
	if !nullReg(buf) || !a.optional && !a.nullable {
		if err := v.checkKfuncMemSize(buf, size, regno); err != nil {
			v.Verbose("arg#%d arg#%d memory, len pair leads to invalid memory access", i, i+1)
			return err
		}
	}
	if sizeArg.size != sizeConst {
		return nil
	}
	if c.constFound {
		return v.Bug("only one constant argument permitted")
	}
	if !size.Var.IsConst() {
		return v.Reject(abi.EINVAL, "R%d must be a known constant", regno)
	}
	c.constFound, c.constVal = true, size.Var.Value
	return nil
}

// checkKfuncMemSize verifies that as many bytes as register regno says can be read
// and written at buf, which may still be NULL.
func (v *verifier) checkKfuncMemSize(buf, size *state.Reg, regno int) error {
	var meta callMeta
	saved, nullable := *buf, buf.Type.MaybeNull()
	if nullable {
		v.markPtrNotNull(buf)
	}
	err := v.checkMemSizeReg(size, regno, readAccess, true, &meta)
	if err == nil {
		err = v.checkMemSizeReg(size, regno, writeAccess, true, &meta)
	}
	if nullable {
		*buf = saved
	}
	return err
}

func (v *verifier) checkKfuncRefcounted(r *state.Reg, i int, c *kfuncCall) error {
	if !isAllocObj(r.Type) {
		return v.Reject(abi.EINVAL, "arg#%d is neither owning or non-owning ref", i)
	}
	if !isNonOwningRef(r.Type) {
		c.owning = true
	}
	rec := v.regRecord(r)
	if rec == nil {
		return v.Bug("Couldn't find btf_record")
	}
	if !rec.Has(object.BPF_REFCOUNT) {
		return v.Reject(abi.EINVAL, "arg#%d doesn't point to a type with bpf_refcount field", i)
	}
	c.argSet, c.argID = r.BTF, r.BTFID
	return nil
}

// resLockFlags are the processSpinLock flags of the resilient lock's kfuncs.
var resLockFlags = map[special]int{
	kfResSpinLock:             spinLockRes | spinLockLock,
	kfResSpinUnlock:           spinLockRes,
	kfResSpinLockIRQSave:      spinLockRes | spinLockLock | spinLockIRQSave,
	kfResSpinUnlockIRQRestore: spinLockRes | spinLockIRQSave,
}

func (v *verifier) checkKfuncLock(kf *kfunc, r *state.Reg, i int) error {
	if r.Type != abi.PTR_TO_MAP_VALUE && r.Type != ownedObj {
		return v.Reject(abi.EINVAL, "arg#%d doesn't point to map value or allocated object", i)
	}
	flags, ok := resLockFlags[kf.special]
	if !ok {
		return vlog.Fail(abi.EFAULT)
	}
	return v.processSpinLock(insn.R1+i, flags)
}
