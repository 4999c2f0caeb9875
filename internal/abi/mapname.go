package abi

import "slices"

// mapNames are map types as bpftool and libbpf write them.
var mapNames = [...]string{
	MAP_TYPE_UNSPEC:                           "unspec",
	MAP_TYPE_HASH:                             "hash",
	MAP_TYPE_ARRAY:                            "array",
	MAP_TYPE_PROG_ARRAY:                       "prog_array",
	MAP_TYPE_PERF_EVENT_ARRAY:                 "perf_event_array",
	MAP_TYPE_PERCPU_HASH:                      "percpu_hash",
	MAP_TYPE_PERCPU_ARRAY:                     "percpu_array",
	MAP_TYPE_STACK_TRACE:                      "stack_trace",
	MAP_TYPE_CGROUP_ARRAY:                     "cgroup_array",
	MAP_TYPE_LRU_HASH:                         "lru_hash",
	MAP_TYPE_LRU_PERCPU_HASH:                  "lru_percpu_hash",
	MAP_TYPE_LPM_TRIE:                         "lpm_trie",
	MAP_TYPE_ARRAY_OF_MAPS:                    "array_of_maps",
	MAP_TYPE_HASH_OF_MAPS:                     "hash_of_maps",
	MAP_TYPE_DEVMAP:                           "devmap",
	MAP_TYPE_SOCKMAP:                          "sockmap",
	MAP_TYPE_CPUMAP:                           "cpumap",
	MAP_TYPE_XSKMAP:                           "xskmap",
	MAP_TYPE_SOCKHASH:                         "sockhash",
	MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        "cgroup_storage",
	MAP_TYPE_REUSEPORT_SOCKARRAY:              "reuseport_sockarray",
	MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: "percpu_cgroup_storage",
	MAP_TYPE_QUEUE:                            "queue",
	MAP_TYPE_STACK:                            "stack",
	MAP_TYPE_SK_STORAGE:                       "sk_storage",
	MAP_TYPE_DEVMAP_HASH:                      "devmap_hash",
	MAP_TYPE_STRUCT_OPS:                       "struct_ops",
	MAP_TYPE_RINGBUF:                          "ringbuf",
	MAP_TYPE_INODE_STORAGE:                    "inode_storage",
	MAP_TYPE_TASK_STORAGE:                     "task_storage",
	MAP_TYPE_BLOOM_FILTER:                     "bloom_filter",
	MAP_TYPE_USER_RINGBUF:                     "user_ringbuf",
	MAP_TYPE_CGRP_STORAGE:                     "cgrp_storage",
	MAP_TYPE_ARENA:                            "arena",
	MAP_TYPE_INSN_ARRAY:                       "insn_array",
	MAP_TYPE_RHASH:                            "rhash",
}

// MapTypeNamed returns the type that bpftool writes so; ok is false where there is none.
func MapTypeNamed(name string) (t MapType, ok bool) {
	i := slices.Index(mapNames[:], name)
	return MapType(max(i, 0)), i > 0
}
