// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	unsigned long outer, inner;

	bpf_local_irq_save(&outer); //~ NOTE
	bpf_local_irq_save(&inner); //~ NOTE
	bpf_local_irq_restore(&outer); //~ ERROR BV0509
	bpf_local_irq_restore(&inner);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	unsigned long outer, inner;

	bpf_local_irq_save(&outer);
	bpf_local_irq_save(&inner);
	bpf_local_irq_restore(&inner);
	bpf_local_irq_restore(&outer);
	return 0;
}

LICENSE("GPL");
