package object

import "github.com/bpfverdict/bpfverdict/internal/abi"

// bcc is the ELF loader of gobpf, BCC's library for Go. BCC itself compiles what it loads, and has no objects.
var bcc = &Loader{
	name: "bcc", title: "BCC's gobpf",
	rules: map[rule]string{
		ruleLegacyMaps:  "reads them in maps/NAME",
		ruleStatic:      "takes it",
		ruleSkipUnknown: "", ruleNoTypes: "", ruleNoGlobals: "", ruleNoCalls: "", ruleStorageEntries: "", ruleNoPercpu: "",
	},
	sections: sectionTable{
		defs: append(sectionsOf("kprobe+", "kretprobe+", "uprobe+", "uretprobe+", "tracepoint+", "cgroup/skb", "cgroup/sock", "socket", "xdp+"),
			sectionDef{"sched_cls+", abi.PROG_TYPE_SCHED_CLS, 0, 0}, sectionDef{"sched_act+", abi.PROG_TYPE_SCHED_ACT, 0, 0}),
		prefix: true,
	},
	legacy: &legacyForm{least: 20, rest: restPins, prefix: true},
}
