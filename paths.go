package bpfverdict

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// CheckAll opens the BPF objects at paths, of a folder each *.o in it, and checks each, in that order; of a
// path that ends in /... the *.o of all folders below, as go has it. A path that names nothing may be a glob,
// and - is the standard input. A file that is no object, but an executable or a source with objects in it, stands for
// those, named FILE@OFFSET. Files of folders that are objects for other machines are skipped; the result names them,
// and the folders that were not looked into. A file that is named twice is checked once.
// Beside the errors of Check it returns an *InputError for each path that can't be used, joined; the others
// are judged all the same.
func CheckAll(ctx context.Context, k *kernel.Model, paths []string, opts ...Option) (*report.Result, error) {
	results, err := CheckEach(ctx, []*kernel.Model{k}, paths, opts...)
	if results == nil {
		return nil, err
	}
	return results[0], err
}

// CheckEach is CheckAll by several kernels, and returns a result for each. An object is opened once.
func CheckEach(ctx context.Context, ks []*kernel.Model, paths []string, opts ...Option) ([]*report.Result, error) {
	r, err := newRun(ks, opts)
	if err != nil {
		return nil, err
	}
	found := find(paths)
	lists, more := r.files(ctx, r.ours(found.files))
	results, err := r.results(ctx, lists, append(found.errs, more...)...)
	for _, res := range results {
		res.Shard = r.part(found.files)
		res.Skipped = append(res.Skipped, found.skipped...)
		res.Unsearched = append(res.Unsearched, found.below...)
	}
	return results, err
}

// files judges the programs of each file. At most jobs objects are in memory and at most jobs goroutines work
// at any time, however many files there are.
func (r *run) files(ctx context.Context, files []string) ([][][]report.Program, []error) {
	lists := make([][][]report.Program, len(files))
	errs := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(r.jobs, len(files)) {
		wg.Go(func() {
			for i := range next {
				lists[i], errs[i] = r.file(ctx, files[i])
			}
		})
	}
feed:
	for i := range files {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return lists, errs
}

// file judges the programs of one file; of one that is no object, those of the objects in it.
func (r *run) file(ctx context.Context, name string) ([][]report.Program, error) {
	r.slots <- struct{}{}
	o, err := r.open(name)
	var inside []*Object
	var errs []error
	if err != nil {
		inside, errs = r.embedded(name, err)
	}
	<-r.slots
	switch {
	case err == nil:
		return r.object(ctx, o)
	case len(inside) == 0 && len(errs) == 0:
		return nil, err
	}
	lists := make([][]report.Program, len(r.trials))
	for _, o := range inside {
		list, err := r.object(ctx, o)
		errs = append(errs, err)
		for i := range list {
			lists[i] = append(lists[i], list[i]...)
		}
	}
	return lists, errors.Join(errs...)
}

// embedded are the objects in a file that is no object itself, and why it is none: in executables, and in sources that
// they are made of, and what is wrong with those that can't be opened. Each is named after the file and where it is in it.
func (r *run) embedded(name string, why error) (objects []*Object, errs []error) {
	if name == stdin || !errors.As(why, new(*LoadError)) {
		return nil, nil
	}
	st, err := os.Stat(name)
	if err != nil || !st.Mode().IsRegular() || st.Size() > object.MaxEmbedded {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil
	}
	for _, e := range object.FindEmbedded(data) {
		o, err := OpenBytes(fmt.Sprintf("%s@%#x", name, e.Offset), bytes.Clone(e.Data), func(o *options) { o.loader = r.loader })
		if err != nil {
			errs = append(errs, err)
			continue
		}
		objects = append(objects, o)
	}
	return objects, errs
}
