package object

import "github.com/bpfverdict/bpfverdict/internal/abi"

// cilium is github.com/cilium/ebpf, as of v0.22.
var cilium = &Loader{
	name: "cilium", title: "cilium/ebpf",
	rules: map[rule]string{
		ruleLegacyMaps:   "reads them",
		ruleStatic:       "takes it",
		rulePinning:      "leaves it to the program",
		ruleCallAnywhere: "links it",
		ruleLooseExterns: "refuses only programs that call it",
		ruleByName:       "", rulePlainData: "", ruleOwnTypes: "", ruleHiddenGlobal: "", ruleKernelWords: "", ruleRawPoison: "", rulePlainMaps: "",
		ruleKsymAddress: "", ruleTargetless: "", ruleNoAddend: "", ruleKeepSize: "", ruleStorageEntries: "", ruleNoPercpu: "",
	},
	sizes:    []*sizeRule{clearedValue, perfArray, cpuMap, mapOfMaps},
	sections: sectionTable{defs: sectionsBut("tp_btf.s+", "raw_tp.s+", "raw_tracepoint.s+", "tp.s+", "tracepoint.s+"), prefix: true},
	legacy:   &legacyForm{least: 20, rest: restZero, prefix: true},
}

// Sizes that loaders fill in.
var (
	// clearedValue: a type given for the value only names it.
	clearedValue = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_RINGBUF, abi.MAP_TYPE_ARENA},
		want:  "value_size must be 0 for a ring buffer", does: "clears it",
		fill: func(m *Map, typed bool, _, _ uint32) {
			if typed {
				m.ValueSize = 0
			}
		},
	}
	perfArray = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_PERF_EVENT_ARRAY},
		want:  "key_size and value_size must be 4 for a perf event array", does: "fills them in",
		fill: func(m *Map, typed bool, cpus, _ uint32) {
			if typed {
				m.ValueSize = 0
			}
			if (m.KeySize == 0 || m.KeySize == 4) && (m.ValueSize == 0 || m.ValueSize == 4) {
				m.KeySize, m.ValueSize = 4, 4
			}
			atMost(&m.MaxEntries, cpus)
		},
	}
	cpuMap = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_CPUMAP},
		fill:  func(m *Map, _ bool, cpus, _ uint32) { atMost(&m.MaxEntries, cpus) },
	}
	mapOfMaps = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS},
		want:  "value_size must be 4 for a map of maps", does: "fills it in",
		fill: func(m *Map, _ bool, _, _ uint32) {
			if m.ValueSize == 0 {
				m.ValueSize = 4
			}
		},
	}
)

// atMost makes n the least of itself and most, where 0 is open.
func atMost(n *uint32, most uint32) {
	if *n == 0 || *n > most {
		*n = most
	}
}
