package bpfverdict

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// CheckAll opens the BPF objects at paths, of a folder each *.o in it, and checks each, in that order. Beside
// the errors of Check it returns an *InputError for each path that can't be used, joined; the others are
// judged all the same.
func CheckAll(ctx context.Context, k *kernel.Model, paths []string, opts ...Option) (*report.Result, error) {
	r, err := newRun(k, opts)
	if err != nil {
		return nil, err
	}
	files, errs := expand(paths)
	lists, more := r.files(ctx, files)
	return r.result(ctx, slices.Concat(lists...), append(errs, more...)...)
}

// files judges the programs of each file. At most jobs objects are in memory and at most jobs goroutines work
// at any time, however many files there are.
func (r *run) files(ctx context.Context, files []string) ([][]report.Program, []error) {
	lists := make([][]report.Program, len(files))
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

// file judges the programs of one file.
func (r *run) file(ctx context.Context, name string) ([]report.Program, error) {
	r.slots <- struct{}{}
	o, err := Open(name)
	<-r.slots
	if err != nil {
		return nil, err
	}
	return r.object(ctx, o)
}

// expand replaces folders by the objects in them.
func expand(paths []string) (files []string, errs []error) {
	for _, p := range paths {
		found, err := objectsAt(p)
		if err != nil {
			errs = append(errs, &InputError{p, pathError(err)})
		}
		files = append(files, found...)
	}
	return files, errs
}

// objectsAt returns path, or the objects in the folder that it names.
func objectsAt(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".o") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no *.o file in this directory")
	}
	return files, nil
}
