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

// checkRegType verifies regno against an argument type (check_reg_type). want is the id in
// vmlinux of the struct that a typed pointer must be, 0 where the argument names none.
func (v *verifier) checkRegType(regno int, at abi.ArgType, want uint32, meta *callMeta) error {
	r := &v.regs()[regno]
	row := argRowOf(at, regno, meta.funcID)
	if row == nil {
		return v.Bug("unsupported arg type %d", at)
	}
	a := row.find(v.k, at, r.Type)
	if a == nil {
		return v.rejectRegType(regno, row)
	}
	if r.Type.Base() != abi.PTR_TO_BTF_ID {
		return nil
	}
	switch a.match {
	case matchMemory:
		if !at.Has(abi.MEM_RDONLY) {
			return v.Reject(abi.EACCES, "%s() may write into memory pointed by R%d type=%s",
				v.helperName(meta.funcID), regno, r.Type)
		}
	case matchStruct, matchKptr:
		if r.Type.MaybeNull() && (!at.Has(abi.PTR_MAYBE_NULL) || at.Has(abi.OBJ_RELEASE)) {
			return v.Reject(abi.EACCES, "Possibly NULL pointer passed to helper arg%d", regno)
		}
		if a.match == matchKptr {
			if v.mapKptrMatchType(meta.kptrField, r, regno) != nil {
				return vlog.Fail(abi.EACCES)
			}
			return nil
		}
		if row.sockCommon && want == 0 {
			want, _ = v.k.Types().FindStruct("sock_common")
		}
		if want == 0 {
			return v.Bug("missing arg compatible BTF ID")
		}
		// bpf_sk_release takes any kind of socket, as all start with struct sock_common.
		strict := at.Has(abi.OBJ_RELEASE) && meta.funcID != abi.BPF_FUNC_sk_release
		if !v.structIDsMatch(v.setOf(r), r.BTFID, int(r.Off), v.k.Types(), want, strict) {
			return v.Reject(abi.EACCES, "R%d is of type %s but %s is expected", regno,
				types.Name(v.setOf(r).ByID(r.BTFID)), types.Name(v.k.Types().ByID(want)))
		}
	case matchBroken:
		return v.Bug("invalid PTR_TO_BTF_ID register for type match")
	}
	return nil
}

// rejectRegType says which types the argument takes instead.
func (v *verifier) rejectRegType(regno int, row *argRow) error {
	var names []string
	for i := range row.accepts {
		if a := &row.accepts[i]; !a.hidden && (!a.gated || v.k.Has(a.feature)) {
			names = append(names, a.typ.String())
		}
	}
	return v.Reject(abi.EACCES, "R%d type=%s expected=%s", regno,
		v.regs()[regno].Type, strings.Join(names, ", "))
}

// checkFuncArgRegOff verifies the offset of a pointer argument (check_func_arg_reg_off).
func (v *verifier) checkFuncArgRegOff(r *state.Reg, regno int, at abi.ArgType) error {
	if at.Has(abi.OBJ_RELEASE) {
		// A dynptr on the stack only leads to what is released.
		if at.Base() == abi.ARG_PTR_TO_DYNPTR && r.Type == abi.PTR_TO_STACK {
			return nil
		}
		if r.Off != 0 {
			return v.Reject(abi.EINVAL,
				"R%d must have zero offset when passed to release func or trusted arg to kfunc", regno)
		}
		return v.checkPtrOffReg(r, regno, false)
	}
	switch r.Type {
	case abi.PTR_TO_STACK, abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE,
		abi.PTR_TO_MEM, abi.PTR_TO_MEM | abi.MEM_RDONLY, abi.PTR_TO_MEM | abi.MEM_RINGBUF,
		abi.PTR_TO_BUF, abi.PTR_TO_BUF | abi.MEM_RDONLY, abi.PTR_TO_ARENA, abi.SCALAR_VALUE:
		return nil
	case ptrBTF, ptrAlloc, ptrBTF | abi.PTR_TRUSTED, ptrBTF | abi.MEM_RCU,
		ptrAlloc | abi.NON_OWN_REF, ptrAlloc | abi.NON_OWN_REF | abi.MEM_RCU:
		return v.checkPtrOffReg(r, regno, true)
	}
	return v.checkPtrOffReg(r, regno, false)
}

// checkFuncArg verifies argument arg (0 = R1) of a helper call (check_func_arg).
func (v *verifier) checkFuncArg(arg int, meta *callMeta, fn *kmodel.Helper) error {
	at := fn.Args[arg]
	if at == abi.ARG_DONTCARE {
		return nil
	}
	regno := insn.R1 + arg
	if err := v.checkRegRead(regno); err != nil {
		return err
	}
	if at == abi.ARG_ANYTHING {
		return nil // an address too: programs are loaded with CAP_PERFMON
	}
	r := &v.regs()[regno]
	if (r.Type.Base() == abi.PTR_TO_PACKET || r.Type.Base() == abi.PTR_TO_PACKET_META) && !v.mayAccessPacket(meta, readAccess) {
		return v.Reject(abi.EACCES, "helper access to the packet is not allowed")
	}
	if at.Base() == abi.ARG_PTR_TO_MAP_VALUE {
		var err error
		if at, err = v.resolveMapArg(at, meta); err != nil {
			return err
		}
	}
	if !(nullReg(r) && at.Has(abi.PTR_MAYBE_NULL)) {
		var want uint32
		if at.Base() == abi.ARG_PTR_TO_BTF_ID {
			want = fn.ArgBTFID[arg]
		}
		if err := v.checkRegType(regno, at, want, meta); err != nil {
			return err
		}
		if err := v.checkFuncArgRegOff(r, regno, at); err != nil {
			return err
		}
	}
	if at.Has(abi.OBJ_RELEASE) {
		if err := v.checkReleaseArg(r, regno, at, meta); err != nil {
			return err
		}
	}
	if r.RefObjID != 0 && at.Base() != abi.ARG_KPTR_XCHG_DEST {
		if meta.refObjID != 0 {
			// The kernel ends no line here.
			v.Printf("more than one arg with ref_obj_id R%d %d %d", regno, r.RefObjID, meta.refObjID)
			return vlog.Fail(abi.EACCES)
		}
		meta.refObjID = r.RefObjID
	}
	return v.applyArg(r, regno, at, arg, meta, fn)
}

// resolveMapArg turns a map value argument into what the map really holds (resolve_map_arg_type).
func (v *verifier) resolveMapArg(at abi.ArgType, meta *callMeta) (abi.ArgType, error) {
	if meta.mapIndex == 0 {
		return at, v.Bug("invalid map_ptr to access map->type")
	}
	switch v.maps[meta.mapIndex-1].Type {
	case abi.MAP_TYPE_SOCKMAP, abi.MAP_TYPE_SOCKHASH:
		if at != abi.ARG_PTR_TO_MAP_VALUE {
			return at, v.Reject(abi.EINVAL, "invalid arg_type for sockmap/sockhash")
		}
		return abi.ARG_PTR_TO_BTF_ID_SOCK_COMMON, nil
	case abi.MAP_TYPE_BLOOM_FILTER:
		if meta.funcID == abi.BPF_FUNC_map_peek_elem {
			return abi.ARG_PTR_TO_MAP_VALUE, nil
		}
	}
	return at, nil
}

// checkReleaseArg verifies that the argument carries what the helper gives back.
func (v *verifier) checkReleaseArg(r *state.Reg, regno int, at abi.ArgType, meta *callMeta) error {
	if at.Base() == abi.ARG_PTR_TO_DYNPTR {
		if r.Type != abi.PTR_TO_STACK {
			return v.Reject(abi.EINVAL, "cannot release unowned const bpf_dynptr")
		}
		if id, err := v.dynptrRefObjID(r); err != nil || id == 0 {
			return v.Reject(abi.EINVAL, "arg %d is an unacquired reference", regno)
		}
	} else if r.RefObjID == 0 && !nullReg(r) {
		return v.Reject(abi.EINVAL, "R%d must be referenced when passed to release function", regno)
	}
	if meta.releaseRegno != 0 {
		return v.Bug("more than one release argument")
	}
	meta.releaseRegno = regno
	return nil
}

// applyArg does what the argument table says for an accepted argument.
func (v *verifier) applyArg(r *state.Reg, regno int, at abi.ArgType, arg int, meta *callMeta, fn *kmodel.Helper) error {
	row := argRowOf(at, regno, meta.funcID)
	if row == nil {
		return nil
	}
	access := readAccess
	if at.Has(abi.MEM_WRITE) {
		access = writeAccess
	}
	switch row.action {
	case actMap:
		// A timer's map must be the very one the timer lives in; the uid tells inner maps apart.
		if meta.mapIndex != 0 && (meta.mapIndex != int(r.Map) || meta.mapUID != r.MapUID) {
			return v.Reject(abi.EINVAL, "timer pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d",
				meta.mapUID, r.MapUID)
		}
		meta.mapIndex, meta.mapUID = int(r.Map), r.MapUID
	case actMapKey:
		return v.applyMapKey(r, regno, meta)
	case actMapValue:
		if at.Has(abi.PTR_MAYBE_NULL) && nullReg(r) {
			return nil
		}
		if meta.mapIndex == 0 {
			return v.Bug("invalid map_ptr to access map->value")
		}
		meta.rawMode = at.Has(abi.MEM_UNINIT)
		return v.checkHelperMemAccess(regno, int(v.maps[meta.mapIndex-1].ValueSize), access, false, meta)
	case actPercpu:
		if r.BTFID == 0 {
			return v.Reject(abi.EACCES, "Helper has invalid btf_id in R%d", regno)
		}
		meta.retSet, meta.retBTFID = r.BTF, r.BTFID
	case actSpinLock:
		if v.inRbtreeLockRequiredCB() {
			return v.Reject(abi.EACCES, "can't spin_{lock,unlock} in rbtree cb")
		}
		switch meta.funcID {
		case abi.BPF_FUNC_spin_lock:
			return v.processSpinLock(regno, spinLockLock)
		case abi.BPF_FUNC_spin_unlock:
			return v.processSpinLock(regno, 0)
		}
		return v.Bug("spin lock arg on unexpected helper")
	case actTimer:
		return v.processTimer(regno, meta)
	case actFunc:
		meta.subprog = int(r.Subprog)
	case actMem:
		// Memory of a size given by the next argument is checked there.
		meta.rawMode = at.Has(abi.MEM_UNINIT)
		if at.Has(abi.MEM_FIXED_SIZE) {
			size := int(fn.ArgSize[arg])
			if err := v.checkHelperMemAccess(regno, size, access, false, meta); err != nil {
				return err
			}
			if at.Has(abi.MEM_ALIGNED) {
				m := v.newAccess(regno, 0, size, access)
				m.strict = true
				return m.checkAlignment()
			}
		}
	case actSize, actSizeOrZero:
		access = readAccess
		if fn.Args[arg-1].Has(abi.MEM_WRITE) {
			access = writeAccess
		}
		return v.checkMemSizeReg(r, regno, access, row.action == actSizeOrZero, meta)
	case actAllocSize:
		if !r.Var.IsConst() {
			return v.Reject(abi.EACCES, "R%d is not a known constant'", regno)
		}
		meta.memSize = int(uint32(r.Var.Value))
		return v.precision.MarkReg(v.st, regno)
	case actDynptr:
		return v.processDynptr(regno, v.idx, at, 0)
	case actConstStr:
		return v.checkRegConstStr(r, regno)
	case actKptrDest:
		return v.processKptr(regno, meta)
	}
	return nil
}

// applyMapKey verifies a map key and remembers its value where that decides whether a lookup can fail.
func (v *verifier) applyMapKey(r *state.Reg, regno int, meta *callMeta) error {
	if meta.mapIndex == 0 {
		return v.Bug("invalid map_ptr to access map->key")
	}
	m := v.maps[meta.mapIndex-1]
	if err := v.checkHelperMemAccess(regno, int(m.KeySize), readAccess, false, nil); err != nil {
		return err
	}
	if !lookupNeverFails(m.Type) {
		return nil
	}
	key, ok, err := v.constantMapKey(r, int(m.KeySize))
	if err != nil {
		return err
	}
	meta.constMapKey = -1
	if ok {
		meta.constMapKey = key
	}
	return nil
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
	spi, first := slotOf(off)
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
	if err := v.precision.MarkSlot(v.st, uint32(key.Frame), spi); err != nil {
		return 0, false, err
	}
	return int64(s.Var.Value), true, nil
}
