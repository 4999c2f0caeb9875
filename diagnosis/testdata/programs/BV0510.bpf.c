// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags); //~ NOTE
	if (skb->mark) //~ NOTE
		return 0; //~ ERROR BV0510
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	barrier();
	bpf_local_irq_restore(&flags);
	return 0;
}

LICENSE("GPL");
