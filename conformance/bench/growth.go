package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	bpfobject "github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

const (
	quarters   = 4
	growthGoal = 2.0 // how much more an instruction may cost in some quarter of a walk than in the whole; were it to grow with all before, 1.75 in the last
)

// quartered is what an instruction cost at least in each quarter of a walk.
type quartered [quarters]time.Duration

// growth measures what an instruction costs early and late in long walks, of programs that are refused, too. The error says
// that one gets dearer.
func (b *bench) growth() error {
	fmt.Printf("%-60s %9s %-12s %s\n", "", "processed", "", "ns an instruction, by quarters of the walk")
	var missed error
	for _, o := range b.objs {
		obj, err := bpfobject.Load(o.file)
		if err != nil {
			continue // some of the corpus are meant to be like that
		}
		for _, l := range obj.Link((*kmodel.Model)(b.model)) {
			if l.Image == nil {
				continue
			}
			name := filepath.Base(o.file) + "/" + l.Program.Name
			if err := b.grows(name, l.Image); err != nil {
				missed = errors.Join(missed, err)
			}
		}
	}
	return missed
}

// grows measures one program, if its walk is long.
func (b *bench) grows(name string, img *bpfobject.Image) error {
	var least quartered
	var out *verifier.Outcome
	for range b.runs {
		c := &clock{Context: context.Background(), at: []time.Time{time.Now()}}
		if out = verifier.Verify(c, img, (*kmodel.Model)(b.model), verifier.Options{}); out.Processed < longWalk {
			return nil
		}
		c.at = c.at[:1+out.Processed/askedEvery] // not what comes after the walk
		for i := range least {
			least[i] = fastest(least[i], c.quarter(i))
		}
	}
	var whole, most time.Duration
	for _, q := range least {
		whole, most = whole+q/quarters, max(most, q)
	}
	fmt.Printf("%-60s %9d %-12s %d\n", name, out.Processed, verdicts[out.Verdict], least)
	if r := ratio(most, whole); r > growthGoal {
		return fmt.Errorf("%s: an instruction costs up to %.1f times as much as on average", name, r)
	}
	return nil
}

var verdicts = map[verifier.Verdict]string{verifier.Success: "accepted", verifier.Failure: "refused", verifier.Unsupported: "unsupported", verifier.Bug: "bug"}

// clock notes when it is asked whether to stop, which the verifier does every so many instructions.
type clock struct {
	context.Context
	at []time.Time
}

const askedEvery = 1024 // instructions

func (c *clock) Err() error {
	c.at = append(c.at, time.Now())
	return nil
}

// quarter is what an instruction cost in one.
func (c *clock) quarter(i int) time.Duration {
	n := len(c.at) - 1
	from, to := i*n/quarters, (i+1)*n/quarters
	return c.at[to].Sub(c.at[from]) / time.Duration((to-from)*askedEvery)
}
