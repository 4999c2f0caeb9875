package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// callsCallbackSync reports a call that runs a callback before it returns.
func (v *verifier) callsCallbackSync(in *insn.Insn) bool {
	return v.ruleOf(in).traits&syncCallback != 0
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
	t := helperRule(id).traits
	c := cfg.Call{
		SyncCallback:  t&syncCallback != 0,
		AsyncCallback: t&asyncCallback != 0,
		ChangesPkt:    t&movesPacket != 0,
	}
	h := v.helperProto(id)
	if h == nil {
		return c
	}
	c.Known = true
	c.Void = h.Ret == abi.RET_VOID
	c.MightSleep = h.MightSleep
	c.Fastcall = h.AllowFastcall && t&inlined != 0 && v.k.Config().JIT
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
	t := kf.rule.traits
	c := cfg.Call{SyncCallback: t&syncCallback != 0, AsyncCallback: t&asyncCallback != 0, Throws: t&throws != 0}
	if !kf.allowed {
		return c
	}
	return cfg.Call{
		Known:         true,
		Params:        uint8(len(kf.args)),
		Void:          kf.ret.void,
		Fastcall:      kf.flags&abi.KF_FASTCALL != 0,
		IterNext:      kf.flags&abi.KF_ITER_NEXT != 0,
		MightSleep:    kf.flags&abi.KF_SLEEPABLE != 0,
		ChangesPkt:    t&movesPacket != 0,
		SyncCallback:  c.SyncCallback,
		AsyncCallback: c.AsyncCallback,
		Throws:        c.Throws,
	}
}
