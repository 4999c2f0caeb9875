// SPDX-License-Identifier: MIT
#include "bpf.h"

#define CALLS(name, next) static __noinline int name(volatile int *p) { return next(p) + *p; }
static __noinline int f9(volatile int *p) { return *p; }
CALLS(f8, f9)
CALLS(f7, f8) //~ ERROR BV0207
CALLS(f6, f7) //~ NOTE
CALLS(f5, f6) //~ NOTE
CALLS(f4, f5) //~ NOTE
CALLS(f3, f4) //~ NOTE
CALLS(f2, f3) //~ NOTE
CALLS(f1, f2) //~ NOTE

SEC("xdp")
int refused(void *ctx)
{
	volatile int v = 0;

	return f1(&v); //~ NOTE
}

SEC("xdp")
int repaired(void *ctx)
{
	volatile int v = 0;

	return f4(&v);
}

LICENSE("GPL");
