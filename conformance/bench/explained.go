package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/bpfverdict/bpfverdict/report"
)

// What it may take to explain a program that was refused after a long walk.
const (
	longWalk     = 50_000 // instructions from which its own ratio counts
	explainGoal  = 3.0    // CPU of judging and explaining, by that of judging alone
	explainPeak  = 1 << 30
	mostAccepted = 5 // accepted programs that are shown too: asking must cost them little
)

// explained measures, in processes of their own, the programs with the longest walks, with and without an explanation being
// asked for. The error says that a refused one takes more than it may.
func (b *bench) explained() error {
	ctx := context.Background()
	var long []*report.Program
	for _, o := range b.objs {
		res, err := b.check(ctx, o.file)
		if err != nil {
			return err
		}
		for p := range res.Programs() {
			if p.Processed >= longWalk && (p.Verdict == report.Failure || p.Verdict == report.Success) {
				long = append(long, p)
			}
		}
	}
	slices.SortStableFunc(long, func(x, y *report.Program) int { return cmp.Compare(y.Processed, x.Processed) })
	fmt.Printf("%-60s %9s  %-8s %9s %9s %5s %9s %9s\n", "", "processed", "verdict", "silent", "explained", "", "peak", "explained")
	accepted := 0
	var missed error
	for _, p := range long {
		if p.Verdict == report.Success {
			if accepted++; accepted > mostAccepted {
				continue
			}
		}
		silent, explained, err := b.bothWays(ctx, p)
		if err != nil {
			return err
		}
		name, r := filepath.Base(p.Object)+"/"+p.Name, ratio(explained.cpu, silent.cpu)
		fmt.Printf("%-60s %9d  %-8s %9s %9s %5.2f %5d MiB %5d MiB\n", name, p.Processed, p.Verdict,
			silent.cpu.Round(time.Millisecond), explained.cpu.Round(time.Millisecond), r, silent.Peak>>20, explained.Peak>>20)
		if p.Verdict == report.Failure && (r > explainGoal || explained.Peak > explainPeak) {
			missed = errors.Join(missed, fmt.Errorf("%s: explaining it takes more than %.0f times its walk, or than %d MiB", name, explainGoal, explainPeak>>20))
		}
	}
	return missed
}

// bothWays judges a program without and with an explanation, by turns; the least of each counts.
func (b *bench) bothWays(ctx context.Context, p *report.Program) (silent, explained cost, err error) {
	for range b.runs {
		if err = cmp.Or(b.least(ctx, p, &silent), b.least(ctx, p, &explained, "-explain")); err != nil {
			break
		}
	}
	return silent, explained, err
}

// least judges a program in a process of its own, and lowers what that takes at least.
func (b *bench) least(ctx context.Context, p *report.Program, least *cost, flags ...string) error {
	c, err := b.process(ctx, p.Object, append(flags, "-program", p.Name)...)
	if err != nil {
		return err
	}
	least.cpu = fastest(least.cpu, c.cpu)
	if least.Peak == 0 || c.Peak < least.Peak {
		least.Peak = c.Peak
	}
	return nil
}
