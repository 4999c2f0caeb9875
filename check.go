package bpfverdict

import (
	"context"
	"encoding/hex"
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
	r, err := newRun([]*kernel.Model{k}, opts)
	if err != nil {
		return nil, err
	}
	lists, err := r.object(ctx, o)
	results, err := r.results(ctx, [][][]report.Program{lists}, err)
	return results[0], err
}

// judge is the form of verifier.Verify; tests put other things in its place.
type judge func(context.Context, *object.Image, *kmodel.Model, verifier.Options) *verifier.Outcome

// run is one check, of one or several objects, by one or several kernels.
type run struct {
	*options
	trials   []trial
	slots    chan struct{} // one taken by each goroutine at work
	logBytes atomic.Int64
	budget   *state.Budget
	// crowd is held by each program under verification, and by one alone if memory did not suffice for several.
	crowd sync.RWMutex
}

// trial is a run by one kernel.
type trial struct {
	*run
	model *kmodel.Model
	texts *sources        // of the object that is judged
	later []*kmodel.Model // by which it is judged after this
}

func newRun(ks []*kernel.Model, opts []Option) (*run, error) {
	if len(ks) == 0 || slices.Contains(ks, nil) {
		return nil, errors.New("no kernel to judge by: kernel.Load returns one")
	}
	r := &run{options: newOptions(opts)}
	for _, k := range ks {
		r.trials = append(r.trials, trial{run: r, model: (*kmodel.Model)(k)})
	}
	if err := errors.Join(append(r.presetErrs, r.loaderErr, r.shardErr, r.archErr)...); err != nil {
		return nil, err
	}
	r.budget = state.NewBudget(r.memory)
	r.slots = make(chan struct{}, r.jobs)
	return r, nil
}

// results are the outcome, a kernel each, of a check that met errs. lists are what was found: by object, by
// kernel, by program.
func (r *run) results(ctx context.Context, lists [][][]report.Program, errs ...error) ([]*report.Result, error) {
	complete := ctx.Err() == nil && errors.Join(errs...) == nil
	out := make([]*report.Result, len(r.trials))
	for i, t := range r.trials {
		res := &report.Result{
			SchemaVersion: report.SchemaVersion, ToolVersion: Version(), Kernel: t.model.Name(), KernelFacts: []report.KernelFacts{t.facts()}, List: []report.Program{}, Skipped: []string{}, Unsearched: []string{}, Complete: complete,
		}
		for _, object := range lists {
			if object != nil {
				res.List = append(res.List, object[i]...)
			}
		}
		for p := range res.Programs() {
			if p.Bug {
				errs = append(errs, p.Err())
			}
		}
		out[i] = res
	}
	if ctx.Err() == nil && r.shards == 0 {
		errs = slices.AppendSeq(errs, r.missed())
	}
	return out, errors.Join(append(errs, ctx.Err())...)
}

// object judges one object's programs, by each kernel, after the changes that presets make.
func (r *run) object(ctx context.Context, o *Object) ([][]report.Program, error) {
	r.slots <- struct{}{}
	obj, err := r.change(o)
	<-r.slots
	if err != nil {
		return nil, err
	}
	lists := make([][]report.Program, len(r.trials))
	var errs []error
	var w *walks
	if len(r.trials) > 1 {
		w = &walks{of: map[*object.Program][]walk{}}
	}
	texts := r.sources(o.Name())
	asAsked := true // by the kernels that the user named, for the machine that those are for
	trials := make([]trial, len(r.trials))
	var later []*kmodel.Model
	for i := range slices.Backward(trials) {
		t, arch, ok := r.trials[i].on(obj)
		if asAsked = asAsked && ok && t.model == r.trials[i].model; !ok {
			lists[i] = r.trials[i].foreign(o.Name(), obj, arch)
			continue
		}
		t.texts, t.later = texts, later
		trials[i], later = t, append(later, t.model)
	}
	for i := range trials {
		t := &trials[i]
		if t.run == nil {
			continue
		}
		list, err := t.object(ctx, o.Name(), obj, w)
		lists[i], errs = list, append(errs, err)
	}
	digest := hex.EncodeToString(obj.SHA256[:])
	for _, list := range lists {
		for i := range list {
			list[i].SHA256 = digest
		}
	}
	if r.causes && asAsked {
		r.findCauses(ctx, o.Name(), obj, lists)
	}
	return lists, errors.Join(errs...)
}

// object judges the programs of the object of that name.
func (r *trial) object(ctx context.Context, name string, o *object.Object, w *walks) ([]report.Program, error) {
	var names []string
	wanted := map[*object.Program]bool{}
	for _, p := range o.Programs() {
		if r.wants(baseName(name), p.Name) {
			names = append(names, p.Section+"/"+p.Name)
			wanted[p] = true
		}
	}
	return r.cached(name, o, names, func() ([]report.Program, error) { return r.programs(ctx, name, o, w, wanted) })
}

// programs judges those programs of an object that are wanted.
func (r *trial) programs(ctx context.Context, name string, o *object.Object, w *walks, wanted map[*object.Program]bool) ([]report.Program, error) {
	r.slots <- struct{}{}
	kept, err := r.link(name, o, slices.DeleteFunc(slices.Clone(o.Programs()), func(p *object.Program) bool { return !wanted[p] }))
	<-r.slots
	if err != nil {
		return nil, err
	}
	out := make([]report.Program, len(kept))
	done := make([]bool, len(kept))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(kept); i = int(next.Add(1)) - 1 {
			r.slots <- struct{}{}
			if ctx.Err() == nil {
				out[i] = r.program(ctx, name, w, &kept[i])
				// A program cut short by the caller has no answer.
				done[i] = ctx.Err() == nil || out[i].Verdict != report.Unsupported
			}
			<-r.slots
		}
	}
	// This goroutine works, too: its stack has grown to what a program needs.
	var wg sync.WaitGroup
	for range min(r.jobs, len(kept)) - 1 {
		wg.Go(work)
	}
	work()
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

// change changes the object as the presets say. A panic in there is an error of this object alone, as in link.
func (r *run) change(o *Object) (obj *object.Object, err error) {
	defer recovered(o.Name(), &err)
	return r.preset(o)
}

// link links some of the object's programs.
func (r *trial) link(name string, o *object.Object, progs []*object.Program) (linked []object.Linked, err error) {
	defer recovered(name, &err)
	return o.LinkOnly(r.model, progs), nil
}

// recovered turns a panic over an object into an error.
func recovered(object string, err *error) {
	if p := recover(); p != nil {
		*err = &BugError{Object: object, Message: fmt.Sprintf("internal bug: %v", p), Stack: string(debug.Stack())}
	}
}
