package verifier

import (
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
)

// checkDeclaredPointer verifies a pointer argument of which the declaration alone says what it must be, as kernels do
// that have kmodel.KfuncArgsByPrototype.
func (c *call) checkDeclaredPointer(a arg) error {
	v, kf, k, r := c.v, c.kf, a.k, a.r
	null := nullReg(r)
	if k.Class == kproto.Arena && !v.hasArena {
		return v.Reject(abi.EINVAL, "%s arena pointer requires a program with an associated arena", v.argName("arg", a.i))
	}
	if !k.Is(kdata.ParamNullable) && (null || r.Type.MaybeNull()) {
		return v.Reject(abi.EACCES, "Possibly NULL pointer passed to trusted %s", v.argName("arg", a.i))
	}
	releases := kf.HasAny(abi.KF_RELEASE) && a.i == 0
	if releases && k.Class != kproto.Dynptr && r.RefObjID == 0 && !null {
		return c.rejectUnreferenced(a)
	}
	if r.RefObjID != 0 {
		c.refObjID = r.RefObjID
	}
	if releases {
		c.releaseRegno = a.regno
	}
	if null {
		return v.precision.MarkReg(v.st, a.regno)
	}
	if err := c.checkDeclaredOffset(a, releases); err != nil {
		return err
	}
	if k.Class == kproto.Iter && c.rule.place != nil && !c.rule.place(c) {
		return v.Reject(abi.EINVAL, "css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs")
	}
	class := c.declaredClass(a)
	if class == kproto.Struct {
		return c.takeDeclaredStruct(a)
	}
	return c.take(&classTable[class], a)
}

// declaredClass is what the argument must be.
func (c *call) declaredClass(a arg) kproto.Class {
	args := c.kf.Args
	switch sized := a.i+1 < len(args) && args[a.i+1].Sized(); {
	case a.k.Class == kproto.Map:
		return kproto.Struct
	case a.k.Class != kproto.Any:
		return a.k.Class
	case a.k.Func:
		return kproto.Callback
	case sized:
		return kproto.Null // its length, which comes next, says what there is to verify
	case a.k.Composite && a.k.RefKind == "STRUCT":
		return kproto.Struct
	}
	return kproto.Mem
}

// checkDeclaredOffset verifies the offset of a pointer.
func (c *call) checkDeclaredOffset(a arg, releases bool) error {
	typ := abi.ARG_DONTCARE
	switch a.k.Class {
	case kproto.Dynptr:
		typ = abi.ARG_PTR_TO_DYNPTR
	case kproto.Ctx:
		typ = abi.ARG_PTR_TO_CTX
	case kproto.Refcounted:
		typ = abi.ARG_PTR_TO_BTF_ID
		if isAllocObj(a.r.Type) || a.r.Type.Base() == abi.PTR_TO_BTF_ID {
			return c.v.checkFixedOffset(a.r, a.regno, false)
		}
	}
	if releases {
		typ |= abi.ArgType(abi.OBJ_RELEASE)
	}
	return c.v.checkArgOffset(a.r, a.regno, typ)
}

// takeDeclaredStruct verifies a pointer to a kernel struct; memory will do for a struct of nothing but numbers.
func (c *call) takeDeclaredStruct(a arg) error {
	v, kf, r := c.v, c.kf, a.r
	base := r.Type.Base()
	if base == abi.PTR_TO_BTF_ID || typedRegs[base] != "" {
		if !isTrustedReg(r) || unsafeModifiers(r.Type) {
			if !kf.HasAny(abi.KF_RCU) {
				return v.Reject(abi.EINVAL, "R%d must be referenced or trusted", a.regno)
			}
			if !isRCUReg(r) {
				return v.Reject(abi.EINVAL, "R%d must be a rcu pointer", a.regno)
			}
		}
		if a.k.Class == kproto.Map {
			return c.takeMapPtr(a)
		}
		return c.takeStruct(a)
	}
	if a.k.Plain {
		return c.takePlainMem(a)
	}
	also := ""
	for t, name := range typedRegs {
		if name == a.k.RefName {
			also = " or " + t.String()
		}
	}
	return v.Reject(abi.EINVAL, "R%d is %s expected %s %s%s", a.regno, r.Type, a.k.RefKind, a.k.RefName, also)
}

// checkKfuncLength verifies the length of the memory before it, and that memory.
func (c *call) checkKfuncLength(a arg) error {
	v, r := c.v, a.r
	if a.k.Is(kdata.ParamConstSize) {
		if c.constFound {
			return v.Bug("only one constant argument permitted")
		}
		if !r.Var.IsConst() {
			return v.Reject(abi.EINVAL, "R%d must be a known constant", a.regno)
		}
		if err := v.precision.MarkReg(v.st, a.regno); err != nil {
			return err
		}
		c.constFound, c.constVal = true, r.Var.Value
	}
	if r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "R%d is not a scalar", a.regno)
	}
	buf := &v.regs()[a.regno-1]
	if nullReg(buf) {
		return nil
	}
	if err := c.checkSizedBuffer(buf, r, a.regno); err != nil {
		v.Verbose("R%d and R%d memory, len pair leads to invalid memory access", a.regno-1, a.regno)
		return err
	}
	return nil
}

// takeConstMap verifies a map; what was passed before it must lie in that map.
func (c *call) takeConstMap(a arg) error {
	r := a.r
	if r.Type != abi.CONST_PTR_TO_MAP {
		return c.v.Reject(abi.EINVAL, "pointer in R%d isn't map pointer", a.regno)
	}
	if c.mapIndex != 0 && (c.mapIndex != int(r.Map) || c.mapUID != r.MapUID) {
		return c.rejectOtherMap(a)
	}
	c.mapIndex, c.mapUID = int(r.Map), r.MapUID
	return nil
}

// argName names argument i (from 0): by its register, or as kernels without kmodel.ArgsByRegister do, by its number
// with a prefix.
func (v *verifier) argName(prefix string, i int) string {
	if v.k.Has(kmodel.ArgsByRegister) {
		return "R" + strconv.Itoa(insn.R1+i)
	}
	return prefix + strconv.Itoa(i)
}

// regName names a register that is an argument: plainly, or as kernels without kmodel.ArgsByRegister do, with a prefix.
func (v *verifier) regName(prefix string, regno int) string {
	if v.k.Has(kmodel.ArgsByRegister) {
		prefix = "R"
	}
	return prefix + strconv.Itoa(regno)
}
