// What libbpf knows since Linux 6.19: jump tables, of a program and of a function of it, and (7.3) variables of which each
// CPU has its own. The opcode of gotox is spelled out, as older assemblers lack it.
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))

char _license[] SEC("license") = "GPL";

int calls SEC(".percpu") = 7;

#define JUMP(base)                                   \
	asm volatile(".pushsection .jumptables,\"\",@progbits;" \
		     "jt_%=: .quad first_%= - " base ";"         \
		     ".quad second_%= - " base ";"               \
		     ".size jt_%=, 16;"                          \
		     ".global jt_%=;"                            \
		     ".popsection;"                              \
		     "r0 = jt_%= ll;"                            \
		     "r0 = *(u64 *)(r0 + 8);"                    \
		     ".8byte 0x000000000000000d;"                \
		     "first_%=: r0 = 0; exit;"                   \
		     "second_%=: r0 = 1; exit;" ::: "r0")

static __attribute__((naked, noinline)) int pick(void)
{
	JUMP(".text");
}

SEC("socket") __attribute__((naked)) int jumps(void)
{
	JUMP("socket");
}

SEC("xdp") int calls_one(void *ctx)
{
	return pick();
}

SEC("xdp") int counts(void *ctx)
{
	return ++calls;
}
