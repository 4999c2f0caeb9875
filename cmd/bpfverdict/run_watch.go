package main

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/machine"
	"github.com/bpfverdict/bpfverdict/report"
)

// watch has each instruction looked at, if anything is to be known of it.
func (r *runner) watch(stderr io.Writer) {
	if !r.trace && r.lines == nil {
		return
	}
	r.observe = func(p *machine.Program, insn int) {
		if r.trace {
			fmt.Fprintf(stderr, "%s %d: %s\n", report.Escape(p.Name()), insn, report.Escape(p.Insn(insn)))
		}
		if r.lines != nil {
			r.lines.add(p, insn)
		}
	}
}

// coverage counts how often lines of C were run.
type coverage struct {
	progs map[*machine.Program][]int // runs of each instruction
}

func newCoverage() *coverage { return &coverage{map[*machine.Program][]int{}} }

func (c *coverage) add(p *machine.Program, insn int) {
	counts := c.progs[p]
	if counts == nil {
		counts = make([]int, p.Len())
		c.progs[p] = counts
	}
	if insn < len(counts) {
		counts[insn]++
	}
}

// line is a line of source with code.
type line struct {
	Number int
	Text   string
	Count  int // runs of the instruction of it that ran most often
}

// files are the lines with code, by file and number.
func (c *coverage) files() map[string]map[int]*line {
	out := map[string]map[int]*line{}
	for p, counts := range c.progs {
		for i, n := range counts {
			src := p.Source(i)
			if src == nil || src.Line == 0 {
				continue
			}
			if out[src.File] == nil {
				out[src.File] = map[int]*line{}
			}
			l := out[src.File][src.Line]
			if l == nil {
				l = &line{Number: src.Line, Text: src.Text}
				out[src.File][src.Line] = l
			}
			l.Count = max(l.Count, n)
		}
	}
	return out
}

// format writes the coverage as the file's name asks for.
func (c *coverage) format(file string) ([]byte, error) {
	if strings.HasSuffix(file, ".info") {
		return c.lcov(), nil
	}
	return c.html()
}

func sorted(lines map[int]*line) []*line {
	return slices.SortedFunc(maps.Values(lines), func(a, b *line) int { return a.Number - b.Number })
}

// lcov writes the format of lcov's tracefiles.
func (c *coverage) lcov() []byte {
	var b bytes.Buffer
	files := c.files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "TN:\nSF:%s\n", report.Escape(name))
		hit := 0
		for _, l := range sorted(files[name]) {
			fmt.Fprintf(&b, "DA:%d,%d\n", l.Number, l.Count)
			if l.Count > 0 {
				hit++
			}
		}
		fmt.Fprintf(&b, "LF:%d\nLH:%d\nend_of_record\n", len(files[name]), hit)
	}
	return b.Bytes()
}

// page shows each file's lines, those with code green where they were run and red where not.
var page = template.Must(template.New("").Parse(`<!DOCTYPE html>
<meta charset="utf-8">
<title>Lines that were run</title>
<style>
body { background: #fff; color: #555; font-family: sans-serif }
pre { font-family: monospace; line-height: 1.3 }
.hit { color: #080 } .miss { color: #c00 } .count { color: #999 }
</style>
{{range .}}<h2>{{.Name}}: {{.Hit}} of {{len .Lines}} lines</h2>
<pre>{{range .Shown}}<span class="count">{{printf "%8s" .Times}} {{printf "%5d" .Number}}</span>  <span class="{{.Class}}">{{.Text}}</span>
{{end}}</pre>
{{end}}`))

type shownFile struct {
	Name  string
	Hit   int
	Lines map[int]*line
	Shown []shownLine
}

type shownLine struct {
	Number             int
	Text, Class, Times string
}

// html writes a page; of files that can't be read it has the lines with code.
func (c *coverage) html() ([]byte, error) {
	var files []shownFile
	all := c.files()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := shownFile{Name: name, Lines: all[name]}
		show := func(n int, text string) {
			s := shownLine{Number: n, Text: text}
			switch l := f.Lines[n]; {
			case l == nil:
			case l.Count > 0:
				s.Class, s.Times = "hit", fmt.Sprint(l.Count)
				f.Hit++
			default:
				s.Class, s.Times = "miss", "0"
			}
			f.Shown = append(f.Shown, s)
		}
		if text, err := os.ReadFile(name); err == nil && len(text) < maxInput {
			for i, l := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
				show(i+1, l)
			}
		} else {
			for _, l := range sorted(f.Lines) {
				show(l.Number, l.Text)
			}
		}
		files = append(files, f)
	}
	var b bytes.Buffer
	err := page.Execute(&b, files)
	return b.Bytes(), err
}
