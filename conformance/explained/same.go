package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// same judges objects with and without explanations, and counts where walks went with the former. The error says that some
// answer depends on it, or what a refusal lacks.
func same(w io.Writer, dir, name string) error {
	k, paths, err := inputs(dir, name)
	if err != nil {
		return err
	}
	judged, told := 0, newFigures()
	for _, path := range paths {
		silent, _ := bpfverdict.CheckAll(context.Background(), k, []string{path}) // files that are none are told of elsewhere
		loud, _ := bpfverdict.CheckAll(context.Background(), k, []string{path}, bpfverdict.Explain(), bpfverdict.Hot(3))
		if d := differs(silent, loud); d != "" {
			err = errors.Join(err, fmt.Errorf("%s: %s", filepath.Base(path), d))
		}
		judged += len(loud.List)
		told.add(loud)
	}
	for _, what := range slices.Sorted(maps.Keys(told.lacking)) {
		err = errors.Join(err, fmt.Errorf("%s: %s", what, strings.Join(told.lacking[what], ", ")))
	}
	fmt.Fprintf(w, "%d programs of %d objects on Linux %s, %d of them explained\n", judged, len(paths), name, told.refused)
	return err
}

// differs says in which program two results differ beyond what explaining adds, "" for in none.
func differs(silent, loud *report.Result) string {
	if len(silent.List) != len(loud.List) {
		return fmt.Sprintf("%d programs without explanations, %d with them", len(silent.List), len(loud.List))
	}
	for i := range loud.List {
		a, b := silent.List[i], loud.List[i]
		a.DurationUS, b.DurationUS = 0, 0
		b.Diagnosis, b.Cost = nil, nil
		if !reflect.DeepEqual(a, b) {
			return fmt.Sprintf("%s: without explanations %+v, with them %+v", a.Name, a, b)
		}
	}
	return ""
}

// inputs are the model of that name, and the objects in a folder.
func inputs(dir, name string) (*kernel.Model, []string, error) {
	k, err := kernel.Load(name)
	if err != nil {
		return nil, nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.o"))
	if err != nil || len(paths) == 0 {
		return nil, nil, fmt.Errorf("no objects in %q: name a folder with -objects", dir)
	}
	return k, paths, nil
}
