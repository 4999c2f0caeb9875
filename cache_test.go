package bpfverdict

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// What is kept is not judged again; what is asked otherwise is.
func TestCache(t *testing.T) {
	var judged atomic.Int32
	outcome := accepted()
	judge := withJudge(func(context.Context, *object.Image) *verifier.Outcome {
		judged.Add(1)
		return outcome
	})
	changed, err := model(t).With(kernel.Enable("kptr-xchg-locked"))
	if err != nil {
		t.Fatal(err)
	}
	machine := model(t).Config()
	machine.CPUs++
	other, err := model(t).With(kernel.WithConfig(machine))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	loop := filepath.Join(examples, "loop.bpf.o")
	settable := filepath.Join(examples, "presets", "settable.bpf.o")
	check := func(k *kernel.Model, path string, opts ...Option) int {
		t.Helper()
		judged.Store(0)
		if _, err := CheckAll(t.Context(), k, []string{path}, append(opts, judge, Cache(dir))...); err != nil {
			t.Fatal(err)
		}
		return int(judged.Load())
	}
	copied := filepath.Join(t.TempDir(), "loop.bpf.o")
	data, err := os.ReadFile(loop)
	if err == nil {
		err = os.WriteFile(copied, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	renamed := filepath.Join(filepath.Dir(copied), "renamed.bpf.o")
	if err := os.Link(copied, renamed); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		again bool // all is judged
		k     *kernel.Model
		path  string
		opts  []Option
	}{
		{"the first time", true, model(t), loop, nil},
		{"the second time", false, model(t), loop, nil},
		{"in another folder", false, model(t), copied, nil},
		{"by another name, which names of maps are made from", true, model(t), renamed, nil},
		{"with a feature", true, changed, loop, nil},
		{"with a feature, again", false, changed, loop, nil},
		{"on another machine", true, other, loop, nil},
		{"with a log", true, model(t), loop, []Option{LogLevel(1)}},
		{"explained", true, model(t), loop, []Option{Explain()}},
		{"one program", true, model(t), loop, []Option{Only("total")}},
		{"with more memory", false, model(t), loop, []Option{Memory(8 << 30)}},
		{"another object", true, model(t), settable, nil},
		{"with a preset", true, model(t), settable, []Option{Set("debug", 1)}},
		{"with another value", true, model(t), settable, []Option{Set("debug", 0)}},
		{"with the first again", false, model(t), settable, []Option{Set("debug", 1)}},
		{"by another loader", true, model(t), settable, []Option{Loader("cilium")}},
	} {
		if n := check(c.k, c.path, c.opts...); (n > 0) != c.again {
			t.Errorf("%s: %d programs are judged", c.what, n)
		}
	}

	// What the machine may have had a part in is not kept; nor is what was damaged taken.
	dir = t.TempDir()
	outcome = &verifier.Outcome{Verdict: verifier.Unsupported, Insn: -1, Message: "it took more than 1s"}
	check(model(t), loop)
	outcome = accepted()
	if n := check(model(t), loop); n == 0 {
		t.Error("a program that ran out of time is kept")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("kept are %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("no answer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := check(model(t), loop); n == 0 {
		t.Error("a damaged answer is taken")
	}
	if n := check(model(t), loop); n != 0 {
		t.Error("it is not replaced")
	}
}

// What is told from a source file is told anew when that is another, by each kernel: also where one's answer is another's.
func TestCacheKnowsSources(t *testing.T) {
	dir, kept := t.TempDir(), t.TempDir()
	for _, name := range []string{"ringbuf_leak.bpf.o", "ringbuf_leak.bpf.c"} {
		data, err := os.ReadFile(filepath.Join(examples, "refused", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ks := models(t, kernel.Names()...)
	told := func(opts ...Option) (places []diagnosis.Place) {
		results, err := CheckEach(t.Context(), ks, []string{dir}, append(opts, Explain())...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			for p := range r.Programs() {
				places = append(places, *p.Diagnosis.Primary)
			}
		}
		return places
	}
	with := told(Cache(kept))
	if err := os.Remove(filepath.Join(dir, "ringbuf_leak.bpf.c")); err != nil {
		t.Fatal(err)
	}
	without := told()
	if len(with) != len(ks) || cmp.Equal(with, without) {
		t.Fatalf("the source says nothing: %v", with)
	}
	if d := cmp.Diff(without, told(Cache(kept))); d != "" {
		t.Errorf("kept is what the source said (-without it +kept):\n%s", d)
	}
}
