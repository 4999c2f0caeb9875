package verifier_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

var loopTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	{name: "a callback's round after a state of a loop was compared", funcs: []string{"cb"}, code: "r6 = 0; count; again: next; if r0 == 0 goto out; r1 = 10; r2 = func cb ll; r3 = 0; r4 = 0; call loop; r8 = r6; r6 = r10; goto again; out: end; r1 = r6; r0 = 0; exit; cb: r0 = 0; exit", cost: "53/7/9",
		says: []string{"26: (95) exit", "from 26 to 15: safe", "26: (95) exit", "SCC backedge (1)", "from 26 to 15: safe", "SCC exit (1)"}},
}}

func TestLoop(t *testing.T) { loopTable.run(t) }
