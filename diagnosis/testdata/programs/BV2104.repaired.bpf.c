// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} arena SEC(".maps");

SEC("syscall")
int repaired(void *ctx)
{
	bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	return 0;
}

LICENSE("GPL");
