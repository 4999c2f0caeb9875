package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// kfuncCall collects what the arguments of one call say about it.
type kfuncCall struct {
	refObjID     uint32 // reference among the arguments
	releaseRegno int    // register with the reference to release, 0 for none
	// elementReleased: the release was of an iterator's element and is done.
	elementReleased bool

	constFound bool
	constVal   uint64
	r0Size     uint64 // bytes of memory returned, 0 if no argument told
	r0Rdonly   bool

	argSet    uint8 // type of the object or node passed
	argID     uint32
	owning    bool // an owning reference was passed where a borrowed one would do
	retID     uint32
	subprog   int
	prog      bool
	root      *object.Field // list head or tree root passed
	rootSet   uint8
	mapIndex  int
	mapUID    uint32
	iterFrame uint8
	iterSlot  int

	dynptrID     uint32
	dynptrType   state.DynptrType
	dynptrRefObj uint32
}

// typedRegs are registers that stand for a pointer to a kernel struct.
var typedRegs = map[abi.RegType]string{
	abi.PTR_TO_SOCKET:      "sock",
	abi.PTR_TO_SOCK_COMMON: "sock_common",
	abi.PTR_TO_TCP_SOCK:    "tcp_sock",
	abi.CONST_PTR_TO_MAP:   "bpf_map",
}

// checkKfuncArgs verifies the arguments of a call of kf at idx.
func (v *verifier) checkKfuncArgs(kf *kfunc, idx int, c *kfuncCall) error {
	if len(kf.args) > insn.MaxArgs {
		return v.Reject(abi.EINVAL, "Function %s has %d > %d args", kf.name, len(kf.args), insn.MaxArgs)
	}
	for i := 0; i < len(kf.args); i++ {
		a := &kf.args[i]
		r := &v.regs()[insn.R1+i]
		switch a.kind {
		case argIgnored:
		case argProg:
			if c.prog {
				return v.Bug("Only 1 prog->aux argument supported per-kfunc")
			}
			c.prog = true
		case argScalar:
			if err := v.checkKfuncScalar(a, r, insn.R1+i, c); err != nil {
				return err
			}
		case argPointer:
			class, err := v.checkKfuncPointer(kf, i, idx, c)
			if err != nil {
				return err
			}
			if class == classMemSize {
				i++ // its length has been verified with it
			}
		default:
			return v.Reject(abi.EINVAL, "Unrecognized arg#%d type %s", i, a.kindStr)
		}
	}
	if kf.has(abi.KF_RELEASE) && c.releaseRegno == 0 {
		return v.Reject(abi.EINVAL, "release kernel function %s expects refcounted PTR_TO_BTF_ID", kf.name)
	}
	return nil
}

func (v *verifier) checkKfuncScalar(a *kfuncArg, r *state.Reg, regno int, c *kfuncCall) error {
	if r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "R%d is not a scalar", regno)
	}
	switch {
	case a.konst:
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
	case a.rdonly, a.rdwr:
		c.r0Rdonly = c.r0Rdonly || a.rdonly
		if c.r0Size != 0 {
			v.Printf("2 or more rdonly/rdwr_buf_size parameters for kfunc")
			return vlog.Fail(abi.EINVAL)
		}
		if !r.Var.IsConst() {
			return v.Reject(abi.EINVAL, "R%d is not a const", regno)
		}
		c.r0Size = r.Var.Value
		return v.precision.MarkReg(v.st, regno)
	}
	return nil
}

// classify finds what pointer argument i must be, with the register in sight.
func (v *verifier) classify(kf *kfunc, i int) (argClass, error) {
	a := &kf.args[i]
	regs := v.regs()
	r := &regs[insn.R1+i]
	sized := i+1 < len(kf.args) && kf.args[i+1].size != notSize && regs[insn.R2+i].Type == abi.SCALAR_VALUE
	if a.class == classCtx {
		return classCtx, nil
	}
	if a.nullable && !sized && nullReg(r) {
		return classNull, nil
	}
	if a.class != classAny {
		return a.class, nil
	}
	if base := r.Type.Base(); base == abi.PTR_TO_BTF_ID || typedRegs[base] != "" {
		if !a.isStruct {
			return 0, v.Reject(abi.EINVAL, "kernel function %s args#%d pointer type %s %s is not supported",
				kf.name, i, a.refKind, a.refName)
		}
		return classStruct, nil
	}
	if a.callback {
		return classCallback, nil
	}
	if !a.plain && !(sized && a.isVoid) {
		if a.tooDeep {
			v.Verbose("max struct nesting depth exceeded")
		}
		also := ""
		if sized {
			also = "void, "
		}
		return 0, v.Reject(abi.EINVAL, "arg#%d pointer type %s %s must point to %sscalar, or struct with scalar",
			i, a.refKind, a.refName, also)
	}
	if sized {
		return classMemSize, nil
	}
	return classMem, nil
}

// checkKfuncPointer verifies pointer argument i and returns its class.
func (v *verifier) checkKfuncPointer(kf *kfunc, i, idx int, c *kfuncCall) (argClass, error) {
	a := &kf.args[i]
	regno := insn.R1 + i
	r := &v.regs()[regno]
	trusted := kf.has(abi.KF_TRUSTED_ARGS | abi.KF_RELEASE)
	strict := trusted || kf.has(abi.KF_RCU)
	maybeNull := a.nullable || a.optional && v.k.Has(kmodel.KfuncTrustedArgs)
	if strict && !maybeNull && (nullReg(r) || r.Type.MaybeNull()) {
		return 0, v.Reject(abi.EACCES, "Possibly NULL pointer passed to trusted arg%d", i)
	}
	releases := kf.has(abi.KF_RELEASE)
	if r.RefObjID != 0 {
		if releases && c.refObjID != 0 {
			return 0, v.Bug("more than one arg with ref_obj_id R%d %d %d", regno, r.RefObjID, c.refObjID)
		}
		c.refObjID = r.RefObjID
		if releases {
			c.releaseRegno = regno
		}
	}
	class, err := v.classify(kf, i)
	if err != nil || class == classNull {
		return class, err
	}
	switch class {
	case classMap:
		if err := v.checkKfuncMap(r, regno, c); err != nil {
			return 0, err
		}
		fallthrough
	case classAlloc, classStruct:
		if strict && !isTrustedReg(r) {
			if !kf.has(abi.KF_RCU) {
				return 0, v.Reject(abi.EINVAL, "R%d must be referenced or trusted", regno)
			}
			if !isRCUReg(r) {
				return 0, v.Reject(abi.EINVAL, "R%d must be a rcu pointer", regno)
			}
		}
	}
	at := abi.ARG_DONTCARE
	if releases && r.RefObjID != 0 {
		at |= abi.ArgType(abi.OBJ_RELEASE)
	}
	if err := v.checkFuncArgRegOff(r, regno, at); err != nil {
		return 0, err
	}
	return class, v.checkKfuncClass(kf, class, i, idx, c)
}
