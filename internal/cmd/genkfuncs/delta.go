package main

import (
	"log"
	"slices"
	"strings"
)

// applyDelta turns the sets of 6.12 into those of 6.18.
func applyDelta(sets []*set) []*set {
	find := func(name string) *set {
		for _, s := range sets {
			if s.name == name {
				return s
			}
		}
		return nil
	}
	for _, n := range newSets {
		if find(n.name) == nil {
			sets = append(sets, &n)
		}
	}
	for setName, kfuncs := range added {
		s := find(setName)
		if s == nil {
			log.Fatalf("delta: no set %s", setName)
		}
		for name, flags := range kfuncs {
			k := kfunc{name: name}
			if flags != "" {
				k.flags = strings.Split(flags, "|")
			}
			s.kfuncs = slices.DeleteFunc(s.kfuncs, func(o kfunc) bool { return o.name == name })
			s.kfuncs = append(s.kfuncs, k)
		}
	}
	sets = slices.DeleteFunc(sets, func(s *set) bool { return s.name == "key_sig_kfunc_set" })
	for _, s := range sets {
		s.kfuncs = slices.DeleteFunc(s.kfuncs, func(k kfunc) bool { return slices.Contains(removed, k.name) })
		slices.SortStableFunc(s.kfuncs, func(a, b kfunc) int { return strings.Compare(a.name, b.name) })
	}
	return sets
}

var newSets = []set{
	{name: "rqspinlock_kfunc_ids", types: []string{"UNSPEC"}},
	{name: "bpf_kfunc_check_set_skb_meta", types: []string{"SCHED_CLS", "SCHED_ACT"}},
	{name: "bpf_kfunc_check_set_sock_ops", types: []string{"SOCK_OPS"}},
	{name: "qdisc_kfunc_ids", types: []string{"STRUCT_OPS"}, filter: "bpf_qdisc_kfunc_filter"},
	{name: "scx_kfunc_ids_idle", types: []string{"STRUCT_OPS", "TRACING", "SYSCALL"}},
}

// removed are functions that 6.18 no longer has.
var removed = []string{"cgroup_rstat_updated", "cgroup_rstat_flush"}

// added are functions that are new since 6.12 or changed their flags, by set.
var added = map[string]map[string]string{
	"common_btf_ids": {
		"__bpf_trap":                         "",
		"bpf_cast_to_kern_ctx":               "FASTCALL",
		"bpf_rdonly_cast":                    "FASTCALL",
		"bpf_dynptr_copy":                    "",
		"bpf_dynptr_memset":                  "",
		"bpf_copy_from_user_task_str":        "SLEEPABLE",
		"bpf_get_kmem_cache":                 "",
		"bpf_iter_kmem_cache_new":            "ITER_NEW|SLEEPABLE",
		"bpf_iter_kmem_cache_next":           "ITER_NEXT|RET_NULL|SLEEPABLE",
		"bpf_iter_kmem_cache_destroy":        "ITER_DESTROY|SLEEPABLE",
		"bpf_iter_dmabuf_new":                "ITER_NEW|SLEEPABLE",
		"bpf_iter_dmabuf_next":               "ITER_NEXT|RET_NULL|SLEEPABLE",
		"bpf_iter_dmabuf_destroy":            "ITER_DESTROY|SLEEPABLE",
		"bpf_local_irq_save":                 "",
		"bpf_local_irq_restore":              "",
		"bpf_probe_read_user_dynptr":         "",
		"bpf_probe_read_kernel_dynptr":       "",
		"bpf_probe_read_user_str_dynptr":     "",
		"bpf_probe_read_kernel_str_dynptr":   "",
		"bpf_copy_from_user_dynptr":          "SLEEPABLE",
		"bpf_copy_from_user_str_dynptr":      "SLEEPABLE",
		"bpf_copy_from_user_task_dynptr":     "SLEEPABLE|TRUSTED_ARGS",
		"bpf_copy_from_user_task_str_dynptr": "SLEEPABLE|TRUSTED_ARGS",
		"bpf_strcmp":                         "",
		"bpf_strcasecmp":                     "",
		"bpf_strchr":                         "",
		"bpf_strchrnul":                      "",
		"bpf_strnchr":                        "",
		"bpf_strrchr":                        "",
		"bpf_strlen":                         "",
		"bpf_strnlen":                        "",
		"bpf_strspn":                         "",
		"bpf_strcspn":                        "",
		"bpf_strstr":                         "",
		"bpf_strnstr":                        "",
		"bpf_cgroup_read_xattr":              "RCU",
		"bpf_stream_vprintk_impl":            "TRUSTED_ARGS",
		"bpf_stream_vprintk":                 "TRUSTED_ARGS",
		"bpf_task_work_schedule_signal_impl": "TRUSTED_ARGS",
		"bpf_task_work_schedule_resume_impl": "TRUSTED_ARGS",
		"bpf_task_work_schedule_signal":      "TRUSTED_ARGS",
		"bpf_task_work_schedule_resume":      "TRUSTED_ARGS",
	},
	"generic_btf_ids": {
		"bpf_list_front":       "RET_NULL",
		"bpf_list_back":        "RET_NULL",
		"bpf_rbtree_root":      "RET_NULL",
		"bpf_rbtree_left":      "RET_NULL",
		"bpf_rbtree_right":     "RET_NULL",
		"bpf_send_signal_task": "TRUSTED_ARGS",
		"bpf_task_from_vpid":   "ACQUIRE|RET_NULL",

		// moved here from tracing alone
		"bpf_lookup_user_key":        "ACQUIRE|RET_NULL|SLEEPABLE",
		"bpf_lookup_system_key":      "ACQUIRE|RET_NULL",
		"bpf_key_put":                "RELEASE",
		"bpf_verify_pkcs7_signature": "SLEEPABLE",
	},
	"arena_kfuncs": {
		"bpf_arena_alloc_pages":   "TRUSTED_ARGS|SLEEPABLE|ARENA_RET|ARENA_ARG2",
		"bpf_arena_free_pages":    "TRUSTED_ARGS|SLEEPABLE|ARENA_ARG2",
		"bpf_arena_reserve_pages": "TRUSTED_ARGS|SLEEPABLE|ARENA_ARG2",
	},
	"cpumask_kfunc_btf_ids": {"bpf_cpumask_populate": "RCU"},
	"rqspinlock_kfunc_ids": {
		"bpf_res_spin_lock":              "RET_NULL",
		"bpf_res_spin_lock_irqsave":      "RET_NULL",
		"bpf_res_spin_unlock":            "",
		"bpf_res_spin_unlock_irqrestore": "",
	},
	"bpf_kfunc_check_set_skb_meta": {"bpf_dynptr_from_skb_meta": "TRUSTED_ARGS"},
	"bpf_kfunc_check_set_xdp":      {"bpf_xdp_pull_data": ""},
	"bpf_kfunc_check_set_sock_ops": {"bpf_sock_ops_enable_tx_tstamp": "TRUSTED_ARGS"},
	"bpf_rstat_kfunc_ids": {
		"css_rstat_updated": "",
		"css_rstat_flush":   "SLEEPABLE",
	},
	"bpf_fs_kfunc_set_ids": {
		"bpf_set_dentry_xattr":    "SLEEPABLE|TRUSTED_ARGS",
		"bpf_remove_dentry_xattr": "SLEEPABLE|TRUSTED_ARGS",
	},
	"qdisc_kfunc_ids": {
		"bpf_skb_get_hash":                 "TRUSTED_ARGS",
		"bpf_kfree_skb":                    "RELEASE",
		"bpf_qdisc_skb_drop":               "RELEASE",
		"bpf_dynptr_from_skb":              "TRUSTED_ARGS",
		"bpf_qdisc_watchdog_schedule":      "TRUSTED_ARGS",
		"bpf_qdisc_init_prologue":          "TRUSTED_ARGS",
		"bpf_qdisc_reset_destroy_epilogue": "TRUSTED_ARGS",
		"bpf_qdisc_bstats_update":          "TRUSTED_ARGS",
	},
	"scx_kfunc_ids_enqueue_dispatch": {
		"scx_bpf_dsq_insert":       "RCU",
		"scx_bpf_dsq_insert_vtime": "RCU",
	},
	"scx_kfunc_ids_dispatch": {
		"scx_bpf_dsq_move_to_local":  "",
		"scx_bpf_dsq_move_set_slice": "RCU",
		"scx_bpf_dsq_move_set_vtime": "RCU",
		"scx_bpf_dsq_move":           "RCU",
		"scx_bpf_dsq_move_vtime":     "RCU",
	},
	"scx_kfunc_ids_unlocked": {
		"scx_bpf_dsq_move_set_slice": "RCU",
		"scx_bpf_dsq_move_set_vtime": "RCU",
		"scx_bpf_dsq_move":           "RCU",
		"scx_bpf_dsq_move_vtime":     "RCU",
	},
	"scx_kfunc_ids_any": {
		"scx_bpf_now":          "",
		"scx_bpf_events":       "TRUSTED_ARGS",
		"scx_bpf_nr_node_ids":  "",
		"scx_bpf_cpu_node":     "",
		"scx_bpf_locked_rq":    "RET_NULL",
		"scx_bpf_cpu_curr":     "RET_NULL|RCU_PROTECTED",
		"scx_bpf_task_cgroup":  "RCU|ACQUIRE",
		"scx_bpf_task_running": "RCU",
	},
	"scx_kfunc_ids_idle": {
		"scx_bpf_get_idle_cpumask_node":   "ACQUIRE",
		"scx_bpf_get_idle_cpumask":        "ACQUIRE",
		"scx_bpf_get_idle_smtmask_node":   "ACQUIRE",
		"scx_bpf_get_idle_smtmask":        "ACQUIRE",
		"scx_bpf_put_idle_cpumask":        "RELEASE",
		"scx_bpf_test_and_clear_cpu_idle": "",
		"scx_bpf_pick_idle_cpu_node":      "RCU",
		"scx_bpf_pick_idle_cpu":           "RCU",
		"scx_bpf_pick_any_cpu_node":       "RCU",
		"scx_bpf_pick_any_cpu":            "RCU",
		"scx_bpf_select_cpu_and":          "RCU",
		"scx_bpf_select_cpu_dfl":          "RCU",
	},
}
