package main

import (
	"log"
	"slices"
	"strings"
)

// applyDelta turns the tables of 6.12 into those of 6.18. Every line here is held against answers
// of a running 6.18.44 by kernel's tests.
func applyDelta(protos map[string]*proto, groups []group) (map[string]*proto, []group) {
	for _, d := range newProtos {
		protos[d.name] = &d
	}
	for name, edit := range protoEdits {
		p := protos[name]
		if p == nil {
			log.Fatalf("delta: no prototype %s", name)
		}
		edit(p)
	}
	groups = append(groups, group{name: "bpf_everywhere_func_proto"})
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.name, b.name) })
	for name, entries := range newEntries {
		i := slices.IndexFunc(groups, func(g group) bool { return g.name == name+"_func_proto" })
		if i < 0 {
			log.Fatalf("delta: no group %s", name)
		}
		groups[i].entries = append(groups[i].entries, entries...)
	}
	return protos, groups
}

var newProtos = []proto{
	// 6.16, "bpf: Add bpf_get_netns_cookie to tc and cgroup_skb"
	{name: "get_netns_cookie", fn: "bpf_get_netns_cookie", ret: "RET_INTEGER", args: [5]string{"ARG_PTR_TO_CTX_OR_NULL"}},
}

func setArg(i int, typ string) func(*proto) { return func(p *proto) { p.args[i] = typ } }

func readOnly(args ...int) func(*proto) {
	return func(p *proto) {
		for _, i := range args {
			p.args[i] += " | MEM_RDONLY"
		}
	}
}

func atomic(p *proto) { p.sleep = false }

var protoEdits = map[string]func(*proto){
	"loop": setArg(0, "ARG_ANYTHING"),
	// "bpf: Fix memory access flags in helper prototypes", in 6.18.y but not in the 6.12 package
	"get_stack_raw_tp":             setArg(1, "ARG_PTR_TO_UNINIT_MEM"),
	"snprintf_btf":                 setArg(0, "ARG_PTR_TO_MEM | MEM_WRITE"),
	"snprintf":                     setArg(0, "ARG_PTR_TO_MEM_OR_NULL | MEM_WRITE"),
	"skb_fib_lookup":               setArg(1, "ARG_PTR_TO_MEM | MEM_WRITE"),
	"xdp_fib_lookup":               setArg(1, "ARG_PTR_TO_MEM | MEM_WRITE"),
	"sysctl_get_name":              setArg(1, "ARG_PTR_TO_MEM | MEM_WRITE"),
	"read_branch_records":          setArg(1, "ARG_PTR_TO_MEM_OR_NULL | MEM_WRITE"),
	"kallsyms_lookup_name":         readOnly(0),
	"tcp_raw_gen_syncookie_ipv4":   readOnly(0, 1),
	"tcp_raw_gen_syncookie_ipv6":   readOnly(0, 1),
	"tcp_raw_check_syncookie_ipv4": readOnly(0, 1),
	"tcp_raw_check_syncookie_ipv6": readOnly(0, 1),
	// Fixes in 6.12.y that 6.18.44 lacks: these may be called where sleeping is not allowed.
	"btf_find_by_name_kind":    atomic,
	"get_stack_sleepable":      atomic,
	"get_task_stack_sleepable": atomic,
	"sys_bpf":                  atomic,
	"sys_close":                atomic,
}

var newEntries = map[string][]entry{
	// 6.16, "bpf: Allow some trace helpers for all prog types", asked after bpf_base
	"bpf_everywhere": {
		{"get_current_uid_gid", "get_current_uid_gid"},
		{"current_task_under_cgroup", "current_task_under_cgroup"},
		{"get_cgroup_classid", "get_cgroup_classid_curr"},
		{"task_storage_get", "task_storage_get"},
		{"task_storage_delete", "task_storage_delete"},
		{"get_current_comm", "get_current_comm"},
		{"copy_from_user", "copy_from_user"},
		{"copy_from_user_task", "copy_from_user_task"},
		{"perf_event_read_value", "perf_event_read_value"},
		{"perf_event_read", "perf_event_read"},
		{"send_signal", "send_signal"},
		{"send_signal_thread", "send_signal_thread"},
		{"get_branch_snapshot", "get_branch_snapshot"},
		{"find_vma", "find_vma"},
	},
	"tc_cls_act": {{"get_netns_cookie", "get_netns_cookie"}},
	"sk_filter":  {{"get_netns_cookie", "get_netns_cookie"}},
}
