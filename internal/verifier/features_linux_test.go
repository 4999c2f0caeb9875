package verifier_test

import (
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// TestFeatureCasesOnRunningKernel asks the running kernel about the programs that features decide.
func TestFeatureCasesOnRunningKernel(t *testing.T) {
	const none = -1
	k := askRunning(t, nil)
	tb := featureTable(k.model)
	for _, m := range tb.maps {
		if m.Inner != nil || m.Record != nil || m.Type == abi.MAP_TYPE_ARENA {
			k.maps = append(k.maps, none) // these take more than a description to make
			continue
		}
		k.addMap(t, m, 0)
	}
	for _, c := range slices.Concat(featureCases, olderFeatureCases) {
		t.Run(c.feature+"/"+c.name, func(t *testing.T) {
			q := tb.question(t, k.model, &c.testCase)
			if slices.ContainsFunc(q.img.Insns, func(in insn.Insn) bool {
				return in.IsLdImm64() && in.Src == insn.PSEUDO_MAP_FD && k.maps[in.Imm] == none
			}) {
				t.Skip("it uses a map that isn't made here")
			}
			if !k.judges(t, c.at) {
				t.Skip("this build refuses such programs before it verifies them")
			}
			if d := k.difference(q); d != "" {
				t.Error(d)
			}
		})
	}
}
