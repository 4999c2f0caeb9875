// The kernel's types that programs may own or have within their own: read from btf_get_field_type and
// rcu_protected_types of Linux 6.18, and the BTF_ID_LISTs of destructors.

package v6_18

import "github.com/bpfverdict/bpfverdict/internal/kdata"

var objects = kdata.Objects{
	Fields: []kdata.SpecialField{
		{Name: "bpf_spin_lock", Size: 4, Align: 4},
		{Name: "bpf_res_spin_lock", Size: 4, Align: 4, Feature: "res-spin-lock"},
		{Name: "bpf_timer", Size: 16, Align: 8},
		{Name: "bpf_wq", Size: 16, Align: 8},
		{Name: "bpf_task_work", Size: 8, Align: 8, Feature: "task-work"},
		{Name: "bpf_list_head", Size: 16, Align: 8},
		{Name: "bpf_list_node", Size: 24, Align: 8},
		{Name: "bpf_rb_root", Size: 16, Align: 8},
		{Name: "bpf_rb_node", Size: 32, Align: 8},
		{Name: "bpf_refcount", Size: 4, Align: 4},
	},
	Destructors: map[string]string{
		"task_struct":         "bpf_task_release_dtor",
		"cgroup":              "bpf_cgroup_release_dtor",
		"bpf_cpumask":         "bpf_cpumask_release_dtor",
		"bpf_crypto_ctx":      "bpf_crypto_ctx_release_dtor",
		"sk_buff":             "bpf_kfree_skb_dtor",
		"prog_test_ref_kfunc": "bpf_kfunc_call_test_release_dtor",
		"prog_test_member":    "bpf_kfunc_call_memb_release_dtor",
	},
	RCUProtected: []string{"bpf_cpumask", "bpf_crypto_ctx", "cgroup", "prog_test_ref_kfunc", "task_struct"},
}
