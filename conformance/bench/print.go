package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"
)

const (
	listed   = 20                   // programs and objects that are printed
	matters  = 5 * time.Millisecond // the kernel's time from which a program's own ratio counts
	maxPeak  = 100 << 20            // bytes an object may need
	coldGoal = 1.0                  // ratios that no program that matters may exceed
	warmGoal = 0.6
)

// printRow prints what an object took, as soon as it was judged.
func (o *object) printRow() {
	var kernel, cold, warm time.Duration
	n := 0
	for _, t := range o.programs {
		if t.both() {
			kernel, cold, warm, n = kernel+t.kernel, cold+t.cold, warm+t.warm, n+1
		}
	}
	if n > 0 {
		fmt.Printf("%-44s %3d programs  kernel %9s  cold %9s %5.2f  warm %9s %5.2f  process %4d ms %4d MiB\n",
			filepath.Base(o.file), n, kernel, cold, ratio(cold, kernel), warm, ratio(warm, kernel),
			o.cold.cpu.Milliseconds(), o.cold.Peak>>20)
	}
}

func (t *timing) both() bool { return t.kernel > 0 && t.cold > 0 && t.warm > 0 }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func (b *bench) print() {
	var both []*timing
	for _, o := range b.objs {
		for _, t := range o.programs {
			if t.both() {
				both = append(both, t)
			}
		}
	}
	if len(both) == 0 {
		fmt.Println("no program that both accept")
		return
	}
	cold := func(t *timing) time.Duration { return t.cold }
	warm := func(t *timing) time.Duration { return t.warm }
	printWorst("cold", both, cold)
	printWorst("warm", both, warm)
	b.printPeaks()
	processed, states := 0, 0
	for _, t := range both {
		processed, states = processed+t.processed, states+t.states
	}
	fmt.Printf("\n%d programs that both accept, %d instructions processed, %d states\n", len(both), processed, states)
	printSum("cold", both, cold, coldGoal)
	printSum("warm", both, warm, warmGoal)
	b.printProcesses()
}

// printWorst prints the programs at which we lose most.
func printWorst(what string, both []*timing, ours func(*timing) time.Duration) {
	slices.SortFunc(both, func(a, b *timing) int {
		return cmp.Or(cmp.Compare(ours(b)-b.kernel, ours(a)-a.kernel), cmp.Compare(a.name, b.name))
	})
	fmt.Printf("\n%s, the worst:%43s %12s %7s %10s %8s %12s\n", what, "ours", "kernel", "ratio", "processed", "states", "at one insn")
	for _, t := range both[:min(listed, len(both))] {
		fmt.Printf("  %-44s %11s %12s %7.2f %10d %8d %12d\n", t.name, ours(t), t.kernel, ratio(ours(t), t.kernel), t.processed, t.states, t.perInsn)
	}
}

// printSum prints how we compare over all programs, and how many of those that matter are above goal.
func printSum(what string, both []*timing, ours func(*timing) time.Duration, goal float64) {
	var sum, kernel time.Duration
	logs, slower, mattering, above := 0.0, 0, 0, 0
	for _, t := range both {
		r := ratio(ours(t), t.kernel)
		sum, kernel, logs = sum+ours(t), kernel+t.kernel, logs+math.Log(r)
		if r > 1 {
			slower++
		}
		if t.kernel >= matters {
			mattering++
			if r > goal {
				above++
			}
		}
	}
	n := len(both)
	fmt.Printf("%s: ours %s, kernel %s: ratio of sums %.3f, geometric mean %.3f, slower than the kernel %.1f %%; "+
		"of %d over %s of kernel time %d above %.1f\n", what, sum.Round(time.Microsecond), kernel.Round(time.Microsecond),
		ratio(sum, kernel), math.Exp(logs/float64(n)), 100*float64(slower)/float64(n), mattering, matters, above, goal)
}

// printPeaks prints the objects that needed the most memory.
func (b *bench) printPeaks() {
	slices.SortFunc(b.objs, func(x, y *object) int { return cmp.Compare(y.cold.Peak, x.cold.Peak) })
	if b.objs[0].cold.Peak == 0 {
		fmt.Println("\npeak memory can't be measured here")
		return
	}
	fmt.Printf("\nprocesses, the largest:%37s %12s %12s\n", "peak", "allocated", "allocations")
	over := 0
	for i, o := range b.objs {
		if i < listed {
			fmt.Printf("  %-48s %5d MiB %8d MiB %12d\n", filepath.Base(o.file), o.cold.Peak>>20, o.cold.Bytes>>20, o.cold.Mallocs)
		}
		if o.cold.Peak > maxPeak {
			over++
		}
	}
	fmt.Printf("over %d MiB: %d of %d\n", maxPeak>>20, over, len(b.objs))
}

// printProcesses prints what whole processes took, their start included.
func (b *bench) printProcesses() {
	var cpu []time.Duration
	var sum time.Duration
	for _, o := range b.objs {
		cpu = append(cpu, o.cold.cpu)
		sum += o.cold.cpu
	}
	slices.Sort(cpu)
	fmt.Printf("processes, one an object: CPU least %s, median %s, in all %s\n", cpu[0], cpu[len(cpu)/2], sum.Round(time.Millisecond))
}
