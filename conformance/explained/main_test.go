package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/report"
)

func TestRefusedExamplesAreExplained(t *testing.T) {
	var b strings.Builder
	if err := run(&b, "../../examples/refused", "6.18", false); err != nil {
		t.Fatal(err)
	}
	want := `5 refusals, 0 of objects without lines
code                        5/5
line                        5/5
cause                       5/5
a place that led there      5/5
begin of what is held       1/1
help                        5/5
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	if err := run(&b, t.TempDir(), "6.18", true); err == nil {
		t.Error("an empty folder is no error")
	}
}

// What a kernel told itself stands beside what is told here.
func TestCompare(t *testing.T) {
	file := filepath.Join(t.TempDir(), "examples.linux-7.3.4.jsonl")
	record := `{"object":"ringbuf_leak.bpf.o","program":"report","stage":"verify","verdict":"failure","log_tail":"19: (95) exit\nUnreleased reference id=2 alloc_insn=4\n\nVerification failed: Resource Lifetime Safety: Leak\n\nReason:\n  R.\n\nAt:\n  f\n\nSuggestion:\n  S.\n\nprocessed 19 insns (limit 1000000)\n"}`
	if err := os.WriteFile(file, []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := compare(&b, "../../examples/refused", file); err != nil {
		t.Fatal(err)
	}
	if want := "all                               1        1 / 1        1 / 1        1 / 0        1 / 1\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	if err := compare(&b, t.TempDir(), file); err == nil {
		t.Error("an empty folder is no error")
	}
}

// Explaining changes no answer, neither about our own programs nor about the corpus, which BPFVERDICT_CORPUS names.
func TestExplainingChangesNothing(t *testing.T) {
	cases := [][2]string{{"../../diagnosis/testdata/programs", "6.18"}, {"../../examples/ownership", "6.1"}, {"../../examples/refused", "7.3"}}
	if corpus := os.Getenv("BPFVERDICT_CORPUS"); corpus != "" {
		cases = append(cases, [][2]string{{corpus, "6.12"}, {corpus, "6.18"}, {corpus, "7.3"}}...)
	}
	for _, c := range cases {
		var b strings.Builder
		if err := same(&b, c[0], c[1]); err != nil {
			t.Errorf("%s: %v", c[0], err)
		}
		t.Log(b.String())
	}
}

// What lacks a cause, or the begin of what it is about, is named.
func TestLacking(t *testing.T) {
	f := newFigures()
	f.add(&report.Result{List: []report.Program{
		{Object: "a.o", Name: "f", Message: "m", Diagnosis: &diagnosis.Diagnosis{Code: "BV0503", Title: "m", Primary: &diagnosis.Place{Line: 1, Label: "m"}}},
		{Object: "a.o", Name: "g", Message: "m", Diagnosis: &diagnosis.Diagnosis{Code: "BV0503", Title: "the section is open", Primary: &diagnosis.Place{Line: 1, Label: "here"}, Secondary: []diagnosis.Place{{Line: 2}}}},
	}})
	if got := f.lacking["no cause, no begin of what is held: BV0503 RCU section is not ended"]; len(f.lacking) != 1 || len(got) != 1 || got[0] != "a.o/f: m" {
		t.Errorf("%v", f.lacking)
	}
}

func TestDiffers(t *testing.T) {
	one := report.Result{List: []report.Program{{Name: "f", Processed: 7, DurationUS: 1}}}
	two := report.Result{List: []report.Program{{Name: "f", Processed: 7, DurationUS: 2, Diagnosis: &diagnosis.Diagnosis{}, Cost: &diagnosis.Cost{}}}}
	if d := differs(&one, &two); d != "" {
		t.Error(d)
	}
	two.List[0].Processed++
	if differs(&one, &two) == "" {
		t.Error("another count is no difference")
	}
	if differs(&one, &report.Result{}) == "" {
		t.Error("a program that is missing is no difference")
	}
}
