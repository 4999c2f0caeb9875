// SPDX-License-Identifier: MIT
#include "bpf.h"

#define F(n) static __noinline int f##n(int i) { barrier_var(i); return i; }
#define F4(n) F(n##0) F(n##1) F(n##2) F(n##3)
#define F16(n) F4(n##0) F4(n##1) F4(n##2) F4(n##3)
#define F64(n) F16(n##0) F16(n##1) F16(n##2) F16(n##3)
F64(0) F64(1) F64(2) F64(3)

#define C(n) i = f##n(i);
#define C4(n) C(n##0) C(n##1) C(n##2) C(n##3)
#define C16(n) C4(n##0) C4(n##1) C4(n##2) C4(n##3)
#define C64(n) C16(n##0) C16(n##1) C16(n##2) C16(n##3)

SEC("tc")
int refused(struct __sk_buff *skb)
{
	int i = skb->len;

	C64(0) C64(1) C64(2) C64(3) //~ ERROR BV1307
	return i;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	int i = skb->len;

	C64(0)
	return i;
}

LICENSE("GPL");
