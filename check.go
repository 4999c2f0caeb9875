package bpfverdict

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// Check judges the object's programs, in libbpf's order, by a kernel. What is wrong with a program is in the
// result; the error is ctx's if it ends first, and then the result has the programs judged by then, or a
// *BugError for each program that a bug of ours kept from an answer.
func (o *Object) Check(ctx context.Context, k *kernel.Model, opts ...Option) (*report.Result, error) {
	r, err := newRun(k, opts)
	if err != nil {
		return nil, err
	}
	list, err := r.object(ctx, o)
	return r.result(ctx, list, err)
}

// judge is the form of verifier.Verify; tests put other things in its place.
type judge func(context.Context, *object.Image, *kmodel.Model, verifier.Options) *verifier.Outcome

// run is one check, of one or several objects.
type run struct {
	*options
	model    *kmodel.Model
	slots    chan struct{} // one taken by each goroutine at work
	logBytes atomic.Int64
	budget   *state.Budget
	// crowd is held by each program under verification, and by one alone if memory did not suffice for several.
	crowd sync.RWMutex
}

func newRun(k *kernel.Model, opts []Option) (*run, error) {
	if k == nil {
		return nil, errors.New("no kernel to judge by: kernel.Load returns one")
	}
	r := &run{options: newOptions(opts), model: (*kmodel.Model)(k)}
	if len(r.presetErrs) > 0 {
		return nil, errors.Join(r.presetErrs...)
	}
	r.budget = state.NewBudget(r.memory)
	r.slots = make(chan struct{}, r.jobs)
	return r, nil
}

// result is the outcome of a check that found list and met errs.
func (r *run) result(ctx context.Context, list []report.Program, errs ...error) (*report.Result, error) {
	res := &report.Result{
		SchemaVersion: report.SchemaVersion, Kernel: r.model.Name(), List: list, Skipped: []string{},
		Complete: ctx.Err() == nil && errors.Join(errs...) == nil,
	}
	if list == nil {
		res.List = []report.Program{}
	}
	for p := range res.Programs() {
		if p.Bug {
			errs = append(errs, p.Err())
		}
	}
	if ctx.Err() == nil {
		errs = slices.AppendSeq(errs, r.missed())
	}
	return res, errors.Join(append(errs, ctx.Err())...)
}

// object judges one object's programs.
func (r *run) object(ctx context.Context, o *Object) ([]report.Program, error) {
	r.slots <- struct{}{}
	linked, err := r.link(o)
	<-r.slots
	if err != nil {
		return nil, err
	}
	kept := linked[:0]
	for _, l := range linked {
		if r.wants(baseName(o.Name()), l.Program.Name) {
			kept = append(kept, l)
		}
	}
	out := make([]report.Program, len(kept))
	done := make([]bool, len(kept))
	var wg sync.WaitGroup
	for i := range kept {
		r.slots <- struct{}{}
		if ctx.Err() != nil {
			<-r.slots
			break
		}
		wg.Go(func() {
			defer func() { <-r.slots }()
			out[i] = r.program(ctx, o.Name(), &kept[i])
			// A program cut short by the caller has no answer.
			done[i] = ctx.Err() == nil || out[i].Verdict != report.Unsupported
		})
	}
	wg.Wait()
	finished := out[:0]
	for i := range out {
		if done[i] {
			finished = append(finished, out[i])
		}
	}
	return finished, nil
}

func (r *run) wants(object, program string) bool {
	for _, keep := range r.keep {
		if !keep(object, program) {
			return false
		}
	}
	return true
}

// link changes the object as the presets say and links its programs. A panic in there is an error of this
// object alone.
func (r *run) link(o *Object) (linked []object.Linked, err error) {
	defer recovered(o.Name(), &err)
	obj, err := r.preset(o)
	if err != nil {
		return nil, err
	}
	return obj.Link(r.model), nil
}

// recovered turns a panic over an object into an error.
func recovered(object string, err *error) {
	if p := recover(); p != nil {
		*err = &BugError{Object: object, Message: fmt.Sprintf("internal bug: %v", p), Stack: string(debug.Stack())}
	}
}
