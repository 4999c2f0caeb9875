// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&events, 64, 0, &ptr); //~ NOTE
	bpf_get_current_comm(&ptr, sizeof(ptr)); //~ ERROR BV0703
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(void *ctx)
{
	struct bpf_dynptr ptr;
	char comm[16];

	bpf_ringbuf_reserve_dynptr(&events, 64, 0, &ptr);
	bpf_get_current_comm(comm, sizeof(comm));
	bpf_dynptr_write(&ptr, 0, comm, sizeof(comm), 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

LICENSE("GPL");
