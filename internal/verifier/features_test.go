package verifier_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// featureCase is a program that a feature decides: what 6.18 says, and what it says with the feature.
type featureCase struct {
	feature string // with a - before it, one that 6.18 has and that is taken away
	testCase
	with  string // message with the feature, "" if accepted
	shows string // found somewhere in the log then
}

// change is what makes the model 6.18 one with the feature.
func (c *featureCase) change() string {
	if c.feature[0] == '-' {
		return c.feature
	}
	return "+" + c.feature
}

// featureCases are those of features that 6.18 lacks, and of some that it has. The others are in olderFeatureCases.
var featureCases = []featureCase{
	{"var-off-offsets", testCase{name: "before the packet", at: "xdp", code: packetEnd + "r1 = r2\nr1 += 7\nif r1 > r3 goto out\nr0 = *(u64 *)(r1 -7)\nout:",
		want: "R1 offset is outside of the packet"}, "R1 min value is outside of the allowed memory range", ""},
	{"var-off-offsets", testCase{name: "behind the packet's end", at: "xdp", code: packetEnd + "r1 = r2\nr1 += 7\nif r1 > r3 goto out\nr0 = *(u8 *)(r2 +7)\nout:",
		want: "R2 offset is outside of the packet"}, "R2 min value is outside of the allowed memory range", "R1=pkt(r=7,imm=7)"},
	{"var-off-offsets", testCase{name: "in the packet", at: "xdp", code: packetEnd + "r1 = r2\nr1 += 7\nif r1 > r3 goto out\nr0 = *(u8 *)(r1 -1)\nout:"},
		"", "R1=pkt(r=7,imm=7)"},
	{"var-off-offsets", testCase{name: "misaligned", code: "r1 = r10\nr1 += -12\nr0 = *(u64 *)(r1 +0)",
		want: "misaligned stack access off 0+-12+0 size 8"}, "misaligned stack access off -12+0 size 8", ""},
	{"var-off-offsets", testCase{name: "above the stack", code: "r1 = r10\nr1 += 8\n*(u64 *)(r1 -8) = 1",
		want: "invalid write to stack R1 off=0 size=8"}, "invalid write to stack R1 off=0 size=8", ""},
	{"var-off-offsets", testCase{name: "below the stack", code: "r1 = r10\nr1 += -520\n*(u64 *)(r1 +0) = 1",
		want: "invalid write to stack R1 off=-520 size=8"}, "invalid write to stack R1 off=-520 size=8", ""},
	{"var-off-offsets", testCase{name: "before a map value", code: "value\nr0 += -8\nr0 = *(u64 *)(r0 +0)",
		want: "R0 min value is outside of the allowed memory range"},
		"R0 min value is negative, either use unsigned index or do a if (index >=0) check.", ""},
	{"var-off-offsets", testCase{name: "far from a map value", code: "value\nr0 += 0x1fffffff\nr0 += 0x1fffffff\nr0 = *(u64 *)(r0 +0)",
		want: "map_value pointer offset 1073741822 is not allowed"}, "map_value pointer offset 1073741822 is not allowed", ""},

	{"ctx-offsets", testCase{name: "moved context", typ: abi.PROG_TYPE_KPROBE, code: "r1 += 8\nr0 = *(u64 *)(r1 +0)",
		want: "dereference of modified ctx ptr R1 off=8 disallowed"}, "", ""},
	{"ctx-offsets", testCase{name: "moved context that is rewritten", at: "xdp", code: "r1 += 4\nr0 = *(u32 *)(r1 +0)",
		want: "dereference of modified ctx ptr R1 off=4 disallowed"}, "dereference of modified ctx ptr R1 off=4 disallowed", ""},
	{"ctx-offsets", testCase{name: "unaligned in a context", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r0 = *(u32 *)(r1 +2)",
		want: "invalid bpf_context access off=2 size=4"}, "", ""},
	{"ctx-offsets", testCase{name: "somewhere in a context", typ: abi.PROG_TYPE_SYSCALL, sleepable: true,
		code: "r6 = r1\ncall get_prandom_u32\nr0 &= 255\nr6 += r0\nr0 = *(u8 *)(r6 +0)",
		want: "variable ctx access var_off=(0x0; 0xff) disallowed"}, "", ""},

	{"division-ranges", testCase{name: "quotient", code: "call get_prandom_u32\nw0 /= 100\nif r0 > 42949672 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"division-ranges", testCase{name: "remainder", code: "call get_prandom_u32\nr0 %= 16\nr1 = r10\nr1 += -16\nr1 += r0\n*(u8 *)(r1 +0) = 0",
		want: "math between fp pointer and register with unbounded min value is not allowed"}, "", "R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))"},

	{"rcu-ends-with-locks", testCase{name: "RCU pointer kept after unlock", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "call get_current_task_btf\nr6 = r0\n" + fmt.Sprintf(lookup, 6) +
		"r9 = r0\nr1 = r9\ncall spin_lock\nr7 = *(u64 *)(r6 +$task_struct.cgroups)\nr1 = r9\ncall spin_unlock\nr8 = r7"}, "", "R8=untrusted_ptr_css_set"},
	{"constant-branches", testCase{name: "constant", code: "r6 = 4\nr6 &= 1\nif r6 == 0 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"}, "", "2: (05) goto pc+1"},
	{"constant-branches", testCase{name: "other constants on other paths", code: "r6 = 4\nif r1 == 0 goto in\nr6 = 5\nin: if r6 == 4 goto out\nr0 = 0\nout: r0 = 0\nexit"},
		"", "3: (15) if r6 == 0x4 goto pc+1"},
	{"same-register-branches", testCase{name: "below itself", code: "call get_prandom_u32\nif r0 < r0 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"branches-simulated", testCase{name: "eights above 0 are above 3", code: "call get_prandom_u32\nr0 &= -8\nif w0 s<= 0 goto out\nif w0 > 3 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-packet-pointers-unsigned", testCase{name: "packet pointer with its sign extended", at: "xdp", code: "r0 = *(s32 *)(r1 +0)\nr0 = 0",
		want: "invalid bpf_context access off=0 size=4"}, "", ""},
	{"-conversion-bug-wording", testCase{name: "tail call into an array", code: "r2 = map[0] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit",
		want: "expected prog array map for tail call"}, "kernel subsystem misconfigured verifier", ""},
	{"-sleepable-storage-named", testCase{name: "map that sleepers can't use", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = map[5] ll",
		want: "Sleepable programs can only use array, hash, ringbuf and local storage maps"}, "Sleepable programs can only use array, hash, and ringbuf maps", ""},
	{"-ringbuf-memory", testCase{name: "moved far", code: "r1 = map[7] ll\nr2 = 64\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr0 += 536870912\nout:",
		want: "math between ringbuf_mem pointer and 536870912 is not allowed"}, "math between alloc_mem pointer and 536870912 is not allowed", ""},
	{"-map-pointers-not-null", testCase{name: "map compared with NULL", code: "r1 = map[0] ll\nif r1 != 0 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-spills-tracked", testCase{name: "number of which nothing was known when it was stored", code: "call get_prandom_u32\n*(u64 *)(r10 -8) = r0\nif r0 > 7 goto out\nr1 = *(u64 *)(r10 -8)\nif r1 <= 7 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-spills-tracked", testCase{name: "lower half", code: "r0 = 7\n*(u64 *)(r10 -8) = r0\nr1 = *(u32 *)(r10 -8)\nif r1 == 7 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-linked-sums", testCase{name: "sum of a copy", code: "call get_prandom_u32\nr1 = r0\nr1 += 1\nif r0 > 7 goto out\nif r1 <= 8 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-narrow-spills-linked", testCase{name: "copy of 32 bits", code: "call get_prandom_u32\nw0 = w0\n*(u32 *)(r10 -8) = r0\nif r0 > 7 goto out\nr1 = *(u32 *)(r10 -8)\nif r1 <= 7 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"fields-first", testCase{name: "behind another mistake", code: "r0 = *(u64 *)(r10 +0)\n.raw bf 10 03 00 00 00 00 00\nexit",
		want: "invalid read from stack R10 off=0 size=8"}, "BPF_MOV uses reserved fields", ""},
	{"static-stack-liveness", testCase{name: "dead register", code: "r6 = 7\nr0 = 0\nagain: if r0 != 1 goto again\nexit",
		want: "old state: R0=P0 R1=ctx() R6=7 R10=fp0"}, "old state: R0=P0 R10=fp0", ""},
	{"static-stack-liveness", testCase{name: "half a slot", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\n*(u64 *)(r10 -16) = r1\nr0 = 0\nagain: if r0 != 1 goto again\nr0 = *(u32 *)(r10 -16)\nexit",
		want: "old state: R0=P0 R1=7 R10=fp0 fp-8=7 fp-16=7"}, "old state: R0=P0 R10=fp0 fp-16=pppp7", ""},
	{"static-stack-liveness", testCase{name: "read by a callee", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\nr0 = 0\nagain: if r0 != 1 goto again\ncall f\nexit\nf: r0 = *(u64 *)(r1 +0)\nexit",
		funcs: []string{"static v"}, want: "old state: R0=P0 R1=fp-8 R10=fp0 fp-8=7"}, "old state: R0=P0 R1=fp-8 R10=fp0 fp-8=7", ""},

	{"call-graph-order", testCase{name: "recursion", code: "call f\nexit\nf: call g\nexit\ng: call f\nr0 = 0\nexit",
		funcs: []string{"static", "static"}, want: "the call stack of 9 frames is too deep"},
		"recursive call from f2() to f1()", ""},
	{"global-func-void", testCase{name: "nothing returned", code: "call f\nr0 = 0\nexit\nf: exit", funcs: []string{"global ->void"},
		want: "Caller passes invalid args into func#1 ('f1')"}, "", "Func#1 ('f1') is safe"},
	{"global-func-void", testCase{name: "nothing to read", code: "call f\nexit\nf: exit", funcs: []string{"global ->void"},
		want: "Caller passes invalid args into func#1 ('f1')"}, "R0 !read_ok", ""},

	{"callback-map-values", testCase{name: "value of a map", code: "r1 = map[0] ll\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall for_each_map_elem\nr0 = 0\nexit\ncb: r0 = *(u8 *)(r3 +16)\nexit", funcs: []string{"cb"},
		want: "R3 min value is outside of the allowed memory range"}, "R3 min value is outside of the allowed memory range", "R3=map_value(id=1,map=array,ks=4,vs=16)"},

	{"-resource-leak-checks", testCase{name: "exit with lock", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "call kfunc:bpf_rcu_read_lock",
		want: "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region"}, "bpf_rcu_read_unlock is missing", ""},
	{"-resource-leak-checks", testCase{name: "preemption off", code: "call kfunc:bpf_preempt_disable\ncall kfunc:bpf_preempt_disable", typ: abi.PROG_TYPE_SYSCALL,
		sleepable: true, want: "BPF_EXIT instruction in main prog cannot be used inside bpf_preempt_disable-ed region"}, "2 bpf_preempt_enable(s) are missing", ""},
	{"-resource-leak-checks", testCase{name: "leak", code: leakTask, typ: abi.PROG_TYPE_SYSCALL, sleepable: true,
		want: "BPF_EXIT instruction in main prog would lead to reference leak"}, "Unreleased reference id=1 alloc_insn=4", ""},
	{"-helper-access-kinds", testCase{name: "key above the stack", code: "r2 = r10\nr2 += -2\nr1 = map[0] ll\ncall 1",
		want: "invalid read from stack R2 off=-2 size=4"}, "invalid indirect access to stack R2 off=-2 size=4", ""},
	{"-helper-access-kinds", testCase{name: "key forgotten", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\nr2 = r10\nr2 += -8\nr1 = map[0] ll\ncall 1\nr0 = *(u64 *)(r10 -8)\nif r0 != 7 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"pointers-added-whole", testCase{name: "added to a number", typ: abi.PROG_TYPE_SCHED_CLS, code: "r2 = 0\ncall kfunc:bpf_rdonly_cast\nr1 = 0\nr1 += r0\nr0 = *(u32 *)(r1 +0)",
		want: "R1 invalid mem access 'scalar'"}, "", ""},
	{"untrusted-memory-apart", testCase{name: "this or the stack", typ: abi.PROG_TYPE_SCHED_CLS, code: "*(u64 *)(r10 -8) = 1\nr2 = 0\ncall kfunc:bpf_rdonly_cast\nr6 = r0\ncall get_prandom_u32\n" +
		"r7 = r6\nif r0 == 0 goto both\nr7 = r10\nr7 += -8\nboth: r0 = *(u64 *)(r7 +0)"}, "same insn cannot be used with different pointers", ""},
	{"-casts-to-void", testCase{name: "cast to nothing", typ: abi.PROG_TYPE_SCHED_CLS, code: "r2 = 0\ncall kfunc:bpf_rdonly_cast"},
		"kfunc bpf_rdonly_cast type ID argument must be of a struct", ""},
	{"-opaque-pointers", testCase{name: "pointer to a number", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\nr1 = *(u64 *)(r1 +$task_struct.stack)\nr0 = *(u64 *)(r1 +0)"},
		"R1 invalid mem access 'scalar'", ""},
	{"-static-reg-liveness", testCase{name: "dead in a loop", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: leakTask + "\nr7 = 1\nagain: r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_next\n" +
		"if r0 == 0 goto out\nr7 = 2\ngoto again\nout: r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_destroy"}, "", "processed 33 insns"},
	{"-linked-live-regs", testCase{name: "dead copy", code: "unknown\nr6 = r0\nif r0 > 10 goto out\nr7 = 0\nout:"}, "", "R6=scalar(id=1,umin=11)"},
	{"-linked-differences", testCase{name: "one less", code: "unknown\nr6 = r0\nr6 -= 8\nif r0 > 7 goto out\nr1 = r10\nr1 += r6\n*(u8 *)(r1 +0) = 1\nout:"},
		"math between fp pointer and register with unbounded min value is not allowed", ""},
	{"-linked-differences", testCase{name: "sum", code: "unknown\nr6 = r0\nr6 += 255\nif r0 == 0 goto out\nif r0 > 255 goto out\nr7 = r6\nout:"},
		"", "R6=scalar(id=2,smin=umin=smin32=umin32=256,smax=umax=smax32=umax32=510,var_off=(0x0; 0x1ff))"},
	{"-tail-call-returns", testCase{name: "tail call that fails", typ: abi.PROG_TYPE_SCHED_CLS, code: "call f\nif r0 != 1 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)\nexit\nf: r2 = map[5] ll\nr3 = 0\ncall tail_call\nr0 = 1\nexit",
		funcs: []string{"static v"}, want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-lookup-null-elided", testCase{name: "known index", code: "r1 = 1\n*(u32 *)(r10 -8) = r1\nr2 = r10\nr2 += -8\nr1 = map[0] ll\ncall map_lookup_elem\nr0 = *(u8 *)(r0 +0)"},
		"R0 invalid mem access 'map_value_or_null'", ""},
	{"-nullness-compared", testCase{name: "equal to a value", code: fmt.Sprintf(lookup, 0) + "r6 = r0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1\nif r0 != r6 goto out\nr0 = *(u8 *)(r0 +0)\nout:"},
		"R0 invalid mem access 'map_value_or_null'", ""},
	{"-signed-products", testCase{name: "negative product", code: "unknown\nr0 &= 7\nr0 *= -3\nr1 = r10\nr1 += r0\n*(u8 *)(r1 -8) = 1"},
		"math between fp pointer and register with unbounded min value is not allowed", ""},
	{"-insns-v4", testCase{name: "signed division", code: "r0 = 7\nr0 s/= 2"}, "BPF_ALU uses reserved fields", ""},
	{"-insns-v4", testCase{name: "sign-extending move", code: "r1 = 7\nr0 = (s8)r1"}, "BPF_MOV uses reserved fields", ""},
	{"-insns-v4", testCase{name: "sign-extending load", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\nr0 = *(s8 *)(r10 -8)"}, "BPF_LDX uses reserved fields", ""},
	{"-insns-v4", testCase{name: "byte swap", code: "r0 = 7\nr0 = bswap64 r0"}, "unknown opcode d7", ""},
	{"-ranges-shared", testCase{name: "compared with what is not known", code: "unknown\nr6 = r0\ncall 5\nr0 &= 7\nif r6 >= r0 goto out\nr1 = r10\nr1 += -8\nr1 += r6\n*(u8 *)(r1 +0) = 1\nout:"},
		"math between fp pointer and register with unbounded min value is not allowed", ""},
	{"-callback-rounds", testCase{name: "second round", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\nr1 = 10\nr2 = func cb ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall loop\nr0 = 0\nexit\ncb: r1 = *(u64 *)(r2 +0)\nif r1 == 7 goto first\nr0 = *(u64 *)(r10 +0)\nfirst: r1 = 8\n*(u64 *)(r2 +0) = r1\nr0 = 0\nexit",
		funcs: []string{"cb"}, want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-global-funcs-lazy", testCase{name: "never called", code: "r0 = 0\nif r0 == 0 goto out\ncall f\nout: r0 = 0\nexit\nf: r0 = *(u64 *)(r10 +0)\nexit", funcs: []string{"global"}},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-ret-ranges-signed", testCase{name: "returned", at: "cgroup_skb", code: "r0 = 7\nexit", want: "At program exit the register R0 has smin=7 smax=7 should have been in [0, 1]"},
		"At program exit the register R0 has value (0x7; 0x0) should have been in (0x0; 0x1)", ""},
	{"-calls-may-recur", testCase{name: "recursion", code: "call f\nexit\nf: call f\nr0 = 0\nexit", funcs: []string{"static"}, want: "the call stack of 9 frames is too deep"},
		"back-edge from insn 2 to 2", ""},
	{"-helper-refusals-named", testCase{name: "not for this type", at: "xdp", code: "call skb_load_bytes", want: "program of this type cannot use helper bpf_skb_load_bytes#26"},
		"unknown func bpf_skb_load_bytes#26", ""},
	{"-spills-followed", testCase{name: "part of a number", code: "r1 = 7\n*(u64 *)(r10 -8) = r1\nr1 = *(u32 *)(r10 -8)\nif r1 == 7 goto out\nr0 = *(u64 *)(r10 +0)\nout:"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-trusted-pointers", testCase{name: "kernel object", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\nr2 = 0\nr3 = 0\ncall probe_read_kernel",
		want: "bpf_probe_read_kernel() may write into memory pointed by R1 type=trusted_ptr_"},
		"R1 type=ptr_ expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf", ""},
	{"-ringbuf-memory", testCase{name: "a context as memory", typ: abi.PROG_TYPE_KPROBE, code: "r2 = 8\ncall get_current_comm", want: "R1 type=ctx expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_"},
		"R1 type=ctx expected=fp, pkt, pkt_meta, map_key, map_value, mem, alloc_mem, buf, trusted_ptr_", ""},
	{"-zero-sizes-named", testCase{name: "maybe nothing", typ: abi.PROG_TYPE_KPROBE, code: "unknown\nr0 &= 7\nr2 = r0\nr1 = r10\nr1 += -8\nr3 = 0\ncall get_current_comm", want: "R2 invalid zero-sized read: u64=[0,7]"}, "invalid zero-sized read", ""},
	{"-calls-under-lock", testCase{name: "function called", typ: abi.PROG_TYPE_SCHED_CLS, code: fmt.Sprintf(lookup, 6) + "r6 = r0\nr1 = r6\ncall spin_lock\ncall f\nr1 = r6\ncall spin_unlock\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"static"}},
		"function calls are not allowed while holding a lock", ""},
	{"-flexible-ints", testCase{name: "number behind a struct", at: "tp_btf:kfree_skb", code: "r1 = *(u64 *)(r1 +0)\nr1 = *(u64 *)(r1 +$sk_buff.extensions)\nr0 = *(u64 *)(r1 +80)"},
		"access beyond struct skb_ext at off 80 size 8", ""},
	{"-stack-reads-grow", testCase{name: "never written", code: "r0 = *(u64 *)(r10 -8)"}, "invalid read from stack R10 off=-8 size=8", ""},
	{"-ld-abs-returns", testCase{name: "packet load that leaves a function", typ: abi.PROG_TYPE_SCHED_CLS, code: "r6 = r1\nr9 = 1\ncall f\nif r0 == 1 goto out\nr0 = *(u64 *)(r10 +0)\nout: r0 = 0\nexit\nf: r6 = r1\nr0 = *(u32 *)skb[0]\nr0 = 1\nexit",
		funcs: []string{"static v"}, want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-self-sums-unlinked", testCase{name: "number added to itself", code: "unknown\nr6 = r0\nr7 = r6\nunknown\nr8 = r0\nr9 = r8\nif r7 != 1 goto out\nr6 += r6\nif r7 == r9 goto out\nif r6 == 3 goto out\nr0 = *(u64 *)(r10 +0)\nout:",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-distances-cleared", testCase{name: "distance of a lost link", code: "unknown\nr6 = r0\nr6 += 5\nr6 ^= 0\nr8 = r6\nr8 += 3\nr9 = r6\nif r9 != 10 goto out\nif r8 == 8 goto out\nr0 = *(u64 *)(r10 +0)\nout:",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-distances-cleared+byte-swap-bits", testCase{name: "distance of a link lost with the order of bytes", code: "unknown\nr6 = r0\nr6 += 5\nr6 = bswap16 r6\nr8 = r6\nr8 += 3\nr9 = r6\nif r9 != 10 goto out\nif r8 == 8 goto out\nr0 = *(u64 *)(r10 +0)\nout:",
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"-linked-ids-kept", testCase{name: "sum that became a copy", code: "unknown\nr0 &= 255\nr1 = r0\nr1 += 1\nif r0 > 10 goto out\nif r0 > 5 goto out\nif r1 != 0 goto out\nr0 = *(u64 *)(r10 +0)\nout:"},
		"invalid read from stack R10 off=0 size=8", "R1=scalar(id=1"},
	{"-linked-ids-kept", testCase{name: "number that became a sum", code: "unknown\nr0 &= 255\nr1 = r0\nr1 += 1\nif r1 > 10 goto out\nr2 = r0\nif r2 > 5 goto out\nif r1 <= 6 goto out\nr0 = *(u64 *)(r10 +0)\nout:"},
		"invalid read from stack R10 off=0 size=8", ""},
	{"-packet-ends-compared", testCase{name: "before the end where another path was past it", at: "xdp",
		code: packetEnd + "r4 = r2\nr4 += 8\n" + strings.Repeat("r5 = 0\n", 8) + "if r4 <= r3 goto join\ngoto join\njoin: if r4 > r3 goto out\nr0 = *(u8 *)(r4 +0)\nout:",
		want: "R4 offset is outside of the packet"}, "", ""},
	{"-links-loosely-compared", testCase{name: "a linked number where one was not", code: "unknown\nr6 = r0\nr6 &= 7\nunknown\nif r0 == 0 goto b\nr6 += 1\n" + strings.Repeat("r9 = 0\n", 8) +
		"goto join\nb: r7 = r6\nr6 += 1\njoin: r1 = r10\nr1 += -16\nr1 += r6\n*(u8 *)(r1 +0) = 1"}, "", "processed 29 insns"},
	{"single-ids-cleared", testCase{name: "the last copy", code: "unknown\nr6 = r0\nr0 = 0\n" + strings.Repeat("r7 = 0\n", 8) + "goto a\na: goto b\nb: if r6 == 4 goto out\nr7 = r6\nout:"}, "", "R7=scalar(id=2"},
	{"widened-by-value", testCase{name: "a copy in each round", code: "unknown\nr6 = r0\nr6 &= 1\nr7 = 0\nr8 = 0\nagain: may_goto out\nr7 = r6\nr8 += 1\nif r8 > 3 goto out\ngoto again\nout: r0 = r6\nexit"},
		"", "R6=scalar(id=3,smin=smin32=0,smax=umax=smax32=umax32=1,var_off=(0x0; 0x1)) R7=scalar() R8=1"},
	{"callback-loops", testCase{name: "rounds of a callback", code: "r1 = 10\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit\ncb: r0 = 0\nexit", funcs: []string{"cb"}}, "", "SCC backedge"},
	{"pointer-ids-kept", testCase{name: "value found", code: fmt.Sprintf(lookup, 1) + "r6 = r0"}, "", "R6=map_value(id=1,map=hash,ks=4,vs=16)"},
	{"lookups-typed", testCase{name: "inner map unchecked", code: "r1 = 0\n*(u32 *)(r10 -4) = r1\nr2 = r10\nr2 += -4\nr1 = map[4] ll\ncall map_lookup_elem\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem",
		want: "R1 type=map_value_or_null expected=map_ptr"}, "R1 type=map_ptr_or_null expected=map_ptr", ""},
	{"-callback-references", testCase{name: "acquired in a callback", code: inCallback + "r1 = map[7] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nr0 = 0\nexit", funcs: []string{"cb"},
		want: "BPF_EXIT instruction in main prog would lead to reference leak"},
		"BPF_EXIT instruction in main prog would lead to reference leak", "processed 16 insns"},
	{"casts-of-references", testCase{name: "cast of an owned socket", typ: abi.PROG_TYPE_SCHED_CLS, code: "r2 = r10\nr2 += -16\n*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 0\nr3 = 12\nr4 = 0\nr5 = 0\ncall sk_lookup_tcp\n" +
		"if r0 != 0 goto has\nexit\nhas: r6 = r0\nr1 = r0\ncall tcp_sock\nr0 = *(u32 *)(r0 +0)\nr1 = r6\ncall sk_release",
		want: "R0 invalid mem access 'tcp_sock_or_null'"}, "R0 invalid mem access 'scalar'", ""},
	{"null-args-precise", testCase{name: "another number", at: "xdp", code: "r6 = 0\ncall get_prandom_u32\nif r0 == 7 goto other\nif r0 == 8 goto go\n" + strings.Repeat("r7 = 0\n", 8) + "goto go\nother: r6 = 8\n" +
		"go: r1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall csum_diff"},
		"R1 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_", ""},
	{"kfunc-results-trusted", testCase{name: "acquired task", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\ncall kfunc:bpf_task_acquire\nr0 = *(u64 *)(r0 +0)",
		want: "R0 invalid mem access 'ptr_or_null_'"}, "R0 invalid mem access 'trusted_ptr_or_null_'", ""},
	{"global-func-throws", testCase{name: "bad result", at: "cgroup_skb", code: "call f\nr0 = 0\nexit\nf: r1 = 7\ncall kfunc:bpf_throw\nr0 = 0\nexit", funcs: []string{"global"}},
		"At program exit the register R1 has smin=7 smax=7 should have been in [0, 1]", ""},
	{"args-by-register", testCase{name: "kfunc argument", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_next",
		want: "expected an initialized iter_num as arg #0"}, "expected an initialized iter_num as R1", ""},
	{"release-args-named", testCase{name: "not a reference, kfunc", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\ncall kfunc:bpf_task_release",
		want: "release kernel function bpf_task_release expects refcounted PTR_TO_BTF_ID"},
		"release kfunc bpf_task_release expects referenced PTR_TO_BTF_ID passed to arg0", ""},
	{"release-args-named", testCase{name: "not a reference", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = *(u64 *)(r1 +$__sk_buff.sk)\nr0 = 0\nif r1 != 0 goto has\nexit\nhas: call sk_release",
		want: "R1 must be referenced when passed to release function"},
		"release helper bpf_sk_release expects referenced PTR_TO_BTF_ID passed to R1", ""},
	{"deep-calls", testCase{name: "nine functions", code: deep, funcs: slices.Repeat([]string{"static"}, 9), want: "the call stack of 9 frames is too deep"}, "", ""},
	{"retval-bounded", testCase{name: "a result that is no error", typ: abi.PROG_TYPE_CGROUP_DEVICE, attach: abi.ATTACH_CGROUP_DEVICE, code: "r1 = 1\ncall set_retval\nr0 = 1\nexit"},
		"At bpf_set_retval the register R1 has smin=1 smax=1 should have been in [-4095, 0]", ""},
	{"retval-bounded", testCase{name: "an error", typ: abi.PROG_TYPE_CGROUP_DEVICE, attach: abi.ATTACH_CGROUP_DEVICE, code: "call get_retval\nr1 = r0\ncall set_retval\nr0 = 1\nexit"},
		"", "R0=scalar(smin=smin32=-4095,smax=smax32=0)"},
	{"implicit-exits", testCase{name: "packet load in a callback", typ: abi.PROG_TYPE_SCHED_CLS, code: inCallback + "r6 = r1\nr0 = *(u32 *)skb[0]\nr0 = 0\nexit", funcs: []string{"cb"},
		want: "verifier bug: callback unexpected regs 1"},
		"cannot use BPF_LD_[ABS|IND] within callback", ""},
	{"implicit-exits", testCase{name: "tail call in a callback", typ: abi.PROG_TYPE_SCHED_CLS, code: inCallback + "r2 = map[5] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit", funcs: []string{"cb"},
		want: "verifier bug: callback unexpected regs 1"}, "cannot tail call within callback", ""},
	{"tail-calls-below-callbacks", testCase{name: "tail call of a callback's function", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb", "static"},
		code: inCallback + "call f\nr0 = 0\nexit\nf: r2 = map[5] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit"}, "cannot tail call within callback", ""},
	{"null-by-zero-register", testCase{name: "compared with 0 in a register", code: "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1\nr1 = 0\nif r0 == r1 goto out\nr0 = *(u8 *)(r0 +0)\nout:",
		want: "R0 invalid mem access 'map_value_or_null'"}, "", ""},
	{"null-by-zero-register+zero-registers-precise", testCase{name: "0 that counts", code: "r6 = 0\n*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1\nif r0 == r6 goto out\nr0 = *(u8 *)(r0 +0)\nout:",
		want: "R0 invalid mem access 'map_value_or_null'"}, "", "mark_precise: frame0: regs=r6 stack= before 6"},
	{"offsets-may-wrap", testCase{name: "anywhere", code: fmt.Sprintf(lookup, 1) + "r6 = r0\n*(u32 *)(r10 -4) = 1\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1\nr7 = r0\nr8 = r7\nr8 -= r6\nr8 <<= 1\nr8 >>= 1\nr6 += r8\n" +
		"if r7 != r6 goto out\nr0 = *(u8 *)(r7 +0)\nout:"}, "R7 invalid mem access 'map_value_or_null'", ""},
	{"narrow-pointers-undecided", testCase{name: "lower half", code: "value\nif w0 != 0 goto out\nr0 = *(u8 *)(r10 +0)\nout:"}, "invalid read from stack R10 off=0 size=1", ""},
	{"sign-extensions-unlinked", testCase{name: "fills with the sign and without", code: "value\nr7 = *(u32 *)(r0 +0)\nr2 = 0x80000000 ll\nr7 &= r2\nr6 = r7\n*(u32 *)(r10 -8) = r7\nr4 = *(s32 *)(r10 -8)\nr5 = *(u32 *)(r10 -8)\n" +
		"if r5 != r2 goto out\nr4 >>= 63\nif r4 == 0 goto out\nr0 = *(u8 *)(r10 +0)\nout:"}, "invalid read from stack R10 off=0 size=1", ""},
	{"zero-spills-read", testCase{name: "somewhere in a spilled 0", code: "r0 = 0\n*(u64 *)(r10 -8) = r0\nunknown\nr0 &= 7\nr2 = r10\nr2 += -8\nr2 += r0\nr3 = *(u8 *)(r2 +0)\nif r3 == 0 goto out\nr0 = *(u8 *)(r10 +0)\nout:",
		want: "invalid read from stack R10 off=0 size=1"}, "", "mark_precise: frame0: regs= stack=-8"},
	{"zero-spills-read", testCase{name: "half spilled", code: "*(u32 *)(r10 -4) = 0\nr0 = 0\n*(u32 *)(r10 -8) = r0\nr3 = *(u64 *)(r10 -8)\nif r3 == 0 goto out\nr0 = *(u8 *)(r10 +0)\nout:",
		want: "invalid read from stack R10 off=0 size=1"}, "", ""},
	{"all-pointers-spill", testCase{name: "tracepoint buffer", typ: abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, code: "r6 = *(u64 *)(r1 +0)\n*(u64 *)(r10 -8) = r6\nr7 = *(u64 *)(r10 -8)\nr0 = 0\n*(u64 *)(r7 +0) = r0",
		want: "R7 invalid mem access 'scalar'"}, "", ""},
	{"var-off-offsets+packet-offsets-untightened", testCase{name: "eights in a packet", at: "xdp", code: "r9 = r1\ncall get_prandom_u32\nr4 = r0\nr4 &= 0x38\nif r4 > 50 goto out\nr2 = *(u32 *)(r9 +0)\nr3 = *(u32 *)(r9 +4)\nr5 = r2\nr5 += r4\nr6 = r5\nr6 += 8\n" +
		"if r5 > r3 goto out\nr0 = *(u8 *)(r6 -7)\nout:", want: "R6 offset is outside of the packet"}, "R6 max value is outside of the allowed memory range", ""},
	{"packet-args-may-move", testCase{name: "NULL", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 0\ncall f\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"global p:nonnull"}}, "Caller passes invalid args into func#1 ('f1')", ""},
	{"packet-args-may-move", testCase{name: "packet that moves", typ: abi.PROG_TYPE_SCHED_CLS, code: "r6 = r1\nr2 = *(u32 *)(r1 +76)\nr3 = *(u32 *)(r1 +80)\nr4 = r2\nr4 += 4\nif r4 > r3 goto out\ncall f\nout: r0 = 0\nexit\n" +
		"f: r2 = 0\ncall skb_pull_data\nr0 = 0\nexit", funcs: []string{"global c p"}}, "Caller passes invalid args into func#1 ('f1')", "is a packet pointer, but func#1 may change packet data"},
	{"kernel-object-args-read", testCase{name: "kernel object as memory", at: "tp_btf:task_newtask", code: "r1 = *(u64 *)(r1 +0)\nr1 += $task_struct.prio\ncall f\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"global p"}},
		"Caller passes invalid args into func#1 ('f1')", "only read is supported"},
	{"references-shared", testCase{name: "key and value of one reservation", typ: abi.PROG_TYPE_KPROBE, code: "r1 = map[7] ll\nr2 = 32\nr3 = 0\ncall ringbuf_reserve\nif r0 != 0 goto has\nexit\nhas: r6 = r0\n*(u64 *)(r6 +0) = 0\n" +
		"r1 = map[1] ll\nr2 = r6\nr3 = r6\nr3 += 8\nr4 = 0\ncall map_update_elem\nr1 = r6\nr2 = 0\ncall ringbuf_submit", want: "more than one arg with ref_obj_id R3 2 2"}, "", ""},
	{"atomics-followed", testCase{name: "offset exchanged for 0", code: "unknown\nr1 = -16\nif r0 == 7 goto other\n" + strings.Repeat("r7 = 0\n", 8) + "goto go\nother: r1 = 16\n" +
		"go: *(u64 *)(r10 -8) = r1\nr2 = 0\nr2 = atomic64_xchg((u64 *)(r10 -8), r2)\nr3 = r10\nr3 += r2\nr0 = *(u8 *)(r3 +0)"}, "invalid read from stack R3 off=16 size=1", ""},
	{"global-funcs-by-sleep", testCase{name: "called where sleeping is not allowed", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "call f\ncall kfunc:bpf_rcu_read_lock\ncall f\ncall kfunc:bpf_rcu_read_unlock\nr0 = 0\nexit\nf: r0 = 0\nexit",
		funcs: []string{"global"}}, "", "processed 10 insns"},
	{"single-ids-cleared+fills-linked", testCase{name: "filled", code: "unknown\n*(u64 *)(r10 -8) = r0\nr0 = 0\n" + strings.Repeat("r7 = 0\n", 8) + "goto a\na: goto b\nb: r1 = *(u64 *)(r10 -8)"}, "", "R1=scalar(id=2)"},
	{"whole-first", testCase{name: "above 15 or negative, and then the lower half at most 2048", code: "unknown\nr9 = (s8)r0\nif r9 < 16 goto out\nif w9 > 2048 goto out\nr0 = 0\nout:"}, "", "R9=scalar(smin=smin32=0,smax=umax=smax32=umax32=127,var_off=(0x0; 0x7f))"},
	{"whole-first", testCase{name: "at most 0 and small", code: "unknown\nr8 = r0\nw8 = w8\nr8 = -r8\nif r8 >= 31 goto out\nif r8 == 0 goto out\nr0 = *(u64 *)(r10 +0)\nout:", want: "invalid read from stack R10 off=0 size=8"}, "", ""},
	{"deep-calls+links-cut-first", testCase{name: "six links of which one is too many", code: "unknown\nr6 = r0\nr7 = r0\nif r0 != r0 goto out\nr8 = r6\nr8 = r7\nr8 = r0\nout:"}, "", "R7=scalar(id=2) R8=scalar(id=2)"},
	{"links-shown", testCase{name: "below 6, and a copy", code: "unknown\nr6 = r0\nr7 = r0\nif r6 > 5 goto out\nr8 = r7\nout:"}, "",
		"(25) if r6 > 0x5 goto pc+1         ; R6=scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=5,var_off=(0x0; 0x7)) R7=scalar(id=1,smin=smin32=0"},
	{"-cpu-numbers-bounded", testCase{name: "beyond the last CPU", code: "call get_smp_processor_id\nif r0 <= 255 goto out\nr0 = *(u64 *)(r10 +0)\nout:"}, "invalid read from stack R10 off=0 size=8", ""},
	{"-long-jumps", testCase{name: "far jump whose offset leaves the program", code: "r0 = 0\nexit\n.raw 06 00 05 00 ff ff ff ff", want: "unreachable insn 2"}, "jump out of range from insn 2 to 8", ""},
	{"-kernel-func-addresses", testCase{name: "no variable", code: ".raw 18 31 00 00 01 00 00 00\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "pseudo btf_id 1 in ldimm64 isn't KIND_VAR or KIND_FUNC"}, "pseudo btf_id 1 in ldimm64 isn't KIND_VAR.", ""},
	{"global-func-stats", testCase{name: "static and global function", code: "call f\ncall g\nr0 = 0\nexit\nf: r0 = 0\nexit\ng: r0 = 0\nexit", funcs: []string{"static", "global"}}, "", "stack depth 0+0+0 max 0\ninsns processed 6+2\n"},
	{"function-stats", testCase{name: "function called twice", code: "call f\ncall f\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"static"}}, "",
		"insns_self 4 insns_total 8 stack 0\nsubprog 1 (f1) static insns_self 4 insns_total 4 stack 0\n"},
	{"objects-derived", testCase{name: "iterator", code: "r1 = r10\nr1 += -8\nr2 = 0\nr3 = 3\ncall kfunc:bpf_iter_num_new\nr1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_destroy"}, "", "fp-8=iter_num(id=1,state=active,depth=0) refs=1"},
	{"hook-results-forgotten", testCase{name: "result of a hook", at: "lsm:bpf_lsm_file_mprotect", code: "r6 = 0\nr6 = *(u64 *)(r1 +24)\nif r6 == 0 goto out\nr0 = *(u8 *)(r10 +0)\nout:"}, "invalid read from stack R10 off=0 size=1", ""},
	{"pointers-to-pointers", testCase{name: "pointer to a pointer", at: "fentry:argv_free", code: "r2 = *(u64 *)(r1 +0)",
		want: "invalid bpf_context access off=0 size=8"}, "", ""},
	{"pointers-added-whole", testCase{name: "moved pointer to a function's stack", code: fmt.Sprintf(lookup, 1) + "r1 = 7\nr2 = 8\ncall f\nr0 = 0\nexit\nf: *(u64 *)(r10 -8) = r1\nr6 = -8\nr6 += r10\n*(u64 *)(r6 +0) = r2\nr7 = *(u64 *)(r10 -8)\nif r7 == 8 goto fine\nr0 = *(u64 *)(r10 +0)\nfine: r0 = 0\nexit", funcs: []string{"static"},
		want: "invalid read from stack R10 off=0 size=8"}, "", ""},

	{"rcu-nesting", testCase{name: "section in a section", typ: abi.PROG_TYPE_SCHED_CLS, code: "call kfunc:bpf_rcu_read_lock\ncall kfunc:bpf_rcu_read_lock\ncall kfunc:bpf_rcu_read_unlock\ncall kfunc:bpf_rcu_read_unlock",
		want: "nested rcu read lock (kernel function bpf_rcu_read_lock)"}, "", ""},
	{"file-alloc-hook-disabled", testCase{name: "file that is not set up", at: "lsm:bpf_lsm_file_alloc_security", code: "r0 = 0"}, "attach_btf_id 64578 points to disabled hook bpf_lsm_file_alloc_security", ""},
	{"indirect-jumps", testCase{name: "jump without a table", code: "r0 = 0\n.raw 0d 00 00 00 00 00 00 00\nr0 = 0", want: "unknown opcode 0d"}, "no jump tables found for subprog starting at 0", ""},
	{"kfunc-trusted-args", testCase{name: "NULL as memory", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r1 = 0\nr2 = 4\nr3 = 0\nr4 = 0\ncall kfunc:bpf_copy_from_user_str",
		want: "arg#0 arg#1 memory, len pair leads to invalid memory access"}, "Possibly NULL pointer passed to trusted arg0", ""},
	{"tracing-timers", testCase{name: "timer of a kprobe", typ: abi.PROG_TYPE_KPROBE, code: "r1 = map[8] ll", want: "tracing progs cannot use bpf_timer yet"}, "", ""},
	{"function-sessions", testCase{name: "end of a function that has none", at: "fexit:do_exit", code: "r0 = 0", want: "Attaching fexit/fmod_ret to __noreturn function 'do_exit' is rejected."},
		"Attaching fexit/fsession/fmod_ret to __noreturn function 'do_exit' is rejected.", ""},
	{"unknown-slots-in-loops", testCase{name: "7 where anything was", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "unknown\n*(u8 *)(r10 -16) = r0\n" + leakTask + "\nagain: r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_next\n" +
		"if r0 == 0 goto out\nr2 = 7\n*(u64 *)(r10 -16) = r2\ngoto again\nout: r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_destroy\nr0 = *(u8 *)(r10 -16)\nr0 = 0"}, "", "processed 25 insns"}, // 40 without
	{"arena-under-lock", testCase{name: "stream under a lock", typ: abi.PROG_TYPE_SCHED_CLS, code: fmt.Sprintf(lookup, 6) + "r1 = r0\ncall spin_lock\nr1 = 7\ncall kfunc:bpf_stream_vprintk_impl",
		want: "function calls are not allowed while holding a lock"}, "variable ? access var_off=(0x0; 0xffffffffffffffff) disallowed", ""},
	{"global-func-frames", testCase{name: "nine functions, one global", code: deep, funcs: []string{"static", "static", "static", "static", "global", "static", "static", "static", "static"}, want: "the call stack of 8 frames is too deep !"}, "", ""},
	{"syscalls-traced", testCase{name: "sleeper at a system call", at: "fentry:__x64_sys_getpgid", sleepable: true, code: "r0 = 0", want: "__x64_sys_getpgid is not sleepable"}, "", ""},
	{"sessions-named", testCase{name: "not at a function", at: "tp_btf:task_newtask", code: "call get_func_ip", want: "func bpf_get_func_ip#173 supported only for fentry/fexit/fmod_ret programs"},
		"func bpf_get_func_ip#173 supported only for fentry/fexit/fsession/fmod_ret programs", ""},
	{"branches-simulated+circular-ranges", testCase{name: "11 and up, around to 4", code: "unknown\nif r0 > -7 goto out\nr0 += 11\nif r0 == 7 goto bad\nr0 = 0\nexit\nbad: r0 = *(u64 *)(r10 +0)\nout:", want: wrong}, "", ""},
	{"tracepoints-sleep", testCase{name: "sleeper", typ: abi.PROG_TYPE_RAW_TRACEPOINT, sleepable: true, code: "r0 = 0", want: "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable"}, "", ""},
	{"var-off-offsets", testCase{name: "back to the first of the flow keys", typ: abi.PROG_TYPE_FLOW_DISSECTOR, code: flowKeys}, "invalid access to flow keys off=-8 size=1", ""},
	{"var-off-offsets+flow-keys-moved", testCase{name: "back to the first of the flow keys", typ: abi.PROG_TYPE_FLOW_DISSECTOR, code: flowKeys}, "", "R1=flow_keys(imm=8)"},
	{"arena-type-tags", testCase{name: "arena pointer for a function", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: arenaPointer + "r1 = r7\ncall f\nr0 = 0\nexit\nf: r0 = 0\nexit", funcs: []string{"global arena"},
		want: "Caller passes invalid args into func#1 ('f1')"}, "", ""},
	{"atomics-checked", testCase{name: "load-acquire from the context", code: "r1 = load_acquire((u64 *)(r1 +0))", want: "invalid bpf_context access off=0 size=8"}, "BPF_ATOMIC loads from R1 ctx is not allowed", ""},
	{"static-stack-liveness", testCase{name: "half of a 0 is read", code: halfZero, want: "old state: R0=P0 R1=0 R10=fp0 fp-8=0"}, "old state: R0=P0 R10=fp0 fp-8=0000pppp", ""},
	{"static-stack-liveness+half-zeros-kept", testCase{name: "half of a 0 is read", code: halfZero, want: "old state: R0=P0 R1=0 R10=fp0 fp-8=0"}, "old state: R0=P0 R10=fp0 fp-8=0", ""},
	{"arena-arithmetic-apart", testCase{name: "in an arena or a number", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: arenaPointer + "r6 = 1\nunknown\nr8 = r6\nif r0 == 0 goto both\nr8 = r7\nboth: r8 += 8"},
		"same insn cannot be used with and without arena pointer", ""},
	{"syscall-helpers-sleep", testCase{name: "in an RCU section", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "call kfunc:bpf_rcu_read_lock\nr1 = 1\ncall sys_close\ncall kfunc:bpf_rcu_read_unlock"},
		"sleepable helper bpf_sys_close#168 in rcu_read_lock region", ""},
	{"kfunc-args-by-prototype", testCase{name: "number as a task", at: "tp_btf:task_newtask", code: "r1 = 7\ncall kfunc:bpf_task_acquire",
		want: "arg#0 pointer type STRUCT task_struct must point to scalar, or struct with scalar"}, "R1 is scalar expected STRUCT task_struct", ""},
	{"percpu-data", testCase{name: "address of a value for each CPU", code: "r1 = map[11] + 0 ll", want: "no direct value access support for this map type"}, "", ""},
}

const (
	// arenaPointer makes r7 a pointer into an arena.
	arenaPointer = "r1 = map[9] ll\nr7 = 8192\n.raw bf 77 01 00 01 00 00 00\n"
	flowKeys     = "r1 = *(u64 *)(r1 +$__sk_buff.flow_keys)\nr1 += 8\nr0 = *(u8 *)(r1 -8)\nr0 = 0"
	halfZero     = "r1 = 0\n*(u64 *)(r10 -8) = r1\nr0 = 0\nagain: if r0 != 1 goto again\nr0 = *(u32 *)(r10 -4)\nexit"
)

// deep calls nine functions, each from the one before.
var deep = func() string {
	code := "call f1\nexit\n"
	for i := 1; i < 9; i++ {
		code += fmt.Sprintf("f%d: call f%d\nexit\n", i, i+1)
	}
	return code + "f9: r0 = 0\nexit"
}()

// inCallback begins a program whose callback cb has the context in r1.
const inCallback = "*(u64 *)(r10 -8) = r1\nr1 = 1\nr2 = func cb ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall loop\nr0 = 0\nexit\ncb: r1 = *(u64 *)(r2 +0)\n"

const leakTask = "r1 = r10\nr1 += -8\nr2 = 0\nr3 = 3\ncall kfunc:bpf_iter_num_new"

const packetEnd = "r2 = *(u32 *)(r1 +0)\nr3 = *(u32 *)(r1 +4)\n"

// featureTable has the maps and words of featureCases.
func featureTable(base *kmodel.Model) *table {
	tb := memTable
	tb.words = strings.NewReplacer("unknown", "call 5", "value", fmt.Sprintf(lookup, 0))
	outer := func(flags uint32) *object.Map {
		inner := memMaps()[0]
		inner.Flags = flags
		return &object.Map{Name: "outer", Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, ValueSize: 4, MaxEntries: 2, Inner: inner}
	}
	field := func(name string, typ object.FieldType, size uint32) *object.Map {
		return &object.Map{Name: name, Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 16, MaxEntries: 2, BTF: base.Types(),
			Record: &object.Record{Fields: []object.Field{{Type: typ, Size: size}}, Mask: typ}}
	}
	tb.maps = append(memMaps(), // 4 and on:
		outer(0),
		&object.Map{Name: "progs", Type: abi.MAP_TYPE_PROG_ARRAY, KeySize: 4, ValueSize: 4, MaxEntries: 1},
		field("locked", object.BPF_SPIN_LOCK, 4),
		&object.Map{Name: "ring", Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096},
		field("timers", object.BPF_TIMER, 16),
		&object.Map{Name: "arena", Type: abi.MAP_TYPE_ARENA, MaxEntries: 1, Flags: abi.BPF_F_MMAPABLE},
		outer(abi.BPF_F_INNER_MAP),
		&object.Map{Name: "percpu", Type: abi.MAP_TYPE_PERCPU_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 1},
	)
	return &tb
}

// TestFeatures holds every case against the model 6.18 with the feature and without.
func TestFeatures(t *testing.T) {
	base := loadModel(t)
	tb := featureTable(base)
	decides := map[string]bool{}
	for _, c := range slices.Concat(featureCases, olderFeatureCases) {
		t.Run(c.feature+"/"+c.name, func(t *testing.T) {
			on, err := kmodel.Load("6.18" + c.change())
			if err != nil {
				t.Fatal(err)
			}
			verify := func(m *kmodel.Model, want, shows string) string {
				t.Helper()
				out := verifier.Verify(t.Context(), tb.question(t, m, &c.testCase).img, m, verifier.Options{LogLevel: 2})
				r := reply{accepted: out.Verdict == verifier.Success, errno: out.Errno, message: out.Message, log: out.Log}
				if r.accepted {
					r.message = ""
				}
				(&testCase{want: want, state: shows}).check(t, m, r)
				return r.log
			}
			log := verify(base, c.want, "")
			decides[c.feature] = decides[c.feature] || c.want != c.with || !strings.Contains(log, c.shows)
			verify(on, c.with, c.shows)
		})
	}
	for feature, differs := range decides {
		if !differs {
			t.Errorf("%s decides none of its cases", feature)
		}
	}
}

// shownElsewhere are features that no program in assembly shows, with the file and the test that do.
var shownElsewhere = map[string][2]string{
	"csum-diff-folded":       {"../../machine/helper_test.go", "TestCsumDiffUnfolded"},
	"global-func-context":    {"call_test.go", "TestCallFeatures"},
	"sleepable-messages":     {"call_test.go", "TestCallFeatures"},
	"indirect-jumps-last":    {"gotox_test.go", "TestIndirectJump"},
	"kfunc-implicit-args":    {"features_other_test.go", "TestImplicitArgs"},
	"obj-drop-nmi":           {"features_other_test.go", "TestObjDropNMI"},
	"result-sizes":           {"features_other_test.go", "TestResultSizes"},
	"exceptions":             {"features_other_test.go", "TestExceptionTag"},
	"kfunc-spinlock-safe":    {"ownership_test.go", "TestOwnershipOverlays"},
	"arg-errors-kept":        {"older_test.go", "TestErrorNumbers"},
	"states-freed":           {"../paths/paths_test.go", "TestPeakOfDroppedStates"},
	"path-errors-kept":       {"../paths/paths_test.go", "TestPendingPathsAreLimited"},
	"callback-args-followed": {"../precision/calls_test.go", "TestBackOverCallsOfNewer"},
	"loop-backtracking":      {"../precision/oneframe_test.go", "TestBackAroundALoop"},
	"tracing-multi":          {"../attach/attach_test.go", "TestCheckByKernel"},
	"wide-results":           {"../attach/attach_test.go", "TestWideResults"},
	"field-records":          {"../object/record_feature_test.go", "TestFieldsByFeature"},
	"global-locks":           {"../object/record_feature_test.go", "TestFieldsByFeature"},
	"empty-sections":         {"../object/older_test.go", "TestEmptySection"},
	"decl-tags":              {"../object/older_test.go", "TestExceptionCallbackByKernel"},
	"inner-map-locks":        {"../object/map_check_test.go", "TestMapFaultsByKernel"},
	"struct-ops-links":       {"../object/map_check_test.go", "TestMapFaultsByKernel"},
	"ringbuf-overwrite":      {"../object/map_check_test.go", "TestMapFaultsByKernel"},
	"resizable-hash":         {"../object/map_check_test.go", "TestMapFaultsByKernel"},
}

// TestFeaturesShown holds that some test shows what each feature does.
func TestFeaturesShown(t *testing.T) {
	base, shown := loadModel(t).Features(), kmodel.FeatureSet{}
	changed := func(model string) {
		m, err := kmodel.Load("6.18" + model)
		if err != nil {
			t.Fatal(err)
		}
		shown = shown.Union(m.Features().Differ(base))
	}
	for _, c := range slices.Concat(featureCases, olderFeatureCases) {
		changed(c.change())
	}
	for _, row := range ownershipRows {
		for _, a := range row.changed {
			changed(a.model)
		}
	}
	for _, f := range kmodel.Features() {
		where, elsewhere := shownElsewhere[f.Name]
		switch {
		case elsewhere:
			if text, err := os.ReadFile(where[0]); err != nil || !strings.Contains(string(text), "func "+where[1]+"(") {
				t.Errorf("%s: %s has no %s (%v)", f.Name, where[0], where[1], err)
			}
		case !shown.Has(f.Feature):
			t.Errorf("no test shows %s", f.Name)
		}
	}
}
