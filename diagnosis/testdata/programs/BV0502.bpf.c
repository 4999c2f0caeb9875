// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("syscall")
int refused(void *ctx)
{
	bpf_rcu_read_lock(); //~ NOTE
	bpf_rcu_read_lock(); //~ ERROR BV0502
	bpf_rcu_read_unlock();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int repaired(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}

LICENSE("GPL");
