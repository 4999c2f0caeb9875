package kmodel

import (
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// How kernels walk, the newest way first, by what shows it.
var (
	loopRules = []shownRule[kdata.LoopRules]{
		{"member bpf_insn_aux_data.scc", kdata.LoopComponents},
		{"func bpf_iter_num_new", kdata.LoopEntries},
		{"no func bpf_iter_num_new", kdata.LoopUnrolled},
	}
	livenessRules = []shownRule[kdata.LivenessRules]{
		{"member bpf_verifier_env.liveness", kdata.LivenessGraph},
		{"no member bpf_verifier_env.liveness", kdata.LivenessMarks},
	}
	precisionRules = []shownRule[kdata.PrecisionRules]{
		{"member bpf_verifier_env.bt", kdata.PrecisionAcross},
		{"no member bpf_verifier_env.bt", kdata.PrecisionInFrame},
	}
	logRules = []shownRule[kdata.LogRules]{
		{"member bpf_subprog_info.arg_cnt", kdata.LogMeaningful},
		{"member bpf_verifier_env.scratched_regs", kdata.LogChanges},
		{"no member bpf_verifier_env.scratched_regs", kdata.LogWhole},
	}
)

type shownRule[T any] struct {
	by   mark
	rule T
}

// engineOf is how a kernel of these types walks.
func engineOf(set *types.Set) kdata.Engine {
	return kdata.Engine{
		Loops: firstShown(set, loopRules), Liveness: firstShown(set, livenessRules), Precision: firstShown(set, precisionRules),
		Log: firstShown(set, logRules),
	}
}

func firstShown[T any](set *types.Set, rules []shownRule[T]) (first T) {
	for _, r := range rules {
		if r.by.in(set) == present {
			return r.rule
		}
	}
	return first
}
