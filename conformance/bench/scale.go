package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

const (
	scaleWorkers = 2
	scaleGoal    = 0.9 // of ideal
	scaleListed  = 10  // objects whose programs are judged in parallel
)

// scaling is what work took at least, by one worker and by several, each with a core of its own.
type scaling struct {
	one, several time.Duration
	pieces       time.Duration // that several take at least because of the pieces it is divided in
}

// ofIdeal is how near several come to the least that they could take: their share each, or what pieces allow.
func (s scaling) ofIdeal() float64 {
	return ratio(max(s.one/scaleWorkers, s.pieces), s.several)
}

// leastOf is what two workers take at least for pieces: one has the longest, and one has two of the three longest.
func leastOf(pieces []time.Duration) time.Duration {
	slices.SortFunc(pieces, func(x, y time.Duration) int { return cmp.Compare(y, x) })
	switch len(pieces) {
	case 0:
		return 0
	case 1, 2:
		return pieces[0]
	}
	return max(pieces[0], pieces[1]+pieces[2])
}

// scale measures how two workers do beside one: over the objects of the folder, and over the programs of single objects. The
// error says that they do worse than they should.
func (b *bench) scale() error {
	if cores := runtime.NumCPU(); cores < scaleWorkers {
		return fmt.Errorf("there are %d cores: %d are needed", cores, scaleWorkers)
	}
	var files []string
	for _, o := range b.objs {
		files = append(files, o.file)
	}
	folder := func(workers int) (*report.Result, error) {
		res, err := bpfverdict.CheckAll(context.Background(), b.model, files, bpfverdict.Jobs(workers), bpfverdict.Timeout(b.timeout))
		return res, unreadable(err)
	}
	fmt.Printf("%-48s %9s %12s %12s %9s\n", "", "programs", "one worker", "two", "of ideal")
	several, err := b.sides(folder)
	if err != nil {
		return err
	}
	missed := several.print(fmt.Sprintf("%d objects", len(files)))
	res, err := folder(1)
	if err != nil {
		return err
	}
	for _, file := range divisible(res.Programs()) {
		obj, err := bpfverdict.Open(file)
		if err != nil {
			return err
		}
		s, err := b.sides(func(workers int) (*report.Result, error) {
			return obj.Check(context.Background(), b.model, bpfverdict.Jobs(workers), bpfverdict.Timeout(b.timeout))
		})
		if err != nil {
			return err
		}
		missed = s.print(filepath.Base(file)) || missed
	}
	if missed {
		return fmt.Errorf("two workers do less than %.0f %% of what they could", 100*scaleGoal)
	}
	return nil
}

// measured is a scaling of so many programs.
type measured struct {
	scaling
	programs int
}

// print prints it, and reports whether it misses the goal.
func (m *measured) print(what string) bool {
	fmt.Printf("%-48s %9d %12s %12s %9.2f\n", what, m.programs, m.one.Round(time.Microsecond), m.several.Round(time.Microsecond), m.ofIdeal())
	return m.ofIdeal() < scaleGoal
}

// sides has one worker and several do the same in turns.
func (b *bench) sides(check func(workers int) (*report.Result, error)) (*measured, error) {
	m := &measured{}
	side := func(workers int, least *time.Duration) error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		runtime.GC() // of what the other side left
		start := time.Now()
		res, err := check(workers)
		*least = fastest(*least, time.Since(start))
		if err != nil {
			return err
		}
		var pieces []time.Duration
		for p := range res.Programs() {
			pieces = append(pieces, duration(p))
		}
		m.programs, m.pieces = len(pieces), fastest(m.pieces, leastOf(pieces))
		return nil
	}
	for range b.runs {
		if err := cmp.Or(side(1, &m.one), side(scaleWorkers, &m.several)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// divisible are the objects whose programs take longest, if none of these takes more than a worker's share. Those that take
// less than a few milliseconds are left out: beginning to work is much of that.
func divisible(programs iter.Seq[*report.Program]) []string {
	sum, longest := map[string]time.Duration{}, map[string]time.Duration{}
	for p := range programs {
		sum[p.Object] += duration(p)
		longest[p.Object] = max(longest[p.Object], duration(p))
	}
	var files []string
	for file := range sum {
		if sum[file] >= matters && longest[file] <= sum[file]/scaleWorkers {
			files = append(files, file)
		}
	}
	slices.SortFunc(files, func(x, y string) int { return cmp.Or(cmp.Compare(sum[y], sum[x]), cmp.Compare(x, y)) })
	return files[:min(scaleListed, len(files))]
}
