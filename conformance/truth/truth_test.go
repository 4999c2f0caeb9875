package truth

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// explained is what 7.3 puts behind a message.
const explained = "\nVerification failed: Types: Invalid access\n\nReason:\n  R1 is no pointer.\n\nAt:\n  f @ f.c:1:2\n" +
	"  Instruction context:\n  >>> 0 | (95) exit\n\nSuggestion:\n  Check it.\n\n"

// TestJudged: a log of statistics alone is that of a program found safe, whatever became of it then.
func TestJudged(t *testing.T) {
	stats := "verification time 33 usec\nstack depth 0\nprocessed 7 insns (limit 1000000) max_states_per_insn 0\n"
	for _, c := range []struct {
		stage, verdict, log string
		want                bool
	}{
		{"verify", "success", stats, true},
		{"verify", "failure", "bad\n" + stats, true},
		{"verify", "failure", "", true},
		{"verify", "failure", explained[40:] + stats, true},
		{"verify", "failure", stats, false},
		{"load", "failure", "bad\n" + stats, false},
	} {
		if r := (&Record{Stage: c.stage, Verdict: c.verdict, LogTail: c.log}); r.Judged() != c.want {
			t.Errorf("%+v: %v", c, r.Judged())
		}
	}
}

// TestMessageCut: without its message a log tells nothing of why a program is refused.
func TestMessageCut(t *testing.T) {
	const stats = "processed 7 insns (limit 1000000) max_states_per_insn 0\n"
	for _, c := range []struct {
		log  string
		want bool
	}{
		{"", false}, // nothing was recorded
		{"bad\n" + stats, false},
		{explained[40:] + stats, true},
		{"2: (07) r0 += 1\n3: (05) ", true}, // the buffer was full
	} {
		if r := (&Record{LogTail: c.log}); r.MessageCut() != c.want {
			t.Errorf("%q: %v", c.log, r.MessageCut())
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

func TestWhoAnswered(t *testing.T) {
	dir := t.TempDir()
	for _, kernel := range []string{"6.18.44", "6.18.44-v782"} {
		text := "{\"uname\":\"" + kernel + " #1 SMP x86_64\"}\n{\"object\":\"a\",\"program\":\"p\"}\n"
		if err := os.WriteFile(filepath.Join(dir, "c.linux-"+kernel+".jsonl"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := ReadFile(filepath.Join(dir, "c.linux-6.18.44-v782.jsonl"))
	if err != nil || f.Kernel != "6.18.44-v782" || f.Uname != "6.18.44-v782 #1 SMP x86_64" || len(f.Records) != 1 {
		t.Errorf("%+v, error %v", f, err)
	}
	for _, c := range []struct{ kernel, want string }{{"6.18.44", "c.linux-6.18.44.jsonl.gz"}, {"6.18.45", ""}, {"", ""}} {
		if c.want != "" {
			if err := os.WriteFile(filepath.Join(dir, c.want), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "c.linux-6.18.44-v782.jsonl.gz"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Find(dir, "c", c.kernel)
		if (err == nil) != (c.want != "") || err == nil && filepath.Base(got) != c.want {
			t.Errorf("kernel %q: %q, error %v, want %q", c.kernel, got, err, c.want)
		}
	}
}

func TestStackDepth(t *testing.T) {
	for log, want := range map[string]int{
		"bad\nstack depth 8+16+0\nprocessed 1 insns\n": 24, "bad\n": -1,
		"bad\nstack depth max 8\nsubprog 0 (f) main insns_self 1 stack 8\nsubprog 1 (g) static insns_self 1 stack 16\n": 24,
	} {
		r := Record{LogTail: log}
		if got, ok := r.StackDepth(); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %d %v, want %d", log, got, ok, want)
		}
	}
}

func TestModel(t *testing.T) {
	for build, want := range map[string]string{"6.18.44": "6.18", "6.18.44-v782": "6.18", "6.18": "6.18", "6.1": "6.1", "6.10": "", "6.180.1": "", "": ""} {
		if got, err := Model(build); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, error %v, want %q", build, got, err, want)
		}
	}
}
