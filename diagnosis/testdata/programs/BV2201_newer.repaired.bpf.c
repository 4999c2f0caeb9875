// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym __weak;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	void *count = bpf_map_lookup_elem(&counts, &key);

	if (!bpf_ksym_exists(bpf_res_spin_lock))
		return 0;
	if (count && !bpf_res_spin_lock(count))
		bpf_res_spin_unlock(count);
	return 0;
}

LICENSE("GPL");
