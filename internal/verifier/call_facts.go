package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// callsSync reports a helper that runs a callback before it returns.
func callsSync(helper int32) bool {
	switch helper {
	case abi.BPF_FUNC_for_each_map_elem, abi.BPF_FUNC_find_vma, abi.BPF_FUNC_loop, abi.BPF_FUNC_user_ringbuf_drain:
		return true
	}
	return false
}

// movesPacket reports a helper after which packet pointers are stale. A tail call is
// one, as the next program may do anything.
func movesPacket(helper int32) bool {
	switch helper {
	case abi.BPF_FUNC_clone_redirect, abi.BPF_FUNC_l3_csum_replace, abi.BPF_FUNC_l4_csum_replace,
		abi.BPF_FUNC_lwt_push_encap, abi.BPF_FUNC_lwt_seg6_action, abi.BPF_FUNC_lwt_seg6_adjust_srh,
		abi.BPF_FUNC_lwt_seg6_store_bytes, abi.BPF_FUNC_msg_pop_data, abi.BPF_FUNC_msg_pull_data,
		abi.BPF_FUNC_msg_push_data, abi.BPF_FUNC_skb_adjust_room, abi.BPF_FUNC_skb_change_head,
		abi.BPF_FUNC_skb_change_proto, abi.BPF_FUNC_skb_change_tail, abi.BPF_FUNC_skb_pull_data,
		abi.BPF_FUNC_skb_store_bytes, abi.BPF_FUNC_skb_vlan_pop, abi.BPF_FUNC_skb_vlan_push,
		abi.BPF_FUNC_store_hdr_opt, abi.BPF_FUNC_xdp_adjust_head, abi.BPF_FUNC_xdp_adjust_meta,
		abi.BPF_FUNC_xdp_adjust_tail, abi.BPF_FUNC_tail_call:
		return true
	}
	return false
}

// callsCallbackSync reports a call that runs a callback before it returns.
func (v *verifier) callsCallbackSync(in *insn.Insn) bool {
	if in.IsHelperCall() {
		return callsSync(in.Imm)
	}
	kf := v.kfuncOf(in)
	return kf != nil && kf.callsSync()
}

// inlined reports a helper whose call the kernel replaces by instructions that keep
// all registers but the result.
func (v *verifier) inlined(helper int32) bool {
	return helper == abi.BPF_FUNC_get_smp_processor_id && v.k.Config().JIT
}

// callFacts is what control flow and liveness need to know of a call.
func (v *verifier) callFacts(in *insn.Insn) cfg.Call {
	switch in.Src {
	case 0:
		return v.helperFacts(in.Imm)
	case insn.PSEUDO_KFUNC_CALL:
		return v.kfuncFacts(in)
	}
	return cfg.Call{}
}

func (v *verifier) helperFacts(id int32) cfg.Call {
	c := cfg.Call{
		SyncCallback:  callsSync(id),
		AsyncCallback: id == abi.BPF_FUNC_timer_set_callback,
		ChangesPkt:    movesPacket(id),
	}
	h := v.helperProto(id)
	if h == nil {
		return c
	}
	c.Known = true
	c.Void = h.Ret == abi.RET_VOID
	c.MightSleep = h.MightSleep
	c.Fastcall = h.AllowFastcall && v.inlined(id)
	for _, a := range h.Args {
		if a == abi.ARG_DONTCARE {
			break
		}
		c.Params++
	}
	return c
}

func (v *verifier) kfuncFacts(in *insn.Insn) cfg.Call {
	kf := v.kfuncOf(in)
	if kf == nil {
		return cfg.Call{}
	}
	if !kf.allowed {
		return cfg.Call{SyncCallback: kf.callsSync(), AsyncCallback: kf.callsAsync(), Throws: kf.special == kfThrow}
	}
	return cfg.Call{
		Known:         true,
		Params:        uint8(kf.params()),
		Void:          kf.void(),
		Fastcall:      kf.flags&abi.KF_FASTCALL != 0,
		IterNext:      kf.flags&abi.KF_ITER_NEXT != 0,
		MightSleep:    kf.flags&abi.KF_SLEEPABLE != 0,
		ChangesPkt:    kf.changesPacket(),
		SyncCallback:  kf.callsSync(),
		AsyncCallback: kf.callsAsync(),
		Throws:        kf.special == kfThrow,
	}
}
