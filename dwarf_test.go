package bpfverdict_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// An object without .BTF.ext is told of by its DWARF: lines, functions, and the source's text where it can be read.
func TestLinesFromDWARF(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	explained := func(path string) string {
		var b strings.Builder
		res, err := bpfverdict.CheckAll(t.Context(), k, []string{path}, bpfverdict.Loader("cilium"), bpfverdict.Explain())
		if err != nil {
			t.Fatal(err)
		}
		for p := range res.Programs() {
			if p.Function != "bump" || p.Source == nil || p.Source.Line != 16 {
				t.Errorf("%s: %s, source %+v", path, p.Function, p.Source)
			}
			if err := report.Explain(&b, p, report.ExplainOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	for _, name := range []string{"dwarf4.bpf.o", "dwarf5.bpf.o"} {
		path := filepath.Join("testdata", "dwarf", name)
		text := explained(path)
		for _, want := range []string{
			"error[BV0902]: `n` may be NULL, and is used without a check\n  --> lookup.bpf.c:16:5 in bump, called by count",
			"15 |     long *n = bpf_map_lookup_elem(&counts, key);", "24 |     return bump(&key);", "`bump` is called here",
			"help: check it before: `if (!n) return 0;`",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
		}
		// Without the source there are lines and names all the same.
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(elsewhere, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if text = explained(elsewhere); !strings.Contains(text, "--> lookup.bpf.c:16:5 in bump") || strings.Contains(text, "long *n") ||
			!strings.Contains(text, "`n` is what `bpf_map_lookup_elem` returns") {
			t.Errorf("%s, without its source:\n%s", name, text)
		}
	}
}

// Damage in DWARF costs its lines, and nothing else.
func TestDamagedDWARF(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile("testdata/dwarf/dwarf5.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	for at := 0x40; at+8 < len(whole)-1024; at += 40 { // headers of sections come last
		data := append([]byte(nil), whole...)
		for i := range 8 {
			data[at+i] ^= 0xff
		}
		o, err := bpfverdict.OpenBytes("x.o", data, bpfverdict.Loader("cilium"))
		if err != nil {
			continue
		}
		if _, err := o.Check(t.Context(), k, bpfverdict.Explain()); err != nil {
			t.Errorf("damaged at %d: %v", at, err)
		}
	}
}
