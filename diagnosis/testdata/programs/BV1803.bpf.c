// SPDX-License-Identifier: MIT
#include "bpf.h"

#define MAP(n)                                                                   \
	struct {                                                                 \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                \
		__uint(max_entries, 1);                                          \
		__type(key, u32);                                                \
		__type(value, u32);                                              \
	} m##n SEC(".maps");
#define MAP4(n) MAP(n##0) MAP(n##1) MAP(n##2) MAP(n##3)
#define MAP16(n) MAP4(n##0) MAP4(n##1) MAP4(n##2) MAP4(n##3)
MAP16(0) MAP16(1) MAP16(2) MAP16(3) MAP(4)

#define USE(n) bpf_map_lookup_elem(&m##n, &key);
#define USE4(n) USE(n##0) USE(n##1) USE(n##2) USE(n##3)
#define USE16(n) USE4(n##0) USE4(n##1) USE4(n##2) USE4(n##3)

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;

	USE16(0) USE16(1) USE16(2) USE16(3)
	USE(4) //~ ERROR BV1803
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;

	USE16(0) USE16(1) USE16(2) USE16(3)
	return 0;
}

LICENSE("GPL");
