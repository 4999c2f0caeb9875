package verifier_test

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

const (
	// wrong is what programs are refused for where a number is not known well enough to tell that a path is dead.
	wrong = "invalid read from stack R10 off=0 size=8"

	// reserved is a record of a ring buffer in r6.
	reserved = "r1 = map[7] ll\nr2 = 32\nr3 = 0\ncall ringbuf_reserve\nif r0 != 0 goto has\nexit\nhas: r6 = r0\n*(u64 *)(r6 +0) = 0\n"
	// lookupRdonly looks up a value that programs may not write, which is in r7 then.
	lookupRdonly = "r6 = r1\n*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[2] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr7 = r0\n"
	fromMem      = "r1 = r6\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -24\ncall dynptr_from_mem\n"
)

// olderFeatureCases are of features that 6.18 has: what it says, and what it would say without.
var olderFeatureCases = []featureCase{
	// Instructions
	{"-load-acquire-store-release", testCase{name: "load-acquire", code: "*(u64 *)(r10 -8) = 1\nr1 = r10\nr0 = load_acquire((u64 *)(r1 -8))"}, "BPF_ATOMIC uses invalid atomic opcode 100", ""},
	{"-atomic-ops", testCase{name: "exchange", code: "r0 = 0\n*(u64 *)(r10 -8) = r0\nr0 = atomic64_xchg((u64 *)(r10 -8), r0)"}, "BPF_STX uses reserved fields", ""},
	{"-kfunc-calls", testCase{name: "call of the kernel", typ: abi.PROG_TYPE_SCHED_CLS, code: "call kfunc:bpf_rcu_read_lock\ncall kfunc:bpf_rcu_read_unlock"}, "BPF_CALL uses reserved fields", ""},
	{"-func-pointers", testCase{name: "address of a function", code: "r1 = func f ll\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"static"}}, "number of funcs in func_info doesn't match number of subprogs", ""},

	// Numbers
	{"-neg-range", testCase{name: "negative index", code: "unknown\nr0 &= 7\nr0 = -r0\nr1 = r10\nr1 += r0\n*(u8 *)(r1 -8) = 1"}, "math between fp pointer and register with unbounded min value is not allowed", ""},
	{"-lower-bits-ranges-shared", testCase{name: "4 GB and up to 7", code: "unknown\nr1 = 0x100000000 ll\nr2 = 0x100000007 ll\nif r0 < r1 goto out\nif r0 > r2 goto out\nif w0 <= 7 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-product-sums-ranges-shared", testCase{name: "high number times 5", code: "unknown\nif w0 < 0xffc00000 goto out\nw0 *= 5\nr1 = r0\nout:"}, "", "umin32=0xfe000000,"},
	{"-jump-operands-ordered", testCase{name: "two registers that nothing wrote", code: "if r6 == r7 goto out\nout:", want: "R6 !read_ok"}, "R7 !read_ok", ""},
	{"-signs-forked", testCase{name: "all bits of a sign, masked", code: "unknown\nr0 s>>= 63\nr0 &= 12\nif r0 == 0 goto out\nif r0 == 12 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-byte-swap-bits", testCase{name: "lowest byte of a byte swapped", code: "unknown\nr0 &= 255\nr0 = bswap64 r0\nr0 &= 255\nif r0 == 0 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-sums-wrap", testCase{name: "up to 4, and half of all numbers", code: "unknown\nr0 &= 7\nif r0 > 4 goto out\nw0 -= 0x80000000\nif w0 <= 0x80000004 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-product-bits", testCase{name: "1 or 9, times 127", code: "unknown\nr0 &= 8\nr0 |= 1\nr0 *= 127\nr0 &= 0x70\nif r0 == 0x70 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-bits-compared", testCase{name: "even, and 5", code: "unknown\nr0 &= 6\nif r0 == 5 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)"}, wrong, ""},
	{"-lone-member", testCase{name: "one multiple of 4 from 1 to 7", code: "unknown\nr0 &= -4\nif r0 > 7 goto out\nif r0 < 1 goto out\nif r0 == 4 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-sign-crossing", testCase{name: "a byte with its sign that is at most 1<<63", code: "unknown\nr0 = (s8)r0\nr2 = 0x8000000000000000 ll\nif r0 > r2 goto out\nif r0 s>= 0 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-sign-crossing-32", testCase{name: "the same of a lower half", code: "unknown\nw0 = (s8)w0\nif w0 > 0x80000000 goto out\nif w0 s>= 0 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-third-round", testCase{name: "lower half of a number below -1", code: "unknown\nr0 = (s16)r0\nif r0 > -2 goto out\nif w0 <= -128 goto out\nif w0 s<= -2 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},
	{"-ranges-forgotten", testCase{name: "bit that is not set above 15", code: "unknown\nif w0 < 16 goto out\nif w0 & 32 goto out\nif w0 >= 16 goto out\nr0 = *(u64 *)(r10 +0)\nout:", want: wrong}, "", ""},
	// R6 is not 0x7ffffffd, whose bit 1 is not set; that comparison made the 0x7ffffffd one of two numbers, and so R6 below 0x7fffffff.
	{"-bits-compared-immediates-apart", testCase{name: "the largest number after another comparison", code: "unknown\nr6 = r0\nw0 = -1\nw0 >>= 1\nw6 &= w0\nw6 |= 2\nif w6 != 0x7ffffffd goto out\nr0 = 0\nexit\n" +
		"out: if w6 != 0x7fffffff goto fine\nr0 = *(u64 *)(r10 +0)\nfine: r0 = 0\nexit", want: wrong}, "", ""},
	{"-task-stack-lengths", testCase{name: "more than the size", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\nr2 = r10\nr2 += -16\nr3 = 16\nr4 = 0\ncall get_task_stack\nif r0 s<= 16 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, wrong, ""},

	// Loops
	{"-loops-exact", testCase{name: "counted on the stack", code: "*(u64 *)(r10 -8) = 0\nagain: r1 = *(u64 *)(r10 -8)\nr1 += 1\n*(u64 *)(r10 -8) = r1\nr1 = 0\nunknown\nif r0 == 0 goto out\ngoto again\nout:",
		want: "The sequence of 8193 jumps is too complex."}, "old state: R0=scalar(umin=1) R10=fp0 fp-8=1", ""},

	// Functions and stack
	{"-private-stack", testCase{name: "two frames of 304", typ: abi.PROG_TYPE_KPROBE, code: "*(u64 *)(r10 -304) = 0\ncall f\nexit\nf: *(u64 *)(r10 -304) = 0\nr0 = 0\nexit", funcs: []string{"static"}},
		"combined stack size of 2 calls is 608. Too large", ""},
	{"-stack-rounded-less", testCase{name: "frames of 272 and 240", code: "*(u64 *)(r10 -272) = 0\ncall f\nexit\nf: *(u64 *)(r10 -240) = 0\nr0 = 0\nexit", funcs: []string{"static"}},
		"combined stack size of 2 calls is 544. Too large", ""},
	{"-tnums-short", testCase{name: "misaligned", code: "*(u64 *)(r10 -12) = 1", want: "misaligned stack access off 0+0+-12 size 8"}, "misaligned stack access off (0x0; 0x0)+0+-12 size 8", ""},
	{"-func-arg-tags", testCase{name: "argument that is never NULL", typ: abi.PROG_TYPE_SCHED_CLS, code: "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\ncall f\nr0 = 0\nexit\nf: r0 = *(u32 *)(r1 +0)\nexit", funcs: []string{"global p:nonnull"}},
		"R1 invalid mem access 'mem_or_null'", ""},
	{"-global-func-pointers", testCase{name: "stack for a function", typ: abi.PROG_TYPE_SCHED_CLS, code: "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\ncall f\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"global p"}},
		"Caller passes invalid args into func#1 ('f1')", ""},
	{"-packet-moves-followed", testCase{name: "read after a function that pulls", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"global c"}, code: "r6 = *(u32 *)(r1 +76)\nr3 = *(u32 *)(r1 +80)\nr4 = r6\nr4 += 4\nif r4 > r3 goto out\ncall f\n" +
		"r0 = *(u8 *)(r6 +0)\nout: r0 = 0\nexit\nf: r2 = 0\ncall skb_pull_data\nr0 = 0\nexit", want: "R6 invalid mem access 'scalar'"}, "", ""},
	{"-callback-maps-mixed", testCase{name: "this map or that", code: "unknown\nr1 = map[0] ll\nif r0 == 0 goto both\nr1 = map[1] ll\nboth: r2 = func cb ll\nr3 = 0\nr4 = 0\ncall for_each_map_elem\nr0 = 0\nexit\ncb: r0 = 0\nexit", funcs: []string{"cb"}},
		"tail_call abusing map_ptr", ""},
	{"-throws-by-name", testCase{name: "thrown by a function in an RCU section", typ: abi.PROG_TYPE_SCHED_CLS, code: "call kfunc:bpf_rcu_read_lock\ncall f\ncall kfunc:bpf_rcu_read_unlock\nr0 = 0\nexit\nf: r1 = 0\ncall kfunc:bpf_throw\nr0 = 0\nexit",
		funcs: []string{"static"}, want: "bpf_throw cannot be used inside bpf_rcu_read_lock-ed region"}, "", ""},
	{"-verifier-bug-wording", testCase{name: "tail call in a callback", typ: abi.PROG_TYPE_SCHED_CLS, code: inCallback + "r2 = map[5] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit", funcs: []string{"cb"},
		want: "verifier bug: callback unexpected regs 1"}, "verifier internal error: callback unexpected regs 1", ""},

	// Memory
	{"-tracepoint-negative-offset", testCase{name: "before the context", typ: abi.PROG_TYPE_TRACEPOINT, code: "r0 = *(u64 *)(r1 -8)"}, "invalid bpf_context access off=-8 size=8", ""},
	{"-ctx-immediates", testCase{name: "number to the context", typ: abi.PROG_TYPE_SCHED_CLS, code: "*(u32 *)(r1 +8) = 0"}, "BPF_ST stores into R1 ctx is not allowed", ""},
	{"-raw-tp-null-args", testCase{name: "socket that may be NULL", at: "tp_btf:kfree_skb", code: "r2 = *(u64 *)(r1 +24)\nr0 = *(u64 *)(r2 +0)", want: "R2 invalid mem access 'trusted_ptr_or_null_'"}, "", ""},
	{"-int-pointers", testCase{name: "pointer to a length", at: "fentry:proc_dointvec", code: "r2 = *(u64 *)(r1 +24)"}, "invalid bpf_context access off=24 size=8", ""},
	{"-objects-for-gpl", testCase{name: "task of another license", at: "tp_btf:task_newtask", license: "Proprietary", code: "r1 = *(u64 *)(r1 +0)\nr0 = *(u64 *)(r1 +0)",
		want: "Cannot access kernel 'struct task_struct' from non-GPL compatible program"}, "", ""},
	{"-inner-lookups-nullable", testCase{name: "index 1 of a map that may be shorter", code: "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[10] ll\ncall map_lookup_elem\nif r0 == 0 goto out\n*(u32 *)(r10 -8) = 1\nr2 = r10\nr2 += -8\nr1 = r0\n" +
		"call map_lookup_elem\nr0 = *(u64 *)(r0 +0)\nout:", want: "R0 invalid mem access 'map_value_or_null'"}, "", ""},

	// Helpers
	{"-tracing-helpers-everywhere", testCase{name: "for packets of a cgroup", at: "cgroup_skb", code: "r1 = r10\nr1 += -16\nr2 = 16\ncall get_current_comm\nr0 = 0"}, "program of this type cannot use helper bpf_get_current_comm#16", ""},
	{"-map-args-anywhere", testCase{name: "key in a ring buffer", typ: abi.PROG_TYPE_KPROBE, code: reserved + "r1 = map[1] ll\nr2 = r6\ncall map_lookup_elem\nr1 = r6\nr2 = 0\ncall ringbuf_submit"},
		"R2 type=ringbuf_mem expected=fp, pkt, pkt_meta, map_key, map_value", ""},
	{"-partial-writes-told", testCase{name: "1 to 8 bytes to a value", at: "xdp", code: lookupRdonly + "unknown\nr0 &= 7\nr0 += 1\nr3 = r7\nr1 = r6\nr2 = 0\nr4 = r0\ncall xdp_load_bytes\nout:",
		want: "write into map forbidden, value_size=16 off=0 size=8"}, "", ""},
	{"-arg-offsets-checked", testCase{name: "middle of a record", typ: abi.PROG_TYPE_KPROBE, code: reserved + "r1 = r6\nr1 += 8\nr2 = 0\ncall ringbuf_submit",
		want: "R1 must have zero offset when passed to release func or trusted arg to kfunc"}, "", ""},
	{"-offsets-negative-named", testCase{name: "before the context", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 += -8\nr2 = 0\ncall skb_pull_data", want: "negative offset ctx ptr R1 off=-8 disallowed"},
		"dereference of modified ctx ptr R1 off=-8 disallowed", ""},
	{"-types-composed", testCase{name: "number as a map", code: "unknown\nr1 = r0\nr2 = 0\ncall map_lookup_elem", want: "R1 type=scalar expected=map_ptr"}, "R1 type=inv expected=map_ptr", ""},
	{"-releases-marked", testCase{name: "socket that is not owned", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = *(u64 *)(r1 +$__sk_buff.sk)\nr0 = 0\nif r1 != 0 goto has\nexit\nhas: call sk_release",
		want: "R1 must be referenced when passed to release function"}, "func bpf_sk_release#86 reference has not been acquired before", ""},
	{"-dynptrs-tracked", testCase{name: "made where one was", typ: abi.PROG_TYPE_SCHED_CLS, code: "value\nr6 = r0\n" + fromMem + fromMem}, "Dynptr has to be an uninitialized dynptr", ""},

	// Kernel functions
	{"-kfunc-args-classified", testCase{name: "stack where anything goes", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = r10\nr2 = 0\ncall kfunc:bpf_rdonly_cast"}, "Unrecognized arg#0 type PTR", ""},
	{"-kmem-cache-iter", testCase{name: "iterator of slabs", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_kmem_cache_new\nr1 = r10\nr1 += -8\ncall kfunc:bpf_iter_kmem_cache_destroy"},
		"calling kernel function bpf_iter_kmem_cache_new is not allowed", ""},
	{"-dmabuf-iter", testCase{name: "iterator of buffers", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_dmabuf_new\nr1 = r10\nr1 += -8\ncall kfunc:bpf_iter_dmabuf_destroy"},
		"calling kernel function bpf_iter_dmabuf_new is not allowed", ""},
	{"-irq-sections", testCase{name: "interrupts off and on", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = r10\nr1 += -8\ncall kfunc:bpf_local_irq_save\nr1 = r10\nr1 += -8\ncall kfunc:bpf_local_irq_restore"},
		"calling kernel function bpf_local_irq_save is not allowed", ""},
	{"-locks-listed", testCase{name: "lock in the log", typ: abi.PROG_TYPE_SCHED_CLS, code: fmt.Sprintf(lookup, 6) + "r6 = r0\nr1 = r6\ncall spin_lock\nr1 = r6\ncall spin_unlock\nr0 = 0\nexit"},
		"", "call bpf_spin_lock#93        ;\n"},
	{"-dynptr-reads-shown", testCase{name: "dynptr in the log", typ: abi.PROG_TYPE_SCHED_CLS, code: "value\nr1 = r0\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -24\ncall dynptr_from_mem\nr1 = r10\nr1 += -24\nr2 = 0\nr3 = 8\ncall dynptr_data\nr0 = 0\nexit"},
		"", "19: R0=mem_or_null(id=2,sz=8)\n"},
	{"-res-spin-lock", testCase{name: "lock that is none", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 0\ncall kfunc:bpf_res_spin_lock", want: "arg#0 doesn't point to map value or allocated object"},
		"calling kernel function bpf_res_spin_lock is not allowed", ""},
	{"-graph-peek", testCase{name: "tree that is none", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 0\ncall kfunc:bpf_rbtree_root", want: "arg#0 expected pointer to map value or allocated object"},
		"calling kernel function bpf_rbtree_root is not allowed", ""},
	{"-task-work", testCase{name: "no task", typ: abi.PROG_TYPE_KPROBE, code: "r1 = 0\ncall kfunc:bpf_task_work_schedule_signal_impl", want: "Possibly NULL pointer passed to trusted arg0"},
		"calling kernel function bpf_task_work_schedule_signal_impl is not allowed", ""},
	{"-skb-meta-dynptr", testCase{name: "dynptr of metadata", typ: abi.PROG_TYPE_SCHED_CLS, code: "r2 = 0\nr3 = r10\nr3 += -16\ncall kfunc:bpf_dynptr_from_skb_meta"},
		"calling kernel function bpf_dynptr_from_skb_meta is not allowed", ""},

	// What a program attaches to, and what it sleeps with
	{"-target-last", testCase{name: "two mistakes", at: "fexit:do_exit", code: "r0 = 0\nexit\nr0 = 0\nexit", want: "unreachable insn 2"}, "Attaching fexit/fmod_ret to __noreturn function 'do_exit' is rejected.", ""},
	{"-no-return-named", testCase{name: "end of a function that has none", at: "fexit:do_exit", code: "r0 = 0", want: "Attaching fexit/fmod_ret to __noreturn function 'do_exit' is rejected."},
		"Attaching fexit/fmod_ret to __noreturn functions is rejected.", ""},
	{"-struct-ops-sleep", testCase{name: "sleeper of struct_ops", at: "struct_ops:bpf_dummy_ops.test_sleepable", sleepable: true, code: "r0 = 0"}, "Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable", ""},
	{"-uprobes-sleep", testCase{name: "sleeper of a uprobe", typ: abi.PROG_TYPE_KPROBE, sleepable: true, code: "r0 = 0"}, "Only fentry/fexit/fmod_ret and lsm programs can be sleepable", ""},
	{"-sleepable-storage", testCase{name: "map that sleepers can't use", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = map[5] ll", want: "Sleepable programs can only use array, hash, ringbuf and local storage maps"},
		"Sleepable programs can only use array and hash maps", ""},
}
