package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/bpfverdict/bpfverdict/machine"
	"github.com/bpfverdict/bpfverdict/report"
)

// tryAll runs all steps in one schedule after the other, until one ends other than well.
func (r *runner) tryAll(ctx context.Context) error {
	first := r.world.Seed
	for n := range r.explore {
		r.world.Seed = first + uint64(n)
		r.result.Runs = r.result.Runs[:0]
		if err := r.sequence(ctx); err != nil {
			return err
		}
		if runExitCode(r.result) != exitAccepted {
			fmt.Fprintf(r.errs, "schedule %d of %d: --seed %d instead of --explore gives it again\n", n+1, r.explore, r.world.Seed)
			return nil
		}
		r.noVerify = true // programs are the same each time
	}
	fmt.Fprintf(r.errs, "%d schedules: nothing found\n", r.explore)
	return nil
}

// atOnce runs programs of one object at the same time, one on each CPU.
func (r *runner) atOnce(ctx context.Context, path string, progs []*machine.Program) error {
	var turns []machine.Turn
	if r.repeat > 1 && !r.fast {
		return errors.New("--repeat: programs run at the same time more than once with --fast only")
	}
	for _, p := range progs {
		if ok, err := r.verified(ctx, path, p); !ok {
			return err
		}
		in := machine.Input{Ctx: r.ctx, Repeat: r.repeat}
		if p.TakesPacket() {
			in.Data = r.data[0]
		}
		turns = append(turns, machine.Turn{Program: p, Input: in})
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	run := func() ([]*machine.Result, error) { return r.m.Interleave(limited, r.world.Seed, turns...) }
	if r.fast {
		run = func() ([]*machine.Result, error) { return r.m.Parallel(limited, turns...) }
	}
	results, err := run()
	fault, told := new(machine.Fault), err == nil
	errors.As(err, &fault)
	for i, p := range progs {
		run := report.Run{Object: path, Program: p.Name()}
		switch res := results[i]; {
		case res != nil:
			run.Outcome, run.Retval, run.Insns, run.DurationNS = report.Returned, res.Return, res.Insns, res.Duration.Nanoseconds()
		case !told && (fault.Program == "" || fault.CPU == i):
			told = true
			if err := r.judge(ctx, &run, err); err != nil {
				return err
			}
		default:
			continue // it was stopped by another's fault
		}
		r.add(run)
	}
	if !told {
		return err
	}
	return nil
}
