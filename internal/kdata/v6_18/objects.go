// The kernel's types that programs may own or have within their own: read from btf_get_field_type,
// map_check_btf and rcu_protected_types of Linux 6.18, and the BTF_ID_LISTs of destructors.

package v6_18

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var (
	lockMaps = []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_SK_STORAGE,
		abi.MAP_TYPE_INODE_STORAGE, abi.MAP_TYPE_TASK_STORAGE, abi.MAP_TYPE_CGRP_STORAGE, abi.MAP_TYPE_RHASH,
	}
	rootMaps  = []abi.MapType{abi.MAP_TYPE_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_ARRAY}
	timerMaps = append(slices.Clip(rootMaps), abi.MAP_TYPE_RHASH)
	kptrMaps  = []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_PERCPU_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_LRU_PERCPU_HASH,
		abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_PERCPU_ARRAY, abi.MAP_TYPE_SK_STORAGE, abi.MAP_TYPE_INODE_STORAGE,
		abi.MAP_TYPE_TASK_STORAGE, abi.MAP_TYPE_CGRP_STORAGE, abi.MAP_TYPE_RHASH,
	}
)

var objects = kdata.Objects{
	Fields: []kdata.SpecialField{
		{Name: "bpf_spin_lock", Size: 4, Align: 4, Maps: lockMaps},
		{Name: "bpf_res_spin_lock", Size: 4, Align: 4, Feature: "res-spin-lock", Maps: lockMaps},
		{Name: "bpf_timer", Size: 16, Align: 8, Maps: timerMaps},
		{Name: "bpf_wq", Size: 16, Align: 8, Maps: timerMaps},
		{Name: "bpf_task_work", Size: 8, Align: 8, Feature: "task-work", Maps: timerMaps},
		{Name: "bpf_list_head", Size: 16, Align: 8, Maps: rootMaps},
		{Name: "bpf_list_node", Size: 24, Align: 8},
		{Name: "bpf_rb_root", Size: 16, Align: 8, Maps: rootMaps},
		{Name: "bpf_rb_node", Size: 32, Align: 8},
		{Name: "bpf_refcount", Size: 4, Align: 4, Maps: kptrMaps},
	},
	Tags: []kdata.SpecialField{
		{Name: "kptr_untrusted", Size: 8, Align: 8, Maps: kptrMaps},
		{Name: "kptr", Size: 8, Align: 8, Maps: kptrMaps},
		{Name: "percpu_kptr", Size: 8, Align: 8, Maps: kptrMaps},
		{Name: "uptr", Size: 8, Align: 8, Maps: []abi.MapType{abi.MAP_TYPE_TASK_STORAGE}},
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
