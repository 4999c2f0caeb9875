package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// neverNull reports a pointer that no comparison finds to be NULL (reg_not_null).
func neverNull(r *state.Reg) bool {
	if r.Type.MaybeNull() {
		return false
	}
	switch r.Type.Base() {
	case abi.PTR_TO_SOCKET, abi.PTR_TO_TCP_SOCK, abi.PTR_TO_SOCK_COMMON,
		abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MAP_KEY, abi.CONST_PTR_TO_MAP:
		return true
	case abi.PTR_TO_BTF_ID:
		return isTrustedReg(r)
	case abi.PTR_TO_MEM:
		return r.Type&abi.PTR_UNTRUSTED == 0
	}
	return false
}

// markNotNull makes a pointer that might be NULL one that is not. A value of some maps
// is then known to be something else: an inner map or a socket, which still counts as
// another one than a socket from elsewhere when states are compared.
func (v *verifier) markNotNull(r *state.Reg) {
	r.Type &^= abi.PTR_MAYBE_NULL
	if !v.k.Has(kmodel.LookupsTyped) {
		v.typeValue(r)
	}
}

// typeValue makes a map's value what maps of its type hold.
func (v *verifier) typeValue(r *state.Reg) {
	m, nullable := v.mapOf(r), r.Type&abi.PTR_MAYBE_NULL
	switch {
	case r.Type.Base() != abi.PTR_TO_MAP_VALUE || m == nil:
	case m.Inner != nil:
		r.Type = abi.CONST_PTR_TO_MAP | nullable
		r.Map = v.mapRef(m.Inner)
		if v.k.Has(kmodel.LookupsTyped) || m.Inner.Record.HasAny(object.BPF_TIMER|object.BPF_WORKQUEUE|object.BPF_TASK_WORK) {
			r.MapUID = r.ID
		}
	case m.Type == abi.MAP_TYPE_XSKMAP:
		r.Type = abi.PTR_TO_XDP_SOCK | nullable
	case m.Type == abi.MAP_TYPE_SOCKMAP, m.Type == abi.MAP_TYPE_SOCKHASH:
		r.Type = abi.PTR_TO_SOCKET | nullable
	}
}

// markNull tells all copies in st of a pointer that might be NULL whether it is. A
// reference that turns out to be NULL need not be released.
func (v *verifier) markNull(st *state.State, id, ref uint32, isNull bool) {
	if ref != 0 && ref == id && isNull {
		// The entry may be gone only by a bug of the kernel's; it goes on then, too.
		_ = releaseReferenceNoMark(st, id)
	}
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if !r.Type.MaybeNull() || r.ID != id || id == 0 && !isRCUReg(r) {
			return
		}
		if off, fixed := r.FixedOff(); !fixed || off != 0 && !isAllocObj(r.Type) {
			return
		}
		if isNull {
			r.Type, r.ID, r.RefObjID = abi.SCALAR_VALUE, 0, 0
			r.Scalar = scalar.Const(0)
			return
		}
		v.markNotNull(r)
		if !v.k.Has(kmodel.PointerIDsKept) && !v.regRecord(r).HasAny(lockFields) {
			r.ID = 0 // a lock is told from another by the id
		}
	})
}

// shareNonNull handles the comparison of two pointers of which one might be NULL: where
// they are equal, it is not. Typed kernel pointers may be NULL though not marked.
func (v *verifier) shareNonNull(op uint8, dst, src, odst, osrc *state.Reg) {
	if src.Type.MaybeNull() == dst.Type.MaybeNull() ||
		src.Type.Base() == abi.PTR_TO_BTF_ID || dst.Type.Base() == abi.PTR_TO_BTF_ID {
		return
	}
	switch op {
	case insn.JEQ:
		dst, src = odst, osrc
	case insn.JNE:
	default:
		return
	}
	if src.Type.MaybeNull() {
		v.markNotNull(src)
	} else {
		v.markNotNull(dst)
	}
}
