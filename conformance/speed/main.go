// Command speed compares how fast programs run: compiled by the kernel that runs here, and by a machine's two
// engines. Rounds are interleaved and the least of them counts, so that other load on the computer disturbs all alike.
// It needs root.
//
//	go run ./conformance/speed
//	go run ./conformance/speed -trees >internal/treebench/kernels.json
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	dir := flag.String("objects", "machine/testdata/speed", "`DIR` with the programs")
	times := flag.Int("times", 150, "how often each program is run")
	record := flag.Bool("trees", false, "print what lookups in trees cost in this kernel, as JSON")
	only := flag.String("only", "", "the one `PROGRAM` to run; all by default, and trees")
	bpftool := flag.String("bpftool", "bpftool", "`FILE` that loads programs with trees")
	flag.Parse()
	do := func() error { return errors.Join(compare(*dir, programs, *times), compareTrees(*bpftool, *times)) }
	switch {
	case *only != "":
		do = func() error { return compare(*dir, []string{*only}, *times) }
	case *record:
		do = func() error { return recordTrees(*bpftool) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

// programs are those of loops.bpf.o, hash_update before hash_lookup, which looks up what that has added.
var programs = []string{
	"arithmetic", "arithmetic_random", "hash_update", "hash_lookup", "array_lookup", "stack_array", "calls", "callbacks",
}

// engine runs the programs of one object.
type engine interface {
	// run runs a program once.
	run(program string) (result uint32, took time.Duration, err error)
	close()
}

// compare prints a row for each program.
func compare(dir string, programs []string, times int) error {
	file := filepath.Join(dir, "loops.bpf.o")
	rounds, err := variable(file, "rounds")
	if err != nil {
		return err
	}
	engines, err := open(file)
	if err != nil {
		return err
	}
	for _, e := range engines {
		defer e.close()
	}
	fmt.Println("| program | kernel, ns a round | compiled | ratio | interpreted | ratio |\n|---|---|---|---|---|---|")
	for _, p := range programs {
		best := make([]float64, len(engines))
		for n := range times {
			var first uint32
			for i, e := range engines {
				got, took, err := e.run(p)
				if err != nil {
					return fmt.Errorf("%s: %w", p, err)
				}
				switch {
				case n > 0:
				case i == 0:
					first = got
				case got != first:
					return fmt.Errorf("%s: an engine returns %#x, the kernel %#x", p, got, first)
				}
				if ns := float64(took.Nanoseconds()) / float64(rounds); best[i] == 0 || ns < best[i] {
					best[i] = ns
				}
			}
		}
		fmt.Printf("| %s | %.2f | %.2f | **%.2f** | %.1f | %.1f |\n", p, best[0], best[1], best[1]/best[0], best[2], best[2]/best[0])
	}
	return nil
}
