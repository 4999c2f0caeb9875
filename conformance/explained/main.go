// Command explained counts how much is told of the programs that a kernel refuses.
//
//	go run ./conformance/explained -objects DIR [-kernel MODEL] [-q]
//	go run ./conformance/explained -objects DIR -beside FILE
//	go run ./conformance/explained -objects DIR [-kernel MODEL] -same
//
// It prints how many refusals have a code, a line, a sentence on the cause beyond the rule, a place that led there, the
// place where what is held began, and help, and lists by code those that lack something. With recorded answers of a kernel
// that explains refusals itself (7.3 and later) it prints, by category, what is told here and what that kernel told. With -same it checks
// that answers are the same whether explanations are asked for or not, and that nothing of that is lacking.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

func main() {
	objects := flag.String("objects", "", "`DIR` with the objects")
	name := flag.String("kernel", kernel.Default(), "`MODEL` to judge by")
	answers := flag.String("beside", "", "`FILE` of recorded answers to compare with")
	quiet := flag.Bool("q", false, "figures only")
	unchanged := flag.Bool("same", false, "check that explaining changes no answer, and lacks nothing")
	flag.Parse()
	tell := func() error { return run(os.Stdout, *objects, *name, *quiet) }
	switch {
	case *unchanged:
		tell = func() error { return same(os.Stdout, *objects, *name) }
	case *answers != "":
		tell = func() error { return compare(os.Stdout, *objects, *answers) }
	}
	if err := tell(); err != nil {
		fmt.Fprintln(os.Stderr, "explained:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, dir, name string, quiet bool) error {
	res, err := explain(dir, name)
	if err != nil {
		return err
	}
	f := newFigures()
	f.add(res)
	f.print(w, quiet)
	return nil
}

// explain judges the objects in a folder by a model.
func explain(dir, name string) (*report.Result, error) {
	k, paths, err := inputs(dir, name)
	if err != nil {
		return nil, err
	}
	res, _ := bpfverdict.CheckAll(context.Background(), k, paths, bpfverdict.Explain()) // files that are none are told of elsewhere
	return res, nil
}

// aspect is something that a diagnosis may have.
type aspect string

const (
	code  aspect = "code"
	line  aspect = "line"
	cause aspect = "cause"
	led   aspect = "a place that led there"
	begin aspect = "begin of what is held"
	help  aspect = "help"
)

var aspects = []aspect{code, line, cause, led, begin, help}

// figures are counts of refusals.
type figures struct {
	refused, lineless int // lineless: the object has no lines
	may, has          map[aspect]int
	lacking           map[string][]string // programs by what they lack
}

// owning are the subjects of codes whose objects and sections begin somewhere.
var owning = []string{"03", "04", "05", "06", "07", "08"}

func newFigures() *figures {
	return &figures{may: map[aspect]int{}, has: map[aspect]int{}, lacking: map[string][]string{}}
}

func (f *figures) add(res *report.Result) {
	for p := range res.Programs() {
		d := p.Diagnosis
		if d == nil {
			continue
		}
		f.refused++
		c, _ := diagnosis.Lookup(d.Code)
		has := told(p)
		noLines := !has[line] && p.Source == nil
		if noLines {
			f.lineless++
		}
		var lacks []string
		for _, a := range aspects {
			switch {
			case a == line && noLines, a == begin && !owns(d):
				continue
			case has[a]:
				f.has[a]++
			case a != led && a != help:
				lacks = append(lacks, string(a))
			}
			f.may[a]++
		}
		if len(lacks) > 0 {
			key := fmt.Sprintf("no %s: %s %s", strings.Join(lacks, ", no "), d.Code, c.Title)
			f.lacking[key] = append(f.lacking[key], fmt.Sprintf("%s/%s: %s", filepath.Base(p.Object), p.Name, p.Message))
		}
	}
}

// told are the aspects that the diagnosis of a program has.
func told(p *report.Program) map[aspect]bool {
	d := p.Diagnosis
	return map[aspect]bool{
		code:  d.Code != "",
		line:  d.Primary != nil && d.Primary.Line > 0,
		cause: tellsCause(p),
		led:   len(d.Secondary) > 0,
		begin: len(d.Secondary) > 0 || saysNothingBegan(d),
		help:  len(d.Help) > 0,
	}
}

// owns reports a diagnosis that is about what is held.
func owns(d *diagnosis.Diagnosis) bool {
	return len(d.Code) > 4 && slices.Contains(owning, d.Code[2:4])
}

// tellsCause reports that a diagnosis says more than the rule's name and the kernel's message.
func tellsCause(p *report.Program) bool {
	d := p.Diagnosis
	c, _ := diagnosis.Lookup(d.Code)
	return d.Title != c.Title && d.Title != p.Message || d.Primary != nil && d.Primary.Label != p.Message
}

// saysNothingBegan reports that a diagnosis says that there is no begin on the path.
func saysNothingBegan(d *diagnosis.Diagnosis) bool {
	return slices.ContainsFunc(d.Notes, func(n string) bool { return strings.Contains(n, "on this path") })
}

func (f *figures) print(w io.Writer, quiet bool) {
	if !quiet {
		keys := slices.SortedFunc(maps.Keys(f.lacking), func(a, b string) int {
			return cmp.Or(cmp.Compare(len(f.lacking[b]), len(f.lacking[a])), cmp.Compare(a, b))
		})
		for _, k := range keys {
			fmt.Fprintf(w, "%4d %s\n", len(f.lacking[k]), k)
			for _, p := range f.lacking[k][:min(3, len(f.lacking[k]))] {
				fmt.Fprintf(w, "       %s\n", p)
			}
		}
	}
	fmt.Fprintf(w, "%d refusals, %d of objects without lines\n", f.refused, f.lineless)
	for _, a := range aspects {
		fmt.Fprintf(w, "%-24s %4d/%d\n", a, f.has[a], f.may[a])
	}
}
