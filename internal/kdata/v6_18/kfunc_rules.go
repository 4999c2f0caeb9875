// Which programs may call which kernel functions, and which of these are safe under a lock: read from btf.c, verifier.c and
// the filter functions of Linux 6.18. The functions themselves are in kfuncs.go.

package v6_18

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var kfuncHooks = [][]abi.ProgType{
	{abi.PROG_TYPE_XDP},
	{abi.PROG_TYPE_SCHED_CLS},
	{abi.PROG_TYPE_STRUCT_OPS},
	{abi.PROG_TYPE_TRACING, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_PERF_EVENT, abi.PROG_TYPE_LSM},
	{abi.PROG_TYPE_SYSCALL},
	{abi.PROG_TYPE_CGROUP_SKB, abi.PROG_TYPE_CGROUP_SOCK, abi.PROG_TYPE_CGROUP_DEVICE, abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.PROG_TYPE_CGROUP_SOCKOPT, abi.PROG_TYPE_CGROUP_SYSCTL, abi.PROG_TYPE_SOCK_OPS},
	{abi.PROG_TYPE_SCHED_ACT},
	{abi.PROG_TYPE_SK_SKB},
	{abi.PROG_TYPE_SOCKET_FILTER},
	{abi.PROG_TYPE_LWT_OUT, abi.PROG_TYPE_LWT_IN, abi.PROG_TYPE_LWT_XMIT, abi.PROG_TYPE_LWT_SEG6LOCAL},
	{abi.PROG_TYPE_NETFILTER},
	{abi.PROG_TYPE_KPROBE},
}

var (
	lsmOnly = []kdata.KfuncFilter{{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_LSM}}}}

	kfuncFilters = map[string][]kdata.KfuncFilter{
		"bpf_fs_kfuncs_filter":           lsmOnly,
		"bpf_get_fsverity_digest_filter": lsmOnly,
		"tracing_iter_filter":            {{When: iterator}},
		"bpf_kprobe_multi_filter":        {{When: attachedTo(abi.ATTACH_TRACE_KPROBE_SESSION, abi.ATTACH_TRACE_UPROBE_SESSION)}},
		"bpf_qdisc_kfunc_filter": {
			{When: qdisc("enqueue"), Names: []string{"bpf_qdisc_skb_drop", "bpf_qdisc_watchdog_schedule"}},
			{When: qdisc("dequeue"), Names: []string{"bpf_qdisc_watchdog_schedule", "bpf_qdisc_bstats_update"}},
			{When: qdisc("init"), Names: []string{"bpf_qdisc_init_prologue"}},
			{When: qdisc("reset", "destroy"), Names: []string{"bpf_qdisc_reset_destroy_epilogue"}},
			{When: qdisc(), Names: []string{"bpf_skb_get_hash", "bpf_kfree_skb", "bpf_dynptr_from_skb"}},
		},
	}
)

// qdisc are programs for functions of a queueing discipline, all if none is named.
func qdisc(members ...string) kdata.When { return kdata.When{StructOps: "Qdisc_ops", Names: members} }

var kfuncFeatures = map[string]string{
	"bpf_iter_kmem_cache_new":            "kmem-cache-iter",
	"bpf_iter_kmem_cache_next":           "kmem-cache-iter",
	"bpf_iter_kmem_cache_destroy":        "kmem-cache-iter",
	"bpf_iter_dmabuf_new":                "dmabuf-iter",
	"bpf_iter_dmabuf_next":               "dmabuf-iter",
	"bpf_iter_dmabuf_destroy":            "dmabuf-iter",
	"bpf_local_irq_save":                 "irq-sections",
	"bpf_local_irq_restore":              "irq-sections",
	"bpf_res_spin_lock":                  "res-spin-lock",
	"bpf_res_spin_unlock":                "res-spin-lock",
	"bpf_res_spin_lock_irqsave":          "res-spin-lock",
	"bpf_res_spin_unlock_irqrestore":     "res-spin-lock",
	"bpf_list_front":                     "graph-peek",
	"bpf_list_back":                      "graph-peek",
	"bpf_rbtree_root":                    "graph-peek",
	"bpf_rbtree_left":                    "graph-peek",
	"bpf_rbtree_right":                   "graph-peek",
	"bpf_task_work_schedule_signal":      "task-work",
	"bpf_task_work_schedule_resume":      "task-work",
	"bpf_task_work_schedule_signal_impl": "task-work",
	"bpf_task_work_schedule_resume_impl": "task-work",
	"bpf_dynptr_from_skb_meta":           "skb-meta-dynptr",
}

var lockSafe = map[string]string{
	"bpf_list_push_front_impl":       "",
	"bpf_list_push_back_impl":        "",
	"bpf_list_pop_front":             "",
	"bpf_list_pop_back":              "",
	"bpf_list_front":                 "",
	"bpf_list_back":                  "",
	"bpf_rbtree_add_impl":            "",
	"bpf_rbtree_remove":              "",
	"bpf_rbtree_first":               "",
	"bpf_rbtree_root":                "",
	"bpf_rbtree_left":                "",
	"bpf_rbtree_right":               "",
	"bpf_refcount_acquire_impl":      "",
	"bpf_list_push_front":            "kfunc-implicit-args",
	"bpf_list_push_back":             "kfunc-implicit-args",
	"bpf_rbtree_add":                 "kfunc-implicit-args",
	"bpf_refcount_acquire":           "kfunc-implicit-args",
	"bpf_iter_num_new":               "iter-num-under-lock",
	"bpf_iter_num_next":              "iter-num-under-lock",
	"bpf_iter_num_destroy":           "iter-num-under-lock",
	"bpf_res_spin_lock":              "",
	"bpf_res_spin_unlock":            "",
	"bpf_res_spin_lock_irqsave":      "",
	"bpf_res_spin_unlock_irqrestore": "",
	"bpf_arena_alloc_pages":          "arena-under-lock",
	"bpf_arena_free_pages":           "arena-under-lock",
	"bpf_arena_reserve_pages":        "arena-under-lock",
	"bpf_stream_vprintk":             "arena-under-lock",
	"bpf_stream_vprintk_impl":        "arena-under-lock",
	"bpf_stream_print_stack":         "arena-under-lock",
}
