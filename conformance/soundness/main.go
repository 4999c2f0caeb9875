// Command soundness holds verifier and machine against each other: programs of a corpus and generated ones that the
// verifier accepts are run checked, on random inputs, worlds and schedules. None may fault; one that does has found a
// bug in one of the two.
//
//	go run ./conformance/soundness -objects DIR -runs 1000000
//
// Faults that are an example of a known case (cases.go) are counted apart. It prints each other place that faults once, with the seed that gives it again (-seed N -visits 1).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func main() {
	var o options
	flag.StringVar(&o.objects, "objects", "", "`DIR` with the objects of a corpus; none by default")
	flag.StringVar(&o.kernel, "kernel", kernel.Default(), "model to verify by and run on")
	flag.Uint64Var(&o.runs, "runs", 1_000_000, "how many runs")
	flag.Uint64Var(&o.visits, "visits", 1<<62, "how many objects are visited at most; each gets a machine and some runs")
	flag.Uint64Var(&o.seed, "seed", 1, "of the first visit; the others follow")
	flag.IntVar(&o.jobs, "jobs", 2, "visits at the same time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	start := time.Now()
	c, err := try(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soundness:", err)
		os.Exit(2)
	}
	fmt.Printf("%d checked runs (%d of several programs at once), %v; %d never ended; %d faults in %d places\n",
		c.done.Load(), c.interleaved.Load(), time.Since(start).Round(time.Second), c.gaveUp, sum(c.faults), len(c.faults))
	for _, what := range most(c.known, len(c.known)) {
		fmt.Printf("%d runs: %s\n", c.known[what], what)
	}
	for _, what := range most(c.lacking, 20) {
		fmt.Printf("lacking in %d runs: %s\n", c.lacking[what], what)
	}
	if len(c.faults) > 0 {
		os.Exit(1)
	}
}

type options struct {
	objects, kernel    string
	runs, visits, seed uint64
	jobs               int
}

// tally is what all visits have come to.
type tally struct {
	sync.Mutex
	faults      map[string]int // runs by place and fault
	known       map[string]int // runs by case
	lacking     map[string]int // runs by what the machine lacks
	done        atomic.Uint64  // runs
	gaveUp      int
	interleaved atomic.Uint64 // runs of several programs at once
}

// add counts one more, and reports whether it is the first.
func (t *tally) add(m map[string]int, key string) bool {
	t.Lock()
	defer t.Unlock()
	m[key]++
	return m[key] == 1
}

// try makes the visits.
func try(ctx context.Context, o options) (*campaign, error) {
	k, err := kernel.Load(o.kernel)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(o.objects, "*.o"))
	if o.objects == "" {
		files = nil
	}
	if err != nil {
		return nil, err
	}
	c := &campaign{options: o, kernel: k, model: (*kmodel.Model)(k), corpus: newCorpus(files), tally: tally{faults: map[string]int{}, known: map[string]int{}, lacking: map[string]int{}}}
	var next atomic.Uint64
	var all sync.WaitGroup
	for range o.jobs {
		all.Go(func() {
			for ctx.Err() == nil && c.done.Load() < o.runs {
				n := next.Add(1) - 1
				if n >= o.visits {
					return
				}
				c.visit(ctx, o.seed+n)
			}
		})
	}
	all.Wait()
	return c, nil
}
