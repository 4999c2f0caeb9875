// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} first SEC(".maps"), second SEC(".maps"); //~ ERROR BV2104

SEC("syscall")
int refused(void *ctx)
{
	bpf_arena_alloc_pages(&first, NULL, 1, -1, 0);
	bpf_arena_alloc_pages(&second, NULL, 1, -1, 0);
	return 0;
}

LICENSE("GPL");
