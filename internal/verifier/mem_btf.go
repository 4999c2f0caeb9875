package verifier

import (
	"errors"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// alwaysTrusted are types that are kernel objects of a known kind.
const alwaysTrusted = 1<<abi.PTR_TO_SOCKET | 1<<abi.PTR_TO_SOCK_COMMON | 1<<abi.PTR_TO_TCP_SOCK | 1<<abi.CONST_PTR_TO_MAP

// isTrustedReg reports that a pointer surely points to a live object.
func isTrustedReg(r *state.Reg) bool {
	flags := r.Type.Flags()
	return r.RefObjID != 0 || flags&^abi.TRUSTED_MODIFIERS == 0 && (flags != 0 || oneOf(r.Type, alwaysTrusted))
}

// isRCUReg reports that a pointer is valid for as long as the RCU section lasts.
func isRCUReg(r *state.Reg) bool { return r.Type&abi.MEM_RCU != 0 }

// walkKey is a place in a struct; walkResult what is there.
type walkKey struct {
	id   uint32
	off  int32
	size int32
	set  uint8
}

type walkResult struct {
	typ   abi.RegType // SCALAR_VALUE, PTR_TO_BTF_ID or PTR_TO_MEM
	id    uint32
	flags abi.RegType
	safe  safety
	err   *types.AccessError
}

// safety says under which lists of trusted members a pointer member is found.
type safety uint8

const (
	safeRCU safety = 1 << iota
	safeRCUOrNull
	safeTrusted
	safeTrustedOrNull
)

var safeSuffixes = [...]string{types.SafeRCU, types.SafeRCUOrNull, types.SafeTrusted, types.SafeTrustedOrNull}

// walkStruct finds what a load of size bytes at off in a struct gives (btf_struct_access).
// Programs load the same few fields over and over, so results are kept.
func (v *verifier) walkStruct(set uint8, id uint32, off, size int) (walkResult, error) {
	key := walkKey{id, int32(off), int32(size), set}
	res, ok := v.mem.walks[key]
	if !ok {
		res = v.walkOnce(v.typesets[set], id, off, size)
		if v.mem.walks == nil {
			v.mem.walks = map[walkKey]walkResult{}
		}
		v.mem.walks[key] = res
	}
	if res.err != nil {
		return res, v.RejectText(res.err.Errno, res.err.Format, res.err.Text, res.err.Args...)
	}
	return res, nil
}

// maxSameStart bounds how many structs may start at the same place; more is a damaged BTF.
const maxSameStart = 64

// walkOnce is walkStruct.
func (v *verifier) walkOnce(set *types.Set, id uint32, off, size int) walkResult {
	at, flags := id, abi.RegType(0)
	for range maxSameStart {
		a, err := set.Walk(at, off, size, flags)
		if err != nil {
			res := walkResult{}
			if !errors.As(err, &res.err) {
				res.err = &types.AccessError{Errno: abi.EINVAL, Text: err.Error()}
			}
			return res
		}
		// What lies in unions is untrusted, where anything is.
		if a.Beyond != nil && !v.k.Has(kmodel.TrustedPointers) {
			return walkResult{err: a.Beyond}
		}
		if a.Behind != nil && !v.k.Has(kmodel.FlexibleInts) {
			return walkResult{err: a.Behind}
		}
		switch a.Kind {
		case types.AccessStruct:
			at, off, flags = a.ID, 0, a.Flags
			continue
		case types.AccessPtr:
			res := walkResult{typ: abi.PTR_TO_BTF_ID, id: a.ID, flags: a.Flags}
			for i, suffix := range safeSuffixes {
				if set.SafeMember(id, suffix, a.Field, a.ID) {
					res.safe |= 1 << i
				}
			}
			return res
		case types.AccessOpaque:
			return walkResult{typ: abi.PTR_TO_MEM, flags: abi.MEM_RDONLY | abi.PTR_UNTRUSTED}
		}
		return walkResult{typ: abi.SCALAR_VALUE}
	}
	return walkResult{err: &types.AccessError{Errno: abi.EINVAL, Text: "structs nested too deep"}}
}

// accessBTF verifies a load or store through PTR_TO_BTF_ID (check_ptr_to_btf_access).
func (v *verifier) accessBTF(m *memAccess) error {
	r := m.reg
	set := v.setOf(r)
	name := func() string { return types.Name(set.ByID(r.BTFID)) }
	folded := v.k.Has(kmodel.VarOffOffsets)
	fixed := r.Var.Equals(0) || folded && r.Var.IsConst()
	if fixed {
		m.off += int(r.Var.Value)
	}
	switch {
	case !v.prog.GPL && set.Kernel && v.k.Has(kmodel.ObjectsForGPL):
		return v.Reject(abi.EINVAL, "Cannot access kernel 'struct %s' from non-GPL compatible program", name())
	case m.off < 0 && (fixed || !folded):
		return v.Reject(abi.EACCES, "R%d is ptr_%s invalid negative access: off=%d", m.regno, name(), m.off)
	case !fixed:
		return v.Reject(abi.EACCES, "R%d is ptr_%s invalid variable offset: off=%d, var_off=%s", m.regno, name(), m.off, r.Var)
	case r.Type&abi.MEM_USER != 0:
		return v.Reject(abi.EACCES, "R%d is ptr_%s access user memory: off=%d", m.regno, name(), m.off)
	case r.Type&abi.MEM_PERCPU != 0:
		return v.Reject(abi.EACCES, "R%d is ptr_%s access percpu memory: off=%d", m.regno, name(), m.off)
	}
	alloc := r.Type&abi.MEM_ALLOC != 0
	mayFault := r.Type&abi.PTR_UNTRUSTED != 0 && v.k.Has(kmodel.UntrustedObjects) || r.Type == abi.PTR_TO_BTF_ID && v.k.Has(kmodel.StaleObjectsRead)
	if m.write() && mayFault {
		return v.Reject(abi.EACCES, "only read is supported")
	}
	if m.write() && !alloc {
		if writers, ok := v.k.BTFWriters(v.rules); ok {
			return v.checkBTFWrite(m, set, writers)
		}
		if ops := v.rules.StructOps; ops != "" && !v.k.StoresKnown(ops) {
			return v.Unsupported("stores to kernel objects in programs for struct %s", ops)
		}
		return v.Reject(abi.EACCES, "only read is supported")
	}
	if alloc {
		if r.Type&(abi.NON_OWN_REF|abi.MEM_RCU) == 0 && r.RefObjID == 0 && !(mayFault && v.k.Has(kmodel.StaleObjectsRead)) {
			if v.k.Has(kmodel.ObjectsDerived) {
				return v.Bug("allocated object must have a referenced id")
			}
			return v.Bug("ref_obj_id for allocated object must be non-zero")
		}
		if err := v.checkObjectFields(m); err != nil {
			return err
		}
		if size, _ := types.SizeOf(set.ByID(r.BTFID)); m.off+m.size > size && v.k.Has(kmodel.ObjectsWithoutFlexArrays) {
			return v.Reject(abi.EACCES, "access beyond struct %s at off %d size %d", name(), m.off, m.size)
		}
	}
	res, err := v.walkStruct(r.BTF, r.BTFID, m.off, m.size)
	if err != nil {
		return err
	}
	if alloc && res.typ == abi.PTR_TO_BTF_ID {
		res.typ, res.flags = abi.SCALAR_VALUE, 0 // programs store what they like in their own objects
	}
	switch {
	case res.typ == abi.PTR_TO_BTF_ID:
		res.flags = v.loadedTrust(r, &res)
	case res.typ == abi.PTR_TO_MEM && !v.k.Has(kmodel.OpaquePointers):
		res.typ = abi.SCALAR_VALUE
	}
	if m.loads() {
		return v.loadTyped(m.value, res.typ, r.BTF, res.id, res.flags)
	}
	return nil
}

// loadedTrust is how far a pointer loaded from what r points to can be trusted.
func (v *verifier) loadedTrust(r *state.Reg, res *walkResult) abi.RegType {
	flags := res.flags
	const trust = abi.TRUSTED_MODIFIERS | abi.MEM_RCU
	switch {
	case !v.k.Has(kmodel.TrustedPointers):
		return flags&^(trust|abi.PTR_UNTRUSTED) | r.Type&abi.PTR_UNTRUSTED
	case r.Type&abi.PTR_UNTRUSTED != 0:
		return abi.PTR_UNTRUSTED
	case !isTrustedReg(r) && !isRCUReg(r):
		return flags &^ trust
	case res.safe&safeTrusted != 0:
		return flags | abi.PTR_TRUSTED
	case res.safe&safeTrustedOrNull != 0:
		return flags | abi.PTR_TRUSTED | abi.PTR_MAYBE_NULL
	case !v.inRCU() || r.Type.MaybeNull():
		return abi.PTR_UNTRUSTED
	case res.safe&safeRCU != 0:
		return flags | abi.MEM_RCU
	case res.safe&safeRCUOrNull != 0:
		return flags&^abi.PTR_UNTRUSTED | abi.MEM_RCU | abi.PTR_MAYBE_NULL
	case flags&abi.MEM_RCU != 0:
		return flags | abi.PTR_MAYBE_NULL
	case flags&(abi.MEM_PERCPU|abi.MEM_USER) != 0:
		return flags
	}
	return flags &^ trust
}

// checkObjectFields verifies that an access to an object the program allocated
// leaves its special fields alone.
func (v *verifier) checkObjectFields(m *memAccess) error {
	if m.reg.BTF != state.TypesProg {
		return nil
	}
	rec := v.img.StructMetas[m.reg.BTFID]
	if rec == nil {
		return nil
	}
	for i := range rec.Fields {
		if f := &rec.Fields[i]; m.off < int(f.Offset+f.Size) && int(f.Offset) < m.off+m.size {
			return v.Reject(abi.EACCES, "direct access to %s is disallowed", fieldTypeName(f.Type))
		}
	}
	return nil
}

// checkBTFWrite verifies a store to a kernel object by a program of a kind that may store to some.
func (v *verifier) checkBTFWrite(m *memAccess, set *types.Set, writers []kmodel.BTFWriter) error {
	off, size := m.off, m.size
	if !set.Kernel {
		return v.Bug("reg->btf must be kernel btf")
	}
	tname := types.Name(set.ByID(m.reg.BTFID))
	for _, w := range writers {
		if !slices.Contains(w.Structs, tname) {
			continue
		}
		name := w.Name
		if name == "" {
			name = tname
		}
		end, ok := w.Writable(set, m.reg.BTFID, off)
		switch {
		case ok && off+size <= end:
			return nil
		case w.Silent:
			return vlog.Fail(abi.EACCES)
		case w.Whole:
			return v.Reject(abi.EACCES, "write access at off %d with size %d", off, size)
		case !ok:
			return v.Reject(abi.EACCES, "no write support to %s at off %d", name, off)
		}
		return v.Reject(abi.EACCES, "write access at off %d with size %d beyond the member of %s ended at %d", off, size, name, end)
	}
	switch w := writers[0]; {
	case w.Silent:
		return vlog.Fail(abi.EACCES)
	case w.Whole:
		return v.Reject(abi.EACCES, "only access to %s is supported", w.Structs[0])
	}
	return v.Reject(abi.EACCES, "only read is supported")
}

// loadTyped makes a register what a load of a typed pointer gives (mark_btf_ld_reg).
func (v *verifier) loadTyped(regno int, t abi.RegType, set uint8, id uint32, flags abi.RegType) error {
	r := &v.regs()[regno]
	switch t {
	case abi.SCALAR_VALUE:
		r.MarkUnknown()
	case abi.PTR_TO_BTF_ID:
		r.MarkPtr(t | flags)
		r.BTF, r.BTFID = set, id
		if flags.MaybeNull() {
			r.ID = v.newID()
		}
	case abi.PTR_TO_MEM:
		r.MarkPtr(t | flags)
	default:
		return v.Bug("unexpected reg_type %d in mark_btf_ld_reg", uint32(t))
	}
	return nil
}

// accessMapStruct verifies a load through CONST_PTR_TO_MAP, of the kernel's own fields (check_ptr_to_map_access).
func (v *verifier) accessMapStruct(m *memAccess) error {
	typ := v.mapOf(m.reg).Type
	name := v.k.MapStruct(typ)
	id, _ := v.typesets[state.TypesVmlinux].FindStruct(name)
	switch {
	case id == 0:
		return v.Reject(abi.ENOTSUPP, "map_ptr access not supported for map type %d", typ)
	case m.off < 0:
		return v.Reject(abi.EACCES, "R%d is %s invalid negative access: off=%d", m.regno, name, m.off)
	case m.write():
		return v.Reject(abi.EACCES, "only read from %s is supported", name)
	}
	res, err := v.walkStruct(state.TypesVmlinux, id, m.off, m.size)
	if err != nil || !m.loads() {
		return err
	}
	return v.loadTyped(m.value, res.typ, state.TypesVmlinux, res.id, res.flags)
}
