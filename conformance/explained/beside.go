package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// row are counts of refusals of a category: what we tell of them, and what the kernel does.
type row struct {
	refused, owning int
	ours, kernels   map[aspect]int
}

// compare prints what is told of what a kernel refused, beside what that kernel told itself.
func compare(w io.Writer, dir, file string) error {
	f, err := truth.ReadFile(file)
	if err != nil {
		return err
	}
	name, err := truth.Model(f.Kernel)
	if err != nil {
		return err
	}
	k, err := kernel.Load(name)
	if err != nil {
		return err
	}
	said := map[string]*truth.Record{}
	for i := range f.Records {
		if r := &f.Records[i]; r.Judged() && r.Verdict != "success" {
			said[r.Key()] = r
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.o"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no objects in %q: name a folder with -objects", dir)
	}
	res, _ := bpfverdict.CheckAll(context.Background(), k, paths, bpfverdict.Explain()) // files that are none are told of elsewhere
	rows := map[diagnosis.Category]*row{}
	for p := range res.Programs() {
		r := said[filepath.Base(p.Object)+"/"+p.Name]
		if p.Diagnosis == nil || r == nil {
			continue
		}
		for _, c := range []diagnosis.Category{p.Diagnosis.Category, all} {
			if rows[c] == nil {
				rows[c] = &row{ours: map[aspect]int{}, kernels: map[aspect]int{}}
			}
			rows[c].add(p, r)
		}
	}
	fmt.Fprintf(w, "Refusals by Linux %s: what is told of them here / by that kernel\n\n", f.Kernel)
	fmt.Fprintf(w, "%-26s %8s  %11s  %11s  %11s  %11s\n", "", "refusals", line, cause, "begin", help)
	for _, c := range append(categories, all) {
		if r := rows[c]; r != nil {
			r.print(w, c)
		}
	}
	return nil
}

// categories are the rows, in the kernel's order.
var categories = []diagnosis.Category{
	diagnosis.RegisterType, diagnosis.Memory, diagnosis.ResourceLifetime, diagnosis.CallType, diagnosis.ExecutionContext, diagnosis.ProgramStructure, diagnosis.Policy,
}

// all is the row of all categories.
const all diagnosis.Category = "all"

// add counts one refusal.
func (r *row) add(p *report.Program, said *truth.Record) {
	d, k := p.Diagnosis, kernellog.Explained(said.LogTail)
	owns := len(d.Code) > 4 && slices.Contains(owning, d.Code[2:4])
	count := func(a aspect, ours, kernels bool) {
		if ours {
			r.ours[a]++
		}
		if kernels {
			r.kernels[a]++
		}
	}
	r.refused++
	count(line, d.Primary != nil && d.Primary.Line > 0, k.Place)
	count(cause, tellsCause(p), k.Cause)
	count(help, len(d.Help) > 0, k.Help)
	if owns {
		r.owning++
		count(begin, len(d.Secondary) > 0 || saysNothingBegan(d), k.Path)
	}
}

func (r *row) print(w io.Writer, c diagnosis.Category) {
	fmt.Fprintf(w, "%-26s %8d", c, r.refused)
	for _, a := range []aspect{line, cause, begin, help} {
		figure := fmt.Sprintf("%d / %d", r.ours[a], r.kernels[a])
		if a == begin && r.owning == 0 {
			figure = "-"
		}
		fmt.Fprintf(w, "  %11s", figure)
	}
	fmt.Fprintln(w)
}
