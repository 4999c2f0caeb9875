package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// kfunc is what is known of a kernel function, worked out once a verification.
type kfunc struct {
	*kproto.Func
	rule *rule
}

// kfuncOf returns what is known of the function a call names, nil if it is none.
func (v *verifier) kfuncOf(in *insn.Insn) *kfunc {
	if !in.IsKfuncCall() || in.Imm <= 0 || in.Off < 0 || int(in.Off) >= len(v.typesets) {
		return nil
	}
	set, id := uint8(in.Off), uint32(in.Imm)
	for _, k := range v.kfuncs {
		if k.ID == id && k.Set == set {
			return k
		}
	}
	f := kproto.Describe(v.k, v.rules, v.typesets, set, id)
	if f == nil {
		return nil
	}
	k := &kfunc{Func: f, rule: &noRule}
	if r := kfuncRules[f.Name]; r != nil && set == state.TypesVmlinux {
		k.rule = r
	}
	if k.rule.traits&takesCtx != 0 {
		for i := range k.Args {
			k.Args[i].Class = kproto.Ctx
		}
	}
	v.kfuncs = append(v.kfuncs, k)
	return k
}

// kfuncProto is what types and names say of the function a call names, nil if it is none.
func (v *verifier) kfuncProto(in *insn.Insn) *kproto.Func {
	if k := v.kfuncOf(in); k != nil {
		return k.Func
	}
	return nil
}

// ruleOf returns the row of the helper or kernel function that a call names.
func (v *verifier) ruleOf(in *insn.Insn) *rule {
	if in.IsHelperCall() {
		return helperRule(in.Imm)
	}
	if k := v.kfuncOf(in); k != nil {
		return k.rule
	}
	return &noRule
}

// checkKfuncCall verifies a call of a kernel function at v.idx.
func (v *verifier) checkKfuncCall(in *insn.Insn) error {
	if in.Imm == 0 {
		return nil // dead code may keep such calls; finish refuses those still there
	}
	kf := v.kfuncOf(in)
	if kf == nil {
		return vlog.Fail(abi.EINVAL)
	}
	if !kf.Allowed {
		return v.Reject(abi.EACCES, "calling kernel function %s is not allowed", kf.Name)
	}
	c := &v.call
	*c = call{v: v, in: in, kf: kf, rule: kf.rule}
	if err := c.run(c.rule.entry); err != nil {
		return err
	}
	if kf.HasAny(abi.KF_SLEEPABLE) && !v.inSleepable() && v.k.Has(kmodel.KfuncArgsClassified) {
		return v.Reject(abi.EACCES, "program must be sleepable to call sleepable kfunc %s", kf.Name)
	}
	if err := c.checkKfuncArgs(); err != nil {
		return err
	}
	if err := c.applyKfunc(); err != nil {
		return err
	}
	v.forgetCallerSaved(v.st, v.st.CurFrame)
	if err := c.setKfuncResult(); err != nil {
		return err
	}
	c.markKfuncRegs()
	if c.does(movesPacket) {
		v.forgetPackets()
	}
	if kf.HasAny(abi.KF_ITER_NEXT) {
		return c.forkIterNext()
	}
	return nil
}

// applyKfunc does what the kfunc does to the program's state, when its arguments were found right.
func (c *call) applyKfunc() error {
	v, kf := c.v, c.kf
	if c.rule.callback != nil {
		if err := c.pushCallback(c.rule.callback); err != nil {
			if vlog.IsRefusal(err) {
				v.Verbose("kfunc %s#%d failed callback verification", kf.Name, kf.ID)
			}
			return err
		}
	}
	if err := c.run(c.rule.enter); err != nil {
		return err
	}
	if err := c.checkSleeps(); err != nil {
		return err
	}
	if !v.inRCU() && v.enforcesRCU(kf) {
		return v.Reject(abi.EACCES, "kernel func %s requires RCU critical section protection", kf.Name)
	}
	if err := c.releaseKfuncArg(); err != nil {
		return err
	}
	return c.run(c.rule.before)
}

// releaseKfuncArg gives back the reference passed to a releasing kfunc.
func (c *call) releaseKfuncArg() error {
	v, kf := c.v, c.kf
	if c.releaseRegno == 0 || c.elementReleased {
		return nil
	}
	r := &v.regs()[c.releaseRegno]
	if c.dynptrRefObj != 0 {
		return v.unmarkDynptr(r)
	}
	return v.releaseKfuncReference(kf, r.RefObjID)
}

// releaseKfuncReference gives back a reference. Newer kernels have said by then why that can't be.
func (v *verifier) releaseKfuncReference(kf *kfunc, id uint32) error {
	err := v.releaseReference(id)
	if err != nil && !v.k.Has(kmodel.ObjectsDerived) {
		v.Verbose("kfunc %s#%d reference has not been acquired before", kf.Name, kf.ID)
	}
	return err
}

// markKfuncRegs notes which registers the call has read and written.
func (c *call) markKfuncRegs() {
	st := c.v.st
	if ret := &c.kf.Ret; ret.Scalar || ret.Pointer {
		st.WriteRegs(st.CurFrame, 1<<insn.R0)
	}
	for i := range min(len(c.kf.Args), insn.MaxArgs) {
		c.v.markRegRead(insn.R1 + i)
	}
}

// setKfuncResult makes r0 what the call returns.
func (c *call) setKfuncResult() error {
	v, kf := c.v, c.kf
	ret := &kf.Ret
	r0 := &v.regs()[insn.R0]
	if kf.HasAny(abi.KF_ACQUIRE) && !ret.RefComposite && !c.does(localObject) {
		return v.Reject(abi.EINVAL, "acquire kernel function does not return PTR_TO_BTF_ID")
	}
	if ret.Scalar {
		r0.MarkUnknown()
		if c.rule.locks&lockTake != 0 { // the path on which it is not got is another
			r0.MarkKnown(0)
		}
		return nil
	}
	if !ret.Pointer {
		return nil
	}
	if err := c.setKfuncPointer(r0); err != nil {
		return err
	}
	// An owning reference to a refcounted object can always be doubled.
	nullable := kf.HasAny(abi.KF_RET_NULL) && !(c.does(doubles) && c.owning)
	if nullable {
		r0.Type |= abi.PTR_MAYBE_NULL
		r0.ID = v.newID()
	}
	if kf.HasAny(abi.KF_ACQUIRE) {
		id := v.acquireReference(v.idx)
		v.forbid(kf)
		if nullable || v.k.Has(kmodel.ObjectsDerived) {
			r0.ID = id
		}
		r0.RefObjID = id
		c.holdElement(id)
	} else if ret.RbNode || ret.ListNode {
		_ = v.setNonOwning(r0) // the kernel does not look at the result; the message is in the log
	}
	if v.regRecord(r0).HasAny(lockFields) && r0.ID == 0 {
		r0.ID = v.newID()
	}
	return nil
}

// setKfuncPointer makes r0 the pointer returned, but for nullness and references.
func (c *call) setKfuncPointer(r0 *state.Reg) error {
	v, kf, ret := c.v, c.kf, &c.kf.Ret
	switch {
	case c.rule.result != nil:
		return c.rule.result(c, r0)
	case (ret.ListNode || ret.RbNode) && c.root != nil && kf.Set == state.TypesVmlinux:
		v.markGraphNode(r0, c.root)
	case ret.RefVoid && v.k.Has(kmodel.KfuncArgsClassified):
		r0.MarkUnknown()
	case !ret.RefStruct:
		return c.setKfuncMem(r0)
	default:
		t := abi.PTR_TO_BTF_ID
		switch next := kf.HasAny(abi.KF_ITER_NEXT); {
		case c.does(untrustedResult):
			t |= abi.PTR_UNTRUSTED
		case v.enforcesRCU(kf), next && c.iterOf(v.st).Type&abi.MEM_RCU != 0:
			t |= abi.MEM_RCU
		case next || v.k.Has(kmodel.KfuncResultsTrusted):
			t |= abi.PTR_TRUSTED
		}
		r0.MarkPtr(t)
		r0.BTF, r0.BTFID = kf.Set, ret.RefID
	}
	return nil
}

// setKfuncMem makes r0 the memory returned, of the size that an argument or the prototype tells.
func (c *call) setKfuncMem(r0 *state.Reg) error {
	kf, ret := c.kf, &c.kf.Ret
	size, rdonly := c.memSize, c.memRdonly
	sized := size != 0 || c.memSized && c.v.k.Has(kmodel.ResultSizes)
	if !sized && ret.RefSize >= 0 && c.v.k.Has(kmodel.KfuncArgsClassified) {
		size, rdonly = uint64(ret.RefSize), true
		sized = size != 0 || c.v.k.Has(kmodel.ResultSizes)
	}
	if !sized {
		return c.v.Reject(abi.EINVAL, "kernel function %s returns pointer type %s %s is not supported",
			kf.Name, types.KindName(ret.Ref), types.Name(ret.Ref))
	}
	r0.MarkPtr(abi.PTR_TO_MEM)
	r0.MemSize = uint32(size)
	if rdonly {
		r0.Type |= abi.MEM_RDONLY
	}
	// The memory goes with the object it belongs to.
	r0.RefObjID = c.refObjID
	if c.v.enforcesRCU(kf) {
		r0.Type |= abi.MEM_RCU
	}
	return nil
}

// enforcesRCU reports a kernel function that is called, and whose result is valid, in RCU sections only. Older kernels ask so
// much of what iterators hand out alone.
func (v *verifier) enforcesRCU(kf *kfunc) bool {
	return kf.HasAny(abi.KF_RCU_PROTECTED) && v.k.Has(kmodel.RCUProtectionEnforced)
}

// sameObject makes r0 another reference to the object passed.
func (c *call) sameObject(r0 *state.Reg) error {
	r0.MarkPtr(ownedObj)
	r0.BTF, r0.BTFID = c.objSet, c.objID
	return nil
}

// kernCtx makes r0 the program's context as the kernel has it.
func (c *call) kernCtx(r0 *state.Reg) error {
	r0.MarkPtr(abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED)
	r0.BTF, r0.BTFID = c.kf.Set, c.retID
	return nil
}

// percpuObjMax is the largest object bpf_percpu_obj_new allocates, in bytes.
const percpuObjMax = 512

func (c *call) newObject(r0 *state.Reg) error       { return c.setNewObject(r0, false) }
func (c *call) newPercpuObject(r0 *state.Reg) error { return c.setNewObject(r0, true) }

// setNewObject makes r0 the object that bpf_obj_new or bpf_percpu_obj_new allocated.
func (c *call) setNewObject(r0 *state.Reg, percpu bool) error {
	v := c.v
	if c.constVal>>32 != 0 {
		return v.Reject(abi.EINVAL, "local type ID argument must be in range [0, U32_MAX]")
	}
	set, id := v.typesets[state.TypesProg], uint32(c.constVal)
	if set == nil {
		return v.Reject(abi.EINVAL, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF")
	}
	t, ok := set.ByID(id).(*btf.Struct)
	if !ok {
		return v.Reject(abi.EINVAL, "bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct")
	}
	markType := ownedObj
	if percpu {
		if t.Size > percpuObjMax {
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type size (%d) is greater than %d", t.Size, percpuObjMax)
		}
		if plain, deep := types.OnlyScalars(t); !plain {
			if deep {
				v.Verbose("max struct nesting depth exceeded")
			}
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type ID argument must be of a struct of scalars")
		}
		if v.structRecord(state.TypesProg, id) != nil {
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type ID argument must not contain special fields")
		}
		markType |= abi.MEM_PERCPU
	}
	r0.MarkPtr(markType)
	r0.BTF, r0.BTFID = state.TypesProg, id
	return nil
}

// rdonlyCast makes r0 a pointer to the kernel struct, or the plain memory, that bpf_rdonly_cast was asked for.
func (c *call) rdonlyCast(r0 *state.Reg) error {
	v, kf := c.v, c.kf
	set := v.typesets[kf.Set]
	t := set.ByID(uint32(c.constVal))
	if types.IsComposite(t) {
		r0.MarkPtr(abi.PTR_TO_BTF_ID | abi.PTR_UNTRUSTED)
		r0.BTF, r0.BTFID = kf.Set, uint32(c.constVal)
		return nil
	}
	switch _, void := t.(*btf.Void); {
	case !v.k.Has(kmodel.CastsToVoid):
		return v.Reject(abi.EINVAL, "kfunc bpf_rdonly_cast type ID argument must be of a struct")
	case t == nil:
		return v.Reject(abi.EINVAL, "Unknown type ID %d passed to kfunc bpf_rdonly_cast", int64(c.constVal))
	case !void:
		return v.Reject(abi.EINVAL, "kfunc bpf_rdonly_cast type ID argument must be of a struct or void")
	}
	r0.MarkPtr(abi.PTR_TO_MEM | abi.MEM_RDONLY | abi.PTR_UNTRUSTED)
	return nil
}
