package bpftest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
)

// UpdateEnv names the environment variable that makes Golden write its files instead of comparing.
const UpdateEnv = "BPFTEST_UPDATE"

// Golden compares what kernels say of each program of an object file with what a file says: a line for each kernel and
// program with "ok" or the refusal. So a test can expect refusals, and a change shows in the diff. The file is
// written if BPFTEST_UPDATE is set.
func Golden(t testing.TB, file, golden string, opts ...Option) {
	t.Helper()
	obj, err := bpfverdict.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	o := newOptions(t, opts)
	var b strings.Builder
	for _, k := range o.models {
		res, err := obj.Check(t.Context(), k, o.checks...)
		if err != nil {
			t.Fatal(err)
		}
		for p := range res.Programs() {
			fmt.Fprintf(&b, "%s %s: %s\n", testName(k), p.Name, verdict(p.Err()))
		}
	}
	if os.Getenv(UpdateEnv) != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v\nset %s=1 to write it", err, UpdateEnv)
	}
	for _, d := range differences(string(want), b.String()) {
		t.Error(d)
	}
	if t.Failed() {
		t.Logf("set %s=1 to write %s anew", UpdateEnv, golden)
	}
}

func verdict(err error) string {
	rej := new(bpfverdict.Rejection)
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &rej) && rej.Source != nil:
		return fmt.Sprintf("%s, at line %d", rej.Error(), rej.Source.Line)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// differences are the lines that only one of two texts has.
func differences(want, got string) (out []string) {
	only := func(sign, a, b string) {
		have := map[string]bool{}
		for line := range strings.Lines(b) {
			have[line] = true
		}
		for line := range strings.Lines(a) {
			if !have[line] {
				out = append(out, sign+strings.TrimRight(line, "\n"))
			}
		}
	}
	only("-", want, got)
	only("+", got, want)
	return out
}
