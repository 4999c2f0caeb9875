//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * Loops over one thing each, to compare what runs them: the kernel's compiler and a machine's engines. Each
 * program does so many rounds and returns a number that all of them must agree on.
 */
#include "speed.h"

volatile u32 rounds = 100000;
volatile u32 zero;
volatile u64 seed = 88172645463325252ull;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

#define for_rounds(i) for (u32 i = zero, _n = rounds; i < _n && may_loop; i++)

/* Numbers and a branch that goes either way at random. */
SEC("syscall")
int arithmetic_random(void *ctx)
{
	u64 x = seed, y = zero;
	u32 z = zero;

	hide(x);
	for_rounds(i) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		z = z * 1664525u + 1013904223u;
		if (x & 1)
			y += z;
		else
			y ^= x;
		if ((s32)z < 0)
			y -= 3;
		hide(x);
		hide(y);
		hide(z);
	}
	return y ^ y >> 32;
}

/* Numbers, and branches that always go the same way. */
SEC("syscall")
int arithmetic(void *ctx)
{
	u64 x = seed, y = zero;
	u32 z = zero;

	hide(x);
	for_rounds(i) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		z = z * 1664525u + 1013904223u;
		y += x;
		y ^= z;
		y *= 31;
		z += i;
		z ^= (u32)y;
		if (z == 77)
			y -= 3;
		hide(x);
		hide(y);
		hide(z);
	}
	return y ^ y >> 32;
}

#define SPREAD 40503
#define KEYS 8192

SEC("syscall")
int hash_update(void *ctx)
{
	u32 next = zero;

	hide(next);
	for_rounds(i) {
		u32 key = next % KEYS;
		u64 value = next;

		next += SPREAD;
		bpf_map_update_elem(&table, &key, &value, 0);
		hide(next);
	}
	return next;
}

/* A lookup of a key that is there: hash_update runs before. */
SEC("syscall")
int hash_lookup(void *ctx)
{
	u32 next = zero, found = zero;

	hide(next);
	for_rounds(i) {
		u32 key = next % KEYS;
		u64 *value = bpf_map_lookup_elem(&table, &key);

		next += SPREAD;
		if (value) {
			*value += 1;
			found++;
		}
		hide(next);
		hide(found);
	}
	return found;
}

SEC("syscall")
int array_lookup(void *ctx)
{
	u32 next = zero;

	hide(next);
	for_rounds(i) {
		u32 key = next % KEYS;
		u64 *value = bpf_map_lookup_elem(&counts, &key);

		next += SPREAD;
		if (value)
			*value += 1;
		hide(next);
	}
	return next;
}

/* Words on the stack at places known only at run time. */
SEC("syscall")
int stack_array(void *ctx)
{
	u64 words[32], sum = zero;
	u32 place = zero;

	hide(sum);
	for (u32 i = 0; i < 32; i++)
		words[i] = i * 77 ^ sum;
	hide(place);
	for_rounds(i) {
		u32 at = place % 32;
		u64 word = words[at];

		words[at] = word + i;
		sum += word;
		place += 7;
		hide(place);
		hide(sum);
	}
	return sum;
}

static __noinline u64 callee(u64 a, u64 b)
{
	hide(a);
	return a * 3 + b;
}

SEC("syscall")
int calls(void *ctx)
{
	u64 x = zero;

	hide(x);
	for_rounds(i) {
		x = callee(x, i);
		hide(x);
	}
	return x;
}

static long add(u32 i, void *ctx)
{
	u64 *sums = ctx;

	sums[0] += i * 7;
	sums[1] ^= sums[0];
	return 0;
}

SEC("syscall")
int callbacks(void *ctx)
{
	u64 sums[2] = {1, 2};

	bpf_loop(rounds, add, sums, 0);
	return sums[0] + sums[1];
}

LICENSE("GPL");
