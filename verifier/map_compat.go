package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/object"
)

// mapHelpers are the helpers that may be given a map of some type. Types that
// aren't listed go with every helper that takes a map.
var mapHelpers = [...][]int32{
	kernel.MAP_TYPE_PROG_ARRAY: {abi.BPF_FUNC_tail_call},
	kernel.MAP_TYPE_PERF_EVENT_ARRAY: {abi.BPF_FUNC_perf_event_read, abi.BPF_FUNC_perf_event_output,
		abi.BPF_FUNC_skb_output, abi.BPF_FUNC_perf_event_read_value, abi.BPF_FUNC_xdp_output},
	kernel.MAP_TYPE_RINGBUF: {abi.BPF_FUNC_ringbuf_output, abi.BPF_FUNC_ringbuf_reserve, abi.BPF_FUNC_ringbuf_query,
		abi.BPF_FUNC_ringbuf_reserve_dynptr, abi.BPF_FUNC_ringbuf_submit_dynptr, abi.BPF_FUNC_ringbuf_discard_dynptr},
	kernel.MAP_TYPE_USER_RINGBUF:                     {abi.BPF_FUNC_user_ringbuf_drain},
	kernel.MAP_TYPE_STACK_TRACE:                      {abi.BPF_FUNC_get_stackid},
	kernel.MAP_TYPE_CGROUP_ARRAY:                     {abi.BPF_FUNC_skb_under_cgroup, abi.BPF_FUNC_current_task_under_cgroup},
	kernel.MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        {abi.BPF_FUNC_get_local_storage},
	kernel.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: {abi.BPF_FUNC_get_local_storage},
	kernel.MAP_TYPE_DEVMAP:                           {abi.BPF_FUNC_redirect_map, abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_DEVMAP_HASH:                      {abi.BPF_FUNC_redirect_map, abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_CPUMAP:                           {abi.BPF_FUNC_redirect_map},
	kernel.MAP_TYPE_XSKMAP:                           {abi.BPF_FUNC_redirect_map, abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_ARRAY_OF_MAPS:                    {abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_HASH_OF_MAPS:                     {abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_SOCKMAP: {abi.BPF_FUNC_sk_redirect_map, abi.BPF_FUNC_sock_map_update,
		abi.BPF_FUNC_msg_redirect_map, abi.BPF_FUNC_sk_select_reuseport, abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_SOCKHASH: {abi.BPF_FUNC_sk_redirect_hash, abi.BPF_FUNC_sock_hash_update,
		abi.BPF_FUNC_msg_redirect_hash, abi.BPF_FUNC_sk_select_reuseport, abi.BPF_FUNC_map_lookup_elem},
	kernel.MAP_TYPE_REUSEPORT_SOCKARRAY: {abi.BPF_FUNC_sk_select_reuseport},
	kernel.MAP_TYPE_QUEUE:               {abi.BPF_FUNC_map_peek_elem, abi.BPF_FUNC_map_pop_elem, abi.BPF_FUNC_map_push_elem},
	kernel.MAP_TYPE_STACK:               {abi.BPF_FUNC_map_peek_elem, abi.BPF_FUNC_map_pop_elem, abi.BPF_FUNC_map_push_elem},
	kernel.MAP_TYPE_SK_STORAGE:          {abi.BPF_FUNC_sk_storage_get, abi.BPF_FUNC_sk_storage_delete, abi.BPF_FUNC_kptr_xchg},
	kernel.MAP_TYPE_INODE_STORAGE:       {abi.BPF_FUNC_inode_storage_get, abi.BPF_FUNC_inode_storage_delete, abi.BPF_FUNC_kptr_xchg},
	kernel.MAP_TYPE_TASK_STORAGE:        {abi.BPF_FUNC_task_storage_get, abi.BPF_FUNC_task_storage_delete, abi.BPF_FUNC_kptr_xchg},
	kernel.MAP_TYPE_CGRP_STORAGE:        {abi.BPF_FUNC_cgrp_storage_get, abi.BPF_FUNC_cgrp_storage_delete, abi.BPF_FUNC_kptr_xchg},
	kernel.MAP_TYPE_BLOOM_FILTER:        {abi.BPF_FUNC_map_peek_elem, abi.BPF_FUNC_map_push_elem},
}

var (
	perfMaps     = []kernel.MapType{kernel.MAP_TYPE_PERF_EVENT_ARRAY}
	ringbufMaps  = []kernel.MapType{kernel.MAP_TYPE_RINGBUF}
	cgroupMaps   = []kernel.MapType{kernel.MAP_TYPE_CGROUP_ARRAY}
	sockMaps     = []kernel.MapType{kernel.MAP_TYPE_SOCKMAP}
	sockHashes   = []kernel.MapType{kernel.MAP_TYPE_SOCKHASH}
	queueMaps    = []kernel.MapType{kernel.MAP_TYPE_QUEUE, kernel.MAP_TYPE_STACK, kernel.MAP_TYPE_BLOOM_FILTER}
	skStorages   = []kernel.MapType{kernel.MAP_TYPE_SK_STORAGE}
	inodeStorage = []kernel.MapType{kernel.MAP_TYPE_INODE_STORAGE}
	taskStorage  = []kernel.MapType{kernel.MAP_TYPE_TASK_STORAGE}
	cgrpStorage  = []kernel.MapType{kernel.MAP_TYPE_CGRP_STORAGE}
)

// helperMaps are the map types a helper may be given; helpers that aren't listed take all.
var helperMaps = [...][]kernel.MapType{
	abi.BPF_FUNC_tail_call:                 {kernel.MAP_TYPE_PROG_ARRAY},
	abi.BPF_FUNC_perf_event_read:           perfMaps,
	abi.BPF_FUNC_perf_event_output:         perfMaps,
	abi.BPF_FUNC_perf_event_read_value:     perfMaps,
	abi.BPF_FUNC_skb_output:                perfMaps,
	abi.BPF_FUNC_xdp_output:                perfMaps,
	abi.BPF_FUNC_ringbuf_output:            ringbufMaps,
	abi.BPF_FUNC_ringbuf_reserve:           ringbufMaps,
	abi.BPF_FUNC_ringbuf_query:             ringbufMaps,
	abi.BPF_FUNC_ringbuf_reserve_dynptr:    ringbufMaps,
	abi.BPF_FUNC_ringbuf_submit_dynptr:     ringbufMaps,
	abi.BPF_FUNC_ringbuf_discard_dynptr:    ringbufMaps,
	abi.BPF_FUNC_user_ringbuf_drain:        {kernel.MAP_TYPE_USER_RINGBUF},
	abi.BPF_FUNC_get_stackid:               {kernel.MAP_TYPE_STACK_TRACE},
	abi.BPF_FUNC_current_task_under_cgroup: cgroupMaps,
	abi.BPF_FUNC_skb_under_cgroup:          cgroupMaps,
	abi.BPF_FUNC_redirect_map: {kernel.MAP_TYPE_DEVMAP, kernel.MAP_TYPE_DEVMAP_HASH,
		kernel.MAP_TYPE_CPUMAP, kernel.MAP_TYPE_XSKMAP},
	abi.BPF_FUNC_sk_redirect_map:   sockMaps,
	abi.BPF_FUNC_msg_redirect_map:  sockMaps,
	abi.BPF_FUNC_sock_map_update:   sockMaps,
	abi.BPF_FUNC_sk_redirect_hash:  sockHashes,
	abi.BPF_FUNC_msg_redirect_hash: sockHashes,
	abi.BPF_FUNC_sock_hash_update:  sockHashes,
	abi.BPF_FUNC_get_local_storage: {kernel.MAP_TYPE_CGROUP_STORAGE_DEPRECATED,
		kernel.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED},
	abi.BPF_FUNC_sk_select_reuseport: {kernel.MAP_TYPE_REUSEPORT_SOCKARRAY,
		kernel.MAP_TYPE_SOCKMAP, kernel.MAP_TYPE_SOCKHASH},
	abi.BPF_FUNC_map_pop_elem:  {kernel.MAP_TYPE_QUEUE, kernel.MAP_TYPE_STACK},
	abi.BPF_FUNC_map_peek_elem: queueMaps,
	abi.BPF_FUNC_map_push_elem: queueMaps,
	abi.BPF_FUNC_map_lookup_percpu_elem: {kernel.MAP_TYPE_PERCPU_ARRAY, kernel.MAP_TYPE_PERCPU_HASH,
		kernel.MAP_TYPE_LRU_PERCPU_HASH},
	abi.BPF_FUNC_sk_storage_get:       skStorages,
	abi.BPF_FUNC_sk_storage_delete:    skStorages,
	abi.BPF_FUNC_inode_storage_get:    inodeStorage,
	abi.BPF_FUNC_inode_storage_delete: inodeStorage,
	abi.BPF_FUNC_task_storage_get:     taskStorage,
	abi.BPF_FUNC_task_storage_delete:  taskStorage,
	abi.BPF_FUNC_cgrp_storage_get:     cgrpStorage,
	abi.BPF_FUNC_cgrp_storage_delete:  cgrpStorage,
}

// checkMapFuncCompatibility verifies that the helper works on that type of map (check_map_func_compatibility).
func (v *verifier) checkMapFuncCompatibility(mapIndex int, id int32) error {
	if mapIndex == 0 {
		return nil
	}
	m := v.maps[mapIndex-1]
	if int(m.Type) < len(mapHelpers) {
		if allowed := mapHelpers[m.Type]; allowed != nil && !slices.Contains(allowed, id) {
			sockets := m.Type == kernel.MAP_TYPE_SOCKMAP || m.Type == kernel.MAP_TYPE_SOCKHASH
			if !sockets || !v.mayUpdateSockmap(id) {
				return v.rejectMapFunc(m, id)
			}
		}
	}
	if int(id) < len(helperMaps) {
		if allowed := helperMaps[id]; allowed != nil && !slices.Contains(allowed, m.Type) {
			return v.rejectMapFunc(m, id)
		}
	}
	if id == abi.BPF_FUNC_tail_call && len(v.subprogs) > 2 && !v.k.Config.JIT {
		return v.reject(abi.EINVAL, "mixing of tail_calls and bpf-to-bpf calls is not supported")
	}
	return nil
}

func (v *verifier) rejectMapFunc(m *object.Map, id int32) error {
	return v.reject(abi.EINVAL, "cannot pass map_type %d into func %s#%d", m.Type, v.helperName(id), id)
}

// mayUpdateSockmap reports whether the program may change a sockmap: only where no socket can be locked.
func (v *verifier) mayUpdateSockmap(id int32) bool {
	if id != abi.BPF_FUNC_map_update_elem && id != abi.BPF_FUNC_map_delete_elem {
		return false
	}
	switch v.progType() {
	case kernel.PROG_TYPE_TRACING:
		if v.prog.Attach == kernel.ATTACH_TRACE_ITER {
			return true
		}
	case kernel.PROG_TYPE_SOCK_OPS:
		if id == abi.BPF_FUNC_map_delete_elem {
			return true
		}
	case kernel.PROG_TYPE_SOCKET_FILTER, kernel.PROG_TYPE_SCHED_CLS, kernel.PROG_TYPE_SCHED_ACT, kernel.PROG_TYPE_XDP,
		kernel.PROG_TYPE_SK_REUSEPORT, kernel.PROG_TYPE_FLOW_DISSECTOR, kernel.PROG_TYPE_SK_LOOKUP:
		return true
	}
	v.verbose("cannot update sockmap in this context")
	return false
}
