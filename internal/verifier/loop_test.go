package verifier_test

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

const (
	// callback ends a program, and starts one that has a function for bpf_loop.
	callback = "r0 = 0; exit; cb: "
	// each calls the callback for each of 10 rounds, with a context at r10-8.
	each = "r1 = 10; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call loop; "
)

var oneCallback = []string{"cb"}

// loopTable has loops: those of known length are walked round by round, others until a round starts in a state that
// covers it.
var loopTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	// Loops of jumps
	{name: "a counted loop is walked round by round", code: "r6 = 0; again: r6 += 1; if r6 < 10 goto again", cost: "23/2/2", safe: "none"},
	{name: "a loop in a loop", code: "r6 = 0; outer: r7 = 0; inner: r7 += 1; if r7 < 4 goto inner; r6 += 1; if r6 < 4 goto outer", cost: "47/4/4", safe: "none"},
	{name: "states in a loop are remembered rarely", code: "r6 = 0; again: r6 += 1; if r6 < 200 goto again", cost: "403/11/11", safe: "none"},
	{name: "more rarely than on a straight path", code: "r6 = 0; " + strings.Repeat("r6 += 1; if r6 == 1000 goto pc+0; ", 200) + "r7 = 0", cost: "404/50/50", safe: "none"},
	{name: "a loop that a number unknown ends", code: "again: unknown; if r0 > 5 goto again", cost: "13/1/1", want: "old state: R0=scalar(umin=6) R10=fp0",
		says: []string{"infinite loop detected at insn 0", "cur state: ", "old state: "}},
	{name: "a loop for ever", code: "unknown; if r0 == 1 goto out; r6 = 7; again: goto again; out:", cost: "9/1/1", want: "old state: R0=scalar() R6=7 R10=fp0",
		says: []string{"infinite loop detected at insn 3", "cur state: R0=scalar() R6=7 R10=fp0", "old state: R0=scalar() R6=7 R10=fp0"}},
	{name: "a loop for ever through calls", code: "unknown; if r0 == 1 goto out; again: call f; goto again; out: r0 = 0; exit; f: r0 = 0; exit", cost: "12/1/1", want: "old state: frame1: R10=fp0"},
	{name: "a spill that changes makes another state", code: "r6 = 0; again: r6 += 1; *(u64 *)(r10 -8) = r6; r7 = *(u64 *)(r10 -8); if r7 != 5 goto again", cost: "23/2/2", safe: "none"},
	{name: "a counter that nothing stops", code: "unknown; if r0 == 1 goto out; r6 = 0; again: " + strings.Repeat("r6 += 1; ", 1000) + "goto again; out:", cost: "1000001/499/499", want: "BPF program is too large. Processed 1000001 insn", long: true},

	// may_goto
	{name: "may_goto: the second round is covered by the first", code: "r0 = 0; again: may_goto out; r7 = r0; goto again; out: exit", cost: "6/1/2", safe: "1",
		says: []string{"SCC enter (1)", "SCC backedge (1)", "1: safe", "SCC exit (1)"}},
	{name: "may_goto: a counter that no decision rests on is widened", code: "r6 = 0; again: may_goto out; r6 += 1; goto again; out: r0 = r6; exit", cost: "17/3/4", safe: "1",
		says: []string{"from 1 to 2: R1=ctx() R6=0", "from 1 to 2: R1=ctx() R6=scalar()"}},
	{name: "may_goto: one that a decision rests on is not", code: "r6 = 0; again: may_goto out; if r6 > 3 goto out; r7 = r10; r7 += r6; r6 += 1; goto again; out: r0 = 0; exit", cost: "39/5/5", safe: "none"},
	{name: "may_goto: a counter that is compared only", code: "r6 = 0; again: may_goto out; if r6 > 3 goto out; r6 += 1; goto again; out: r0 = 0; exit", cost: "31/5/5", safe: "none"},
	{name: "may_goto in may_goto", code: "r0 = 0; outer: may_goto out; inner: may_goto outer; r7 = 0; goto inner; out: exit", cost: "8/2/4", safe: "1 2"},
	{name: "may_goto: a loop without it is one for ever", code: "r0 = 0; may_goto out; again: goto again; out: exit", cost: "11/2/2", want: "old state: R0=0 R1=ctx() R10=fp0"},
	{name: "may_goto: what a round changes from number to pointer", code: "r6 = 0; again: may_goto out; r8 = r6; r6 = r10; goto again; out: r0 = 0; exit", cost: "14/2/3", safe: "1"},

	// Iterators
	{name: "iterator: the second round is covered by the first", code: "iter_new; again: iter_next; if r0 == 0 goto out; r7 = *(u32 *)(r0 +0); goto again; out: iter_destroy", cost: "20/2/3", safe: "7", says: []string{"SCC enter (1)", "SCC backedge (1)", "SCC exit (1)"}},
	{name: "iterator: a counter is widened", code: "r6 = 0; iter_new; again: iter_next; if r0 == 0 goto out; r6 += 1; goto again; out: iter_destroy; r0 = r6; exit", cost: "45/4/5", safe: "8",
		says: []string{"10: (07) r6 += 1                      ; R6=1", "10: (07) r6 += 1                      ; R6=scalar()"}},
	{name: "iterator: a counter that a decision rests on is not", code: "r6 = 0; iter_new; again: iter_next; if r0 == 0 goto out; if r6 > 3 goto out; r7 = r10; r7 += r6; r6 += 1; goto again; out: iter_destroy", cost: "82/8/8", safe: "none"},
	{name: "iterator: a spilled counter is widened", code: "r6 = 0; *(u64 *)(r10 -16) = r6; iter_new; again: iter_next; if r0 == 0 goto out; r6 = *(u64 *)(r10 -16); r6 += 1; *(u64 *)(r10 -16) = r6; goto again; out: iter_destroy; r0 = *(u64 *)(r10 -16); exit", cost: "52/4/5", safe: "9"},
	{name: "iterator: the loop is left early", code: "iter_new; again: iter_next; if r0 == 0 goto out; r7 = *(u32 *)(r0 +0); if r7 != 5 goto again; out: iter_destroy", cost: "25/2/3", safe: "7"},
	{name: "iterator: a round that sets a register once", code: "r6 = 0; iter_new; again: iter_next; if r0 == 0 goto out; r6 = 1; goto again; out: iter_destroy; r0 = r6; exit", cost: "33/3/4", safe: "8"},
	{name: "iterator: what a later round needs goes once around the loop", code: "r6 = 1; r7 = 2; iter_new; again: iter_next; if r0 == 0 goto out; r8 = r10; r8 += r6; r6 = r7; goto again; out: iter_destroy", cost: "38/3/4", safe: "9",
		says: []string{"frame 0: propagating r6", "SCC backedge (1)", "SCC exit (1)", "frame 0: propagating r6,r7"}},
	{name: "iterator in iterator", code: "iter_new; again: iter_next; if r0 == 0 goto out; r1 = r10; r1 += -16; r2 = 0; r3 = 3; call kfunc:bpf_iter_num_new; inner: r1 = r10; r1 += -16; call kfunc:bpf_iter_num_next; if r0 != 0 goto inner; r1 = r10; r1 += -16; call kfunc:bpf_iter_num_destroy; goto again; out: iter_destroy", cost: "35/4/6", safe: "7 16"},
	{name: "iterator: in a function that is called", code: "call f; call f; r0 = 0; exit; f: iter_new; again: iter_next; if r0 != 0 goto again; iter_destroy; r0 = 0; exit", cost: "40/4/5", safe: "11 11", says: []string{"SCC enter (1)", "SCC enter (1,1)", "SCC backedge (1,1)", "SCC exit (1,1)", "SCC backedge (1)", "SCC exit (1)"}},
	{name: "iterator: next after the end", code: "iter_new; again: iter_next; if r0 != 0 goto again; iter_next; if r0 != 0 goto again; iter_destroy", cost: "22/3/4", safe: "7"},
	{name: "iterator: a loop that does not ask it", code: "iter_new; iter_next; if r0 == 0 goto out; again: goto again; out: iter_destroy", cost: "17/2/2", want: "old state: R0=rdonly_mem(id=2,ref_obj_id=1,sz=4) R10=fp0 fp-8=iter_num(ref_id=1,state=active,depth=1) refs=1"},
	{name: "iterator: a reference more each round", code: "iter_new; again: iter_next; if r0 == 0 goto out; r1 = map[3] ll; r2 = 8; r3 = 0; call ringbuf_reserve; if r0 == 0 goto again; r6 = r0; goto again; out: iter_destroy", cost: "31/3/3", want: "BPF_EXIT instruction in main prog would lead to reference leak"},

	// Callbacks
	{name: "callback: no round", funcs: oneCallback, code: "r1 = 0; r2 = func cb ll; r3 = 0; r4 = 0; call loop; " + callback + "r0 = 0; exit", cost: "7/1/1", safe: "none",
		says: []string{"frame0 bpf_loop iteration limit reached"}},
	{name: "callback: a round", funcs: oneCallback, code: "r1 = 1; r2 = func cb ll; r3 = 0; r4 = 0; call loop; " + callback + "r0 = 0; exit", cost: "10/1/1", safe: "5"},
	{name: "callback: the second round is covered by the first", funcs: oneCallback, code: "*(u64 *)(r10 -8) = 0; " + each + callback + "r0 = 0; exit", cost: "12/1/1", safe: "7"},
	{name: "callback: a counter is widened", funcs: oneCallback, code: "r6 = 0; *(u64 *)(r10 -8) = r6; " + each + "r0 = *(u64 *)(r10 -8); exit; cb: r3 = *(u64 *)(r2 +0); r3 += 1; *(u64 *)(r2 +0) = r3; r0 = 0; exit", cost: "24/2/2", safe: "8",
		says: []string{" R1=10 R2=func() R3=fp-8 R4=0 R6=0 R10=fp0 fp-8=1", "from 15 to 8: R1=10 R2=func() R3=fp-8 R4=0 R6=0 R10=fp0 fp-8=scalar()"}},
	{name: "callback: a counter that a decision rests on is not", funcs: oneCallback, code: "r6 = 0; *(u64 *)(r10 -8) = r6; r1 = 3; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call loop; r0 = *(u64 *)(r10 -8); r7 = r10; r7 += r0; " + callback + "r3 = *(u64 *)(r2 +0); r3 += 1; *(u64 *)(r2 +0) = r3; r0 = 0; exit", cost: "46/4/4", safe: "none"},
	{name: "callback: any number of rounds", funcs: oneCallback, code: "unknown; r1 = r0; r2 = func cb ll; r3 = 0; r4 = 0; call loop; " + callback + "r0 = 0; exit", cost: "11/1/1", safe: "6"},
	{name: "callback in callback", funcs: []string{"cb", "inner"}, code: "*(u64 *)(r10 -8) = 0; " + each + callback + "r1 = 5; r2 = func inner ll; r3 = 0; r4 = 0; call loop; r0 = 0; exit; inner: r0 = 0; exit", cost: "20/2/2", safe: "7 15"},
	{name: "callback: for each element of a map", funcs: oneCallback, code: "r1 = map[1] ll; r2 = func cb ll; r3 = 0; r4 = 0; call for_each_map_elem; " + callback + "r0 = 0; exit", cost: "10/1/1", safe: "6"},
	{name: "callback: a loop in it", funcs: oneCallback, code: "*(u64 *)(r10 -8) = 0; " + each + callback + "r6 = 0; again: r6 += 1; if r6 < 5 goto again; r0 = 0; exit", cost: "23/2/2", safe: "7"},
	{name: "callback: a result beyond 1", funcs: oneCallback, code: "*(u64 *)(r10 -8) = 0; " + each + callback + "r0 = 2; exit", cost: "11/1/1", want: "At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]"},
	{name: "callback: in an iterator's loop, after a state of that loop was compared", funcs: oneCallback, code: "r6 = 0; iter_new; again: iter_next; if r0 == 0 goto out; r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r8 = r6; r6 = r10; goto again; out: iter_destroy; r1 = r6; " + callback + "r0 = 0; exit", cost: "53/7/9", safe: "8 15 15",
		says: []string{"26: (95) exit", "from 26 to 15: safe", "26: (95) exit", "SCC backedge (1)", "from 26 to 15: safe", "SCC exit (1)"}},
}}

func TestLoops(t *testing.T) { loopTable.run(t) }

// marksTable has what 6.12 answered: what is alive it learns from marks, which are in the log.
var marksTable = table{maps: callMaps(), words: pathWords, whole: true, cases: []testCase{
	{name: "read later and written before", typ: abi.PROG_TYPE_TRACEPOINT, code: "r0 = 0; back: goto head; head: if r0 < 4 goto back; exit",
		want: "old state: R0_rw=P0 R1=ctx() R10=fp0"},
	{name: "read only", code: "r0 = r1; again: r2 = r0; r3 = r0; if r1 == 0 goto again; exit", want: "old state: R0_rw=ctx() R1_r=ctx() R2_w=ctx() R3_w=ctx() R10=fp0"},
	{name: "slots", code: "r0 = 0; *(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 0; again: r1 = *(u64 *)(r10 -8); if r0 < 4 goto again; exit",
		want: "old state: R0_rw=P0 R1_w=0 R10=fp0 fp-8_rw=0 fp-16_w=0"},
	{name: "in a callee, by its caller's register", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 0; call f; exit; f: r0 = 0; again: if r1 < 4 goto again; exit", funcs: []string{"static v"},
		want: "old state: frame1: R0_w=0 R1_rw=P0 R10=fp0"},
}}

func TestReadMarks(t *testing.T) {
	m, err := kmodel.Load("6.12")
	if err != nil {
		t.Fatal(err)
	}
	marksTable.runOn(t, m)
}
