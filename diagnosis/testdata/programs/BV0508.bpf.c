// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags); //~ NOTE
	bpf_local_irq_save(&flags); //~ ERROR BV0508
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

LICENSE("GPL");
