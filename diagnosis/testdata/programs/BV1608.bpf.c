// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("lsm_cgroup/inet_csk_clone")
int refused(u64 *ctx)
{
	bpf_set_retval(-1); //~ ERROR BV1608
	return 1;
}

SEC("lsm_cgroup/socket_bind")
int repaired(u64 *ctx)
{
	bpf_set_retval(-1);
	return 0;
}

LICENSE("GPL");
