// SPDX-License-Identifier: MIT
#include "bpf.h"

enum bpf_func_id {
	BPF_FUNC_time_travel = 9999,
};

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	return __builtin_preserve_enum_value(*(enum bpf_func_id *)BPF_FUNC_time_travel, 1); //~ ERROR BV2301
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	return __builtin_preserve_enum_value(*(enum bpf_func_id *)BPF_FUNC_time_travel, 0);
}

LICENSE("GPL");
