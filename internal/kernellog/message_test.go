package kernellog

import (
	"strings"
	"testing"
)

// explained is what 7.3 puts behind a message.
const explained = "\nVerification failed: Types: Invalid access\n\nReason:\n  R1 is no pointer.\n\nAt:\n  f @ f.c:1:2\n" +
	"  Instruction context:\n  >>> 0 | (95) exit\n\nSuggestion:\n  Check it.\n\n"

func TestLastMessage(t *testing.T) {
	stats := "verification time 33 usec\nstack depth 0\nprocessed 7 insns (limit 1000000) max_states_per_insn 0\n"
	for log, want := range map[string]string{
		"":                           "",
		stats:                        "",
		"0: R1=ctx()\nbad\n" + stats: "bad",
		"no newline" + stats:         "no newline",
		"no newline" + stats[strings.Index(stats, "processed"):]: "no newline",
		"processed food\nlast":                              "last",
		"2: (a5) if r9 < 0x5 goto pc-2 bad\n" + stats:       "bad", // as 6.1 has it
		"2: (a5) if r9 < 0x5 goto pc-2 ; R9_w=1\n":          "2: (a5) if r9 < 0x5 goto pc-2 ; R9_w=1",
		"bad\n" + explained + stats:                         "bad",
		"bad\n" + explained + "leak\n" + stats:              "leak",
		"bad\n" + explained + "worse\n" + explained + stats: "worse",
		explained[40:] + "leak\n" + stats:                   "leak",
		explained[40:] + stats:                              "", // the tail lacks it
		"bad\nsubprog 0 (f) main insns_self 1\n" + stats:    "bad",
	} {
		if got := LastMessage(log); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}
