package truth

import (
	"strings"
	"testing"
)

func TestLastMessage(t *testing.T) {
	stats := "verification time 33 usec\nstack depth 0\nprocessed 7 insns (limit 1000000) max_states_per_insn 0\n"
	for log, want := range map[string]string{
		"":                           "",
		stats:                        "",
		"0: R1=ctx()\nbad\n" + stats: "bad",
		"no newline" + stats:         "no newline",
		"processed food\nlast":       "last",
	} {
		if got := LastMessage(log); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}

func TestReadNamesTheBadLine(t *testing.T) {
	_, err := Read(strings.NewReader("{\"object\":\"a\"}\n\nnot json\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("error %v", err)
	}
}

func TestSummariseKeepsLibbpfsReason(t *testing.T) {
	got := Summarise([]Record{{Program: "p", Stage: "prepare", Verdict: "failure", Errno: 22, Warning: "libbpf: no such thing\n"}})
	if got[0].Message != "no such thing" {
		t.Errorf("%+v", got[0])
	}
}
