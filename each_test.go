package bpfverdict

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

func models(t *testing.T, names ...string) (ks []*kernel.Model) {
	t.Helper()
	for _, name := range names {
		k, err := kernel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		ks = append(ks, k)
	}
	return ks
}

// What several kernels say together is what each says alone.
func TestEachKernelAnswersAsAlone(t *testing.T) {
	ks := models(t, kernel.Names()...)
	paths := []string{examples, filepath.Join(examples, "ownership"), filepath.Join(examples, "refused")}
	results, err := CheckEach(t.Context(), ks, paths)
	if err != nil || len(results) != len(ks) {
		t.Fatal(len(results), err)
	}
	for i, k := range ks {
		alone, err := CheckAll(t.Context(), k, paths)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(alone, results[i], cmpopts.IgnoreFields(report.Program{}, "DurationUS")); d != "" {
			t.Errorf("%v: %s", k, d)
		}
	}
}

// A cause is what decides, and no more: the kernel answers as the other one with just that switched.
func TestCauses(t *testing.T) {
	ks := models(t, "6.18-rcu-nesting", "7.1")
	paths := []string{filepath.Join(examples, "ownership")}
	results, err := CheckEach(t.Context(), ks, paths, Causes())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for p := range results[0].Programs() {
		c := p.Cause
		if c == nil || c.Kind != report.CauseFeature {
			continue
		}
		found++
		alike, err := CheckAll(t.Context(), models(t, "6.18+"+c.Name)[0], paths, Only(p.Name))
		if err != nil || len(alike.List) != 1 || alike.List[0].Verdict != report.Success || !c.Missing || c.Since != "7.1" {
			t.Errorf("%s: %+v does not decide, %v", p.Name, c, err)
		}
	}
	if found < 5 {
		t.Errorf("%d causes", found)
	}
	for p := range results[1].Programs() {
		if p.Cause != nil {
			t.Errorf("%s is refused by both, for the cause %v", p.Name, p.Cause)
		}
	}
}
