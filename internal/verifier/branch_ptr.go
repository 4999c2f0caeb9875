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
func (v *verifier) neverNull(r *state.Reg) bool {
	if r.Type.MaybeNull() {
		return false
	}
	far := r.Smin <= -maxVarOff || r.Smax >= maxVarOff
	if far && v.k.Has(kmodel.OffsetsMayWrap) {
		return false
	}
	switch r.Type.Base() {
	case abi.PTR_TO_XDP_SOCK, abi.PTR_TO_BUF:
		return v.k.Has(kmodel.OffsetsMayWrap)
	case abi.CONST_PTR_TO_MAP:
		return v.k.Has(kmodel.MapPointersNotNull)
	case abi.PTR_TO_SOCKET, abi.PTR_TO_TCP_SOCK, abi.PTR_TO_SOCK_COMMON,
		abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MAP_KEY:
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
	v.typeValue(r, false)
}

// typeValue makes a map's value what maps of its type hold. It is told at the lookup, and where the value turns out not to be
// NULL: kernels do it at the one or the other.
func (v *verifier) typeValue(r *state.Reg, lookup bool) {
	m, nullable := v.mapOf(r), r.Type&abi.PTR_MAYBE_NULL
	if r.Type.Base() != abi.PTR_TO_MAP_VALUE || m == nil ||
		m.Inner == nil && m.Type != abi.MAP_TYPE_XSKMAP && m.Type != abi.MAP_TYPE_SOCKMAP && m.Type != abi.MAP_TYPE_SOCKHASH ||
		v.k.Has(kmodel.LookupsTyped) != lookup {
		return
	}
	switch {
	case m.Inner != nil:
		r.Type = abi.CONST_PTR_TO_MAP | nullable
		r.Map = v.mapRef(m.Inner)
		if v.k.Has(kmodel.LookupsTyped) || m.Inner.Record.HasAny(object.BPF_TIMER|object.BPF_WORKQUEUE|object.BPF_TASK_WORK) {
			r.MapUID = r.ID
		}
	case m.Type == abi.MAP_TYPE_XSKMAP:
		r.Type = abi.PTR_TO_XDP_SOCK | nullable
	default:
		r.Type = abi.PTR_TO_SOCKET | nullable
	}
}

// markNull tells all copies in st of a pointer that might be NULL whether it is. A
// reference that turns out to be NULL need not be released.
func (v *verifier) markNull(st *state.State, id, ref uint32, isNull bool) {
	if ref != 0 && ref == id && isNull {
		// The entry may be gone only by a bug of the kernel's; it goes on then, too.
		_ = v.releaseReferenceNoMark(st, id)
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
	if !v.neverNull(src) && !v.neverNull(dst) && v.k.Has(kmodel.OffsetsMayWrap) {
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

// isPacketOrEnd reports a pointer into a packet, its metadata, or to its end.
func isPacketOrEnd(r *state.Reg) bool {
	return isPacketPtr(r) || r.Type == abi.PTR_TO_PACKET_END
}

// decidePacket says which way a comparison with the packet's end goes, for a pointer that
// has been compared with it before.
func decidePacket(a, b *state.Reg, op uint8) scalar.Decision {
	pkt := a
	if b.Type != abi.PTR_TO_PACKET_END {
		if a.Type != abi.PTR_TO_PACKET_END {
			return scalar.Either
		}
		pkt, op = b, scalar.Flip(op)
	}
	beyond := pkt.Range == state.BEYOND_PKT_END
	atLeast := beyond || pkt.Range == state.AT_PKT_END
	switch {
	case op == insn.JGT && beyond, op == insn.JGE && atLeast:
		return scalar.Taken
	case op == insn.JLE && beyond, op == insn.JLT && atLeast:
		return scalar.NotTaken
	}
	return scalar.Either
}

// packetBranches says, for the condition "pkt op end", in which path the packet reaches
// beyond pkt (more: by one more byte), and where pkt is at the end or behind it.
var packetBranches = [16]struct {
	ok, inTarget, more bool // the good path is the jump's target
	beyond             bool // in the other one pkt lies beyond the end
}{
	insn.JGT >> 4: {ok: true, beyond: true},
	insn.JLT >> 4: {ok: true, inTarget: true, more: true},
	insn.JGE >> 4: {ok: true, more: true},
	insn.JLE >> 4: {ok: true, inTarget: true, beyond: true},
}

// matchPacketEnd learns from the comparison of a packet pointer with the packet's end, or
// of a metadata pointer with the packet's start.
func (v *verifier) matchPacketEnd(op uint8, dst, src int, fallthru, target *state.State) {
	regs := &fallthru.Cur().Regs
	if !boundsPacket(&regs[dst], &regs[src]) {
		dst, src = src, dst
		op = scalar.Flip(op)
		if !boundsPacket(&regs[dst], &regs[src]) {
			return
		}
	}
	how := &packetBranches[op>>4]
	if !how.ok {
		return
	}
	good, bad := fallthru, target
	if how.inTarget {
		good, bad = target, fallthru
	}
	v.growRange(good, &regs[dst], how.more)
	if pkt := &bad.Cur().Regs[dst]; pkt.Type == abi.PTR_TO_PACKET {
		pkt.Range = state.AT_PKT_END
		if how.beyond {
			pkt.Range = state.BEYOND_PKT_END
		}
	}
}

// boundsPacket reports that end is where pkt's memory ends.
func boundsPacket(pkt, end *state.Reg) bool {
	switch pkt.Type {
	case abi.PTR_TO_PACKET:
		return end.Type == abi.PTR_TO_PACKET_END
	case abi.PTR_TO_PACKET_META: // the packet itself, as it came from the context
		return end.Type == abi.PTR_TO_PACKET && end.ID == 0 && end.Off == 0 && end.Var.Equals(0)
	}
	return false
}

// maxPacketOff bounds offsets into a packet (MAX_PACKET_OFF).
const maxPacketOff = 0xffff

// growRange lets all of st's pointers of pkt's kind and base reach up to pkt, or one byte more.
func (v *verifier) growRange(st *state.State, pkt *state.Reg, more bool) {
	reach, typ, id := pkt.Off, pkt.Type, pkt.ID
	if v.k.Has(kmodel.VarOffOffsets) {
		reach = int32(min(pkt.UMax(), maxPacketOff))
	}
	if reach < 0 || reach == 0 && more ||
		pkt.UMax() > maxPacketOff || pkt.UMax()+uint64(pkt.Off) > maxPacketOff {
		return // no range, or an offset that might wrap
	}
	if more {
		reach++
	}
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.Type == typ && r.ID == id {
			r.Range = max(r.Range, reach)
		}
	})
}
