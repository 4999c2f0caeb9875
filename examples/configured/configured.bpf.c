//go:build ignore

// SPDX-License-Identifier: MIT
/* What the configuration of a machine decides: locked down, or built without what the programs need. */
#include "../bpf.h"

static long (*bpf_probe_write_user)(void *dst, const void *src, u32 len) = (void *)36;
static long (*bpf_override_return)(void *regs, u64 result) = (void *)58;

SEC("kprobe")
int writes(u64 *regs) // a locked kernel refuses it
{
	u32 zero = 0;

	bpf_probe_write_user((void *)regs[14], &zero, sizeof(zero));
	return 0;
}

SEC("kprobe")
int overrides(void *regs) // needs CONFIG_BPF_KPROBE_OVERRIDE
{
	bpf_override_return(regs, -12);
	return 0;
}

SEC("kprobe")
int both(u64 *regs)
{
	u32 zero = 0;

	bpf_probe_write_user((void *)regs[14], &zero, sizeof(zero));
	bpf_override_return(regs, -12);
	return 0;
}

SEC("fmod_ret/__x64_sys_getpgid")
int replaces(u64 *args) // needs CONFIG_FUNCTION_ERROR_INJECTION
{
	return -12;
}

SEC("kprobe")
int never(u64 *regs) // refused by every machine
{
	bpf_override_return(regs, -12);
	return *(u32 *)regs[14];
}

LICENSE("GPL");
