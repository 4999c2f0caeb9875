package bpfverdict

import (
	"context"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
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

// What is told of a refusal is told of the kernel that refused, though another makes the same walk.
func TestEachKernelIsExplainedAsAlone(t *testing.T) {
	ks := models(t, "6.12", "6.17", "6.18")
	paths := []string{filepath.Join("diagnosis", "testdata", "programs", "BV1602.bpf.o")}
	results, err := CheckEach(t.Context(), ks, paths, Explain())
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range ks {
		title := ""
		for p := range results[i].Programs() {
			if p.Diagnosis != nil {
				title = p.Diagnosis.Title
			}
		}
		if want := "there is no helper 9999 on Linux " + k.String(); title != want {
			t.Errorf("%q, want %q", title, want)
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

func accepts(o *verifier.Outcome) bool { return o != nil && o.Verdict == verifier.Success }

// A feature that judging a program did not ask for decides nothing about it: with all of those switched the answer is the same.
func TestWhatIsNotAskedDecidesNothing(t *testing.T) {
	var all kmodel.FeatureSet
	for _, f := range kmodel.Features() {
		all = all.Union(kmodel.Of(f.Feature))
	}
	files, err := filepath.Glob(filepath.Join(examples, "ownership", "*.bpf.o"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, k := range models(t, "6.1", "6.12", "7.3") {
		r, err := newRun([]*kernel.Model{k}, nil)
		if err != nil {
			t.Fatal(err)
		}
		skipped, heard := 0, 0
		for _, file := range files {
			o, err := Open(file)
			if err != nil {
				t.Fatal(err)
			}
			res, err := o.Check(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			for p := range res.Programs() {
				trial := r.trials[0]
				trial.texts = r.sources(file)
				again := rejudged{trial: trial, name: o.Name(), of: o.file().Object(), program: p}
				was, asked := again.with(t.Context(), kmodel.FeatureSet{})
				is, _ := again.with(t.Context(), all.Minus(kmodel.Of(asked...)))
				if d := cmp.Diff(was, is, cmpopts.IgnoreFields(verifier.Outcome{}, "Duration", "Said")); d != "" || accepts(was) != (p.Verdict == report.Success) {
					t.Errorf("%v: %s: %s", k, p.Name, d)
				}
				for _, f := range kmodel.Features() {
					if slices.Contains(asked, f.Feature) {
						heard++
					} else {
						skipped++
					}
				}
			}
		}
		if heard == 0 || skipped < heard {
			t.Errorf("%v: %d features asked for, %d not", k, heard, skipped)
		}
	}
}

// What decides nothing for a program is not asked for: kernels that compute and describe otherwise share the walk where it
// comes to the same.
func TestRulesThatDecideNothingAreNotAsked(t *testing.T) {
	for file, pair := range map[string][]string{"packet.bpf.o": {"5.10", "6.1"}, "loop.bpf.o": {"7.1", "7.2"}} {
		var walked atomic.Int64
		count := Option(func(o *options) {
			o.judge = func(ctx context.Context, img *object.Image, k *kmodel.Model, opts verifier.Options) *verifier.Outcome {
				walked.Add(1)
				return verifier.Verify(ctx, img, k, opts)
			}
		})
		results, err := CheckEach(t.Context(), models(t, pair...), []string{filepath.Join(examples, file)}, count, Only("total", "drop_port"))
		if err != nil || len(results[1].List) != 1 || results[1].List[0].Processed < 10 {
			t.Fatalf("%v: %v", pair, err)
		}
		if got := walked.Load(); got != 1 {
			t.Errorf("%v: %d walks of a program that needs one", pair, got)
		}
	}
}

// A kernel that agrees with another on all that a walk asked doesn't walk again; one that doesn't, does.
func TestWalksAreShared(t *testing.T) {
	for name, c := range map[string]struct {
		ask  func(*object.Image, *kmodel.Model)
		want int // walks of each program by three kernels
	}{
		"nothing is asked":     {func(*object.Image, *kmodel.Model) {}, 1},
		"a feature of all":     {func(_ *object.Image, k *kmodel.Model) { k.Has(kmodel.KptrXchgLocal) }, 1},
		"a feature of the new": {func(_ *object.Image, k *kmodel.Model) { k.Has(kmodel.KptrXchgUnderLock) }, 2},
		"the kernel's types":   {func(img *object.Image, _ *kmodel.Model) { img.Types[0].ByID(1) }, 3},
	} {
		var walked atomic.Int64
		count := Option(func(o *options) {
			o.judge = func(_ context.Context, img *object.Image, k *kmodel.Model, _ verifier.Options) *verifier.Outcome {
				walked.Add(1)
				c.ask(img, k)
				return accepted()
			}
		})
		results, err := CheckEach(t.Context(), models(t, "6.19", "7.0", "7.1"), []string{filepath.Join(examples, "loop.bpf.o")}, count)
		if err != nil || results[2].Count(report.Success) != 2 || results[2].List[0].Kernel != "7.1" {
			t.Fatalf("%s: %v", name, err)
		}
		if got := int(walked.Load()); got != 2*c.want {
			t.Errorf("%s: %d walks of 2 programs, want %d of each", name, got, c.want)
		}
	}
}
