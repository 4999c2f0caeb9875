package bpfverdict_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// explained are the programs of docs/EXPLAINED.md: each a mistake that people make.
var explained = []struct{ name, about string }{
	{"BV0902", "A lookup may find nothing."},
	{"BV0301", "A ring buffer record is lost on an early return."},
	{"BV0301_task", "A task is acquired and not released on every path."},
	{"BV0903_released", "A task is used after it was released."},
	{"BV0903_unlocked", "A node is used after the lock was given back that kept it in its tree."},
	{"BV0903_packet", "A helper may move the packet, and pointers into it are stale then."},
	{"BV0107", "A packet is read beyond what was compared with its end."},
	{"BV0101", "An index is checked, one too far."},
	{"BV0404", "A lock is held on one of two ways out."},
	{"BV0503", "An RCU section is not left on one of two ways out."},
	{"BV1201", "What a program may return depends on its type."},
	{"BV1601", "A helper is for other types of programs."},
	{"BV2301", "A field is not in this kernel's types."},
	{"BV0206", "Two functions need too much stack together."},
}

// expected is what the sources say of what they expect.
var expected = regexp.MustCompile(` //~ [A-Z]+( BV\d+)?`)

// TestExplainedPage holds docs/EXPLAINED.md to what explain prints; -update writes it.
func TestExplainedPage(t *testing.T) {
	const page = "docs/EXPLAINED.md"
	var b strings.Builder
	b.WriteString("# What refusals look like\n\nPrograms that Linux refuses, and what `bpfverdict explain` says of each. A test makes this page; the\nsources are in `diagnosis/testdata/programs`.\n")
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, e := range explained {
		object := "diagnosis/testdata/programs/" + e.name + ".bpf.o"
		if _, err := os.Stat(object); err != nil {
			continue
		}
		res, err := bpfverdict.CheckAll(t.Context(), k, []string{object}, bpfverdict.Only("refused"), bpfverdict.Explain())
		if err != nil {
			t.Fatal(err)
		}
		for p := range res.Programs() {
			if p.Diagnosis == nil {
				continue
			}
			shown++
			var told strings.Builder
			if err := report.Explain(&told, p, report.ExplainOptions{}); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\n## %s\n\n```\n%s```\n", e.about, expected.ReplaceAllString(told.String(), ""))
		}
	}
	if shown < 12 {
		t.Errorf("%d of %d programs are explained", shown, len(explained))
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("%s is not what explain prints: go test -run TestExplainedPage . -update", page)
	}
}
