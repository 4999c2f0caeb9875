// SPDX-License-Identifier: MIT
#include "bpf.h"

char data[16];

SEC("syscall")
int refused(void *ctx)
{
	bpf_rcu_read_lock(); //~ NOTE
	bpf_copy_from_user(data, sizeof(data), NULL); //~ ERROR BV0511
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int repaired(void *ctx)
{
	bpf_copy_from_user(data, sizeof(data), NULL);
	return 0;
}

LICENSE("GPL");
