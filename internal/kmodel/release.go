package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// release is a mainline release, and marks that it brought.
type release struct {
	name  string
	marks []mark
}

// IsRelease reports whether a name is that of a mainline release that models can be derived for, such as "6.6".
func IsRelease(name string) bool {
	return slices.ContainsFunc(releases, func(r release) bool { return r.name == name })
}

// releases are what each mainline release brought that its BTF shows and that no build option takes away. They tell of which
// release a kernel is that has no model.
var releases = []release{
	{"5.10", []mark{"value bpf_func_id.BPF_FUNC_redirect_peer"}},
	{"5.11", []mark{"value bpf_func_id.BPF_FUNC_ktime_get_coarse_ns", "value bpf_func_id.BPF_FUNC_sock_from_file"}},
	{"5.12", []mark{"value bpf_func_id.BPF_FUNC_check_mtu"}},
	{"5.13", []mark{"value bpf_func_id.BPF_FUNC_for_each_map_elem", "value bpf_func_id.BPF_FUNC_snprintf"}},
	{"5.14", []mark{"value bpf_func_id.BPF_FUNC_sys_bpf", "value bpf_prog_type.BPF_PROG_TYPE_SYSCALL"}},
	{"5.15", []mark{"value bpf_func_id.BPF_FUNC_timer_init", "value bpf_func_id.BPF_FUNC_get_attach_cookie"}},
	{"5.16", []mark{"value bpf_func_id.BPF_FUNC_get_branch_snapshot", "value bpf_map_type.BPF_MAP_TYPE_BLOOM_FILTER"}},
	{"5.17", []mark{"value bpf_func_id.BPF_FUNC_loop", "value bpf_func_id.BPF_FUNC_strncmp"}},
	{"5.18", []mark{"value bpf_func_id.BPF_FUNC_copy_from_user_task", "value bpf_attach_type.BPF_TRACE_KPROBE_MULTI"}},
	{"5.19", []mark{"value bpf_func_id.BPF_FUNC_kptr_xchg", "value bpf_func_id.BPF_FUNC_dynptr_data"}},
	{"6.0", []mark{"value bpf_func_id.BPF_FUNC_tcp_raw_check_syncookie_ipv6", "value bpf_attach_type.BPF_LSM_CGROUP"}},
	{"6.1", []mark{"value bpf_func_id.BPF_FUNC_user_ringbuf_drain", "value bpf_map_type.BPF_MAP_TYPE_USER_RINGBUF"}},
	{"6.2", []mark{"value bpf_func_id.BPF_FUNC_cgrp_storage_get", "func bpf_obj_new_impl"}},
	{"6.3", []mark{"func bpf_rbtree_first", "value btf_field_type.BPF_RB_ROOT"}},
	{"6.4", []mark{"func bpf_iter_num_new", "value bpf_prog_type.BPF_PROG_TYPE_NETFILTER"}},
	{"6.5", []mark{"func bpf_dynptr_clone", "func bpf_dynptr_adjust"}},
	{"6.6", []mark{"value bpf_attach_type.BPF_TCX_INGRESS", "value bpf_link_type.BPF_LINK_TYPE_UPROBE_MULTI"}},
	{"6.7", []mark{"func bpf_throw", "value bpf_attach_type.BPF_CGROUP_UNIX_CONNECT"}},
	{"6.8", []mark{"member bpf_verifier_env.test_reg_invariants", "func bpf_get_file_xattr"}},
	{"6.9", []mark{"value bpf_map_type.BPF_MAP_TYPE_ARENA", "value bpf_cmd.BPF_TOKEN_CREATE"}},
	{"6.10", []mark{"func bpf_wq_init", "value bpf_attach_type.BPF_TRACE_KPROBE_SESSION"}},
	{"6.11", []mark{"func bpf_iter_bits_new"}},
	{"6.12", []mark{"func bpf_copy_from_user_str", "value bpf_arg_type.ARG_KPTR_XCHG_DEST"}},
	{"6.13", []mark{"func bpf_iter_kmem_cache_new", "value bpf_attach_type.BPF_TRACE_UPROBE_SESSION"}},
	{"6.14", []mark{"func bpf_local_irq_save", "value bpf_stack_slot_type.STACK_IRQ_FLAG"}},
	{"6.15", []mark{"func bpf_res_spin_lock", "func bpf_dynptr_copy"}},
	{"6.16", []mark{"func bpf_rbtree_root", "func bpf_list_front"}},
	{"6.17", []mark{"func bpf_dynptr_memset", "value bpf_cmd.BPF_PROG_STREAM_READ_BY_FD"}},
	{"6.18", []mark{"value btf_field_type.BPF_TASK_WORK", "value bpf_type_flag.DYNPTR_TYPE_SKB_META"}},
	{"6.19", []mark{"value bpf_map_type.BPF_MAP_TYPE_INSN_ARRAY", "value bpf_type_flag.DYNPTR_TYPE_FILE"}},
	{"7.0", []mark{"value bpf_attach_type.BPF_TRACE_FSESSION", "value bpf_cmd.BPF_PROG_ASSOC_STRUCT_OPS"}},
	{"7.1", []mark{"member bpf_insn_aux_data.const_reg_vals", "func bpf_obj_new"}},
	{"7.2", []mark{"value bpf_map_type.BPF_MAP_TYPE_RHASH", "func bpf_list_del"}},
	{"7.3", []mark{"value bpf_arg_type.ARG_MEM_SIZE", "member bpf_verifier_env.signature"}},
}

// releaseOf is the release that a kernel's types fit best, "" where it is older than all. What a vendor has taken from later releases, or left out, is few
// of many marks.
func releaseOf(set *types.Set) string {
	// Counted are the marks that speak against a release: its own and older ones that are missing, and newer ones that are there.
	against := 0
	var seen [][2]int // marks that are there and that are missing, a release each
	for _, r := range releases {
		var n [2]int
		for _, m := range r.marks {
			if m.in(set) == present {
				n[0]++
			} else {
				n[1]++
			}
		}
		seen = append(seen, n)
		against += n[0]
	}
	best, name := against, ""
	for i, r := range releases {
		if against += seen[i][1] - seen[i][0]; against <= best {
			best, name = against, r.name
		}
	}
	return name
}
