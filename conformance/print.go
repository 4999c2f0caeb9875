package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
)

// print writes the report for people.
func (c *comparison) print(w io.Writer, o options) error {
	b := bufio.NewWriter(w)
	if !o.quiet {
		c.printDifferences(b, o)
	}
	fmt.Fprintf(b, "%-28s %24s %24s %24s\n", "", "verdict", "message", "processed")
	if !o.quiet && o.top == 0 && o.show == "" {
		for _, g := range slices.Sorted(maps.Keys(c.Groups)) {
			printFigures(b, g, c.Groups[g])
		}
	}
	for _, s := range slices.Sorted(maps.Keys(c.Subsets)) {
		printFigures(b, s, c.Subsets[s])
	}
	printFigures(b, "all", &c.All)
	fmt.Fprintf(b, "states and peak states of acceptances: %s\n", c.States)
	fmt.Fprintf(b, "errno of rejections: %s, counts: %s, stack depth: %s, log: %s\n",
		c.Refused.Errno, c.Refused.Counts, c.Refused.Depth, c.Refused.Log)
	fmt.Fprintf(b, "programs libbpf can't prepare, error with the same cause: %s\n", c.Prepare)
	fmt.Fprintf(b, "false accepts: %d, without kfunc and BTF-typed pointer: %d\n", c.FalseAccepts, c.FalseAcceptsPlain)
	fmt.Fprintf(b, "unsupported: %d, bugs: %d\n", c.Unsupported, c.Bugs)
	fmt.Fprintf(b, "model %s against %s in %.1f s\n", c.Kernel, c.Truth, c.Seconds)
	return b.Flush()
}

func (r ratio) String() string {
	return fmt.Sprintf("%d/%d %6.2f %%", r.Equal, r.Total, r.percent())
}

func printFigures(w io.Writer, name string, f *figures) {
	fmt.Fprintf(w, "%-28s %24s %24s %24s\n", name, f.Verdict, f.Message, f.Processed)
}

// shown reports whether -show lists the difference.
func (d *difference) shown(kind string) bool {
	switch kind {
	case "":
		return true
	case "accept":
		return d.Kind == "verdict" && d.Ours.Verdict == "success"
	case "unsupported":
		return d.Kind == "verdict" && d.Ours.Verdict == "unsupported"
	case "bug":
		return strings.HasPrefix(d.Ours.Message, "internal bug")
	}
	return d.Kind == kind
}

func (c *comparison) printDifferences(w io.Writer, o options) {
	grouped := map[string][]*difference{}
	for i := range c.Differences {
		d := &c.Differences[i]
		if !d.shown(o.show) {
			continue
		}
		if o.top == 0 {
			fmt.Fprintf(w, "%-9s %s/%s: %s\n", d.Kind, d.Object, d.Program, d.bothSides())
			continue
		}
		grouped[d.pair()] = append(grouped[d.pair()], d)
	}
	pairs := slices.SortedFunc(maps.Keys(grouped), func(a, b string) int {
		return cmp.Or(len(grouped[b])-len(grouped[a]), strings.Compare(a, b))
	})
	for i, p := range pairs {
		if i == o.top {
			fmt.Fprintf(w, "... and %d more kinds\n", len(pairs)-i)
			break
		}
		ds := grouped[p]
		fmt.Fprintf(w, "%5d  %s\n", len(ds), p)
		for _, d := range ds[:min(3, len(ds))] {
			fmt.Fprintf(w, "         e.g. %s/%s\n", d.Object, d.Program)
		}
	}
	if len(c.Differences) > 0 {
		fmt.Fprintln(w)
	}
}

// bothSides is the difference in one line.
func (d *difference) bothSides() string {
	if d.Kind == "processed" {
		return fmt.Sprintf("kernel %d (states %d peak %d) | ours %d (states %d peak %d)",
			d.Kernel.Processed, d.Kernel.States, d.Kernel.PeakStates,
			d.Ours.Processed, d.Ours.States, d.Ours.PeakStates)
	}
	s := fmt.Sprintf("kernel %s | ours %s", d.Kernel.text(), d.Ours.text())
	if d.Kind == "verdict" && d.Ours.Verdict == "success" && d.Plain {
		s += " | no kfunc, no BTF pointer"
	}
	return s
}

func (s *side) text() string {
	if s.Verdict == "success" {
		return s.Verdict
	}
	return s.Verdict + ": " + s.Message
}

var number = regexp.MustCompile(`0x[0-9a-f]+|[0-9]+`)

// pair is the difference without what varies between programs.
func (d *difference) pair() string {
	if d.Kind == "processed" {
		switch {
		case d.Ours.Processed > d.Kernel.Processed:
			return "processed: ours more"
		default:
			return "processed: ours less"
		}
	}
	return d.Kind + ": " + number.ReplaceAllString(fmt.Sprintf("kernel %s\n         %s| ours   %s",
		d.Kernel.text(), strings.Repeat(" ", len(d.Kind)), d.Ours.text()), "N")
}

// showProgram prints both sides' logs of one program.
func showProgram(o options, records []truth.Record) error {
	at := slices.IndexFunc(records, func(r truth.Record) bool { return r.Key() == o.program })
	if at < 0 {
		return fmt.Errorf("no answer for %q in %s; name it as OBJECT.bpf.o/PROGRAM", o.program, o.truth)
	}
	r := &records[at]
	fmt.Printf("=== kernel: %s %s, errno %d, processed %d, states %d, peak %d\n%s%s",
		r.Stage, r.Verdict, r.Errno, r.Processed, r.States, r.PeakStates, r.LogTail, r.Warning)
	level := 1
	if o.verbose {
		level = 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	go guardMemory(o.memory, func(msg string) {
		fmt.Println("internal bug:", msg)
		os.Exit(1)
	})
	k, err := loadKernel(o)
	if err != nil {
		return err
	}
	res, err := bpfverdict.CheckAll(ctx, k, []string{filepath.Join(o.objects, r.Object)},
		bpfverdict.LogLevel(level), bpfverdict.Only(r.Program))
	if err != nil {
		return err
	}
	for p := range res.Programs() {
		fmt.Printf("=== ours: %s, errno %d, processed %d, states %d, peak %d\n%s", p.Verdict, p.Errno,
			p.Processed, p.States, p.PeakStates, p.Log)
		if p.Message != "" {
			fmt.Printf("=== our message: %s\n", p.Message)
		}
		if r.Verdict == "failure" {
			fmt.Printf("=== its message: %s\n", r.Message())
		}
	}
	return nil
}
