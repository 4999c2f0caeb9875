// The fields that are special within map values, read from map_check_btf and btf_find_kptr of Linux 6.1.

package v6_1

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var (
	lockMaps = []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_SK_STORAGE,
		abi.MAP_TYPE_INODE_STORAGE, abi.MAP_TYPE_TASK_STORAGE,
	}
	timerMaps = []abi.MapType{abi.MAP_TYPE_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_ARRAY}
	kptrMaps  = []abi.MapType{abi.MAP_TYPE_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_PERCPU_ARRAY}
)

var fields = []kdata.SpecialField{
	{Name: "bpf_spin_lock", Size: 4, Align: 4, Maps: lockMaps},
	{Name: "bpf_timer", Size: 16, Align: 8, Maps: timerMaps},
}

// tags: what is owned had a tag of its own.
var tags = []kdata.SpecialField{
	{Name: "kptr", Means: "kptr_untrusted", Size: 8, Align: 8, Maps: kptrMaps},
	{Name: "kptr_ref", Means: "kptr", Size: 8, Align: 8, Maps: kptrMaps},
}
