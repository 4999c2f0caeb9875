package kmodel

import (
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// engines are how kernels walk, the newest way first, by what shows it; that of a kernel that shows none is its neighbour's.
var (
	loopRules = []shownRule[kdata.LoopRules]{
		{"member bpf_insn_aux_data.scc", kdata.LoopComponents},
		{"func bpf_iter_num_new", kdata.LoopEntries},
	}
	livenessRules = []shownRule[kdata.LivenessRules]{
		{"member bpf_verifier_env.liveness", kdata.LivenessGraph},
		{"no member bpf_verifier_env.liveness", kdata.LivenessMarks},
	}
)

type shownRule[T any] struct {
	by   mark
	rule T
}

// engineOf is how a kernel of these types walks; near is how its neighbour does.
func engineOf(set *types.Set, near kdata.Engine) kdata.Engine {
	near.Loops = firstShown(set, loopRules, near.Loops)
	near.Liveness = firstShown(set, livenessRules, near.Liveness)
	return near
}

func firstShown[T any](set *types.Set, rules []shownRule[T], otherwise T) T {
	for _, r := range rules {
		if r.by.in(set) == present {
			return r.rule
		}
	}
	return otherwise
}
