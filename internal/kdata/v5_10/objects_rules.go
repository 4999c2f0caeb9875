// The fields that are special within map values, read from map_check_btf of Linux 5.10.

package v5_10

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var fields = []kdata.SpecialField{
	{Name: "bpf_spin_lock", Size: 4, Align: 4, Maps: []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_SK_STORAGE,
		abi.MAP_TYPE_INODE_STORAGE,
	}},
}
