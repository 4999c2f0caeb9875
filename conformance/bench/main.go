// Command bench verifies the same objects with us, on one thread, and with the running kernel,
// and compares the time both take over the programs that both accept.
//
//	go run ./conformance/bench -objects DIR
//
// It asks the kernel through the oracle, so it needs root and Linux.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

const (
	listed     = 10      // worst programs and largest objects that are printed
	peakTarget = 1 << 30 // bytes an object may need at most
)

func main() {
	var b bench
	flag.StringVar(&b.objects, "objects", "", "`DIR` with the objects")
	flag.StringVar(&b.filter, "filter", "*.o", "only objects whose name matches this `glob`")
	flag.StringVar(&b.oracle, "oracle", "", "the oracle's `PATH` (default bin/oracle beside DIR)")
	flag.StringVar(&b.kernel, "kernel", kernel.Default(), "model to judge by")
	flag.IntVar(&b.runs, "runs", 3, "times each side judges an object; the fastest counts")
	flag.DurationVar(&b.timeout, "timeout", time.Minute, "give up on a program after this time")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	objects, filter, oracle, kernel string
	runs                            int
	timeout                         time.Duration

	model    *kernel.Model
	programs map[string]*timing // by "object/program"
	peaks    []peak
}

// timing are the fastest times of both sides for one program; 0 where it wasn't accepted.
type timing struct {
	name         string
	ours, theirs time.Duration
	processed    int
}

type peak struct {
	object string
	bytes  int64
}

func (b *bench) run() error {
	if b.objects == "" {
		return errors.New("-objects DIR is needed")
	}
	if b.oracle == "" {
		b.oracle = filepath.Join(b.objects, "..", "bin", "oracle")
	}
	if err := b.kernelAnswers(); err != nil {
		return err
	}
	var err error
	if b.model, err = kernel.Load(b.kernel); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(b.objects, b.filter))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no object matches %s in %s", b.filter, b.objects)
	}
	// One thread, the collector's work included.
	runtime.GOMAXPROCS(1)
	b.programs = map[string]*timing{}
	for _, f := range files {
		for range b.runs {
			if err := b.theirs(f); err != nil {
				return err
			}
		}
		if err := b.ours(f); err != nil {
			return err
		}
	}
	b.print()
	return nil
}

// kernelAnswers reports why the running kernel can't be asked.
func (b *bench) kernelAnswers() error {
	switch {
	case runtime.GOOS != "linux":
		return errors.New("the other side of the comparison is the running Linux kernel, and this is " + runtime.GOOS)
	case os.Getuid() != 0:
		return errors.New("only root may ask the running kernel: run it as root")
	}
	if _, err := os.Stat(b.oracle); err != nil {
		return fmt.Errorf("no oracle at %s: build it with conformance/corpus/build.sh, or name it with -oracle", b.oracle)
	}
	return nil
}

func (b *bench) timing(object, program string) *timing {
	key := object + "/" + program
	t := b.programs[key]
	if t == nil {
		t = &timing{name: key}
		b.programs[key] = t
	}
	return t
}

// theirs has the kernel judge an object.
func (b *bench) theirs(file string) error {
	var stdout bytes.Buffer
	cmd := exec.Command(b.oracle, file)
	cmd.Stdout = &stdout
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", b.oracle, file, err)
	}
	answers, err := truth.Read(&stdout)
	if err != nil {
		return fmt.Errorf("%s %s: %w", b.oracle, file, err)
	}
	for i := range answers.Records {
		if r := &answers.Records[i]; r.Judged() && r.Verdict == "success" && r.Usec >= 0 {
			t := b.timing(r.Object, r.Program)
			// The kernel rounds to microseconds; none takes nothing.
			t.theirs = fastest(t.theirs, time.Duration(max(r.Usec, 1))*time.Microsecond)
			t.processed = r.Processed
		}
	}
	return nil
}

// ours judges an object, and notes the largest memory the process had meanwhile.
func (b *bench) ours(file string) error {
	debug.FreeOSMemory()
	measured := resetPeak()
	for range b.runs {
		_, err := bpfverdict.CheckAll(context.Background(), b.model, []string{file}, bpfverdict.Jobs(1),
			bpfverdict.Timeout(b.timeout),
			bpfverdict.Observe(func(e bpfverdict.Event) {
				if e.Result != nil && e.Result.Verdict == report.Success {
					t := b.timing(filepath.Base(file), e.Program)
					t.ours = fastest(t.ours, time.Duration(max(e.Result.DurationUS, 1))*time.Microsecond)
				}
			}))
		if ie := new(bpfverdict.InputError); err != nil && !errors.As(err, &ie) {
			return err
		}
	}
	if measured {
		b.peaks = append(b.peaks, peak{filepath.Base(file), readPeak()})
	}
	return nil
}

func fastest(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (b *bench) print() {
	var both []*timing
	var ours, theirs time.Duration
	processed := 0
	for _, t := range b.programs {
		if t.ours > 0 && t.theirs > 0 {
			both = append(both, t)
			ours += t.ours
			theirs += t.theirs
			processed += t.processed
		}
	}
	if len(both) == 0 {
		fmt.Println("no program that both accept")
		return
	}
	slices.SortFunc(both, func(a, b *timing) int {
		return cmp.Or(cmp.Compare(b.ours-b.theirs, a.ours-a.theirs), cmp.Compare(a.name, b.name))
	})
	fmt.Printf("worst programs:%51s %12s %8s\n", "ours", "kernel", "ratio")
	for _, t := range both[:min(listed, len(both))] {
		fmt.Printf("  %-52s %11s %12s %8.2f\n", t.name, t.ours, t.theirs, float64(t.ours)/float64(t.theirs))
	}
	b.printPeaks()
	fmt.Printf("%d programs both accept, %d instructions processed: ours %s, kernel %s, ratio %.2f\n",
		len(both), processed, ours.Round(time.Microsecond), theirs.Round(time.Microsecond), float64(ours)/float64(theirs))
}

func (b *bench) printPeaks() {
	if len(b.peaks) == 0 {
		fmt.Println("peak memory can't be measured here")
		return
	}
	slices.SortFunc(b.peaks, func(a, b peak) int { return cmp.Compare(b.bytes, a.bytes) })
	fmt.Println("peak memory of ours:")
	over := 0
	for i, p := range b.peaks {
		if i < listed {
			fmt.Printf("  %-52s %7d MiB\n", p.object, p.bytes>>20)
		}
		if p.bytes > peakTarget {
			over++
		}
	}
	fmt.Printf("objects over %d MiB: %d of %d\n", peakTarget>>20, over, len(b.peaks))
}
