package bpfverdict

import (
	"slices"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// walks are what was walked of an object's programs for several kernels. A later kernel that answers all that a walk asked of
// an earlier one, and is handed the same image, would make the same walk.
type walks struct {
	mu sync.Mutex
	of map[*object.Program][]walk
}

type walk struct {
	img    *object.Image
	asked  *kmodel.Asked
	answer report.Program
}

// find returns the answer of a walk that the model would make as well.
func (w *walks) find(l *object.Linked, m *kmodel.Model) (report.Program, bool) {
	w.mu.Lock()
	made := w.of[l.Program]
	w.mu.Unlock()
	for i := range made {
		if made[i].asked.Alike(m) && object.Alike(made[i].img, l.Image) {
			p := made[i].answer
			p.Assumed = slices.Clone(p.Assumed)
			p.Kernel = m.Name()
			return p, true
		}
	}
	return report.Program{}, false
}

func (w *walks) add(p *object.Program, made walk) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.of[p] = append(w.of[p], made)
}

// shared is answer, by an earlier kernel's walk where that is the same.
func (r *trial) shared(w *walks, l *object.Linked, judge func(trial, *object.Linked) report.Program) report.Program {
	if w == nil || l.Err != nil || len(l.Image.Types) > 2 || l.Image.AttachProg != nil {
		return judge(*r, l)
	}
	if p, ok := w.find(l, r.model); ok {
		return p
	}
	if len(r.later) == 0 {
		return judge(*r, l)
	}
	model, asked := r.model.Listen(r.later)
	heard := *l
	img := *l.Image
	img.Types = slices.Clone(img.Types)
	img.Types[0] = model.Types()
	heard.Image = &img
	listening := *r
	listening.model = model
	p := judge(listening, &heard)
	if p.Diagnosis == nil && (p.Verdict == report.Success || p.Verdict == report.Failure) { // explaining asks more, and names the kernel
		w.add(l.Program, walk{l.Image, asked, p})
	}
	return p
}
