package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict/report"
)

// baselineFlags make check a gate against what was reached before.
type baselineFlags struct {
	file      string
	update    bool
	threshold float64 // percent
}

func (f *baselineFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.file, "baseline", "", "exit with 1 only for what is worse than in this saved result: refused now, new and refused, gone")
	fl.BoolVar(&f.update, "update", false, "write what was found to --baseline")
	fl.Float64Var(&f.threshold, "threshold", 0, "with --baseline, growth of instructions, in percent, beyond which a program is worse; 0: cost doesn't count")
}

func (f *baselineFlags) check() error {
	switch {
	case f.file == "" && (f.update || f.threshold != 0):
		return errors.New("--update and --threshold need --baseline FILE")
	case f.threshold < 0:
		return fmt.Errorf("--threshold %v: use a percentage", f.threshold)
	}
	return nil
}

// save writes what was found as the new baseline, without what differs from run to run.
func (f *baselineFlags) save(r *report.Result) error {
	if !r.Complete {
		return fmt.Errorf("--update: not all was judged, %s is left as it was", f.file)
	}
	kept := *r
	kept.List = make([]report.Program, 0, len(r.List))
	for p := range r.Programs() {
		q := *p
		q.Log, q.DurationUS = "", 0
		kept.List = append(kept.List, q)
	}
	file, err := os.Create(f.file)
	if err != nil {
		return err
	}
	return errors.Join(report.JSON(file, &kept), file.Close())
}

// compare returns what is worse than in the baseline. Only what the filter names is compared.
func (f *baselineFlags) compare(r *report.Result, filter *filter) (*report.Diff, error) {
	base, err := readSide(f.file)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("%s: no such baseline; --update writes it", f.file)
		}
		return nil, err
	}
	d := report.Compare(filter.named(base), r)
	d.Changes = d.Regressions(true, f.threshold > 0, f.threshold)
	return d, nil
}

// print prints what is worse: for people as a comparison, in other formats as a result of the programs that are worse. What
// is gone has no place there and is told.
func (f *baselineFlags) print(w, stderr io.Writer, print func(io.Writer, *report.Result) error, r *report.Result, d *report.Diff) error {
	if print == nil {
		if err := report.DiffTable(w, d, report.TableOptions{Color: useColor(w), Quiet: true}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s; %d worse than %s\n", report.Summary(r), len(d.Changes), report.Escape(f.file))
		return err
	}
	worse := *r
	worse.List = make([]report.Program, 0, len(d.Changes))
	for i := range d.Changes {
		if p := d.Changes[i].With; p != nil {
			worse.List = append(worse.List, *p)
			continue
		}
		object, program := d.Changes[i].Name()
		fmt.Fprintf(stderr, "bpfverdict: %s/%s is in %s and gone now\n", report.Escape(object), report.Escape(program), report.Escape(f.file))
	}
	return print(w, &worse)
}
