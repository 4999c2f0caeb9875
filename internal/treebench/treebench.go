// Package treebench measures what a lookup in a tree costs whose nodes own a payload: read in place, exchanged in place
// under the lock, or with the node taken out and added again (tree.h).
package treebench

import (
	"context"
	_ "embed"
	"fmt"
	"time"
)

//go:generate ../../examples/build.sh .

// Object is the compiled exchange.bpf.c. Its global variables nodes and rounds say how large the tree is, and how many
// lookups a run does. tree.bpf.o is the same without Exchange, for the kernels that don't allow that.
//
//go:embed exchange.bpf.o
var Object []byte

// Way is a way to read the payload of the node found: the program of that name does it.
type Way string

// The ways, cheapest first.
const (
	Read     Way = "read"     // lock, search, read a field of the node, unlock
	Exchange Way = "exchange" // lock, search, take the payload out, read it, put it back, unlock
	Replace  Way = "replace"  // lock, search, take the node out, read, add it again, unlock
	Apart    Way = "apart"    // lock, search, take the node out, unlock, exchange its payload and read, lock, add it again, unlock
)

// Ways are all of them.
var Ways = []Way{Read, Exchange, Replace, Apart}

// Sizes are the trees that kernels were measured with.
var Sizes = []int{16, 1000, 100000, 1000000}

// Engine runs the programs of Object on a tree of its own.
type Engine interface {
	// Run runs a program once on so many CPUs at the same time: what it returned on each, and how long all took.
	Run(ctx context.Context, program string, cpus int) ([]uint32, time.Duration, error)
	Close() error
}

// Row is what was measured in one way.
type Row struct {
	Way       Way     `json:"way"`
	Nodes     int     `json:"nodes"`
	CPUs      int     `json:"cpus"`
	Steps     float64 `json:"steps"`      // nodes that a lookup looks at; 0 where nobody counted
	NS        float64 `json:"ns"`         // a lookup, on each CPU
	PerSecond float64 `json:"per_second"` // lookups of all CPUs together
	Ratio     float64 `json:"ratio"`      // of NS to that of Read; 0 without
	Missed    int     `json:"missed"`     // lookups that found nothing: another CPU had the node out
}

// Options say what is measured.
type Options struct {
	Nodes []int // of trees
	CPUs  []int // that look up at once
	Ways  []Way // that the engine's kernel allows
	// Lookups is how many a run does, on each CPU. Times is how often each way is run, in turns; the least counts.
	Lookups, Times int
	// Open makes an engine for trees of so many nodes.
	Open func(o Options, nodes, cpus int) (Engine, error)
}

// Measure measures each way with each tree.
func Measure(ctx context.Context, o Options, done func(Row)) ([]Row, error) {
	var rows []Row
	for _, nodes := range o.Nodes {
		for _, cpus := range o.CPUs {
			some, err := o.measure(ctx, nodes, cpus)
			if err != nil {
				return rows, fmt.Errorf("%d nodes, %d CPUs: %w", nodes, cpus, err)
			}
			for _, r := range some {
				done(r)
			}
			rows = append(rows, some...)
		}
	}
	return rows, nil
}

func (o Options) measure(ctx context.Context, nodes, cpus int) (rows []Row, err error) {
	e, err := o.Open(o, nodes, cpus)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := e.Close(); err == nil {
			err = closed
		}
	}()
	if err := Fill(ctx, e); err != nil {
		return nil, err
	}
	for _, w := range o.Ways {
		rows = append(rows, Row{Way: w, Nodes: nodes, CPUs: cpus})
	}
	for range o.Times {
		for i := range rows {
			if err := o.once(ctx, e, &rows[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", rows[i].Way, err)
			}
		}
	}
	steps := 0.0
	if c, ok := e.(counter); ok {
		if steps, err = c.Steps(ctx, o.Lookups); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		r := &rows[i]
		r.Steps = steps
		if rows[0].Way == Read {
			r.Ratio = r.NS / rows[0].NS
		}
		r.PerSecond = float64(cpus) * 1e9 / r.NS
	}
	return rows, nil
}

// counter is an engine that can tell how many nodes a lookup looks at.
type counter interface {
	Steps(ctx context.Context, lookups int) (float64, error)
}

// once runs a way once.
func (o Options) once(ctx context.Context, e Engine, r *Row) error {
	found, took, err := e.Run(ctx, string(r.Way), r.CPUs)
	if err != nil {
		return err
	}
	for _, n := range found {
		r.Missed += o.Lookups - int(n)
	}
	if r.Missed > 0 && (r.CPUs == 1 || r.Way != Apart) {
		return fmt.Errorf("%d lookups found nothing", r.Missed)
	}
	if ns := float64(took.Nanoseconds()) / float64(o.Lookups); r.NS == 0 || ns < r.NS {
		r.NS = ns
	}
	return nil
}

// Fill adds the nodes to an engine's tree.
func Fill(ctx context.Context, e Engine) error {
	for {
		full, _, err := e.Run(ctx, "fill", 1)
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		if full[0] != 0 {
			return nil
		}
	}
}
