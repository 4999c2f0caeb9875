package program

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// checkJumpTable verifies that a map can be a jump table of the program: nobody may change it, and all its elements
// are instructions (bpf_insn_array_init).
func (u *usedMaps) checkJumpTable(m *object.Map) error {
	good := m.Frozen
	for _, to := range m.Targets {
		good = good && int(to) < len(u.Insns) && !(to > 0 && u.Insns[to-1].IsLdImm64())
	}
	if !good {
		return u.Reject(abi.EINVAL, "Failed to properly initialize insn array")
	}
	return nil
}

// jumpTable returns the elements of all jump tables that begin in a function, sorted, each once.
func (p *Program) jumpTable(s *cfg.Subprog) []int32 {
	var all []int32
	for _, m := range p.Image.Maps {
		if m == nil || len(m.Targets) == 0 {
			continue
		}
		// The least tells for all; those outside are refused where the jump is.
		if first := int(slices.Min(m.Targets)); first < s.Start || first >= s.End {
			continue
		}
		for _, to := range m.Targets {
			all = append(all, int32(to))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
