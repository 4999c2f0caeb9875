package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// memMaps have values of 16 bytes in an array, in a hash, in an
// array programs can't write and in one they can't read.
func memMaps() []*object.Map {
	maps := []*object.Map{
		{Name: "array", Type: abi.MAP_TYPE_ARRAY, MaxEntries: 2},
		{Name: "hash", Type: abi.MAP_TYPE_HASH, MaxEntries: 2},
		{Name: "rdonly", Type: abi.MAP_TYPE_ARRAY, MaxEntries: 1, Flags: abi.BPF_F_RDONLY_PROG},
		{Name: "wronly", Type: abi.MAP_TYPE_ARRAY, MaxEntries: 1, Flags: abi.BPF_F_WRONLY_PROG},
	}
	for _, m := range maps {
		m.KeySize, m.ValueSize = 4, 16
	}
	return maps
}

const lookup = "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[%d] ll\ncall 1\nif r0 != 0 goto found\nexit\nfound:\n"

var memTable = table{maps: memMaps(), cases: memCases, words: strings.NewReplacer(
	"unknown", "call 5",
	"value", fmt.Sprintf(lookup, 0),
	"rdonly", fmt.Sprintf(lookup, 2),
	"wronly", fmt.Sprintf(lookup, 3),
)}

var memCases = []testCase{
	// Stack
	{name: "below stack", code: "r0 = *(u64 *)(r10 -520)", want: "invalid read from stack R10 off=-520 size=8"},
	{name: "above stack", code: "*(u64 *)(r10 +0) = 1", want: "invalid write to stack R10 off=0 size=8"},
	{name: "half above", code: "*(u64 *)(r10 -4) = 1", want: "misaligned stack access off 0+0+-4 size 8"},
	{name: "narrow spill", code: "*(u32 *)(r10 -8) = r1", want: "invalid size of register spill"},
	{name: "narrow fill", code: "*(u64 *)(r10 -8) = r1\nr0 = *(u32 *)(r10 -8)", want: "invalid size of register fill"},
	{name: "variable write above", code: "unknown\nr0 &= 7\nr1 = r10\nr1 += r0\n*(u8 *)(r1 -4) = 0",
		want: "invalid variable-offset write to stack R1 var_off=(0x0; 0x7) off=-4 size=1"},
	{name: "variable read below", code: "unknown\nr0 &= 7\nr1 = r10\nr1 += r0\nr0 = *(u8 *)(r1 -520)",
		want: "invalid variable-offset read from stack R1 var_off=(0x0; 0x7) off=-520 size=1"},
	{name: "variable misaligned", code: "unknown\nr0 &= 7\nr1 = r10\nr1 += r0\nr0 = *(u32 *)(r1 -16)",
		want: "misaligned stack access off (0x0; 0x7)+0+-16 size 4"},
	{name: "spilled half overwritten", code: "r6 = r1\nunknown\nr0 &= 7\nr2 = r10\nr2 += r0\n*(u64 *)(r10 -8) = r6\n*(u8 *)(r2 -8) = 0\nr0 = *(u64 *)(r10 -8)", state: "R0=scalar() R10=fp0 fp-8=mmmmmmmm"},
	{name: "spill and fill", code: "unknown\nr0 &= 255\n*(u64 *)(r10 -8) = r0\nr3 = *(u64 *)(r10 -8)\nr0 = r3\nexit",
		state: "R0=scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)) R3=scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"},
	{name: "narrow scalar spill", code: "unknown\n*(u32 *)(r10 -8) = r0\nr3 = *(u32 *)(r10 -8)\nexit",
		state: "R3=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)) R10=fp0 fp-8=????scalar()"},
	{name: "upper half of zero", code: "*(u64 *)(r10 -8) = 0\nr0 = *(u32 *)(r10 -4)\nr2 = r0\nr0 = 0\nexit", state: "R0=0"},
	{name: "zero bytes", code: "r3 = 0\n*(u8 *)(r10 -1) = r3\n*(u8 *)(r10 -2) = r3\nr0 = *(u16 *)(r10 -2)\nr2 = r0\nr0 = 0\nexit", state: "R0=0"},
	{name: "helper below", code: "r2 = r10\nr2 += -516\nr1 = map[0] ll\ncall 1", want: "invalid read from stack R2 off=-516 size=4"},
	{name: "helper above", code: "r2 = r10\nr2 += -2\nr1 = map[0] ll\ncall 1", want: "invalid read from stack R2 off=-2 size=4"},

	// Map values, packets, other memory
	{name: "value end", code: "value\nr0 = *(u64 *)(r0 +12)", want: "R0 min value is outside of the allowed memory range"},
	{name: "value variable end", code: "value\nr6 = r0\nunknown\nr0 &= 15\nr6 += r0\nr0 = *(u16 *)(r6 +0)", want: "R6 max value is outside of the allowed memory range"},
	{name: "value unbounded", code: "value\nr6 = r0\nunknown\nr0 <<= 32\nr0 >>= 32\nr6 += r0\nr0 = *(u8 *)(r6 +0)",
		want: "R6 unbounded memory access, make sure to bounds check any such access"},
	{name: "value negative", code: "value\nr6 = r0\nunknown\nif r0 s> 7 goto out\nif r0 s< -1 goto out\nr6 += r0\nr1 = *(u8 *)(r6 +0)\nout: r0 = 0\nexit",
		want: "R6 min value is negative, either use unsigned index or do a if (index >=0) check."},
	{name: "maybe null", code: "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1\nr0 = *(u8 *)(r0 +0)", want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "scalar", code: "r2 = 8\nr0 = *(u8 *)(r2 +0)", want: "R2 invalid mem access 'scalar'"},
	{name: "read-only map", code: "rdonly\n*(u64 *)(r0 +8) = 0", want: "write into map forbidden, value_size=16 off=8 size=8"},
	{name: "write-only map", code: "wronly\nr0 = *(u64 *)(r0 +8)", want: "read from map forbidden, value_size=16 off=8 size=8"},
	{name: "packet unchecked", at: "xdp", code: "r2 = *(u32 *)(r1 +0)\nr0 = *(u8 *)(r2 +0)", want: "R2 offset is outside of the packet"},
	{name: "packet write refused", at: "cgroup_skb", code: "r2 = *(u32 *)(r1 +76)\n*(u8 *)(r2 +0) = 1", want: "cannot write into packet"},
	{name: "packet end", at: "xdp", code: "r3 = *(u32 *)(r1 +4)\nr0 = *(u8 *)(r3 +0)", want: "R3 invalid mem access 'pkt_end'"},
	{name: "sock field", at: "cgroup_skb", code: "r2 = *(u64 *)(r1 +168)\nif r2 != 0 goto sk\nr0 = 0\nexit\nsk: r0 = *(u32 *)(r2 +8)", want: "R2 invalid sock_common access off=8 size=4"},
	{name: "sock write", at: "cgroup_skb", code: "r2 = *(u64 *)(r1 +168)\nif r2 != 0 goto sk\nr0 = 0\nexit\nsk: *(u32 *)(r2 +4) = 0", want: "R2 cannot write into sock_common"},
	{name: "map struct", code: "r2 = map[0] ll\nr0 = *(u32 *)(r2 +10000)", want: "access beyond struct bpf_array at off 10000 size 4"},
	{name: "map struct write", code: "r2 = map[0] ll\n*(u32 *)(r2 +0) = 0", want: "only read from bpf_array is supported"},

	// Context
	{name: "ctx beyond", code: "r0 = *(u32 *)(r1 +9999)", want: "invalid bpf_context access off=9999 size=4"},
	{name: "ctx moved", code: "r1 += 4\nr0 = *(u32 *)(r1 +0)", want: "dereference of modified ctx ptr R1 off=4 disallowed"},
	{name: "ctx before", code: "r1 += -4\nr0 = *(u32 *)(r1 +0)", want: "negative offset ctx ptr R1 off=-4 disallowed"},
	{name: "ctx written", code: "*(u32 *)(r1 +0) = 0", want: "invalid bpf_context access off=0 size=4"},
	{name: "before the context of a tracepoint", typ: abi.PROG_TYPE_TRACEPOINT, code: "r0 = *(u64 *)(r1 -8)\nr0 = *(u32 *)(r1 -32768)\nr0 = 0\nexit", state: "R0=0"},
	{name: "written before the context of a tracepoint", typ: abi.PROG_TYPE_TRACEPOINT, code: "*(u64 *)(r1 -8) = 0", want: "invalid bpf_context access off=-8 size=8"},
	{name: "unaligned before the context of a tracepoint", typ: abi.PROG_TYPE_TRACEPOINT, code: "r0 = *(u32 *)(r1 -6)", want: "invalid bpf_context access off=-6 size=4"},
	{name: "before the context of a kprobe", typ: abi.PROG_TYPE_KPROBE, code: "r0 = *(u64 *)(r1 -8)", want: "invalid bpf_context access off=-8 size=8"},
	{name: "two pointers", code: "r6 = r1\nunknown\nr2 = r10\n*(u64 *)(r10 -8) = 0\nr2 += -8\nif r0 == 0 goto same\nr2 = r6\nsame: r0 = *(u32 *)(r2 +0)\nr0 = 0\nexit",
		want: "same insn cannot be used with different pointers"},

	// Atomics and legacy loads
	{name: "atomic ctx", code: "r2 = 1\nlock *(u32 *)(r1 +0) += r2", want: "BPF_ATOMIC stores into R1 ctx is not allowed"},
	{name: "atomic size", code: "r2 = 1\n*(u64 *)(r10 -8) = 0\nlock *(u8 *)(r10 -8) += r2", want: "invalid atomic operand size"},
	{name: "atomic opcode", code: "r2 = 1\n*(u64 *)(r10 -8) = 0\n.raw db 2a f8 ff 20 00 00 00", want: "BPF_ATOMIC uses invalid atomic opcode 20"},
	{name: "atomic misaligned", code: "value\nr2 = 1\nlock *(u64 *)(r0 +4) += r2", want: "misaligned value access off 0+0+4 size 8"},
	{name: "load_acquire ctx", code: "r0 = load_acquire((u32 *)(r1 +0))", want: "BPF_ATOMIC loads from R1 ctx is not allowed"},
	{name: "store_release packet", at: "xdp", code: "r2 = *(u32 *)(r1 +0)\nr3 = *(u32 *)(r1 +4)\nr4 = r2\nr4 += 8\nif r4 > r3 goto out\nr0 = 0\nstore_release((u8 *)(r2 +0), r0)\nout: r0 = 0\nexit",
		want: "BPF_ATOMIC stores into R2 pkt is not allowed"},
	{name: "fetch pointer", code: "*(u64 *)(r10 -8) = r1\nr2 = 1\nr2 = atomic64_fetch_add((u64 *)(r10 -8), r2)\nr0 = 0", state: "R2=ctx() R10=fp0 fp-8=mmmmmmmm"},
	{name: "ld_abs without skb", code: "r6 = 1\nr0 = *(u8 *)skb[0]", want: "at the time of BPF_LD_ABS|IND R6 != pointer to skb"},
	{name: "ld_abs elsewhere", at: "xdp", code: "r6 = r1\nr0 = *(u8 *)skb[0]", want: "BPF_LD_[ABS|IND] instructions not allowed for this program type"},
	{name: "ld_abs scratches", code: "r6 = r1\nr1 = 1\nr0 = *(u8 *)skb[0]\nr0 = r1", want: "R1 !read_ok"},

	// Typed pointers
	{name: "no such argument", at: "fentry:bpf_fentry_test1", code: "r0 = *(u64 *)(r1 +8)", want: "invalid bpf_context access off=8 size=8"},
	{name: "unaligned argument", at: "fentry:bpf_fentry_test1", code: "r0 = *(u32 *)(r1 +4)", want: "invalid bpf_context access off=4 size=4"},
	{name: "argument written", at: "fentry:bpf_fentry_test1", code: "*(u64 *)(r1 +0) = 0", want: "invalid bpf_context access off=0 size=8"},
	{name: "return value", at: "fexit:bpf_fentry_test1", code: "r0 = *(u64 *)(r1 +8)\nr2 = r0\nr0 = 0\nexit", state: "R0=0"},
	{name: "half a pointer", at: "tp_btf:sched_switch", code: "r0 = *(u32 *)(r1 +8)", want: "invalid bpf_context access off=8 size=4"},
	{name: "beyond task", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\nr0 = *(u64 *)(r2 +32000)", want: "access beyond struct task_struct at off 32000 size 8"},
	{name: "before task", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\nr0 = *(u64 *)(r2 -8)", want: "R2 is ptr_task_struct invalid negative access: off=-8"},
	{name: "task written", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\n*(u64 *)(r2 +0) = 0", want: "only read is supported"},
	{name: "part of task pointer", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\nr0 = *(u32 *)(r2 +$task_struct.real_parent)",
		want: "cannot access ptr member real_parent with moff $task_struct.real_parent in struct task_struct with off $task_struct.real_parent size 4"},
	{name: "parent", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\nr3 = *(u64 *)(r2 +$task_struct.real_parent)\nr0 = 0\nexit",
		state: "R2=trusted_ptr_task_struct() R3=rcu_ptr_task_struct()"},
	{name: "untrusted walk", at: "tp_btf:sched_switch", code: "r2 = *(u64 *)(r1 +8)\nr2 = *(u64 *)(r2 +$task_struct.last_wakee)\nr3 = *(u64 *)(r2 +$task_struct.last_wakee)\nr0 = 0\nexit",
		state: "R2=ptr_task_struct() R3=ptr_task_struct()"},
	{name: "lsm result", at: "lsm:bpf_lsm_file_open", code: "r2 = *(u64 *)(r1 +8)\nr0 = 0\nexit", state: "R0=0"},
	{name: "iterator", at: "iter:bpf_iter_task", code: "r2 = *(u64 *)(r1 +8)\nr0 = *(u64 *)(r2 +0)", want: "R2 invalid mem access 'trusted_ptr_or_null_'"},
	{name: "iterator buffer", at: "iter:bpf_iter_bpf_map_elem", code: "r2 = *(u64 *)(r1 +16)\nr0 = *(u64 *)(r2 +0)", want: "R2 invalid mem access 'rdonly_buf_or_null'"},
	{name: "iterator buffer write", at: "iter:bpf_iter_bpf_map_elem", code: "r2 = *(u64 *)(r1 +16)\nif r2 == 0 goto out\n*(u64 *)(r2 +0) = 0\nout: r0 = 0\nexit", want: "R2 cannot write into rdonly_buf"},
	{name: "iterator buffer before", at: "iter:bpf_iter_bpf_map_elem", code: "r2 = *(u64 *)(r1 +24)\nif r2 == 0 goto out\nr3 = *(u64 *)(r2 -8)\nout: r0 = 0\nexit",
		want: "R2 invalid rdwr buffer access: off=-8, size=8"},
}

func TestMem(t *testing.T) { memTable.run(t) }

// TestMovedFlowKeys: 7.1 forgot that a pointer to flow keys may have been moved.
func TestMovedFlowKeys(t *testing.T) {
	c := testCase{typ: abi.PROG_TYPE_FLOW_DISSECTOR, code: "r1 = *(u64 *)(r1 +144)\nr1 += -4\nr0 = *(u32 *)(r1 +0)\nr0 = 0\nexit"}
	refused := "invalid access to flow keys off=-4 size=4"
	for kernel, want := range map[string]string{"6.18": refused, "7.1": "", "7.2": refused, "7.3": refused} {
		m, err := kmodel.Load(kernel)
		if err != nil {
			t.Fatal(err)
		}
		if out := verifier.Verify(t.Context(), memTable.question(t, m, &c).img, m, verifier.Options{}); out.Message != want {
			t.Errorf("%s: %q, want %q", kernel, out.Message, want)
		}
	}
}
