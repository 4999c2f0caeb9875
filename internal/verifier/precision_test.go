package verifier_test

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// In the tables of what walks cost, instructions lie on one line, and these words stand for some:
//
//	unknown     a call whose result, in r0, is any number
//	index       the same, 0 to 7
//	array       a pointer to a value of 16 bytes of the array, in r0
//	checkpoint  enough instructions and jumps for the next one's state to be remembered
//	iter_new    a new iterator over ten numbers at r10-8; iter_next takes its next, iter_destroy ends it
var pathWords = strings.NewReplacer(
	"; ", "\n",
	"unknown", "call get_prandom_u32",
	"index", "call get_prandom_u32\nr0 &= 7",
	"array", zeroKey+"r1 = map[0] ll\ncall map_lookup_elem\nif r0 != 0 goto pc+1\nexit",
	"checkpoint", "r5 = 0\nr5 = 0\nr5 = 0\nr5 = 0\nr5 = 0\nr5 = 0\ngoto pc+0\ngoto pc+0",
	"iter_new", "r1 = r10\nr1 += -8\nr2 = 0\nr3 = 10\ncall kfunc:bpf_iter_num_new",
	"iter_next", "r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_next",
	"iter_destroy", "r1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_destroy",
)

// precisionTable has programs in which a decision rests on a number: a jump that can go one way only, an offset
// into the stack, a size, a program's result. The number's origin is looked for backwards.
var precisionTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	// What instructions make of the search
	{name: "a constant ends it", code: "r6 = 5; if r6 == 5 goto pc+0", cost: "4/0/0", back: "0:r6"},
	{name: "a copy leads to its source", code: "r6 = 5; r7 = r6; if r7 == 5 goto pc+0", cost: "5/0/0", back: "1:r7 0:r6"},
	{name: "half a copy, too", code: "r6 = 5; w7 = w6; if r7 == 5 goto pc+0", cost: "5/0/0", back: "1:r7 0:r6"},
	{name: "a copy with its sign, too", code: "r6 = 5; r7 = (s8)r6; if r7 == 5 goto pc+0", cost: "5/0/0", back: "1:r7 0:r6"},
	{name: "a sum needs both", code: "r6 = 5; r7 = 1; r6 += r7; if r6 == 6 goto pc+0", cost: "6/0/0", back: "2:r6 1:r6,r7 0:r6"},
	{name: "a sum with a constant needs one", code: "r6 = 5; r6 += 1; if r6 == 6 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "a product with itself needs itself", code: "r6 = 5; r6 *= r6; if r6 == 25 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "a negation keeps its register", code: "r6 = 5; r6 = -r6; if r6 == -5 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "a change of byte order keeps its register", code: "r6 = 5; r6 = bswap16 r6; if r6 == 1280 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "other registers do not matter", code: "r6 = 5; r7 = 6; r7 += r7; r8 = r7; if r6 == 5 goto pc+0", cost: "7/0/0", back: "3:r6 2:r6 1:r6 0:r6"},
	{name: "a 64-bit constant ends it", code: "r6 = 7 ll; if r6 == 7 goto pc+0", cost: "4/0/0", back: "0:r6"},
	{name: "the frame pointer is no number", code: "r6 = r10; r6 -= r10; r6 &= 7; r7 = r10; r7 += r6", cost: "7/0/0", back: "3:r6 2:r6 1:r6 0:r6"},
	{name: "a helper's result ends it", code: "index; r7 = r10; r7 += r0", cost: "6/0/0", back: "2:r0 1:r0 0:r0"},
	{name: "what was loaded ends it", code: "r6 = *(u32 *)(r1 +0); r6 &= 7; r7 = r10; r7 += r6", cost: "6/0/0", back: "2:r6 1:r6 0:r6"},
	{name: "a legacy load can't be followed", code: "r6 = r1; r7 = 3; checkpoint; r0 = *(u8 *)skb[0]; r0 &= 7; r8 = r10; r8 += r0; r0 = r7", cost: "17/1/1", back: "12:r0 11:r0 10:r0 all",
		says: []string{"mark_precise: frame0: falling back to forcing all scalars precise", "force_precise: frame0: forcing r7 to be precise"}},
	{name: "a store through what becomes a number can't be followed", code: "r6 = r10; *(u64 *)(r6 -8) = 1; r6 -= r10; r6 &= 7; r7 = r10; r7 += r6", cost: "8/0/0", back: "4:r6 3:r6 2:r6 1:r6 all"},
	{name: "a register that is kept over a helper", code: "r6 = 5; unknown; if r6 == 5 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "a register that is kept over a kfunc", code: "r6 = 5; call kfunc:bpf_rcu_read_lock; call kfunc:bpf_rcu_read_unlock; if r6 == 5 goto pc+0", cost: "6/0/0", back: "2:r6 1:r6 0:r6"},
	{name: "a jump without condition passes it on", code: "r6 = 5; goto pc+0; if r6 == 5 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6"},
	{name: "may_goto passes it on", code: "r6 = 5; may_goto out; out: if r6 == 5 goto pc+0", cost: "8/1/1", back: "1:r6 parent:r6 0:r6 1:r6 parent:"},

	// Conditions
	{name: "a comparison of two known numbers needs both", code: "r6 = 5; r7 = 6; if r6 < r7 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6 1:r7"},
	{name: "of two halves, too", code: "r6 = 5; r7 = 6; if w6 < w7 goto pc+0", cost: "5/0/0", back: "1:r6 0:r6 1:r7"},
	{name: "a register with itself", code: "r6 = 5; if r6 == r6 goto pc+0", cost: "4/0/0", back: "0:r6 0:r6"},
	{name: "a jump that may go both ways needs nothing", code: "unknown; if r0 == 5 goto pc+0", cost: "6/0/0"},
	{name: "what was compared with a number that matters matters", code: "index; r6 = r0; index; if r6 > r0 goto out; r7 = r10; r7 += r6; out:", cost: "11/1/1", back: "6:r6 5:r6 4:r0,r6 3:r0,r6 2:r6 1:r0 0:r0"},
	{name: "a constant it was compared with does not", code: "index; r6 = r0; if r6 > 3 goto out; r7 = r10; r7 += r6; out:", cost: "10/1/1", back: "4:r6 3:r6 2:r6 1:r0 0:r0"},
	{name: "comparing with the stack's address looks for no number", code: "index; r6 = r0; r7 = r10; if r6 == r7 goto out; r7 += r6; out:", cost: "10/1/1", back: "4:r6 3:r6 2:r6 1:r0 0:r0"},

	// The stack
	{name: "a fill leads to the slot, a spill to the register", code: "r6 = 5; *(u64 *)(r10 -8) = r6; r7 = *(u64 *)(r10 -8); if r7 == 5 goto pc+0", cost: "6/0/0", back: "2:r7 1:-8 0:r6"},
	{name: "a constant stored ends it", code: "*(u64 *)(r10 -8) = 5; r7 = *(u64 *)(r10 -8); if r7 == 5 goto pc+0", cost: "5/0/0", back: "1:r7 0:-8"},
	{name: "a fill of half a slot", code: "r6 = 5; *(u64 *)(r10 -8) = r6; r7 = *(u32 *)(r10 -8); if r7 == 5 goto pc+0", cost: "6/0/0", back: "2:r7 1:-8 0:r6"},
	{name: "half a slot spilled", code: "r6 = 5; *(u32 *)(r10 -8) = r6; r7 = *(u32 *)(r10 -8); if r7 == 5 goto pc+0", cost: "6/0/0", back: "2:r7 1:-8 0:r6"},
	{name: "another slot does not matter", code: "r6 = 5; r8 = 6; *(u64 *)(r10 -8) = r6; *(u64 *)(r10 -16) = r8; r7 = *(u64 *)(r10 -8); if r7 == 5 goto pc+0", cost: "8/0/0", back: "4:r7 3:-8 2:-8 1:r6 0:r6"},
	{name: "through a copy of the frame pointer", code: "r6 = 5; r2 = r10; r2 += -16; *(u64 *)(r2 +0) = r6; r7 = *(u64 *)(r10 -16); if r7 == 5 goto pc+0", cost: "8/0/0", back: "4:r7 3:-16 2:r6 1:r6 0:r6"},
	{name: "filled twice, spilled once", code: "r6 = 5; *(u64 *)(r10 -8) = r6; r7 = *(u64 *)(r10 -8); r8 = *(u64 *)(r10 -8); if r7 == r8 goto pc+0", cost: "7/0/0", back: "3:r7 2:r7 1:-8 0:r6 3:r8 2:-8 1:-8 0:r6"},
	{name: "a zero read from cleared bytes", code: "*(u64 *)(r10 -8) = 0; r7 = *(u8 *)(r10 -3); if r7 == 0 goto pc+0", cost: "5/0/0", back: "1:r7 0:-8"},
	{name: "load_acquire is a load", code: "r6 = 5; *(u64 *)(r10 -8) = r6; r7 = load_acquire((u64 *)(r10 -8)); if r7 == 5 goto pc+0", cost: "6/0/0", back: "2:r7 1:-8 0:r6"},
	{name: "store_release is a store", code: "r6 = 5; store_release((u64 *)(r10 -8), r6); r7 = *(u64 *)(r10 -8); if r7 == 5 goto pc+0", cost: "6/0/0", back: "2:r7 1:-8 0:r6"},
	{name: "what an atomic exchange gives is not followed to the stack", code: "r6 = 5; *(u64 *)(r10 -8) = 3; r6 = atomic64_xchg((u64 *)(r10 -8), r6); r6 &= 7; r7 = r10; r7 += r6", cost: "8/0/0", back: "4:r6 3:r6 2:r6 1:r6 0:r6"},

	// Who asks
	{name: "an offset into the stack", code: "index; r6 = r10; r6 += r0", cost: "6/0/0", back: "2:r0 1:r0 0:r0"},
	{name: "an offset into a map value", code: "array; r6 = r0; index; r6 += r0; r0 = *(u8 *)(r6 +0)", cost: "13/1/1", back: "10:r0 parent:r0 9:r0"},
	{name: "a helper's size", code: "r6 = 8; r2 = 0; r3 = r10; r3 += -8; r4 = r6; call skb_load_bytes", cost: "8/0/0", back: "4:r4 3:r6 2:r6 1:r6 0:r6"},
	{name: "a size that varies", code: "r6 = r1; index; r1 = r6; r2 = 0; *(u64 *)(r10 -8) = 0; r3 = r10; r3 += -8; r4 = r0; r4 += 1; call skb_load_bytes", cost: "13/1/1", back: "9:r4 8:r4 7:r0 6:r0 5:r0 4:r0 3:r0 2:r0 1:r0"},
	{name: "a constant that is an allocation's size", code: "r2 = 8; r1 = map[3] ll; r3 = 0; call ringbuf_reserve; if r0 == 0 goto out; r1 = r0; r2 = 0; call ringbuf_discard; out:", cost: "11/1/1", back: "3:r2 1:r2 0:r2"},
	{name: "a kfunc's size", code: "r2 = 0; r3 = r10; r3 += -24; call kfunc:bpf_dynptr_from_skb; r1 = r10; r1 += -24; r2 = 0; r3 = r10; r3 += -8; r4 = 8; call kfunc:bpf_dynptr_slice", cost: "13/1/1", back: "9:r4 9:r4"},
	{name: "a key that is known to be in an array", code: "r6 = 1; *(u32 *)(r10 -8) = r6; r2 = r10; r2 += -8; r1 = map[0] ll; call map_lookup_elem", cost: "8/0/0", back: "4:-8 3:-8 2:-8 1:-8 0:r6"},
	{name: "the index of a tail call", code: "r3 = 1; r2 = map[2] ll; call tail_call", cost: "5/0/0", back: "1:r3 0:r3"},
	{name: "a slot of the caller, through a tail call that ends the function", funcs: []string{"static v"}, code: "r6 = r1; *(u64 *)(r10 -8) = -8; r1 = r6; r2 = r10; r2 += -8; call f; r1 = *(u64 *)(r10 -8); r2 = r10; r2 += r1; " +
		"r0 = *(u8 *)(r2 +0); r0 = 0; exit; f: r6 = r2; r2 = map[2] ll; r3 = 0; call tail_call; *(u64 *)(r6 +0) = -8; r0 = 0; exit", back: "frame1/15:r3 7:r1 6:r1 parent:-8 16:-8 frame1/15: frame1/13: frame1/12: frame1/5: 4:-8 3:-8 2:-8 1:-8 19:-8 frame1/18: frame1/17:"},
	{name: "a result that has a range", typ: abi.PROG_TYPE_CGROUP_SKB, code: "r6 = 1; r0 = r6; exit", cost: "3/0/0", back: "1:r0 0:r6"},
	{name: "a result that has none", code: "r6 = 1; r0 = r6; exit", cost: "3/0/0"},
	{name: "how often a callback runs", funcs: []string{"cb"}, code: "r6 = 2; r1 = r6; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r0 = 0; exit; cb: r0 = 0; exit", cost: "11/1/1", back: "parent:r4 5:r4 parent:r1 5:r1 4:r1 2:r1 1:r1 0:r6 frame1/9:r0 10:r1,r4"},

	// Linked registers
	{name: "copies are narrowed together", code: "unknown; r6 = r0; if r0 > 7 goto out; r7 = r10; r7 += r6; out:", cost: "9/1/1", back: "3:r6 2:r6 1:r0,r6 0:r0"},
	{name: "a sum is narrowed with what it is a sum of", code: "unknown; r6 = r0; r6 += 1; if r0 > 7 goto out; r7 = r10; r7 += r6; out:", cost: "10/1/1", back: "4:r6 3:r6 2:r0,r6 1:r0,r6 0:r0"},
	{name: "a spilled copy is narrowed, too", code: "unknown; *(u64 *)(r10 -8) = r0; if r0 > 7 goto out; r6 = *(u64 *)(r10 -8); r7 = r10; r7 += r6; out:", cost: "10/1/1", back: "4:r6 3:r6 2:-8 1:r0,-8 0:r0"},
	{name: "a copy that nobody reads is not linked", code: "unknown; r6 = r0; r8 = r0; if r0 > 7 goto out; r7 = r10; r7 += r6; out:", cost: "10/1/1", back: "4:r6 3:r6 2:r0,r6 1:r0,r6 0:r0"},
	{name: "both sides of a comparison have links", code: "unknown; r6 = r0; unknown; r8 = r0; if r0 > 7 goto out; if r6 > r0 goto out; r7 = r10; r7 += r6; r7 += r8; out:", cost: "13/1/1", back: "6:r6 5:r6 4:r0,r6,r8 3:r0,r6,r8 2:r0,r6 1:r6 0:r0 7:r8 6:r8 5:r8 4:r0,r6,r8 3:r0,r6,r8 2:r0,r6 1:r6 0:r0"},
	{name: "a copy in a caller's frame is linked", code: "unknown; r6 = r0; r1 = r0; call f; if r0 != 0 goto out; r7 = r10; r7 += r6; out: r0 = 0; exit; f: if r1 > 7 goto big; r0 = 0; exit; big: r0 = 1; exit", cost: "17/2/2", back: "parent:r0 11:r0 frame1/10:r0 5:r6 4:r6 parent:r6 11:r6 frame1/10: frame1/9: frame1/3:r1 2:r1,r6 1:r0,r6 0:r0 13:r0 frame1/12:r0"},
	{name: "six registers are linked", code: "unknown; r1 = r0; r2 = r0; r3 = r0; r4 = r0; r6 = r0; if r0 > 7 goto out; r8 = r10; r8 += r6; r8 += r1; r8 += r2; r8 += r3; r8 += r4; out:", cost: "16/1/1", back: "7:r6 6:r6 5:r0,r1,r2,r3,r4,r6 4:r0,r1,r2,r3,r4 3:r0,r1,r2,r3 2:r0,r1,r2 1:r0,r1 0:r0 8:r1 7:r1 6:r1 5:r0,r1,r2,r3,r4,r6 4:r0,r1,r2,r3,r4 3:r0,r1,r2,r3 2:r0,r1,r2 1:r0,r1 0:r0 9:r2 8:r2 7:r2 6:r2 5:r0,r1,r2,r3,r4,r6 4:r0,r1,r2,r3,r4 3:r0,r1,r2,r3 2:r0,r1,r2 1:r0,r1 0:r0 10:r3 9:r3 8:r3 7:r3 6:r3 5:r0,r1,r2,r3,r4,r6 4:r0,r1,r2,r3,r4 3:r0,r1,r2,r3 2:r0,r1,r2 1:r0,r1 0:r0 11:r4 10:r4 9:r4 8:r4 7:r4 6:r4 5:r0,r1,r2,r3,r4,r6 4:r0,r1,r2,r3,r4 3:r0,r1,r2,r3 2:r0,r1,r2 1:r0,r1 0:r0"},
	{name: "a seventh is not", code: "unknown; r1 = r0; r2 = r0; r3 = r0; r4 = r0; r6 = r0; r7 = r0; if r0 > 7 goto out; r8 = r10; r8 += r7; r8 += r1; r8 += r2; r8 += r3; r8 += r4; r8 += r6; out:", cost: "10/0/0", back: "8:r7 7:r7 6:r7 5:r0 4:r0 3:r0 2:r0 1:r0 0:r0", want: "math between fp pointer and register with unbounded min value is not allowed"},

	// Functions
	{name: "an argument leads to the caller", code: "r1 = 5; call f; exit; f: if r1 == 5 goto pc+0; r0 = 0; exit", cost: "6/0/0", back: "frame1/1:r1 0:r1"},
	{name: "a result leads into the function", code: "call f; if r0 == 5 goto pc+0; r0 = 0; exit; f: r0 = 5; exit", cost: "6/0/0", back: "5:r0 frame1/4:r0"},
	{name: "a result may be an argument", code: "r1 = 5; call f; if r0 == 5 goto pc+0; r0 = 0; exit; f: r0 = r1; exit", cost: "7/0/0", back: "6:r0 frame1/5:r0 frame1/1:r1 0:r1"},
	{name: "a register that is kept during a call", code: "r6 = 5; call f; if r6 == 5 goto pc+0; r0 = 0; exit; f: r6 = 7; r0 = r6; exit", cost: "8/0/0", back: "7:r6 frame1/6: frame1/5: frame1/1: 0:r6"},
	{name: "a function's own register is its own", code: "r6 = 5; call f; r0 = r6; exit; f: r6 = 7; if r6 == 7 goto pc+0; r0 = 0; exit", cost: "8/0/0", back: "frame1/4:r6"},
	{name: "a function's own slot is its own", code: "r1 = 5; call f; exit; f: *(u64 *)(r10 -8) = r1; r2 = *(u64 *)(r10 -8); if r2 == 5 goto pc+0; r0 = 0; exit", cost: "8/1/1", back: "frame1/4:r2 frame1/3:-8 frame1/1:r1 0:r1"},
	{name: "a caller's slot filled by a function", code: "r6 = 5; *(u64 *)(r10 -8) = r6; r1 = r10; r1 += -8; call f; r0 = 0; exit; f: r2 = *(u64 *)(r1 +0); if r2 == 5 goto pc+0; r0 = 0; exit", cost: "11/1/1", back: "frame1/7:r2 frame1/4: 3:-8 2:-8 1:-8 0:r6"},
	{name: "a caller's slot spilled to by a function", code: "r1 = r10; r1 += -8; call f; r6 = *(u64 *)(r10 -8); if r6 == 5 goto pc+0; r0 = 0; exit; f: r2 = 5; *(u64 *)(r1 +0) = r2; r0 = 0; exit", cost: "11/1/1", back: "3:r6 parent:-8 10:-8 frame1/9: frame1/8: frame1/7:r2"},
	{name: "an argument passed through two functions", code: "r1 = 5; call f; exit; f: call g; exit; g: if r1 == 5 goto pc+0; r0 = 0; exit", cost: "8/1/1", back: "frame2/3:r1 frame1/1:r1 0:r1"},
	{name: "a result passed through two functions", code: "call f; if r0 == 5 goto pc+0; r0 = 0; exit; f: call g; exit; g: r0 = 5; exit", cost: "8/0/0", back: "5:r0 frame1/7:r0 frame2/6:r0"},
	{name: "a global function's result ends it", typ: abi.PROG_TYPE_CGROUP_SKB, funcs: []string{"global"}, code: "r6 = r1; call f; r0 &= 1; exit; f: r0 = 1; exit", cost: "6/0/0", back: "2:r0 1:r0"},
	{name: "a register that is kept over a global function", funcs: []string{"global"}, code: "r6 = 5; call f; if r6 == 5 goto pc+0; r0 = 0; exit; f: r0 = 0; exit", cost: "7/0/0", back: "1:r6 0:r6"},
	{name: "a global function's argument has no origin", funcs: []string{"global s"}, code: "r1 = 5; call f; r0 = 0; exit; f: r1 &= 7; r2 = r10; r2 += r1; r0 = 0; exit", cost: "9/0/0", back: "5:r1 4:r1 all"},
	{name: "a global function's argument, with a state remembered at its entry", funcs: []string{"global s"}, code: "r1 = 5; call f; r0 = 0; exit; f: may_goto pc+0; r1 &= 7; r2 = r10; r2 += r1; r0 = 0; exit", cost: "15/1/1", back: "6:r1 5:r1 4:r1 parent:r1 6:r1 5:r1 4:r1 parent:"},

	// Callbacks
	{name: "a callback's argument is made by the helper", funcs: []string{"cb"}, code: "r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r0 = 0; exit; cb: r1 &= 7; r2 = r10; r2 += r1; r0 = 0; exit", cost: "13/1/1", back: "parent:r4 4:r4 parent:r1 4:r1 3:r1 1:r1 0:r1 frame1/9:r1 frame1/8:r1 frame1/5:r1 frame1/11:r0 12:r1,r4"},
	{name: "a callback's result", funcs: []string{"cb"}, code: "r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r0 = 0; exit; cb: r6 = 1; r0 = r6; exit", cost: "11/1/1", back: "parent:r4 4:r4 parent:r1 4:r1 3:r1 1:r1 0:r1 frame1/9:r0 frame1/8:r6 10:r1,r4"},
	{name: "a register that is kept while callbacks run", funcs: []string{"cb"}, code: "r6 = 5; r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; if r6 == 5 goto pc+0; r0 = 0; exit; cb: r0 = 0; exit", cost: "12/1/1", back: "parent:r4 5:r4 parent:r1 5:r1 4:r1 2:r1 1:r1 6:r6 parent:r6 5:r6 4:r6 2:r6 1:r6 0:r6 frame1/10:r0 11:r1,r4,r6 frame1/10: frame1/6: parent:"},
	{name: "a slot that a callback reads through its context", funcs: []string{"cb"}, code: "r6 = 5; *(u64 *)(r10 -8) = r6; r1 = 10; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call loop; r0 = 0; exit; cb: r3 = *(u64 *)(r2 +0); if r3 == 5 goto pc+0; r0 = 0; exit", cost: "15/1/1", back: "parent:r4 7:r4 parent:r1 7:r1 6:r1 5:r1 3:r1 2:r1 frame1/11:r3 frame1/8: parent:-8 7:-8 6:-8 5:-8 3:-8 2:-8 1:-8 0:r6 frame1/13:r0 14:r1,r4,-8 frame1/13: frame1/12: frame1/11: frame1/8: parent:"},
	{name: "a slot that a callback writes through its context", funcs: []string{"cb"}, code: "*(u64 *)(r10 -8) = 3; r1 = 10; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call loop; r6 = *(u64 *)(r10 -8); r6 &= 7; r7 = r10; r7 += r6; r0 = 0; exit; cb: r3 = 5; *(u64 *)(r2 +0) = r3; r0 = 0; exit", cost: "29/2/2", back: "parent:r4 6:r4 parent:r1 6:r1 5:r1 4:r1 2:r1 1:r1 10:r6 9:r6 8:r6 7:-8 parent:-8 6:-8 5:-8 4:-8 2:-8 1:-8 0:-8 frame1/16:r0 parent:r4 17:r4 parent:r1 17:r1 10:r6 9:r6 8:r6 7:-8 parent:-8 17:-8 frame1/16: frame1/15: frame1/14:r3 frame1/16:r0 17:r1,r4,-8 frame1/16: frame1/15: frame1/14:r3"},
	{name: "for each element of a map", funcs: []string{"cb"}, code: "r6 = 5; r1 = map[0] ll; r2 = func cb ll; r3 = 0; r4 = 0; call for_each_map_elem; if r6 == 5 goto pc+0; r0 = 0; exit; cb: r0 = *(u64 *)(r3 +0); r0 &= 1; exit", cost: "13/1/1", back: "7:r6 parent:r6 6:r6 5:r6 3:r6 1:r6 0:r6 frame1/12:r0 frame1/11:r0 13:r6 frame1/12: frame1/11: frame1/7: parent:"},
	{name: "a callback's call of a function", funcs: []string{"cb", "f"}, code: "r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r0 = 0; exit; cb: r1 = 5; call f; r0 = 0; exit; f: if r1 == 5 goto pc+0; r0 = 0; exit", cost: "15/2/2", back: "parent:r4 4:r4 parent:r1 4:r1 3:r1 1:r1 0:r1 frame2/9:r1 frame1/8:r1 frame1/10:r0 11:r1,r4"},

	// States remembered on the way
	{name: "in the state before, the register is marked", code: "r6 = 5; checkpoint; if r6 == 5 goto pc+0", cost: "12/1/1", back: "parent:r6 8:r6 7:r6 6:r6 5:r6 4:r6 3:r6 2:r6 1:r6 0:r6"},
	{name: "and in the one before that", code: "r6 = 5; checkpoint; checkpoint; if r6 == 5 goto pc+0", cost: "20/2/2", back: "parent:r6 16:r6 15:r6 14:r6 13:r6 12:r6 11:r6 10:r6 9:r6 parent:r6 8:r6 7:r6 6:r6 5:r6 4:r6 3:r6 2:r6 1:r6 0:r6"},
	{name: "a slot is marked, too", code: "r6 = 5; *(u64 *)(r10 -8) = r6; checkpoint; r7 = *(u64 *)(r10 -8); if r7 == 5 goto pc+0", cost: "14/1/1", back: "10:r7 parent:-8 9:-8 8:-8 7:-8 6:-8 5:-8 4:-8 3:-8 2:-8 1:-8 0:r6"},
	{name: "what is marked already ends it", code: "r6 = 5; checkpoint; if r6 == 5 goto pc+0; if r6 != 6 goto pc+0", cost: "13/1/1", back: "parent:r6 8:r6 7:r6 6:r6 5:r6 4:r6 3:r6 2:r6 1:r6 0:r6 9:r6 parent:"},
	{name: "the state before a call has the caller's registers", code: "r6 = 5; checkpoint; r1 = 3; call f; if r6 == 5 goto pc+0; r0 = 0; exit; f: checkpoint; r0 = r1; exit", cost: "24/2/2", back: "23:r6 frame1/22: frame1/21: frame1/parent: parent:r6 frame1/20: frame1/19: frame1/18: frame1/17: frame1/16: frame1/15: frame1/14: frame1/10: 9:r6 parent:r6 8:r6 7:r6 6:r6 5:r6 4:r6 3:r6 2:r6 1:r6 0:r6"},
	{name: "history tells which way a path took", code: "index; r6 = 1; if r0 > 3 goto more; r6 = 2; more: r7 = r6; if r7 != 3 goto pc+0", cost: "12/1/1", back: "5:r7 4:r6 5:r7 3:r6 2:r6"},
	{name: "marks of a state that covers this one are taken over", code: "index; r6 = 1; if r0 > 3 goto on; r7 = 3; on: r7 = 5; checkpoint; if r6 == 1 goto pc+0", cost: "26/1/1", back: "13:r6 parent:r6 12:r6 11:r6 10:r6 9:r6 8:r6 7:r6 6:r6 5:r6 4:r6 3:r6 2:r6 12:r6 11:r6 10:r6 9:r6 8:r6 7:r6 6:r6 5:r6 3:r6 2:r6"},
}}

func TestPrecision(t *testing.T) { precisionTable.run(t) }
