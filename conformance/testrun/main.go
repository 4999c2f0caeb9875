// Command testrun runs the programs of a corpus in a machine and holds the results against what a real kernel's
// BPF_PROG_TEST_RUN gave: return value, packet, and global variables where the kernel repeats them.
//
//	go run ./conformance/testrun -truth FILE -objects DIR
//	go run ./conformance/testrun -sequences -kernel 7.1 -objects DIR
//
// Results that no other run can have, a kernel's neither, are listed (unrepeatable.go) and counted apart.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

func main() {
	var o options
	flag.StringVar(&o.truth, "truth", "", "recorded runs: `FILE`.jsonl[.gz]")
	flag.StringVar(&o.objects, "objects", "", "`DIR` with the objects")
	flag.StringVar(&o.kernel, "kernel", kernel.Default(), "model to run on")
	flag.StringVar(&o.filter, "filter", "", "only OBJECT/PROGRAM matching this `glob`")
	flag.BoolVar(&o.fast, "fast", false, "compile the programs")
	flag.StringVar(&o.baseline, "baseline", "", "fail if fewer runs agree than `FILE` says")
	flag.BoolVar(&o.update, "update", false, "write the figures to -baseline")
	flag.BoolVar(&o.quiet, "q", false, "figures only, no lists")
	flag.DurationVar(&o.timeout, "timeout", 20*time.Second, "give up on a run after this time")
	flag.BoolVar(&o.sequences, "sequences", false, "run the programs of upstream's own tests of trees, lists and kptrs; no -truth is needed")
	flag.Parse()
	run := compare
	if o.sequences {
		run = runSequences
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		os.Exit(1)
	}
}

type options struct {
	truth, objects, kernel, filter string
	fast, quiet                    bool
	timeout                        time.Duration
	baseline                       string
	update, sequences              bool
}

func compare(o options) error {
	if o.truth == "" || o.objects == "" {
		return errors.New("both -truth FILE and -objects DIR are needed")
	}
	records, err := readTruth(o.truth)
	if err != nil {
		return err
	}
	k, err := kernel.Load(o.kernel)
	if err != nil {
		return err
	}
	t := newTable()
	var cached *corpusObject
	for i := range records {
		r := &records[i]
		if match, _ := path.Match(o.filter, r.Object+"/"+r.Program); r.Stage != "ok" || o.filter != "" && !match {
			continue
		}
		if cached == nil || cached.name != r.Object {
			if cached, err = openObject(k, o.objects, r.Object); err != nil {
				return err
			}
		}
		err := t.one(k, cached, r, &o)
		if why := unrepeatable[r.Object+"/"+r.Program]; why != "" && errors.As(err, new(*difference)) {
			t.unrepeatable[why]++
			continue
		}
		t.add(r, err)
	}
	t.print(os.Stdout, o.quiet)
	if t.agreed[all] == 0 {
		return errors.New("nothing agrees")
	}
	return o.hold(t)
}

// figures are how many runs agree, of those whose result the test itself names, and of all.
type figures struct {
	Annotated int `json:"annotated"`
	All       int `json:"all"`
}

// hold compares the figures with those that were last reached, or writes them.
func (o *options) hold(t *table) error {
	if o.baseline == "" {
		return nil
	}
	now := figures{t.agreed[annotated], t.agreed[all]}
	if o.update {
		text, err := json.MarshalIndent(now, "", "  ")
		if err != nil {
			return err
		}
		return os.WriteFile(o.baseline, append(text, '\n'), 0o644)
	}
	text, err := os.ReadFile(o.baseline)
	if err != nil {
		return err
	}
	var was figures
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("%s: %w", o.baseline, err)
	}
	if now.Annotated < was.Annotated || now.All < was.All {
		return fmt.Errorf("%d annotated runs and %d of all agree, fewer than the %d and %d of %s", now.Annotated, now.All, was.Annotated, was.All, o.baseline)
	}
	return nil
}

// corpusObject is an object and which of its programs are loaded beside the one that is run.
type corpusObject struct {
	name      string
	obj       *bpfverdict.Object
	auxiliary map[string]bool
}

func openObject(k *kernel.Model, dir, name string) (*corpusObject, error) {
	obj, err := bpfverdict.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	return &corpusObject{name, obj, auxiliaries(obj, k)}, nil
}

// one runs a program as the record was made, and says what is otherwise; nil if nothing.
func (t *table) one(k *kernel.Model, o *corpusObject, r *record, opts *options) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &difference{"panic", fmt.Sprintf("%v\n%s", p, debug.Stack())}
		}
	}()
	m, err := machine.New(k, machine.Options{Fast: opts.fast})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	progs, err := m.Load(o.obj, func(name string) bool { return name == r.Program || o.auxiliary[name] })
	if err != nil {
		return err
	}
	i := slices.IndexFunc(progs, func(p *machine.Program) bool { return p.Name() == r.Program })
	if i < 0 {
		return errors.New("no such program")
	}
	if err := fillMap(m, r.Object); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), opts.timeout)
	defer cancel()
	res, err := progs[i].Run(ctx, r.inputOf())
	if why := progs[i].NotCompiled(); why != nil {
		t.interpreted[firstLine(why.Error())]++
	}
	if err != nil {
		return err
	}
	return r.differs(m, res)
}

// difference is what a run has otherwise than the kernel.
type difference struct{ kind, text string }

func (d *difference) Error() string { return d.kind + ": " + d.text }

// subsets of the runs that figures are given for.
const (
	annotated = "annotated"
	all       = "all"
)

// table counts agreement.
type table struct {
	total, agreed map[string]int
	missing       map[string]int // what the machine lacks: runs
	interpreted   map[string]int // why programs were not compiled: runs
	unrepeatable  map[string]int // reasons: runs that differ, as they would in a kernel
	kinds         map[string]int
	lines         []string
}

func newTable() *table {
	return &table{
		total: map[string]int{}, agreed: map[string]int{}, kinds: map[string]int{},
		missing: map[string]int{}, interpreted: map[string]int{}, unrepeatable: map[string]int{},
	}
}

func (t *table) add(r *record, err error) {
	subsets := []string{all, "section " + strings.SplitN(r.Section, "/", 2)[0]}
	if r.Want != "" && r.Input == "zero64" {
		subsets = append(subsets, annotated)
	}
	for _, s := range subsets {
		t.total[s]++
		if err == nil {
			t.agreed[s]++
		}
	}
	var lacks *machine.UnsupportedError
	var fault *machine.Fault
	var d *difference
	switch {
	case err == nil:
		return
	case errors.As(err, &lacks):
		t.missing[lacks.What]++
		return
	case errors.As(err, &fault):
		t.kinds["fault"]++
	case errors.As(err, &d):
		t.kinds[d.kind]++
	default:
		t.kinds["error"]++
	}
	t.lines = append(t.lines, fmt.Sprintf("%s/%s %s: %v", r.Object, r.Program, r.Input, err))
}

func (t *table) print(w *os.File, quiet bool) {
	if !quiet {
		for _, l := range t.lines {
			fmt.Fprintln(w, l)
		}
		for _, what := range slices.SortedFunc(maps.Keys(t.missing), func(a, b string) int {
			return cmp.Or(t.missing[b]-t.missing[a], strings.Compare(a, b))
		}) {
			fmt.Fprintf(w, "%5d  %s\n", t.missing[what], what)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(t.interpreted)) {
		fmt.Fprintf(w, "interpreted %d: %s\n", t.interpreted[why], why)
	}
	for _, why := range slices.Sorted(maps.Keys(t.unrepeatable)) {
		fmt.Fprintf(w, "unrepeatable %d: %s\n", t.unrepeatable[why], why)
	}
	for _, s := range slices.Sorted(maps.Keys(t.total)) {
		fmt.Fprintf(w, "%-24s %d/%d\n", s, t.agreed[s], t.total[s])
	}
	for _, k := range slices.Sorted(maps.Keys(t.kinds)) {
		fmt.Fprintf(w, "%-24s %d\n", k, t.kinds[k])
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
