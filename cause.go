package bpfverdict

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// Causes finds for a program that one kernel refuses and another of CheckEach accepts what decides it:
// Program.Cause. Features are told by judging again with one switched, so this takes longer.
func Causes() Option { return func(o *options) { o.causes = true } }

// maxRejudged bounds the instructions that are walked again to find a program's cause.
const maxRejudged = 1 << 20

// namers are the messages that name a helper or kernel function that a program may not call.
var namers = []struct {
	kind    report.CauseKind
	message func() *regexp.Regexp
}{
	{report.CauseHelper, lazyregexp.New(`^program of this type cannot use helper (bpf_\w+)#\d+$`)},
	{report.CauseHelper, lazyregexp.New(`^unknown func (bpf_\w+)#\d+$`)},
	{report.CauseKfunc, lazyregexp.New(`^calling kernel function (\w+) is not allowed$`)},
	{report.CauseKfunc, lazyregexp.New(`^extern \(func ksym\) '(\w+)': not found in kernel or module BTFs$`)},
	{report.CauseKfunc, lazyregexp.New(`^kfunc '(\w+)' is referenced but wasn't resolved$`)},
}

// findCauses finds the causes of an object's programs. lists are the answers, a kernel each.
func (r *run) findCauses(ctx context.Context, name string, o *object.Object, lists [][]report.Program) {
	of := func(kernel int, p *report.Program) *report.Program {
		return answerAbout(lists[kernel], p.Name, p.Section)
	}
	for kernel, list := range lists {
		for i := range list {
			p := &list[i]
			if p.Verdict != report.Failure && p.Verdict != report.Error || p.Bug || ctx.Err() != nil {
				continue
			}
			if p.Cause = named(p.Message); p.Cause != nil {
				for later := range lists {
					if q := of(later, p); later > kernel && q != nil && (q.Verdict == report.Success || differ(p.Cause, named(q.Message))) {
						p.Cause.Since = r.trials[later].model.Name()
						break
					}
				}
				if p.Cause.Since == "" {
					p.Cause = nil // none of the kernels is known to let it pass
				}
				continue
			}
			accepts := func(other int) bool { q := of(other, p); return q != nil && q.Verdict == report.Success }
			if other := nearest(kernel, len(lists), accepts); other >= 0 {
				p.Cause = r.features(ctx, name, o, p, kernel, other)
			}
		}
	}
}

// answerAbout is a kernel's answer about a program, nil if it has none.
func answerAbout(list []report.Program, name, section string) *report.Program {
	i := slices.IndexFunc(list, func(p report.Program) bool { return p.Name == name && p.Section == section })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// named is the helper or kernel function that a message says may not be called.
func named(message string) *report.Cause {
	for _, n := range namers {
		if m := n.message().FindStringSubmatch(message); m != nil {
			return &report.Cause{Kind: n.kind, Name: m[1], Missing: true}
		}
	}
	return nil
}

func differ(a, b *report.Cause) bool { return b == nil || a.Name != b.Name }

// nearest is the next one after i for which ok holds, or the last one before, or -1.
func nearest(i, n int, ok func(int) bool) int {
	for j := i + 1; j < n; j++ {
		if ok(j) {
			return j
		}
	}
	for j := i - 1; j >= 0; j-- {
		if ok(j) {
			return j
		}
	}
	return -1
}

// features finds what a kernel's features must be like another's for it to accept a program as that one does: as few
// as decide it. It is nil where the kernels differ in more than features.
func (r *run) features(ctx context.Context, name string, o *object.Object, p *report.Program, kernel, other int) *report.Cause {
	model := r.trials[kernel].model
	wants := r.trials[other].model.Features()
	need := model.Features().Differ(wants)
	if need == (kmodel.FeatureSet{}) {
		return nil
	}
	again := rejudged{trial: trial{run: r, texts: r.sources(name), model: model}, name: name, of: o, program: p, left: maxRejudged}
	ok, asked := again.accepts(ctx, need)
	if !ok {
		return nil
	}
	if need, ok = again.decisive(ctx, need, asked); !ok {
		return nil
	}
	c := &report.Cause{Kind: report.CauseFeature}
	var names, effects []string
	for _, f := range kmodel.Features() {
		if need.Has(f.Feature) {
			names, effects = append(names, f.Name), append(effects, f.Effect)
			c.Since, c.Missing = f.Since, wants.Has(f.Feature)
		}
	}
	c.Name, c.Effect = strings.Join(names, "+"), strings.Join(effects, "; ")
	return c
}

// decisive are as few of the features that the program needs as decide it: one, if one does, the last that was asked for before
// the program was refused. It is not ok where finding them takes too long. asked are those that were asked for where it had all.
func (r *rejudged) decisive(ctx context.Context, need kmodel.FeatureSet, asked []kmodel.Feature) (_ kmodel.FeatureSet, ok bool) {
	if heard := need.Both(kmodel.Of(asked...)); heard.Len() == 1 {
		return heard, true // without the others all goes as with them
	}
	_, before := r.accepts(ctx, kmodel.FeatureSet{})
	for _, f := range slices.Backward(before) {
		if !need.Has(f) || r.left < 0 || ctx.Err() != nil {
			continue
		}
		if ok, _ := r.accepts(ctx, kmodel.Of(f)); ok {
			return kmodel.Of(f), true
		}
	}
	return r.fewest(ctx, need, asked)
}

// fewest takes features away, from the newest on, without which the program is still accepted.
func (r *rejudged) fewest(ctx context.Context, need kmodel.FeatureSet, asked []kmodel.Feature) (kmodel.FeatureSet, bool) {
	for _, f := range slices.Backward(kmodel.Features()) {
		less := need.Minus(kmodel.Of(f.Feature))
		switch {
		case less == need:
		case !slices.Contains(asked, f.Feature): // without it all goes as with it
			need = less
		case r.left < 0 || ctx.Err() != nil:
			return need, false
		default:
			if ok, by := r.accepts(ctx, less); ok {
				need, asked = less, by
			}
		}
	}
	return need, true
}

// rejudged is a program that is judged again and again, unseen, by a kernel with other features switched each time.
type rejudged struct {
	trial
	name    string // of the object
	of      *object.Object
	program *report.Program
	left    int // how many more instructions may be walked

	linked *object.Linked    // as it was linked last; nil if not yet
	by     kmodel.FeatureSet // the features that were switched then
	asked  []kmodel.Feature  // and those that linking it asked for
}

// accepts reports whether the program is accepted with features switched, and which were asked for, in that order.
func (r *rejudged) accepts(ctx context.Context, switched kmodel.FeatureSet) (bool, []kmodel.Feature) {
	out, asked := r.with(ctx, switched)
	r.left -= r.program.Processed
	if out == nil {
		return false, asked
	}
	r.left -= max(out.Processed-r.program.Processed, 0)
	return out.Verdict == verifier.Success, asked
}

// with judges the program with features switched, and tells which were asked for, in that order. It is nil if the program does not
// get as far as the verifier.
func (r *rejudged) with(ctx context.Context, switched kmodel.FeatureSet) (*verifier.Outcome, []kmodel.Feature) {
	r.slots <- struct{}{}
	defer func() { <-r.slots }()
	var asked kmodel.Asked
	t, has := r.trial, r.model.Features()
	t.model = r.model.With(kmodel.HearFeatures(&asked), kmodel.Enable(switched.Minus(has)), kmodel.Disable(switched.Both(has)))
	if r.linked == nil || switched.Differ(r.by).Both(kmodel.Of(r.asked...)) != (kmodel.FeatureSet{}) {
		i := slices.IndexFunc(r.of.Programs(), func(p *object.Program) bool {
			return p.Name == r.program.Name && p.Section == r.program.Section
		})
		if i < 0 {
			return nil, nil
		}
		linked, err := t.link(r.name, r.of, r.of.Programs()[i:i+1])
		if err != nil {
			return nil, asked.Features()
		}
		r.linked, r.by, r.asked = &linked[0], switched, asked.Features()
	}
	if r.linked.Err != nil {
		return nil, r.asked
	}
	out := t.judged(ctx, r.linked.Image)
	return out, append(slices.Clip(r.asked), asked.Features()...)
}
