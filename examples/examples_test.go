package examples

import (
	"path/filepath"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// TestAnswersOfRealKernels holds verdict, errno, message and counts of every example against
// what real kernels answered.
func TestAnswersOfRealKernels(t *testing.T) {
	var objects []string
	for _, glob := range []string{"*.bpf.o", "*/*.bpf.o"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, found...)
	}
	if len(objects) == 0 {
		t.Fatal("no examples")
	}
	for _, object := range objects {
		answers, err := truth.ReadAnswers(truth.AnswersPath(object))
		if err != nil {
			t.Errorf("%s: no recorded answers: %v", object, err)
			continue
		}
		for version, want := range answers {
			model, err := truth.Model(version)
			if err != nil {
				continue
			}
			t.Run(object+" on "+version, func(t *testing.T) { hold(t, object, model, version, want) })
		}
	}
}

func hold(t *testing.T, object, model, build string, want []truth.Answer) {
	k, err := kernel.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	if from := k.Derived(); from != "" {
		t.Skipf("%s has tables of %s: how far it agrees is counted over the corpus", model, from)
	}
	r, err := bpfverdict.CheckAll(t.Context(), truth.OnMachine(k, build), []string{object})
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]*report.Program{}
	for p := range r.Programs() {
		ours[p.Name] = p
	}
	for _, w := range want {
		p := ours[w.Program]
		if p == nil {
			t.Errorf("%s: no answer", w.Program)
			continue
		}
		if w.Stage == "load" { // a locked kernel lets nobody trace it: it looked at no instruction
			continue
		}
		verdict := w.Verdict
		if w.Stage == "prepare" {
			verdict = string(report.Error)
		}
		if string(p.Verdict) != verdict || p.Message != w.Message {
			t.Errorf("%s: %s %q, the kernel says %s %q", w.Program, p.Verdict, p.Message, verdict, w.Message)
			continue
		}
		if w.Stage == "verify" && (int(p.Errno) != w.Errno || p.Processed != w.Processed || p.States != w.States || p.PeakStates != w.PeakStates) {
			t.Errorf("%s: errno %d, processed %d, states %d, peak %d; the kernel says %d, %d, %d, %d", w.Program,
				p.Errno, p.Processed, p.States, p.PeakStates, w.Errno, w.Processed, w.States, w.PeakStates)
		}
	}
}
