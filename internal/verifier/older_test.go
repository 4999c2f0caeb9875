package verifier_test

import (
	"fmt"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// olderTable is judged by the rules of the generation before loops converged.
var olderTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	{name: "a counted loop", code: "r6 = 0; again: r6 += 1; if r6 < 10 goto again"},
	{name: "a loop for ever", code: "unknown; if r0 == 1 goto out; r6 = 7; again: goto again; out:", want: "infinite loop detected at insn 3"},
	{name: "recursion", code: "call f; exit; f: call f; r0 = 0; exit", funcs: []string{"static"}, want: "back-edge from insn 2 to 2"},
	{name: "a callback is walked once", code: "r1 = 7; *(u64 *)(r10 -8) = r1; " + each + callback + "r1 = *(u64 *)(r2 +0); if r1 == 7 goto first; r0 = *(u64 *)(r10 +0); first: r1 = 8; *(u64 *)(r2 +0) = r1; r0 = 0; exit", funcs: oneCallback},
	{name: "what it returns", code: each + callback + "r0 = 2; exit", funcs: oneCallback, want: "At callback return the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)"},
	{name: "what it does to the caller's stack", code: "r1 = 7; *(u64 *)(r10 -8) = r1; " + each + "r0 = *(u64 *)(r10 -8); if r0 == 8 goto out; r0 = *(u64 *)(r10 +0); out: " + callback + "r1 = 8; *(u64 *)(r2 +0) = r1; r0 = 0; exit", funcs: oneCallback},
	{name: "a number through the stack", code: "unknown; r0 &= 7; *(u64 *)(r10 -8) = r0; r1 = *(u64 *)(r10 -8); r2 = r10; r2 += r1; *(u8 *)(r2 -16) = 1"},
	{name: "half of one", code: "unknown; r0 &= 7; *(u64 *)(r10 -8) = r0; r1 = *(u32 *)(r10 -8); r2 = r10; r2 += r1; *(u8 *)(r2 -16) = 1",
		want: "invalid unbounded variable-offset write to stack R2"},
	{name: "a remainder of lower halves, of which nothing else is known", code: "r8 = 0; w8 %= w8; r8 += 2; r3 = r10; r3 += -48; r3 += r8; r9 = *(u16 *)(r3 +0)",
		want: "misaligned stack access off (0x0; 0x1ffffffff)+-48+0 size 2"},
	{name: "bits that are not set make ranges begin anew, since an update", code: "unknown; if w0 < 16 goto out; if w0 & 32 goto out; if w0 >= 16 goto out; r0 = *(u64 *)(r10 +0); out:",
		want: "invalid read from stack R10 off=0 size=8"},
	{name: "stack that was not written", code: "r0 = *(u64 *)(r10 -8)", want: "invalid read from stack R10 off=-8 size=8"},
	{name: "a number to the context", code: "*(u32 *)(r1 +8) = 0", want: "BPF_ST stores into R1 ctx is not allowed"},
	{name: "known bits of an offset", code: "r1 = 1; *(u64 *)(r10 -12) = r1", want: "misaligned stack access off (0x0; 0x0)+0+-12 size 8"},
	{name: "half of a copy learns nothing", code: "unknown; r0 &= 255; r1 = r0; *(u32 *)(r10 -8) = r0; if r0 > 7 goto out; r1 = *(u32 *)(r10 -8); r2 = r10; r2 += r1; r3 = 1; *(u8 *)(r2 -8) = r3; out:",
		want: "invalid variable-offset write to stack R2 var_off=(0x0; 0xff) size=1"},
	{name: "stack is what is used of it", code: "r1 = 0; *(u32 *)(r10 -20) = r1; r0 = *(u64 *)(r10 -32)", want: "invalid read from stack R10 off=-32 size=8", depth: "20"},
	{name: "stack of no bytes for a helper", code: "r1 = r10; r1 += -20; r2 = 0; r3 = r10; r3 += -20; r4 = 0; r5 = 0; call csum_diff; r0 = *(u64 *)(r10 +0)",
		want: "invalid read from stack R10 off=0 size=8", depth: "20"},
	{name: "a later instruction", code: "r0 = 7; r0 = bswap64 r0", want: "unknown opcode d7"},
	{name: "a later helper", code: "r1 = 0; r2 = 0; call 210", want: "invalid func unknown#210"},
}}

// What a loop costs grows as it goes on, although no state of it is remembered, and not faster.
func TestLongPath(t *testing.T) {
	m, err := kmodel.Load("6.1")
	if err != nil {
		t.Fatal(err)
	}
	tb := table{typ: abi.PROG_TYPE_KPROBE, whole: true}
	for _, tc := range []testCase{{name: "short loop", code: `
r7 = *(u16 *)(r1 +0)
again:
r7 += 0x1ab064b9
if r7 & 0x702000 goto again
r7 &= 0x1ee60e
r7 += r1
if r7 s> 0x37d2 goto next
next:
r0 = 0
exit`}, {name: "two values in turn", code: `
r7 = *(u16 *)(r1 +0)
r8 = *(u16 *)(r1 +8)
again:
r7 += 0x1ab064b9
r8 += 0x1ab064b9
if r7 & 0x702000 goto again
r7 &= 0x1ee60e
r7 += r1
r8 &= 0x1ee60e
r8 += r1
if r7 s> 0x37d2 goto next
next:
r0 = 0
exit`}} {
		q := tb.question(t, m, &tc)
		out := verifier.Verify(t.Context(), q.img, m, verifier.Options{Memory: state.NewBudget(64 << 20)})
		if want := "BPF program is too large. Processed 1000001 insn"; out.Message != want {
			t.Errorf("%s: %q, want %q", tc.name, out.Message, want)
		}
	}
}

// What generated programs found of 6.12.
func TestLinux612(t *testing.T) {
	m, err := kmodel.Load("6.12")
	if err != nil {
		t.Fatal(err)
	}
	tb := pruneTable
	tb.cases = []testCase{
		{name: "an argument that may be NULL", at: "tp_btf:kfree_skb", code: "r2 = *(u64 *)(r1 +24); r1 = r10; r1 += -16; call 16",
			want: "R2 type=trusted_ptr_or_null_ expected=scalar"},
		{name: "the last reference takes the place of one that is released", code: reserve + "if r0 == 0 goto none; r6 = r0; " + reserve + "if r0 == 0 goto none; " +
			reserve + "if r0 == 0 goto none; r1 = r6; r2 = 0; call ringbuf_discard; none:",
			want: "Unreleased reference id=4 alloc_insn=11", says: []string{"Unreleased reference id=6 alloc_insn=17", "Unreleased reference id=4"}},
	}
	tb.runOn(t, m)
}

// What generated programs found of 5.10.
func TestLinux510(t *testing.T) {
	m, err := kmodel.Load("5.10")
	if err != nil {
		t.Fatal(err)
	}
	tb := olderTable
	tb.cases = []testCase{
		{name: "only additions are atomic, which is seen before the walk", code: "r0 = *(u64 *)(r10 -8); r0 = atomic_fetch_add((u64 *)(r10 -8), r0)", want: "BPF_STX uses reserved fields"},
		{name: "of less than 4 bytes", code: "r2 = 1; *(u64 *)(r10 -8) = 0; lock *(u8 *)(r10 -8) += r2", want: "BPF_XADD uses reserved fields"},
		{name: "a buffer that is not called by what may be done with it", typ: abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, code: "r1 = *(u64 *)(r1 +0); r1 += 536870912",
			want: "math between tp_buffer pointer and 536870912 is not allowed"},
		{name: "an addition", code: "r2 = 1; *(u64 *)(r10 -8) = 0; lock *(u64 *)(r10 -8) += r2"},
	}
	tb.runOn(t, m)
}

// Older kernels refuse some programs with other error numbers.
func TestErrorNumbers(t *testing.T) {
	lock := &object.Record{Fields: []object.Field{{Type: object.BPF_SPIN_LOCK, Size: 4}}, Mask: object.BPF_SPIN_LOCK}
	for _, c := range []struct {
		testCase
		errnos map[string]abi.Errno
	}{
		{testCase{name: "unlock", code: fmt.Sprintf(lookup, 0) + "r1 = r0\ncall spin_unlock", want: "bpf_spin_unlock without taking a lock"},
			map[string]abi.Errno{"5.10": abi.EACCES, "6.1": abi.EACCES, "6.12": abi.EINVAL}},
		{testCase{name: "context moved for a function", code: "r1 += 8\ncall f\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global c"}, want: "Caller passes invalid args into func#1"},
			map[string]abi.Errno{"5.10": abi.EINVAL, "6.1": abi.EACCES}},
	} {
		for kernel, errno := range c.errnos {
			m, err := kmodel.Load(kernel)
			if err != nil {
				t.Fatal(err)
			}
			tb := table{typ: abi.PROG_TYPE_SCHED_CLS, cases: []testCase{c.testCase},
				maps: []*object.Map{{Name: "locked", Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 16, MaxEntries: 2, BTF: m.Types(), Record: lock}}}
			tb.cases[0].name += ", " + kernel
			tb.cases[0].errno = errno
			tb.runOn(t, m)
		}
	}
}

func TestOlderGeneration(t *testing.T) {
	m, err := kmodel.Load("6.1")
	if err != nil {
		t.Fatal(err)
	}
	olderTable.runOn(t, m)
}
