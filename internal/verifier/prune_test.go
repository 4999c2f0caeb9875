package verifier_test

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// fork has two paths meet again: the first did one thing, the second another. The state of the first is remembered
// after they met, and the second needs no walk from there if that one covers it.
func fork(first, second, then string) string {
	return "unknown; if r0 > 5 goto second; " + first + "; goto met; second: " + second + "; met: checkpoint; " + then
}

// useR7 rests a decision on r7, which is below 8.
const useR7 = "r8 = r10; r8 += r7"

const (
	misc    = "unknown; *(u8 *)(r10 -7) = r0"
	reserve = "r1 = map[3] ll; r2 = 8; r3 = 0; call ringbuf_reserve; "
	packet  = "r6 = *(u32 *)(r1 +76); r7 = *(u32 *)(r1 +80); r8 = r6; r8 += 8; if r8 > r7 goto none; r9 = r6; r9 += 16"
)

// pruneTable has programs two of whose paths meet: the second ends there ("12: safe"), or is walked to the end, which
// the cost tells.
var pruneTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	// Numbers
	{name: "equal states", code: fork("r7 = 1", "r7 = 1", useR7), cost: "25/1/1", safe: "12"},
	{name: "a number that no decision rested on may be another", code: fork("r7 = 1", "r7 = 2", "r0 = r7; exit"), cost: "23/1/1", safe: "12"},
	{name: "one that a decision rested on may not", code: fork("r7 = 1", "r7 = 2", useR7), cost: "29/2/2", safe: "none"},
	{name: "it may be one of more that were walked", code: fork("index; r7 = r0", "r7 = 2", useR7), cost: "27/1/1", safe: "14"},
	{name: "not one of fewer", code: fork("r7 = 2", "index; r7 = r0", useR7), cost: "31/3/3", safe: "none"},
	{name: "the range may fit where the known bits don't", code: fork("index; r7 = r0; r7 &= 6", "r7 = 5", useR7), cost: "32/3/3", safe: "none"},
	{name: "a register that is not read later does not matter", code: fork("r7 = 1", "r7 = r10", "r0 = 0; exit"), cost: "23/1/1", safe: "12"},
	{name: "a register that is set on one path only, not read later", code: fork("r7 = 1", "r8 = 1", "r0 = 0; exit"), cost: "23/1/1", safe: "12"},
	{name: "a number is no pointer", code: fork("r7 = 1", "r7 = r10", "r0 = r7; r0 = 0; exit"), cost: "27/2/2", safe: "none"},
	{name: "a pointer is no number", code: fork("r7 = r10", "r7 = 1", "r0 = r7; r0 = 0; exit"), cost: "27/2/2", safe: "none"},
	{name: "linked numbers need a link", code: fork("index; r6 = r0; r7 = r0", "index; r6 = r0; index; r7 = r0", "if r6 > 5 goto out; r8 = r10; r8 += r7; out: r8 = r6"), cost: "47/4/4", safe: "none"},
	{name: "numbers without link may have one", code: fork("index; r6 = r0; index; r7 = r0", "index; r6 = r0; r7 = r0", "if r6 > 5 goto out; r8 = r10; r8 += r7; out: r8 = r6"), cost: "31/3/3", safe: "13"},
	{name: "another link is as good", code: fork("index; r6 = r0; r7 = r0", "index; index; r6 = r0; r7 = r0", "if r6 > 5 goto out; r8 = r10; r8 += r7; out: r8 = r6"), cost: "31/3/3", safe: "13"},
	{name: "a link by a distance needs the same distance", code: fork("index; r6 = r0; r7 = r0; r7 += 1", "index; r6 = r0; r7 = r0; r7 += 2", "if r6 > 5 goto out; r8 = r10; r8 += r7; out: r8 = r6"), cost: "47/4/4", safe: "none"},

	// Pointers
	{name: "stack pointers point to one place", code: fork("r7 = r10", "r7 = r10; r7 += -8", "r0 = r7; r0 = 0; exit"), cost: "28/2/2", safe: "none"},
	{name: "values of one map", code: fork("array; r7 = r0", "array; r7 = r0", "r0 = *(u64 *)(r7 +0); r0 = 0; exit"), cost: "36/3/3", safe: "28"},
	{name: "values of two maps", code: fork("r1 = map[0] ll; r7 = r1", "r1 = map[1] ll; r7 = r1", "r0 = r7; r0 = 0; exit"), cost: "29/2/2", safe: "none"},
	{name: "an offset in a value that varies less", code: fork("array; r7 = r0; index; r7 += r0", "array; r7 = r0; index; r0 &= 3; r7 += r0", "r0 = *(u8 *)(r7 +0); r0 = 0; exit"), cost: "43/3/3", safe: "35"},
	{name: "one that varies more", code: fork("array; r7 = r0; index; r0 &= 3; r7 += r0", "array; r7 = r0; index; r7 += r0", "r0 = *(u8 *)(r7 +0); r0 = 0; exit"), cost: "46/4/4", safe: "none"},
	{name: "more of a packet is known to be there", code: packet + "; if r9 <= r7 goto more; r0 = 1; goto met; more: r0 = 2; met: checkpoint; r0 = *(u8 *)(r6 +0); none: r0 = 0; exit", cost: "25/2/2", safe: "11"},
	{name: "less of a packet", code: packet + "; if r9 > r7 goto less; r0 = 1; goto met; less: r0 = 2; met: checkpoint; r0 = *(u8 *)(r6 +0); none: r0 = 0; exit", cost: "35/3/3", safe: "none"},
	{name: "a pointer and NULL", code: zeroKey + "r1 = map[0] ll; call map_lookup_elem; r7 = r0; if r0 == 0 goto met; r8 = 1; met: checkpoint; r0 = r7; r0 = 0; exit", cost: "19/2/2", safe: "none"},

	// The stack
	{name: "a spilled number that no decision rested on", code: fork("r7 = 1; *(u64 *)(r10 -8) = r7", "r7 = 2; *(u64 *)(r10 -8) = r7", "r0 = *(u64 *)(r10 -8); exit"), cost: "25/1/1", safe: "14"},
	{name: "one that a decision rested on", code: fork("r7 = 1; *(u64 *)(r10 -8) = r7", "r7 = 2; *(u64 *)(r10 -8) = r7", "r7 = *(u64 *)(r10 -8); "+useR7), cost: "33/3/3", safe: "none"},
	{name: "a slot that is not read later", code: fork("r7 = 1; *(u64 *)(r10 -8) = r7", "*(u64 *)(r10 -8) = r10", "r0 = 0; exit"), cost: "24/1/1", safe: "13"},
	{name: "a spilled pointer is not some bytes", code: fork("*(u64 *)(r10 -8) = r10", misc, "r0 = *(u64 *)(r10 -8); r0 = 0; exit"), cost: "28/2/2", safe: "none"},
	{name: "bytes may be a spilled number", code: fork(misc, "r7 = 2; *(u64 *)(r10 -8) = r7", "r0 = *(u64 *)(r10 -8); r0 = 0; exit"), cost: "26/1/1", safe: "14"},
	{name: "bytes may be what was never written", code: fork(misc, "*(u64 *)(r10 -16) = 0", "r0 = *(u64 *)(r10 -8); r0 = 0; exit"), cost: "25/1/1", safe: "13"},
	{name: "what was never written may be bytes", code: fork("*(u64 *)(r10 -16) = 0", misc, "r0 = *(u64 *)(r10 -8); r0 = 0; exit"), cost: "25/1/1", safe: "13"},
	{name: "zero bytes may not be others", code: fork("*(u64 *)(r10 -8) = 0", misc, "r7 = *(u8 *)(r10 -7); r7 &= 7; "+useR7), cost: "34/3/3", safe: "none"},
	{name: "others may be zero bytes", code: fork(misc, "*(u64 *)(r10 -8) = 0", "r7 = *(u8 *)(r10 -7); r7 &= 7; "+useR7), cost: "28/2/2", safe: "13"},
	{name: "a deeper stack", code: fork("r7 = 1", "*(u64 *)(r10 -16) = 0", "r0 = 0; exit"), cost: "23/1/1", safe: "12"},
	{name: "a dynptr that is not read later", code: "r6 = r1; r2 = 0; r3 = r10; r3 += -16; call kfunc:bpf_dynptr_from_skb; " + fork("r7 = 1", "*(u64 *)(r10 -8) = 0", "r0 = 0; exit"), cost: "21/2/2", safe: "10"},
	{name: "another dynptr of the same kind", code: "r6 = r1; r2 = 0; r3 = r10; r3 += -16; call kfunc:bpf_dynptr_from_skb; " + fork("r7 = 1", "r1 = r6; r2 = 0; r3 = r10; r3 += -16; call kfunc:bpf_dynptr_from_skb", "r1 = r10; r1 += -16; call kfunc:bpf_dynptr_size; r0 = 0; exit"), cost: "28/2/2", safe: "14"},
	{name: "a dynptr of another kind", cost: "47/4/4", safe: "none", code: "r6 = r1; " + fork("r1 = r6; r2 = 0; r3 = r10; r3 += -16; call kfunc:bpf_dynptr_from_skb", "array; r1 = r0; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call dynptr_from_mem", "r1 = r10; r1 += -16; call kfunc:bpf_dynptr_size; r0 = 0; exit")},

	// What is held
	{name: "a reference more", code: "r7 = 0; " + reserve + "if r0 == 0 goto met; r7 = r0; met: checkpoint; if r7 == 0 goto out; r1 = r7; r2 = 0; call ringbuf_discard; out:", cost: "32/3/3", safe: "none"},
	{name: "another reference is as good", code: fork(reserve+"r7 = r0", reserve+"r7 = r0", "if r7 == 0 goto out; r1 = r7; r2 = 0; call ringbuf_discard; out:"), cost: "30/3/3", safe: "15"},
	{name: "two references the other way round", code: reserve + "if r0 == 0 goto none; r6 = r0; " + reserve + "if r0 == 0 goto one; r7 = r0; " + fork("r9 = 0", "r8 = r6; r6 = r7; r7 = r8", "r1 = r7; r2 = 0; call ringbuf_discard; one: r1 = r6; r2 = 0; call ringbuf_discard; none:"), cost: "58/5/5", safe: "none"},
	{name: "a reader's RCU lock", cost: "25/2/2", safe: "none", code: fork("call kfunc:bpf_rcu_read_lock", "r7 = 1", "call kfunc:bpf_rcu_read_unlock; r0 = 0; exit"), want: "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)"},
	{name: "forbidden preemption", cost: "25/2/2", safe: "none", code: fork("call kfunc:bpf_preempt_disable", "r7 = 1", "call kfunc:bpf_preempt_enable; r0 = 0; exit"), want: "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)"},
	{name: "interrupts that are off", code: "r6 = 0; " + fork("r1 = r10; r1 += -8; call kfunc:bpf_local_irq_save; r6 = 1", "r7 = 1", "if r6 == 0 goto out; r1 = r10; r1 += -8; call kfunc:bpf_local_irq_restore; out:"), cost: "34/3/3", safe: "none"},
	{name: "flags of interrupts saved elsewhere", code: "r6 = r10; " + fork("r1 = r10; r1 += -8; call kfunc:bpf_local_irq_save", "r1 = r10; r1 += -16; call kfunc:bpf_local_irq_save", "r1 = r10; r1 += -8; call kfunc:bpf_local_irq_restore"), cost: "34/4/4", safe: "none", want: "expected an initialized irq flag as arg#0"},
	{name: "an iterator's element or none", cost: "36/3/3", safe: "none", code: "iter_new; iter_next; r6 = r0; checkpoint; iter_destroy"},

	// Calls
	{name: "a function called from two places is walked twice", cost: "24/2/2", safe: "none", code: "call f; call f; r0 = 0; exit; f: checkpoint; r0 = 0; exit"},
	{name: "called from one place on two paths, once", cost: "26/1/1", safe: "14", code: "unknown; r6 = 0; if r0 > 5 goto more; r6 = 1; more: call f; r0 = 0; exit; f: checkpoint; r0 = 0; exit"},
	{name: "a global function is walked once", funcs: []string{"global"}, cost: "14/1/1", safe: "none", code: "call f; call f; r0 = 0; exit; f: checkpoint; r0 = 0; exit"},
	{name: "a caller's number that a decision rests on", cost: "34/3/3", safe: "none", code: "unknown; r6 = 2; if r0 > 5 goto more; r6 = 1; more: call f; r7 = r10; r7 += r6; r0 = 0; exit; f: checkpoint; r0 = 0; exit"},
	{name: "a caller's register that is not read later", cost: "26/1/1", safe: "14", code: "unknown; r6 = 2; if r0 > 5 goto more; r6 = r10; more: call f; r0 = 0; exit; f: checkpoint; r0 = 0; exit"},

	// Which states are remembered
	{name: "too few instructions since the last", code: "unknown; if r0 > 5 goto met; r7 = 1; met: r7 = 1", cost: "9/0/0", safe: "none"},
	{name: "too few jumps since the last", code: "r0 = *(u32 *)(r1 +0); r5 = 0; r5 = 0; r5 = 0; r5 = 0; r5 = 0; r5 = 0; if r0 > 5 goto met; r7 = 1; met: r7 = 1", cost: "15/1/1", safe: "none"},
	{name: "enough of both", cost: "12/1/1", safe: "8", code: "unknown; r5 = 0; r5 = 0; r5 = 0; r5 = 0; r5 = 0; if r0 > 5 goto met; r7 = 1; met: r7 = 1"},
	{name: "a history of 40", code: "r1 = 0; " + strings.Repeat("*(u64 *)(r10 -8) = r1; ", 40) + "if r1 == 7 goto met; r7 = 1; met: r7 = 1", cost: "46/0/0", safe: "none"},
	{name: "one of 41", code: "r1 = 0; " + strings.Repeat("*(u64 *)(r10 -8) = r1; ", 41) + "if r1 == 7 goto met; r7 = 1; met: r7 = 1", cost: "47/1/1", safe: "none"},
	{name: "a state that covers none is forgotten", code: "r7 = 0; " + strings.Repeat("unknown; if r0 > 5 goto pc+1; r7 += 1; ", 7) + "checkpoint; if r7 > 3 goto pc+0", cost: "291/29/28"},
}}

func TestPrune(t *testing.T) { pruneTable.run(t) }
