package object

import "github.com/bpfverdict/bpfverdict/internal/abi"

// aya is Aya, as of aya-obj 0.3.
var aya = &Loader{
	name: "aya", title: "Aya",
	rules: map[rule]string{
		ruleLegacyMaps:    "reads them",
		ruleStatic:        "takes it",
		rulePinning:       "doesn't pin it",
		ruleCallAnywhere:  "links it",
		ruleUnknownFields: "passes it over",
		ruleOnlyKnown:     "", ruleFreeLicense: "", rulePlainData: "", ruleMendedTypes: "", ruleHiddenGlobal: "",
		ruleKernelWords: "", ruleSymbolPoison: "", ruleStorageEntries: "", ruleNoPercpu: "",
	},
	sizes: []*sizeRule{ringValue, perfEntries, deviceValue},
	sections: sectionTable{defs: sectionsOf(
		"kprobe+", "kretprobe+", "uprobe+", "uprobe.s+", "uretprobe+", "uretprobe.s+",
		"uprobe.multi+", "uprobe.multi.s+", "uretprobe.multi+", "uretprobe.multi.s+",
		"xdp", "xdp/cpumap+", "xdp/devmap+", "xdp.frags", "xdp.frags/cpumap+", "xdp.frags/devmap+",
		"tp_btf+", "tracepoint+", "tp+", "raw_tp+", "raw_tracepoint+", "perf_event+", "lirc_mode2+",
		"socket+", "sk_msg+", "sk_skb/stream_parser+", "sk_skb/stream_verdict+", "sockops+", "classifier+",
		"sk_lookup+", "sk_reuseport", "sk_reuseport/migrate+", "flow_dissector+", "freplace+",
		"cgroup_skb/ingress+", "cgroup_skb/egress+", "cgroup/skb+", "cgroup/sysctl+", "cgroup/dev+",
		"cgroup/getsockopt+", "cgroup/setsockopt+", "cgroup/sock+", "cgroup/post_bind4+", "cgroup/post_bind6+",
		"cgroup/sock_create+", "cgroup/sock_release+", "cgroup/bind4+", "cgroup/bind6+", "cgroup/connect4+",
		"cgroup/connect6+", "cgroup/getpeername4+", "cgroup/getpeername6+", "cgroup/getsockname4+",
		"cgroup/getsockname6+", "cgroup/sendmsg4+", "cgroup/sendmsg6+", "cgroup/recvmsg4+", "cgroup/recvmsg6+",
		"lsm+", "lsm.s+", "lsm_cgroup+", "fentry+", "fentry.s+", "fexit+", "fexit.s+", "iter+", "iter.s+",
	)},
	legacy: &legacyForm{least: 20, rest: restPins, prefix: true},
}

// Sizes that Aya fills in.
var (
	ringValue = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_RINGBUF},
		want:  clearedValue.want, does: "clears it",
		fill: func(m *Map, _ bool, _, _ uint32) { m.ValueSize, m.MaxEntries = 0, ringbufSize(m.MaxEntries) },
	}
	perfEntries = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_PERF_EVENT_ARRAY},
		fill: func(m *Map, _ bool, cpus, _ uint32) {
			if m.MaxEntries == 0 {
				m.MaxEntries = cpus
			}
		},
	}
	deviceValue = &sizeRule{
		types: []abi.MapType{abi.MAP_TYPE_CPUMAP, abi.MAP_TYPE_DEVMAP, abi.MAP_TYPE_DEVMAP_HASH},
		fill:  func(m *Map, _ bool, _, _ uint32) { m.ValueSize = 8 },
	}
)
