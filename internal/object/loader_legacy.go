package object

import "github.com/bpfverdict/bpfverdict/internal/abi"

// iproute2 is the loader that tc and ip have without libbpf. The name of a section is told to them, and what is
// loaded from it depends on the command: tc's filters, here.
var iproute2 = &Loader{
	name: "iproute2", title: "iproute2",
	rules: map[rule]string{
		ruleLegacyMaps: "reads them as bpf_elf_map",
		ruleStatic:     "takes it",
		ruleWholeText:  "", ruleNoTypes: "", ruleNoGlobals: "",
	},
	sizes: []*sizeRule{mapOfMaps},
	sections: sectionTable{
		defs: append(sectionsOf("classifier+", "action+", "xdp+", "lwt_in+", "lwt_out+", "lwt_xmit+", "lwt_seg6local+"),
			sectionDef{"prog+", abi.PROG_TYPE_XDP, 0, 0}),
		other: &sectionDef{typ: abi.PROG_TYPE_SCHED_CLS},
	},
	legacy: &legacyForm{least: 16, rest: restElf},
}

// bcc is the ELF loader of gobpf, BCC's library for Go. BCC itself compiles what it loads, and has no objects.
var bcc = &Loader{
	name: "bcc", title: "BCC's gobpf",
	rules: map[rule]string{
		ruleLegacyMaps:  "reads them in maps/NAME",
		ruleStatic:      "takes it",
		ruleSkipUnknown: "", ruleNoTypes: "", ruleNoGlobals: "", ruleNoCalls: "",
	},
	sections: sectionTable{
		defs: append(sectionsOf("kprobe+", "kretprobe+", "uprobe+", "uretprobe+", "tracepoint+", "cgroup/skb", "cgroup/sock", "socket", "xdp+"),
			sectionDef{"sched_cls+", abi.PROG_TYPE_SCHED_CLS, 0, 0}, sectionDef{"sched_act+", abi.PROG_TYPE_SCHED_ACT, 0, 0}),
		prefix: true,
	},
	legacy: &legacyForm{least: 20, rest: restPins, prefix: true},
}
