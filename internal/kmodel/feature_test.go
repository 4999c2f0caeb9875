package kmodel

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func TestFeatureSets(t *testing.T) {
	a, b := Of(TracepointNegativeOffset, KptrXchgLocal), Of(KptrXchgLocal, numFeatures-1)
	if got, want := a.Both(b), Of(KptrXchgLocal); got != want {
		t.Errorf("both have %b, want %b", got, want)
	}
	if got, want := a.Differ(b), Of(TracepointNegativeOffset, numFeatures-1); got != want {
		t.Errorf("they differ by %b, want %b", got, want)
	}
}

func TestFeatures(t *testing.T) {
	seen := map[string]bool{}
	list := Features()
	if len(list) != int(numFeatures) {
		t.Fatalf("%d features, want %d", len(list), numFeatures)
	}
	for _, f := range list {
		if f.Name == "" || f.Since == "" || f.Title == "" || f.Effect == "" || strings.ContainsAny(f.Effect, "\n") {
			t.Errorf("incomplete: %+v", f)
		}
		if seen[f.Name] {
			t.Errorf("%s is declared twice", f.Name)
		}
		seen[f.Name] = true
		if s, err := ParseFeature(f.Name); err != nil || s != Of(f.Feature) {
			t.Errorf("ParseFeature(%s) = %b, %v", f.Name, s, err)
		}
	}
	if !slices.IsSortedFunc(list, func(a, b FeatureInfo) int { return compareVersions(a.Since, b.Since) }) {
		t.Error("not in order of release")
	}
	for name, want := range map[string]FeatureSet{
		"kptr-xchg-locked": Of(KptrXchgUnderLock, KptrXchgNonOwning, KptrXchgNonOwningRCU),
		"kfunc-spin-lock":  Of(KfuncSpinlockSafe),
		"forbid-fault":     Of(ForbidSleep),
	} {
		if s, err := ParseFeature(name); err != nil || s != want {
			t.Errorf("ParseFeature(%s) = %b, %v", name, s, err)
		}
	}
	var unknown *UnknownFeatureError
	if _, err := ParseFeature("kptr-xchg"); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("kptr-xchg: %v", err)
	}
}

func TestFeaturesOfReleases(t *testing.T) {
	for _, tt := range []struct {
		version  string
		has, not []Feature
	}{
		{"6.12", []Feature{KptrXchgLocal}, []Feature{ResSpinLock, IterNumUnderLock, SkbMetaDynptr}},
		{"6.18", []Feature{KptrXchgLocal, ResSpinLock, SkbMetaDynptr}, []Feature{RCUNesting, KptrXchgUnderLock, IterAcquire}},
		{"7.1", []Feature{KptrXchgNonOwningRCU, SleepableMessages}, []Feature{KfuncSpinlockSafe, ForbidSleep}},
		{"7.10", []Feature{KfuncSpinlockSafe}, []Feature{TaskVMASplit}},
	} {
		s := featuresOf(tt.version)
		for _, f := range tt.has {
			if !s.Has(f) {
				t.Errorf("%s lacks %v", tt.version, f)
			}
		}
		for _, f := range tt.not {
			if s.Has(f) {
				t.Errorf("%s has %v", tt.version, f)
			}
		}
	}
}

func TestLoadNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"6.18": true, "6.18+kptr-xchg-locked": true, "6.18-res-spin-lock+iter-acquire-graph-peek": true,
		"": false, "5.4": false, "6.18+": false, "6.18+nothing": false, "6.18+kptr-xchg-locked-x": false,
	} {
		m, err := Load(name)
		if (err == nil) != ok {
			t.Errorf("Load(%q): %v", name, err)
		}
		if err == nil && m.Name() != name {
			t.Errorf("Load(%q) is called %q", name, m.Name())
		}
	}
	m, err := Load("6.18-res-spin-lock+iter-acquire-graph-peek")
	if err != nil {
		t.Fatal(err)
	}
	if m.Has(ResSpinLock) || !m.Has(IterAcquire) || m.Has(GraphPeek) {
		t.Errorf("features %b", m.Features())
	}
}

// A feature that is off takes its functions and helpers with it.
func TestFeatureTables(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	old := m.With(Disable(Of(KmemCacheIter, DmabufIter, IRQSections, ResSpinLock, GraphPeek, TaskWork, SkbMetaDynptr, TracingHelpersEverywhere)))
	for name := range m.t.KfuncFeatures {
		id, _ := m.Types().FindFunc(name)
		if id == 0 {
			continue // 6.18 has the _impl names only
		}
		if m.Kfunc(m.Types(), id) == nil || old.Kfunc(old.Types(), id) != nil {
			t.Errorf("%s: does not depend on its feature", name)
		}
	}
	find := m.HelperID("find_vma")
	if m.HelpersOf(Prog{Type: abi.PROG_TYPE_XDP}).Get(find) == nil || old.HelpersOf(Prog{Type: abi.PROG_TYPE_XDP}).Get(find) != nil ||
		old.HelpersOf(Prog{Type: abi.PROG_TYPE_KPROBE}).Get(find) == nil {
		t.Error("find_vma: does not depend on tracing-helpers-everywhere")
	}
	comm := m.HelperID("get_current_comm")
	if old.HelpersOf(Prog{Type: abi.PROG_TYPE_CGROUP_DEVICE}).Get(comm) == nil || old.HelpersOf(Prog{Type: abi.PROG_TYPE_CGROUP_SKB}).Get(comm) != nil {
		t.Error("get_current_comm: cgroup programs that run for a task had it before")
	}
}
