package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

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
		reach = int32(min(pkt.Umax, maxPacketOff))
	}
	if reach < 0 || reach == 0 && more ||
		pkt.Umax > maxPacketOff || pkt.Umax+uint64(pkt.Off) > maxPacketOff {
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
