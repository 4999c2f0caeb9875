package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict"
)

func TestShellQuote(t *testing.T) {
	for _, c := range []struct{ system, in, want string }{
		{"linux", "/a.o", "/a.o"},
		{"linux", "a b", "'a b'"},
		{"linux", "it's", `'it'\''s'`},
		{"linux", "", "''"},
		{"linux", "a*", "'a*'"},
		{"linux", `a\b`, `'a\b'`},
		{"windows", `C:\x\a.o`, `C:\x\a.o`},
		{"windows", "a b", `"a b"`},
		{"windows", `say "x"`, `"say \"x\""`},
		{"windows", "", `""`},
	} {
		if got := quoteFor(c.system, c.in); got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.system, c.in, got, c.want)
		}
	}
}

// A line about progress never wraps, as only one line is taken back.
func TestProgressFits(t *testing.T) {
	t.Setenv("COLUMNS", "40")
	var b strings.Builder
	p := &progress{w: &b, start: time.Now().Add(-time.Hour)}
	p.observe(bpfverdict.Event{Object: strings.Repeat("long/", 30) + "ä.o", Program: "p"})
	p.clear()
	want := "\r\x1b[K" + "0 programs judged, now long/long/long/…" + "\r\x1b[K"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	for in, want := range map[string]string{"äöü": "äöü", "äöüß": "äö…", "": ""} {
		if got := cut(in, 3); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := cut("any length", 0); got != "any length" {
		t.Error(got)
	}
}
