//go:build ignore

// SPDX-License-Identifier: MIT
/* A sequence of steps on shared maps: init fills a table, search looks something up in it. */
#include "../../examples/bpf.h"

static long (*const bpf_trace_printk)(const char *fmt, u32 size, ...) = (void *)6;

enum color { RED, GREEN = 5 };

struct entry {
	u64 hits;
	char name[8];
	enum color color;
	u32 low : 3, high : 5;
	s32 deltas[2];
	union {
		u32 whole;
		u8 part;
	};
	struct entry *next;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct entry);
} table SEC(".maps");

const volatile u32 count = 2;
u32 wanted = 1;
u64 found;

SEC("syscall") int init(void *ctx)
{
	for (u32 i = 0; i < 8; i++) {
		struct entry e = { .hits = i, .name = "entry", .color = GREEN, .low = 5, .high = i, .deltas = { -1, i }, .whole = 0x101 };

		u32 key = i;

		if (i >= count)
			break;
		if (bpf_map_update_elem(&table, &key, &e, 0))
			return 1;
	}
	return 0;
}

SEC("syscall") int search(void *ctx)
{
	static const char fmt[] = "entry %d: %llu hits\n";
	u32 key = wanted;
	struct entry *e = bpf_map_lookup_elem(&table, &key);

	if (!e)
		return -1;
	e->hits += 10;
	found = e->hits;
	bpf_trace_printk(fmt, sizeof(fmt), key, e->hits);
	return e->hits;
}

LICENSE("GPL");
