package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
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
	res, err := explain(dir, name)
	if err != nil {
		return err
	}
	said := map[string]*truth.Record{}
	for i := range f.Records {
		if r := &f.Records[i]; r.Judged() && r.Verdict != "success" {
			said[r.Key()] = r
		}
	}
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
	has, k := told(p), kernellog.Explained(said.LogTail)
	count := func(a aspect, kernels bool) {
		if has[a] {
			r.ours[a]++
		}
		if kernels {
			r.kernels[a]++
		}
	}
	r.refused++
	count(line, k.Place)
	count(cause, k.Cause)
	count(help, k.Help)
	if owns(p.Diagnosis) {
		r.owning++
		count(begin, k.Path)
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
