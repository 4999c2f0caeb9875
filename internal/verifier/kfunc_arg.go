package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// typedRegs are registers that stand for a pointer to a kernel struct.
var typedRegs = map[abi.RegType]string{
	abi.PTR_TO_SOCKET:      "sock",
	abi.PTR_TO_SOCK_COMMON: "sock_common",
	abi.PTR_TO_TCP_SOCK:    "tcp_sock",
	abi.CONST_PTR_TO_MAP:   "bpf_map",
}

// checkKfuncArgs verifies the arguments of a call of a kernel function.
func (c *call) checkKfuncArgs() error {
	v, kf := c.v, c.kf
	if len(kf.Args) > insn.MaxArgs {
		return v.Reject(abi.EINVAL, "Function %s has %d > %d args", kf.Name, len(kf.Args), insn.MaxArgs)
	}
	if !v.k.Has(kmodel.KfuncArgsClassified) {
		return c.checkOlderKfuncArgs()
	}
	declared := v.k.Has(kmodel.KfuncArgsByPrototype)
	for i := 0; i < len(kf.Args); i++ {
		a := arg{i: i, regno: insn.R1 + i, r: &v.regs()[insn.R1+i], k: &kf.Args[i]}
		switch a.k.Kind {
		case kproto.Ignored:
		case kproto.Prog:
			if c.prog {
				return v.Bug("Only 1 prog->aux argument supported per-kfunc")
			}
			c.prog = true
		case kproto.Scalar:
			check := c.checkKfuncScalar
			if declared && a.k.Sized() {
				check = c.checkKfuncLength
			}
			if err := check(a); err != nil {
				return err
			}
		case kproto.Pointer:
			if declared {
				if err := c.checkDeclaredPointer(a); err != nil {
					return err
				}
				continue
			}
			class, err := c.checkKfuncPointer(a)
			if err != nil {
				return err
			}
			if class == kproto.MemSize {
				i++ // its length has been verified with it
			}
		default:
			return v.Reject(abi.EINVAL, "Unrecognized %s type %s", v.argName("arg#", i), a.k.KindStr)
		}
	}
	if kf.HasAny(abi.KF_RELEASE) && c.releaseRegno == 0 {
		return v.Reject(abi.EINVAL, "release kernel function %s expects refcounted PTR_TO_BTF_ID", kf.Name)
	}
	return nil
}

// checkKfuncScalar verifies a number, which may have to be known or be the size of what is returned.
func (c *call) checkKfuncScalar(at arg) error {
	v, a, r, regno := c.v, at.k, at.r, at.regno
	if r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "R%d is not a scalar", regno)
	}
	switch {
	case a.Is(kdata.ParamConst):
		if c.constFound {
			return v.Bug("only one constant argument permitted")
		}
		if !r.Var.IsConst() {
			return v.Reject(abi.EINVAL, "R%d must be a known constant", regno)
		}
		if err := v.precision.MarkReg(v.st, regno); err != nil {
			return err
		}
		c.constFound, c.constVal = true, r.Var.Value
	case a.Is(kdata.ParamRdonlySize | kdata.ParamRdwrSize):
		c.memRdonly = c.memRdonly || a.Is(kdata.ParamRdonlySize)
		if c.memSized && (c.memSize != 0 || v.k.Has(kmodel.ResultSizes)) {
			v.Printf("2 or more rdonly/rdwr_buf_size parameters for kfunc")
			return vlog.Fail(abi.EINVAL)
		}
		if !r.Var.IsConst() {
			return v.Reject(abi.EINVAL, "R%d is not a const", regno)
		}
		if v.k.Has(kmodel.ResultSizes) && r.Var.Value > math.MaxUint32 {
			return v.Reject(abi.EINVAL, "R%d allocation size exceeds u32 max", regno)
		}
		c.memSize, c.memSized = r.Var.Value, true
		return v.precision.MarkReg(v.st, regno)
	}
	return nil
}

// classify finds what pointer argument i must be, with the register in sight.
func (c *call) classify(i int) (kproto.Class, error) {
	a, r := &c.kf.Args[i], &c.v.regs()[insn.R1+i]
	sized := c.sized(i)
	if a.Class == kproto.Ctx {
		return kproto.Ctx, nil
	}
	if a.Is(kdata.ParamNullable) && !sized && nullReg(r) {
		return kproto.Null, nil
	}
	if a.Class != kproto.Any {
		return a.Class, nil
	}
	if base := r.Type.Base(); base == abi.PTR_TO_BTF_ID || typedRegs[base] != "" {
		if !a.Composite {
			return 0, c.rejectPointee(arg{i: i}, a.RefKind, a.RefName)
		}
		return kproto.Struct, nil
	}
	if a.Func {
		return kproto.Callback, nil
	}
	if err := c.checkPointsToData(i, sized); err != nil {
		return 0, err
	}
	if sized {
		return kproto.MemSize, nil
	}
	return kproto.Mem, nil
}

// sized reports that the argument after i is its length.
func (c *call) sized(i int) bool {
	return i+1 < len(c.kf.Args) && c.kf.Args[i+1].Sized() && c.v.regs()[insn.R2+i].Type == abi.SCALAR_VALUE
}

// checkPointsToData verifies that argument i is declared to point to what is no pointer itself, or with its length to anything.
func (c *call) checkPointsToData(i int, sized bool) error {
	a := &c.kf.Args[i]
	if a.Plain || sized && a.Void {
		return nil
	}
	if a.TooDeep {
		c.v.Verbose("max struct nesting depth exceeded")
	}
	also := ""
	if sized {
		also = "void, "
	}
	return c.v.Reject(abi.EINVAL, "%s pointer type %s %s must point to %sscalar, or struct with scalar",
		c.v.argName("arg#", i), a.RefKind, a.RefName, also)
}

// checkKfuncPointer verifies pointer argument i and returns its class.
func (c *call) checkKfuncPointer(at arg) (kproto.Class, error) {
	v, kf, i := c.v, c.kf, at.i
	a, r, regno := at.k, at.r, at.regno
	trusted := kf.HasAny(abi.KF_TRUSTED_ARGS | abi.KF_RELEASE)
	strict := trusted || kf.HasAny(abi.KF_RCU)
	maybeNull := a.Is(kdata.ParamNullable) || a.Is(kdata.ParamOptional) && v.k.Has(kmodel.KfuncTrustedArgs)
	if strict && !maybeNull && (nullReg(r) || r.Type.MaybeNull()) {
		return 0, v.Reject(abi.EACCES, "Possibly NULL pointer passed to trusted %s", v.argName("arg", i))
	}
	releases := kf.HasAny(abi.KF_RELEASE)
	if releases && i == 0 && r.RefObjID == 0 && !nullReg(r) && a.Class != kproto.Dynptr && v.k.Has(kmodel.ReleaseArgsNamed) {
		return 0, c.rejectUnreferenced(at)
	}
	if r.RefObjID != 0 {
		if releases && c.refObjID != 0 {
			return 0, v.Bug("more than one arg with ref_obj_id R%d %d %d", regno, r.RefObjID, c.refObjID)
		}
		c.refObjID = r.RefObjID
		if releases {
			c.releaseRegno = regno
		}
	}
	class, err := c.classify(i)
	if err != nil || class == kproto.Null {
		return class, err
	}
	row := &classTable[class]
	if class == kproto.Map {
		if err := c.noteKfuncMap(at); err != nil {
			return 0, err
		}
	}
	if row.trusted && strict && !isTrustedReg(r) {
		if !kf.HasAny(abi.KF_RCU) {
			return 0, v.Reject(abi.EINVAL, "R%d must be referenced or trusted", regno)
		}
		if !isRCUReg(r) {
			return 0, v.Reject(abi.EINVAL, "R%d must be a rcu pointer", regno)
		}
	}
	if err := c.checkKfuncOffset(at); err != nil {
		return 0, err
	}
	if class == kproto.Iter && c.rule.place != nil && !c.rule.place(c) {
		return 0, v.Reject(abi.EINVAL, "css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs")
	}
	return class, c.take(row, at)
}

// rejectUnreferenced refuses to give back what carries no reference.
func (c *call) rejectUnreferenced(a arg) error {
	return c.v.Reject(abi.EINVAL, "release kfunc %s expects referenced PTR_TO_BTF_ID passed to %s", c.kf.Name, c.v.argName("arg", a.i))
}

// checkKfuncOffset verifies the offset of a pointer; what is released must be passed from its start.
func (c *call) checkKfuncOffset(a arg) error {
	typ := abi.ARG_DONTCARE
	if c.kf.HasAny(abi.KF_RELEASE) && a.r.RefObjID != 0 {
		typ |= abi.ArgType(abi.OBJ_RELEASE)
	}
	return c.v.checkArgOffset(a.r, a.regno, typ)
}

// takeAlloc verifies an object that the kfunc gives back to the allocator.
func (c *call) takeAlloc(a arg) error {
	v, r := c.v, a.r
	impl := "_impl"
	if v.k.Has(kmodel.KfuncImplicitArgs) {
		impl = ""
	}
	switch {
	case r.Type == ownedObj && c.rule.drops != r.Type:
		return v.Reject(abi.EINVAL, "%s expected for bpf_obj_drop%s()", v.argName("arg#", a.i), impl)
	case c.rule.drops != r.Type:
		return v.Reject(abi.EINVAL, "%s expected for bpf_percpu_obj_drop%s()", v.argName("arg#", a.i), impl)
	case r.RefObjID == 0:
		return v.Reject(abi.EINVAL, "allocated object must be referenced")
	case v.k.Has(kmodel.ObjDropNMI) && v.prog.MayRunInNMI() && v.regRecord(r).HasAny(^nmiSafeFields):
		return v.Reject(abi.EINVAL, "%s cannot be used in tracing programs on types with NMI unsafe fields", c.kf.Name)
	}
	return nil
}

// nmiSafeFields are those that an object is dropped with wherever the program runs.
const nmiSafeFields = object.BPF_SPIN_LOCK | object.BPF_RES_SPIN_LOCK | object.BPF_TIMER | object.BPF_WORKQUEUE |
	object.BPF_TASK_WORK | object.BPF_KPTR_UNREF | object.BPF_REFCOUNT

// takeKfuncDynptr verifies a dynptr that the kfunc makes, uses or ends.
func (c *call) takeKfuncDynptr(p arg) error {
	v, a, r, regno := c.v, p.k, p.r, p.regno
	at := abi.ARG_PTR_TO_DYNPTR
	if r.Type == abi.CONST_PTR_TO_DYNPTR && !v.k.Has(kmodel.ConstDynptrArgs) {
		at |= abi.ArgType(abi.MEM_RDONLY)
	}
	if a.Is(kdata.ParamUninit) {
		at |= abi.ArgType(abi.MEM_UNINIT)
	}
	from := dynptrOrigin{ref: c.refObjID}
	at |= abi.ArgType(c.rule.dynptr)
	if c.does(clonesDynptr) && a.Is(kdata.ParamUninit) {
		if c.dynptrType == state.DYNPTR_TYPE_INVALID {
			return v.Bug("no dynptr type for parent of clone")
		}
		at |= abi.ArgType(dynptrTypeFlag(c.dynptrType))
		from = dynptrOrigin{clone: true, ref: c.dynptrRefObj}
		if dynptrKinds[c.dynptrType].refcounted && from.ref == 0 {
			return v.Bug("missing ref obj id for parent of clone")
		}
	}
	if err := v.useDynptr(r, regno, at, from); err != nil {
		return err
	}
	if a.Is(kdata.ParamUninit) {
		return nil
	}
	d, err := v.dynptrReg(r)
	if err != nil {
		v.Verbose(v.BugPrefix() + "failed to obtain dynptr id")
		return err
	}
	c.dynptrID, c.dynptrRefObj = d.ID, d.RefObjID
	c.dynptrType = v.dynptrType(r)
	if at.HasAll(abi.OBJ_RELEASE) {
		c.releaseRegno = regno // older kernels don't flag the kfunc
	}
	return nil
}

// noteKfuncMap verifies a map argument; a workqueue or task work passed before it must lie in that map.
func (c *call) noteKfuncMap(a arg) error {
	v, r, regno := c.v, a.r, a.regno
	if !namesTarget(r) {
		return v.Reject(abi.EINVAL, "pointer in R%d isn't map pointer", regno)
	}
	if r.Map == 0 {
		return nil // perhaps a typed pointer to a map: its type is verified next
	}
	rec := v.mapOf(r).Record
	if c.mapIndex != 0 && rec.HasAny(object.BPF_WORKQUEUE|object.BPF_TASK_WORK) &&
		(c.mapIndex != int(r.Map) || c.mapUID != r.MapUID) {
		return c.rejectOtherMap(a)
	}
	c.mapIndex, c.mapUID = int(r.Map), r.MapUID
	return nil
}

// rejectOtherMap refuses a map that is not the one which the argument before it lies in.
func (c *call) rejectOtherMap(a arg) error {
	what := "workqueue"
	if rec := c.v.mapOf(a.r).Record; rec.HasAny(object.BPF_TASK_WORK) {
		what = "bpf_task_work"
	}
	return c.v.Reject(abi.EINVAL, "%s pointer in R%d map_uid=%d doesn't match map pointer in R%d map_uid=%d",
		what, a.regno-1, c.mapUID, a.regno, a.r.MapUID)
}

// namesTarget reports that a register says anything about what it points to.
func namesTarget(r *state.Reg) bool {
	return r.Type.Base() == abi.PTR_TO_BTF_ID || r.Target != (state.Target{})
}

// takeMapPtr verifies a pointer to a map, as if the argument were declared so.
func (c *call) takeMapPtr(a arg) error {
	m := *a.k
	m.RefID, _ = c.v.k.Types().FindStruct("bpf_map")
	m.RefKind, m.RefName, m.Composite = "STRUCT", "bpf_map", true
	a.k = &m
	return c.takeStruct(a)
}

// takeStruct verifies a pointer to a kernel struct, or a socket or map that is one.
func (c *call) takeStruct(at arg) error {
	v, r := c.v, at.r
	base := r.Type.Base()
	if (base != abi.PTR_TO_BTF_ID || unsafeModifiers(r.Type) && !isRCUReg(r)) && typedRegs[base] == "" {
		v.Printf("%s is %s ", v.argName("arg#", at.i), r.Type)
		return v.Reject(abi.EINVAL, "expected %s or socket", (base | r.Type.Flags()&abi.TRUSTED_MODIFIERS))
	}
	set, id := v.structOf(r)
	// A type and its ___init twin differ in what may be done with the object.
	return c.fitsStruct(at, c.kf.HasAny(abi.KF_RELEASE) && r.RefObjID != 0 || initAlias(types.Name(set.ByID(id)), at.k.RefName))
}

// structOf is the kernel's struct that a register points to.
func (v *verifier) structOf(r *state.Reg) (set *types.Set, id uint32) {
	base := r.Type.Base()
	set, id = v.setOf(r), r.BTFID
	if base != abi.PTR_TO_BTF_ID {
		set = v.k.Types()
		id, _ = set.FindStruct(typedRegs[base])
	}
	return set, id
}

// fitsStruct verifies that a pointer to a struct is to what the argument wants; exact says that it must not be a part of another.
func (c *call) fitsStruct(at arg, exact bool) error {
	v, kf, a, r, i := c.v, c.kf, at.k, at.r, at.i
	set, id := v.structOf(r)
	regType := types.Resolve(set.ByID(id))
	regName := types.Name(regType)
	argSet := v.typesets[kf.Set]
	off, _ := r.FixedOff()
	if v.holds(set, set.ID(regType), off, argSet, a.RefID, exact) ||
		v.k.Projection(a.RefName) == regName && regName != "" {
		return nil
	}
	return v.Reject(abi.EINVAL, "kernel function %s %s expected pointer to %s %s but R%d has a pointer to %s %s",
		kf.Name, v.argName("args#", i), a.RefKind, a.RefName, insn.R1+i, types.KindName(regType), regName)
}

// initSuffix ends the names of types that stand for objects not yet set up.
const initSuffix = "___init"

// initAlias reports that one name is the other with initSuffix.
func initAlias(a, b string) bool { return a == b+initSuffix || b == a+initSuffix }

func unsafeModifiers(t abi.RegType) bool { return t.Flags()&^abi.TRUSTED_MODIFIERS != 0 }

// takePlainMem verifies memory of the size of what the argument is declared to point to.
func (c *call) takePlainMem(a arg) error {
	if a.k.Size < 0 {
		return c.v.Reject(abi.EINVAL, "%s reference type('%s %s') size cannot be determined: %d",
			c.v.argName("arg#", a.i), a.k.RefKind, a.k.RefName, -int(abi.EINVAL))
	}
	return c.v.checkMemory(a.r, a.regno, uint32(a.k.Size), !c.v.k.Has(kmodel.KfuncArgsByPrototype))
}

// takeSizedMem verifies a memory argument with the length that follows it.
func (c *call) takeSizedMem(at arg) error {
	v, kf, i := c.v, c.kf, at.i
	regs := v.regs()
	buf, size, regno := &regs[insn.R1+i], &regs[insn.R2+i], insn.R2+i
	a, sizeArg := &kf.Args[i], &kf.Args[i+1]
	if !nullReg(buf) || !a.Is(kdata.ParamOptional) && !a.Is(kdata.ParamNullable) {
		if err := c.checkSizedBuffer(buf, size, regno); err != nil {
			if v.k.Has(kmodel.ArgsByRegister) {
				v.Verbose("R%d and R%d memory, len pair leads to invalid memory access", at.regno, at.regno+1)
				return err
			}
			v.Verbose("%s %s memory, len pair leads to invalid memory access", v.argName("arg#", i), v.argName("arg#", i+1))
			return err
		}
	}
	if !sizeArg.Is(kdata.ParamConstSize) {
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

// checkSizedBuffer verifies that as many bytes as register regno says can be read
// and written at buf, which may still be NULL (check_kfunc_mem_size_reg).
func (c *call) checkSizedBuffer(buf, size *state.Reg, regno int) error {
	v := c.v
	saved, nullable := *buf, buf.Type.MaybeNull()
	if nullable {
		v.markNotNull(buf)
	}
	err := v.checkSizedMemory(size, regno, readAccess, true, c)
	if err == nil {
		err = v.checkSizedMemory(size, regno, writeAccess, true, c)
	}
	if nullable {
		*buf = saved
	}
	return err
}

// takeRefcounted verifies an object of the program that has a reference count, owned or borrowed.
func (c *call) takeRefcounted(a arg) error {
	v, r, i := c.v, a.r, a.i
	if !isAllocObj(r.Type) || r.Type&abi.PTR_UNTRUSTED != 0 && v.k.Has(kmodel.UntrustedObjects) {
		return v.Reject(abi.EINVAL, "%s is neither owning or non-owning ref", v.argName("arg#", i))
	}
	if !isNonOwningRef(r.Type) && (r.RefObjID != 0 || !v.k.Has(kmodel.RefcountAcquireRCU)) {
		c.owning = true
	}
	rec := v.regRecord(r)
	if rec == nil {
		return v.Bug("Couldn't find btf_record")
	}
	if !rec.HasAny(object.BPF_REFCOUNT) {
		return v.Reject(abi.EINVAL, "%s doesn't point to a type with bpf_refcount field", v.argName("arg#", i))
	}
	c.objSet, c.objID = r.BTF, r.BTFID
	return nil
}

// takeResLock takes or gives the resilient lock that is the argument.
func (c *call) takeResLock(a arg) error {
	switch {
	case c.rule.locks == 0:
		return vlog.Fail(abi.EFAULT)
	case c.v.k.Has(kmodel.RbtreeCallbackNested) && c.v.inTreeCallback():
		return c.v.Reject(abi.EACCES, "can't res_spin_{lock,unlock} in rbtree cb")
	}
	return c.useLock(a.r, a.regno)
}
