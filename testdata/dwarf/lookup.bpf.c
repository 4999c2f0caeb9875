// The same as two objects whose only lines are in DWARF:
// for v in 4 5; do
//   clang-19 -O2 -gdwarf-$v -fdebug-compilation-dir=. --target=bpf -c lookup.bpf.c -o dwarf$v.bpf.o
//   llvm-objcopy-19 --remove-section={.BTF,.BTF.ext,.rel.BTF,.rel.BTF.ext} dwarf$v.bpf.o
// done
#define SEC(x) __attribute__((section(x), used))
static void *(*bpf_map_lookup_elem)(void *, const void *) = (void *)1;
struct bpf_map_def {
	unsigned type, key, value, max, flags;
};
struct bpf_map_def SEC("maps") counts = {1, 4, 8, 16, 0};

static __attribute__((noinline)) long bump(unsigned *key)
{
	long *n = bpf_map_lookup_elem(&counts, key);
	*n += 1;
	return *n;
}

SEC("tracepoint/sched/sched_switch")
int count(void *ctx)
{
	unsigned key = 1;
	return bump(&key);
}

char LICENSE[] SEC("license") = "GPL";
