package kdata

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// overrideReturn is a helper that kernels have only if built with CONFIG_BPF_KPROBE_OVERRIDE.
const overrideReturn = "override_return"

// WithOverride adds bpf_override_return to the helpers of a kernel that was built without, and so could not be asked about
// it: as base has it, where the configuration says so.
func WithOverride(h, base Helpers) Helpers {
	proto := slices.IndexFunc(base.HelperProtos, func(p HelperProto) bool { return p.Name == overrideReturn })
	id := slices.Index(h.HelperNames, overrideReturn)
	if proto < 0 || id < 0 {
		return h
	}
	at, _ := slices.BinarySearchFunc(h.HelperProtos, overrideReturn, func(p HelperProto, name string) int { return strings.Compare(p.Name, name) })
	h.HelperProtos = slices.Insert(slices.Clone(h.HelperProtos), at, base.HelperProtos[proto])
	h.HelperGroups = append(slices.Clip(h.HelperGroups), HelperGroup{overrideReturn, []HelperEntry{{int32(id), overrideReturn}}})
	h.HelperRules = map[string][]HelperRule{overrideReturn: {{Helper: overrideReturn, When: When{NoKprobeOverride: true}}}}
	h.HelperChains = slices.Clone(h.HelperChains)
	for i := range h.HelperChains {
		c := &h.HelperChains[i]
		if slices.Contains(c.When.Types, abi.PROG_TYPE_KPROBE) {
			c.Groups = append(slices.Clip(c.Groups), overrideReturn)
		}
	}
	return h
}
