// Which maps can be made, read from the map_alloc_check, map_alloc and map_check_btf functions of Linux 6.18.

package v6_18

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

const (
	maxPercpu  = 32 << 10    // bytes of a per-CPU value
	maxStorage = 65535 - 128 // less struct bpf_local_storage_elem
	anySize    = ^uint32(0)

	accessFlags = abi.BPF_F_RDONLY | abi.BPF_F_WRONLY | abi.BPF_F_RDONLY_PROG | abi.BPF_F_WRONLY_PROG
	valueFlags  = abi.BPF_F_NUMA_NODE | accessFlags
	hashFlags   = abi.BPF_F_NO_PREALLOC | abi.BPF_F_ZERO_SEED | valueFlags
	lruFlags    = abi.BPF_F_NO_COMMON_LRU | hashFlags // the kernel has an error number of its own for BPF_F_NO_PREALLOC
	simpleFlags = abi.BPF_F_NUMA_NODE | abi.BPF_F_RDONLY | abi.BPF_F_WRONLY
)

var mapRules = map[abi.MapType]kdata.MapRule{
	abi.MAP_TYPE_HASH:                             {KeyMin: 1, KeyMax: anySize, ValueMin: 1, Flags: hashFlags, Hashed: true},
	abi.MAP_TYPE_PERCPU_HASH:                      {KeyMin: 1, KeyMax: anySize, ValueMin: 1, ValueMax: maxPercpu, Flags: hashFlags &^ abi.BPF_F_NUMA_NODE, Hashed: true},
	abi.MAP_TYPE_LRU_HASH:                         {KeyMin: 1, KeyMax: anySize, ValueMin: 1, Flags: lruFlags, Hashed: true},
	abi.MAP_TYPE_LRU_PERCPU_HASH:                  {KeyMin: 1, KeyMax: anySize, ValueMin: 1, ValueMax: maxPercpu, Flags: lruFlags &^ abi.BPF_F_NUMA_NODE, Hashed: true},
	abi.MAP_TYPE_ARRAY:                            {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: 1<<31 - 1, Flags: abi.BPF_F_MMAPABLE | abi.BPF_F_INNER_MAP | valueFlags, BTF: kdata.BTFArray},
	abi.MAP_TYPE_PERCPU_ARRAY:                     {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: maxPercpu, Flags: accessFlags, BTF: kdata.BTFArray},
	abi.MAP_TYPE_PROG_ARRAY:                       {KeyMin: 4, KeyMax: 4, Values: []uint32{4}, Flags: simpleFlags, NeverInner: true},
	abi.MAP_TYPE_PERF_EVENT_ARRAY:                 {KeyMin: 4, KeyMax: 4, Values: []uint32{4}, Flags: simpleFlags | abi.BPF_F_PRESERVE_ELEMS, BTF: kdata.BTFNever},
	abi.MAP_TYPE_CGROUP_ARRAY:                     {KeyMin: 4, KeyMax: 4, Values: []uint32{4}, Flags: simpleFlags, BTF: kdata.BTFNever},
	abi.MAP_TYPE_ARRAY_OF_MAPS:                    {KeyMin: 4, KeyMax: 4, Values: []uint32{4}, Flags: simpleFlags, BTF: kdata.BTFNever},
	abi.MAP_TYPE_HASH_OF_MAPS:                     {KeyMin: 1, KeyMax: anySize, Values: []uint32{4}, Flags: hashFlags, Hashed: true, BTF: kdata.BTFNever},
	abi.MAP_TYPE_STACK_TRACE:                      {KeyMin: 4, KeyMax: 4, ValueMin: 8, Flags: simpleFlags | abi.BPF_F_STACK_BUILD_ID, BTF: kdata.BTFNever},
	abi.MAP_TYPE_LPM_TRIE:                         {KeyMin: 5, KeyMax: 260, ValueMin: 1, Flags: abi.BPF_F_NO_PREALLOC | valueFlags, Needs: abi.BPF_F_NO_PREALLOC, BTF: kdata.BTFTrie},
	abi.MAP_TYPE_DEVMAP:                           {KeyMin: 4, KeyMax: 4, Values: []uint32{4, 8}, Flags: simpleFlags, BTF: kdata.BTFNever, Adds: abi.BPF_F_RDONLY_PROG},
	abi.MAP_TYPE_DEVMAP_HASH:                      {KeyMin: 4, KeyMax: 4, Values: []uint32{4, 8}, Flags: simpleFlags, BTF: kdata.BTFNever, Adds: abi.BPF_F_RDONLY_PROG},
	abi.MAP_TYPE_SOCKMAP:                          {KeyMin: 4, KeyMax: 4, Values: []uint32{4, 8}, Flags: simpleFlags},
	abi.MAP_TYPE_SOCKHASH:                         {KeyMin: 1, KeyMax: anySize, KeyMost: 512, Values: []uint32{4, 8}, Flags: simpleFlags},
	abi.MAP_TYPE_CPUMAP:                           {KeyMin: 4, KeyMax: 4, Values: []uint32{4, 8}, Flags: abi.BPF_F_NUMA_NODE},
	abi.MAP_TYPE_XSKMAP:                           {KeyMin: 4, KeyMax: 4, Values: []uint32{4}, Flags: simpleFlags, BTF: kdata.BTFNever},
	abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        {KeyMin: 8, KeyMax: 16, ValueMin: 1, ValueMax: maxStorage, Flags: valueFlags, Entries: kdata.EntriesNone, BTF: kdata.BTFAny, NeverInner: true},
	abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: {KeyMin: 8, KeyMax: 16, ValueMin: 1, ValueMax: maxPercpu, Flags: valueFlags, Entries: kdata.EntriesNone, BTF: kdata.BTFAny, NeverInner: true},
	abi.MAP_TYPE_REUSEPORT_SOCKARRAY:              {KeyMin: 4, KeyMax: 4, Values: []uint32{4, 8}, Flags: valueFlags},
	abi.MAP_TYPE_QUEUE:                            {ValueMin: 1, ValueMax: kdata.MaxAlloc, Flags: valueFlags},
	abi.MAP_TYPE_STACK:                            {ValueMin: 1, ValueMax: kdata.MaxAlloc, Flags: valueFlags},
	abi.MAP_TYPE_SK_STORAGE:                       {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: maxStorage, Flags: abi.BPF_F_NO_PREALLOC | abi.BPF_F_CLONE, Needs: abi.BPF_F_NO_PREALLOC, Entries: kdata.EntriesNone, BTF: kdata.BTFInt},
	abi.MAP_TYPE_INODE_STORAGE:                    {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: maxStorage, Flags: abi.BPF_F_NO_PREALLOC | abi.BPF_F_CLONE, Needs: abi.BPF_F_NO_PREALLOC, Entries: kdata.EntriesNone, BTF: kdata.BTFInt},
	abi.MAP_TYPE_TASK_STORAGE:                     {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: maxStorage, Flags: abi.BPF_F_NO_PREALLOC | abi.BPF_F_CLONE, Needs: abi.BPF_F_NO_PREALLOC, Entries: kdata.EntriesNone, BTF: kdata.BTFInt},
	abi.MAP_TYPE_CGRP_STORAGE:                     {KeyMin: 4, KeyMax: 4, ValueMin: 1, ValueMax: maxStorage, Flags: abi.BPF_F_NO_PREALLOC | abi.BPF_F_CLONE, Needs: abi.BPF_F_NO_PREALLOC, Entries: kdata.EntriesNone, BTF: kdata.BTFInt},
	abi.MAP_TYPE_STRUCT_OPS:                       {KeyMin: 4, KeyMax: 4, ValueMin: 0, Flags: abi.BPF_F_VTYPE_BTF_OBJ_FD, LaterFlags: abi.BPF_F_LINK, LaterFeature: "struct-ops-links", Entries: kdata.EntriesOne, BTF: kdata.BTFAny, NeverInner: true},
	abi.MAP_TYPE_RINGBUF:                          {Values: []uint32{0}, Flags: abi.BPF_F_NUMA_NODE, LaterFlags: abi.BPF_F_RB_OVERWRITE, LaterFeature: "ringbuf-overwrite"},
	abi.MAP_TYPE_USER_RINGBUF:                     {Values: []uint32{0}, Flags: abi.BPF_F_NUMA_NODE},
	abi.MAP_TYPE_BLOOM_FILTER:                     {ValueMin: 1, ValueMax: kdata.MaxAlloc, Flags: abi.BPF_F_ZERO_SEED | valueFlags, BTF: kdata.BTFNoKey},
	abi.MAP_TYPE_ARENA:                            {Values: []uint32{0}, Flags: abi.BPF_F_SEGV_ON_FAULT | abi.BPF_F_MMAPABLE | abi.BPF_F_NO_USER_CONV, Needs: abi.BPF_F_MMAPABLE, BTF: kdata.BTFAny},
	abi.MAP_TYPE_INSN_ARRAY:                       {Feature: "indirect-jumps", KeyMin: 4, KeyMax: 4, Values: []uint32{16}, Adds: abi.BPF_F_RDONLY_PROG},
	abi.MAP_TYPE_RHASH:                            {Feature: "resizable-hash", KeyMin: 1, KeyMax: anySize, KeyMost: 1<<16 - 1, ValueMin: 1, Flags: abi.BPF_F_NO_PREALLOC | valueFlags, Needs: abi.BPF_F_NO_PREALLOC, Hashed: true},
}
