package kmodel

import (
	"slices"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// A map type may limit the helpers it can be passed to, and a helper the map types it takes. Both are
// written here as names of helpers and map types; sets without an entry limit nothing.
var helpersOfMap = map[abi.MapType][]string{
	abi.MAP_TYPE_PROG_ARRAY:       {"tail_call"},
	abi.MAP_TYPE_PERF_EVENT_ARRAY: {"perf_event_read", "perf_event_output", "skb_output", "perf_event_read_value", "xdp_output"},
	abi.MAP_TYPE_RINGBUF: {"ringbuf_output", "ringbuf_reserve", "ringbuf_query", "ringbuf_reserve_dynptr",
		"ringbuf_submit_dynptr", "ringbuf_discard_dynptr"},
	abi.MAP_TYPE_USER_RINGBUF:                     {"user_ringbuf_drain"},
	abi.MAP_TYPE_STACK_TRACE:                      {"get_stackid"},
	abi.MAP_TYPE_CGROUP_ARRAY:                     {"skb_under_cgroup", "current_task_under_cgroup"},
	abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        {"get_local_storage"},
	abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: {"get_local_storage"},
	abi.MAP_TYPE_DEVMAP:                           {"redirect_map", "map_lookup_elem"},
	abi.MAP_TYPE_DEVMAP_HASH:                      {"redirect_map", "map_lookup_elem"},
	abi.MAP_TYPE_CPUMAP:                           {"redirect_map"},
	abi.MAP_TYPE_XSKMAP:                           {"redirect_map", "map_lookup_elem"},
	abi.MAP_TYPE_ARRAY_OF_MAPS:                    {"map_lookup_elem"},
	abi.MAP_TYPE_HASH_OF_MAPS:                     {"map_lookup_elem"},
	abi.MAP_TYPE_SOCKMAP:                          {"sk_redirect_map", "sock_map_update", "msg_redirect_map", "sk_select_reuseport", "map_lookup_elem"},
	abi.MAP_TYPE_SOCKHASH:                         {"sk_redirect_hash", "sock_hash_update", "msg_redirect_hash", "sk_select_reuseport", "map_lookup_elem"},
	abi.MAP_TYPE_REUSEPORT_SOCKARRAY:              {"sk_select_reuseport"},
	abi.MAP_TYPE_QUEUE:                            {"map_peek_elem", "map_pop_elem", "map_push_elem"},
	abi.MAP_TYPE_STACK:                            {"map_peek_elem", "map_pop_elem", "map_push_elem"},
	abi.MAP_TYPE_SK_STORAGE:                       {"sk_storage_get", "sk_storage_delete", "kptr_xchg"},
	abi.MAP_TYPE_INODE_STORAGE:                    {"inode_storage_get", "inode_storage_delete", "kptr_xchg"},
	abi.MAP_TYPE_TASK_STORAGE:                     {"task_storage_get", "task_storage_delete", "kptr_xchg"},
	abi.MAP_TYPE_CGRP_STORAGE:                     {"cgrp_storage_get", "cgrp_storage_delete", "kptr_xchg"},
	abi.MAP_TYPE_BLOOM_FILTER:                     {"map_peek_elem", "map_push_elem"},
}

var mapsOfHelper = map[string][]abi.MapType{
	"tail_call":                 {abi.MAP_TYPE_PROG_ARRAY},
	"perf_event_read":           {abi.MAP_TYPE_PERF_EVENT_ARRAY},
	"perf_event_output":         {abi.MAP_TYPE_PERF_EVENT_ARRAY},
	"perf_event_read_value":     {abi.MAP_TYPE_PERF_EVENT_ARRAY},
	"skb_output":                {abi.MAP_TYPE_PERF_EVENT_ARRAY},
	"xdp_output":                {abi.MAP_TYPE_PERF_EVENT_ARRAY},
	"ringbuf_output":            {abi.MAP_TYPE_RINGBUF},
	"ringbuf_reserve":           {abi.MAP_TYPE_RINGBUF},
	"ringbuf_query":             {abi.MAP_TYPE_RINGBUF},
	"ringbuf_reserve_dynptr":    {abi.MAP_TYPE_RINGBUF},
	"ringbuf_submit_dynptr":     {abi.MAP_TYPE_RINGBUF},
	"ringbuf_discard_dynptr":    {abi.MAP_TYPE_RINGBUF},
	"user_ringbuf_drain":        {abi.MAP_TYPE_USER_RINGBUF},
	"get_stackid":               {abi.MAP_TYPE_STACK_TRACE},
	"current_task_under_cgroup": {abi.MAP_TYPE_CGROUP_ARRAY},
	"skb_under_cgroup":          {abi.MAP_TYPE_CGROUP_ARRAY},
	"redirect_map":              {abi.MAP_TYPE_DEVMAP, abi.MAP_TYPE_DEVMAP_HASH, abi.MAP_TYPE_CPUMAP, abi.MAP_TYPE_XSKMAP},
	"sk_redirect_map":           {abi.MAP_TYPE_SOCKMAP},
	"msg_redirect_map":          {abi.MAP_TYPE_SOCKMAP},
	"sock_map_update":           {abi.MAP_TYPE_SOCKMAP},
	"sk_redirect_hash":          {abi.MAP_TYPE_SOCKHASH},
	"msg_redirect_hash":         {abi.MAP_TYPE_SOCKHASH},
	"sock_hash_update":          {abi.MAP_TYPE_SOCKHASH},
	"get_local_storage":         {abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED},
	"sk_select_reuseport":       {abi.MAP_TYPE_REUSEPORT_SOCKARRAY, abi.MAP_TYPE_SOCKMAP, abi.MAP_TYPE_SOCKHASH},
	"map_pop_elem":              {abi.MAP_TYPE_QUEUE, abi.MAP_TYPE_STACK},
	"map_peek_elem":             {abi.MAP_TYPE_QUEUE, abi.MAP_TYPE_STACK, abi.MAP_TYPE_BLOOM_FILTER},
	"map_push_elem":             {abi.MAP_TYPE_QUEUE, abi.MAP_TYPE_STACK, abi.MAP_TYPE_BLOOM_FILTER},
	"map_lookup_percpu_elem":    {abi.MAP_TYPE_PERCPU_ARRAY, abi.MAP_TYPE_PERCPU_HASH, abi.MAP_TYPE_LRU_PERCPU_HASH},
	"sk_storage_get":            {abi.MAP_TYPE_SK_STORAGE},
	"sk_storage_delete":         {abi.MAP_TYPE_SK_STORAGE},
	"inode_storage_get":         {abi.MAP_TYPE_INODE_STORAGE},
	"inode_storage_delete":      {abi.MAP_TYPE_INODE_STORAGE},
	"task_storage_get":          {abi.MAP_TYPE_TASK_STORAGE},
	"task_storage_delete":       {abi.MAP_TYPE_TASK_STORAGE},
	"cgrp_storage_get":          {abi.MAP_TYPE_CGRP_STORAGE},
	"cgrp_storage_delete":       {abi.MAP_TYPE_CGRP_STORAGE},
}

// sockmapWriters are the programs that may add and remove elements of socket maps by the plain map helpers;
// iterators may too.
var sockmapWriters = []abi.ProgType{
	abi.PROG_TYPE_SOCKET_FILTER, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT, abi.PROG_TYPE_XDP,
	abi.PROG_TYPE_SK_REUSEPORT, abi.PROG_TYPE_FLOW_DISSECTOR, abi.PROG_TYPE_SK_LOOKUP,
}

// maxMapType bounds the tables below; types at or above it limit nothing.
const maxMapType = 64

// mapHelperTables hold the two lists by number: bit h of helpers[t] and bit t of maps[h].
var mapHelperTables = sync.OnceValue(func() *struct {
	limited [maxMapType]bool
	helpers [maxMapType][MaxHelper]bool
	maps    [MaxHelper]uint64 // 0: any
} {
	t := &struct {
		limited [maxMapType]bool
		helpers [maxMapType][MaxHelper]bool
		maps    [MaxHelper]uint64
	}{}
	for mt, names := range helpersOfMap {
		t.limited[mt] = true
		for _, n := range names {
			t.helpers[mt][helperID(n)] = true
		}
	}
	for n, mts := range mapsOfHelper {
		for _, mt := range mts {
			t.maps[helperID(n)] |= 1 << mt
		}
	}
	return t
})

// MapHelperCompatible reports whether a program may pass a map of a type to a helper.
func MapHelperCompatible(mt abi.MapType, helper int32, p Prog) bool {
	if helper <= 0 || int(helper) >= MaxHelper || mt >= maxMapType {
		return true
	}
	t := mapHelperTables()
	sockmap := mt == abi.MAP_TYPE_SOCKMAP || mt == abi.MAP_TYPE_SOCKHASH
	if t.limited[mt] && !t.helpers[mt][helper] && !(sockmap && MayUpdateSockmap(helper, p)) {
		return false
	}
	return t.maps[helper] == 0 || t.maps[helper]&(1<<mt) != 0
}

// MayUpdateSockmap reports whether a helper is one of the plain ones that change socket maps, and the program
// may call it for that. Where it is such a helper and may not, the kernel says so in a line of its own.
func MayUpdateSockmap(helper int32, p Prog) bool {
	switch HelperName(helper) {
	case "map_delete_elem":
		if p.Type == abi.PROG_TYPE_SOCK_OPS {
			return true
		}
	case "map_update_elem":
		// A sock_ops program has a helper of its own for adding.
	default:
		return false
	}
	return p.Type == abi.PROG_TYPE_TRACING && p.Attach == abi.ATTACH_TRACE_ITER || slices.Contains(sockmapWriters, p.Type)
}

// sleepableMaps are the map types sleepable programs may use.
var sleepableMaps = []abi.MapType{
	abi.MAP_TYPE_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_PERCPU_HASH, abi.MAP_TYPE_PERCPU_ARRAY,
	abi.MAP_TYPE_LRU_PERCPU_HASH, abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS, abi.MAP_TYPE_RINGBUF,
	abi.MAP_TYPE_USER_RINGBUF, abi.MAP_TYPE_INODE_STORAGE, abi.MAP_TYPE_SK_STORAGE, abi.MAP_TYPE_TASK_STORAGE,
	abi.MAP_TYPE_CGRP_STORAGE, abi.MAP_TYPE_QUEUE, abi.MAP_TYPE_STACK, abi.MAP_TYPE_ARENA,
}

// SleepableMap reports whether sleepable programs may use maps of a type.
func SleepableMap(mt abi.MapType) bool { return slices.Contains(sleepableMaps, mt) }

// IsTracing reports the program types that run in arbitrary context (the kernel's is_tracing_prog_type),
// which may not use maps with timers, workqueues, locks of the plain kind, lists or rbtrees.
func (p Prog) IsTracing() bool {
	switch p.Type {
	case abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_PERF_EVENT, abi.PROG_TYPE_RAW_TRACEPOINT,
		abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return true
	}
	return false
}
