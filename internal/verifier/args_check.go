package verifier

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkArgType verifies an argument against the types that its row takes (check_reg_type).
func (c *call) checkArgType(a arg) error {
	v, r := c.v, a.r
	row := c.argRow(a)
	if row == nil {
		return v.Bug("unsupported arg type %d", a.typ)
	}
	got := row.find(v.k, a.typ, r.Type)
	if got == nil {
		return c.rejectArgType(a, row)
	}
	if r.Type.Base() != abi.PTR_TO_BTF_ID {
		return nil
	}
	switch got.match {
	case matchMemory:
		if !a.typ.HasAll(abi.MEM_RDONLY) {
			return v.Reject(abi.EACCES, "%s() may write into memory pointed by R%d type=%s", c.name(), a.regno, v.k.TypeNames(r.Type.String()))
		}
	case matchStruct, matchKptr:
		if r.Type.MaybeNull() && (!a.typ.HasAll(abi.PTR_MAYBE_NULL) || a.typ.HasAll(abi.OBJ_RELEASE)) {
			return v.Reject(abi.EACCES, "Possibly NULL pointer passed to helper %s", v.regName("arg", a.regno))
		}
		if got.match == matchKptr {
			if v.fitsKptr(c.kptr, r, a.regno) != nil {
				return vlog.Fail(abi.EACCES)
			}
			return nil
		}
		return c.checkArgStruct(a, row)
	case matchBroken:
		return v.Bug("invalid PTR_TO_BTF_ID register for type match")
	}
	return nil
}

// checkArgStruct verifies that a typed pointer is to the struct that the argument wants.
func (c *call) checkArgStruct(a arg, row *argRow) error {
	v, want := c.v, a.want
	if row.sockCommon && want == 0 {
		want, _ = v.k.Types().FindStruct("sock_common")
	}
	if want == 0 {
		return v.Bug("missing arg compatible BTF ID")
	}
	strict := a.typ.HasAll(abi.OBJ_RELEASE) && !c.does(anySocket)
	set := v.setOf(a.r)
	if off, _ := a.r.FixedOff(); !v.holds(set, a.r.BTFID, off, v.k.Types(), want, strict) {
		return v.Reject(abi.EACCES, "R%d is of type %s but %s is expected", a.regno,
			types.Name(set.ByID(a.r.BTFID)), types.Name(v.k.Types().ByID(want)))
	}
	return nil
}

// rejectArgType says which types the argument takes instead.
func (c *call) rejectArgType(a arg, row *argRow) error {
	var names []string
	for i := range row.accepts {
		if t := &row.accepts[i]; !t.hidden && (!t.gated || c.v.k.Has(t.feature)) {
			names = append(names, t.typ.String())
		}
	}
	return c.v.Reject(abi.EACCES, "R%d type=%s expected=%s", a.regno, c.v.k.TypeNames(a.r.Type.String()), c.v.k.TypeNames(strings.Join(names, ", ")))
}

// checkArgOffset verifies the offset of a pointer argument (check_func_arg_reg_off).
func (v *verifier) checkArgOffset(r *state.Reg, regno int, at abi.ArgType) error {
	if r.Off == 0 && r.Var.Equals(0) || offsetFree(r.Type) && at.Base() != abi.ARG_PTR_TO_DYNPTR && !at.HasAll(abi.OBJ_RELEASE) {
		return nil
	}
	if !v.k.Has(kmodel.ArgOffsetsChecked) {
		if r.Type == abi.PTR_TO_CTX {
			return v.checkFixedOffset(r, regno, false)
		}
		return nil
	}
	older := !v.k.Has(kmodel.TrustedPointers)
	if at.Base() == abi.ARG_PTR_TO_DYNPTR && r.Type == abi.PTR_TO_STACK && !v.k.Has(kmodel.DynptrsTracked) {
		if r.Off%state.SlotSize != 0 {
			return v.Reject(abi.EINVAL, "cannot pass in dynptr at an offset")
		}
		return nil
	}
	if at.HasAll(abi.OBJ_RELEASE) && (!older || r.Type == ptrBTF) {
		// A dynptr on the stack only leads to what is released.
		if at.Base() == abi.ARG_PTR_TO_DYNPTR && r.Type == abi.PTR_TO_STACK {
			return nil
		}
		if older && r.Off != 0 {
			return v.Reject(abi.EINVAL, "R%d must have zero offset when passed to release func", regno)
		}
		if off, fixed := r.FixedOff(); r.Off != 0 || fixed && off != 0 {
			return v.Reject(abi.EINVAL,
				"R%d must have zero offset when passed to release func or trusted arg to kfunc", regno)
		}
		return v.checkFixedOffset(r, regno, false)
	}
	switch r.Type {
	case abi.PTR_TO_MEM | abi.MEM_RINGBUF:
		if older && at.Base() == abi.ARG_PTR_TO_RINGBUF_MEM {
			return v.checkFixedOffset(r, regno, false)
		}
		return nil
	case ptrBTF, ptrAlloc, ptrBTF | abi.PTR_TRUSTED, ptrBTF | abi.MEM_RCU,
		ptrAlloc | abi.NON_OWN_REF, ptrAlloc | abi.NON_OWN_REF | abi.MEM_RCU:
		return v.checkFixedOffset(r, regno, true)
	case abi.PTR_TO_CTX:
		// A function that may be replaced, or a tail call, gets the context as it is.
		if at != abi.ARG_PTR_TO_CTX && v.ctxMoves() {
			return nil
		}
	default:
		if offsetFree(r.Type) {
			return nil
		}
	}
	return v.checkFixedOffset(r, regno, false)
}

// offsetFree reports what may be passed wherever it points.
func offsetFree(t abi.RegType) bool {
	switch t {
	case abi.PTR_TO_STACK, abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE,
		abi.PTR_TO_MEM, abi.PTR_TO_MEM | abi.MEM_RDONLY,
		abi.PTR_TO_BUF, abi.PTR_TO_BUF | abi.MEM_RDONLY, abi.PTR_TO_ARENA, abi.SCALAR_VALUE:
		return true
	}
	return false
}

// checkHelperArg verifies argument i (0 = R1) of a helper call (check_func_arg).
func (c *call) checkHelperArg(i int) error {
	v := c.v
	a := arg{i: i, regno: insn.R1 + i, r: &v.regs()[insn.R1+i], typ: c.fn.Args[i], size: c.fn.ArgSize[i]}
	if a.typ == abi.ARG_DONTCARE {
		return nil
	}
	if err := v.checkRegRead(a.regno); err != nil || a.typ == abi.ARG_ANYTHING {
		return err // an address is anything too: programs are loaded with CAP_PERFMON
	}
	r := a.r
	if (r.Type.Base() == abi.PTR_TO_PACKET || r.Type.Base() == abi.PTR_TO_PACKET_META) && !v.mayAccessPacket(c, readAccess) {
		return v.Reject(abi.EACCES, "helper access to the packet is not allowed")
	}
	if a.typ.Base() == abi.ARG_PTR_TO_MAP_VALUE {
		var err error
		if a.typ, err = c.mapValueType(a.typ); err != nil {
			return err
		}
	}
	if a.typ.Base() == abi.ARG_PTR_TO_BTF_ID {
		a.want = c.v.k.StructID(c.fn.ArgStruct[i])
	}
	if nullReg(r) && a.typ.HasAll(abi.PTR_MAYBE_NULL) {
		if v.k.Has(kmodel.NullArgsPrecise) {
			if err := v.precision.MarkReg(v.st, a.regno); err != nil {
				return err
			}
		}
	} else {
		if err := c.checkArgType(a); err != nil {
			return err
		}
		if err := v.checkArgOffset(r, a.regno, a.typ); err != nil {
			return err
		}
	}
	if err := c.noteReference(a); err != nil {
		return err
	}
	row := c.argRow(a)
	if row == nil || row.do == nil {
		return nil
	}
	err := row.do(c, a)
	if err != nil && row.errHidden && !v.k.Has(kmodel.ArgErrorsKept) {
		return vlog.WithErrno(err, abi.EACCES)
	}
	return err
}

// mapValueType turns a map value argument into what the map really holds (resolve_map_arg_type).
func (c *call) mapValueType(at abi.ArgType) (abi.ArgType, error) {
	if c.mapIndex == 0 {
		return at, c.v.Bug("invalid map_ptr to access map->type")
	}
	switch c.passedMap().Type {
	case abi.MAP_TYPE_SOCKMAP, abi.MAP_TYPE_SOCKHASH:
		if at != abi.ARG_PTR_TO_MAP_VALUE {
			return at, c.v.Reject(abi.EINVAL, "invalid arg_type for sockmap/sockhash")
		}
		return abi.ARG_PTR_TO_BTF_ID_SOCK_COMMON, nil
	case abi.MAP_TYPE_BLOOM_FILTER:
		if c.does(peeks) {
			return abi.ARG_PTR_TO_MAP_VALUE, nil
		}
	}
	return at, nil
}

// noteReference notes the reference that an argument carries, and whether the helper gives it back.
func (c *call) noteReference(a arg) error {
	v, r := c.v, a.r
	if a.typ.HasAll(abi.OBJ_RELEASE) {
		if err := c.checkReleaseArg(a); err != nil {
			return err
		}
	}
	if r.RefObjID == 0 || a.typ.Base() == abi.ARG_KPTR_XCHG_DEST {
		return nil
	}
	if c.refObjID != 0 && !v.k.Has(kmodel.ReferencesShared) {
		// The kernel ends no line here.
		v.Printf("more than one arg with ref_obj_id R%d %d %d", a.regno, r.RefObjID, c.refObjID)
		return vlog.Fail(abi.EACCES)
	}
	c.refObjID = r.RefObjID
	return nil
}

// checkReleaseArg verifies that the argument carries what the helper gives back.
func (c *call) checkReleaseArg(a arg) error {
	v, r := c.v, a.r
	early := v.k.Has(kmodel.ReleaseArgsNamed)
	if early {
		if a.typ.Base() != abi.ARG_PTR_TO_DYNPTR && r.RefObjID == 0 && !nullReg(r) {
			return v.Reject(abi.EINVAL, "release helper %s expects referenced PTR_TO_BTF_ID passed to R%d", c.name(), a.regno)
		}
	} else if a.typ.Base() == abi.ARG_PTR_TO_DYNPTR && !v.k.Has(kmodel.DynptrsTracked) {
		if v.olderReference(r) == 0 {
			return v.Reject(abi.EINVAL, "arg %d is an unacquired reference", a.regno)
		}
	} else if a.typ.Base() == abi.ARG_PTR_TO_DYNPTR {
		if r.Type != abi.PTR_TO_STACK {
			return v.Reject(abi.EINVAL, "cannot release unowned const bpf_dynptr")
		}
		if id, err := v.dynptrRefObjID(r); err != nil || id == 0 {
			return v.Reject(abi.EINVAL, "arg %d is an unacquired reference", a.regno)
		}
	} else if r.RefObjID == 0 && !nullReg(r) && v.k.Has(kmodel.ReleasesMarked) {
		return v.Reject(abi.EINVAL, "R%d must be referenced when passed to release function", a.regno)
	}
	if c.releaseRegno != 0 {
		return v.Bug("more than one release argument")
	}
	c.releaseRegno = a.regno
	return nil
}

// takeMap notes the map passed. A timer's map must be the very one the timer lives in; the uid
// tells inner maps apart.
func (c *call) takeMap(a arg) error {
	if c.mapIndex != 0 && (c.mapIndex != int(a.r.Map) || c.mapUID != a.r.MapUID) {
		return c.v.Reject(abi.EINVAL, "timer pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d",
			c.mapUID, a.r.MapUID)
	}
	c.mapIndex, c.mapUID = int(a.r.Map), a.r.MapUID
	return nil
}

// takeMapKey verifies a map key and remembers its value where that decides whether a lookup can fail.
func (c *call) takeMapKey(a arg) error {
	v := c.v
	if c.mapIndex == 0 {
		return v.Bug("invalid map_ptr to access map->key")
	}
	m := c.passedMap()
	if err := v.checkHelperMemory(a.regno, int(m.KeySize), readAccess, false, nil); err != nil {
		return err
	}
	c.constMapKey = -1
	if !lookupNeverFails(m.Type) || !v.k.Has(kmodel.LookupNullElided) ||
		m.Flags&abi.BPF_F_INNER_MAP != 0 && v.k.Has(kmodel.InnerLookupsNullable) {
		return nil
	}
	key, ok, err := v.constantMapKey(a.r, int(m.KeySize))
	if err != nil {
		return err
	}
	if ok {
		c.constMapKey = key
	}
	return nil
}

func (c *call) takeMapValue(a arg) error {
	if a.typ.HasAll(abi.PTR_MAYBE_NULL) && nullReg(a.r) {
		return nil
	}
	if c.mapIndex == 0 {
		return c.v.Bug("invalid map_ptr to access map->value")
	}
	c.rawMode = a.typ.HasAll(abi.MEM_UNINIT)
	return c.v.checkHelperMemory(a.regno, int(c.passedMap().ValueSize), accessOf(a.typ), false, c)
}

// accessOf is what a helper does with memory of an argument type.
func accessOf(at abi.ArgType) access {
	if at.HasAll(abi.MEM_WRITE) {
		return writeAccess
	}
	return readAccess
}

func (c *call) takePercpu(a arg) error {
	if a.r.BTFID == 0 {
		return c.v.Reject(abi.EACCES, "Helper has invalid btf_id in R%d", a.regno)
	}
	c.objSet, c.objID = a.r.BTF, a.r.BTFID
	return nil
}

func (c *call) takeFunc(a arg) error {
	c.subprog = int(a.r.Subprog)
	return nil
}

// takeMem verifies memory of a fixed size; that of a size given by the next argument is verified there.
func (c *call) takeMem(a arg) error {
	c.rawMode = a.typ.HasAll(abi.MEM_UNINIT)
	if !a.typ.HasAll(abi.MEM_FIXED_SIZE) {
		return nil
	}
	size := int(a.size)
	if err := c.v.checkHelperMemory(a.regno, size, accessOf(a.typ), false, c); err != nil {
		return err
	}
	if a.typ.HasAll(abi.MEM_ALIGNED) {
		m := c.v.newAccess(a.regno, 0, size, accessOf(a.typ))
		m.strict = true
		return m.checkAlignment()
	}
	return nil
}

// takeSize verifies the memory argument before this one, of which this is the size.
func (c *call) takeSize(a arg) error {
	return c.v.checkSizedMemory(a.r, a.regno, accessOf(c.fn.Args[a.i-1]), a.typ.Base() == abi.ARG_CONST_SIZE_OR_ZERO, c)
}

func (c *call) takeAllocSize(a arg) error {
	if !a.r.Var.IsConst() {
		return c.v.Reject(abi.EACCES, "R%d is not a known constant'", a.regno)
	}
	c.memSize = uint64(uint32(a.r.Var.Value))
	return c.v.precision.MarkReg(c.v.st, a.regno)
}

// lookupNeverFails reports map types in which every index below max_entries has a value.
func lookupNeverFails(t abi.MapType) bool {
	return t == abi.MAP_TYPE_ARRAY || t == abi.MAP_TYPE_PERCPU_ARRAY
}

// constantMapKey returns the key on the stack if it is one known value. The slot becomes
// precise, as the answer depends on it (get_constant_map_key).
func (v *verifier) constantMapKey(key *state.Reg, keySize int) (val int64, ok bool, err error) {
	off, fixed := key.FixedOff()
	if key.Type != abi.PTR_TO_STACK || !fixed || off >= 0 {
		return 0, false, nil
	}
	f := v.frameOf(key)
	spi, first := state.SlotOf(off)
	if spi >= len(f.Stack) {
		return 0, false, nil
	}
	s := &f.Stack[spi]
	run := func(kind state.SlotKind) (n int) {
		for i := first; i >= 0 && s.Kind[i] == kind; i-- {
			n++
		}
		return n
	}
	if run(state.STACK_ZERO) >= keySize {
		return 0, true, nil
	}
	if !s.IsSpilled() || s.Type != abi.SCALAR_VALUE || run(state.STACK_SPILL) != keySize || !s.Var.IsConst() {
		return 0, false, nil
	}
	if err := v.precision.MarkSlots(v.st, uint32(key.Frame), 1<<spi); err != nil {
		return 0, false, err
	}
	return int64(s.Var.Value), true, nil
}
