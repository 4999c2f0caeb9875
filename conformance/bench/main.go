// Command bench has the same objects judged by us and by the running kernel and compares the time of the programs
// that both accept. Ours is measured twice: cold, each object in a process of its own, as a command is run; and warm,
// in a process that has judged other programs before. Either has one thread.
//
//	go run ./conformance/bench -objects DIR
//	go run ./conformance/bench -objects DIR -explained
//	go run ./conformance/bench -objects DIR -growth
//	go run ./conformance/bench -objects DIR -scale
//
// Both times are of the verifier alone: the kernel's from the start of its check to when the program is rewritten, as its log
// has it, ours of the same steps. Neither has the object's ELF and BTF read in it, maps made, or relocations applied. Of the
// kernel's BTF ours has, cold, the types that a program asks for first unpacked; the kernel has them ready from boot. Either
// is rounded down to microseconds.
//
// Rounds are interleaved object by object and the least of them counts, so that other load on the computer disturbs
// both alike. It asks the kernel through the oracle, so it needs root and Linux; not with -explained, which compares what
// judging the longest programs takes with and without explanations, not with -growth, which tells what an instruction takes
// early and late in the longest walks, and not with -scale, which tells what a second worker saves.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func main() {
	var b bench
	child := flag.String("child", "", "judge the object `FILE` once and print what it took, as the benchmark has its processes do")
	flag.StringVar(&b.objects, "objects", "", "`DIR` with the objects")
	flag.BoolVar(&b.explain, "explain", false, "ask for explanations")
	flag.StringVar(&b.program, "program", "", "judge only the program of this `name`")
	explained := flag.Bool("explained", false, "compare explaining with judging alone, without the kernel")
	growth := flag.Bool("growth", false, "tell what an instruction takes early and late in long walks, without the kernel")
	scale := flag.Bool("scale", false, "tell what a second worker saves, without the kernel")
	flag.StringVar(&b.filter, "filter", "*.o", "only objects whose name matches this `glob`")
	flag.StringVar(&b.oracle, "oracle", "", "the oracle's `PATH` (default bin/oracle beside DIR)")
	flag.StringVar(&b.kernel, "kernel", kernel.Default(), "model to judge by")
	flag.IntVar(&b.runs, "runs", 5, "times each side judges an object; the fastest counts")
	flag.DurationVar(&b.within, "within", 5*time.Minute, "objects that the kernel is quick with are judged less often rather than that it takes longer")
	flag.DurationVar(&b.timeout, "timeout", time.Minute, "give up on a program after this time")
	flag.Parse()
	// One thread, the collector's work included.
	runtime.GOMAXPROCS(1)
	var err error
	if *child != "" {
		err = b.child(*child)
	} else {
		var alone func() error
		switch {
		case *explained:
			alone = b.explained
		case *growth:
			alone = b.growth
		case *scale:
			alone = b.scale
		}
		err = b.run(alone)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	objects, filter, oracle, kernel string
	program                         string // "" for all
	explain                         bool
	runs                            int
	within, timeout                 time.Duration

	model   *kernel.Model
	objs    []*object
	started time.Time
}

// object is an object and what judging it took at least.
type object struct {
	file     string
	rounds   int
	programs map[string]*timing
	cold     cost
}

// timing is one program.
type timing struct {
	name               string
	kernel, cold, warm time.Duration // 0 where it wasn't accepted
	processed, states  int
	perInsn            int // the most states at one instruction
}

// heavy is the kernel's time from which an object is judged as often as was asked for in any case.
const heavy = time.Millisecond

// run compares with the kernel, or does what is measured without it.
func (b *bench) run(alone func() error) error {
	b.started = time.Now()
	if b.objects == "" {
		return errors.New("-objects DIR is needed")
	}
	if b.oracle == "" {
		b.oracle = filepath.Join(b.objects, "..", "bin", "oracle")
	}
	var err error
	if alone == nil {
		if err = b.kernelAnswers(); err != nil {
			return err
		}
	}
	if b.model, err = kernel.Load(b.kernel); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(b.objects, b.filter))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no object matches %s in %s", b.filter, b.objects)
	}
	for _, f := range files {
		b.objs = append(b.objs, &object{file: f, programs: map[string]*timing{}})
	}
	if alone != nil {
		return alone()
	}
	if err := b.rounds(); err != nil {
		return err
	}
	b.print()
	return nil
}

// rounds judges every object once, and those that take long as often as asked for; then the others again, while
// there is time.
func (b *bench) rounds() error {
	for _, o := range b.objs {
		for o.rounds == 0 || o.rounds < b.runs && o.kernelTime() >= heavy {
			if err := b.round(o); err != nil {
				return err
			}
		}
		o.printRow()
	}
	rest := slices.SortedFunc(slices.Values(b.objs), func(x, y *object) int { return cmp.Compare(y.kernelTime(), x.kernelTime()) })
	for n := 1; n < b.runs; n++ {
		for _, o := range rest {
			if o.rounds > n {
				continue
			}
			if time.Since(b.started) > b.within {
				fmt.Printf("time is up: some objects were judged %d times\n", n)
				return nil
			}
			if err := b.round(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// round has each side judge an object.
func (b *bench) round(o *object) error {
	o.rounds++
	ctx := context.Background()
	return cmp.Or(b.askKernel(ctx, o), b.cold(ctx, o), b.warm(ctx, o))
}

func (o *object) timing(program string) *timing {
	t := o.programs[program]
	if t == nil {
		t = &timing{name: filepath.Base(o.file) + "/" + program}
		o.programs[program] = t
	}
	return t
}

func (o *object) kernelTime() (sum time.Duration) {
	for _, t := range o.programs {
		sum += t.kernel
	}
	return sum
}

func fastest(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
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
