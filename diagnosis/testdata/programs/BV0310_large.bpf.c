// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	char data[600];
};

SEC("tc")
int refused(void *ctx)
{
	struct item *v = bpf_percpu_obj_new(struct item); //~ ERROR BV0310

	if (v)
		bpf_percpu_obj_drop(v);
	return 0;
}

struct small {
	char data[60];
};

SEC("tc")
int repaired(void *ctx)
{
	struct small *v = bpf_percpu_obj_new(struct small);

	if (v)
		bpf_percpu_obj_drop(v);
	return 0;
}

LICENSE("GPL");
