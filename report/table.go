package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// TableOptions are how a table is shown.
type TableOptions struct {
	Color bool
	Quiet bool // only programs that aren't a success, no totals
	// Stats are the columns; without, the cost of each program below its file's name. With a column for files there are no
	// such headings.
	Stats  []*Stat
	Sorted bool // programs are in another order than their files, which then have a column
	Width  int  // characters that a line should not be longer than; 0 for any
	// Next is the command to run next, printed last where something was refused.
	Next string
}

// tableStats are the columns of a table: what the kernel says comes first, what it took us last.
var tableStats = mustStats("prog,verdict,insns,states,peak_states,duration")

// Table prints the result for people. Programs that never reach the verifier, all for the same reason, stand together at
// the end.
func Table(w io.Writer, r *Result, opts TableOptions) error {
	t := newTable(r, opts)
	b := bufio.NewWriter(w)
	t.print(b)
	t.printAlike(b)
	if !opts.Quiet {
		if len(t.shown)+len(t.alike) > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, Summary(r))
	}
	if opts.Next != "" {
		fmt.Fprintf(b, "next: %s\n", Escape(opts.Next))
	}
	return b.Flush()
}

// table is a table in the making.
type table struct {
	TableOptions
	headings bool // files are headings
	shown    []*Program
	alike    [][]*Program // what stands together at the end
}

// manyAlike is how many programs in error of one reason stand together.
const manyAlike = 3

func newTable(r *Result, opts TableOptions) *table {
	t := &table{TableOptions: opts}
	if len(t.Stats) == 0 {
		t.Stats = tableStats
		if t.Sorted {
			t.Stats = append(mustStats("file"), t.Stats...)
		}
		if r.several() {
			t.Stats = append(slices.Clip(t.Stats), mustStats("kernel")...)
		}
		if slices.ContainsFunc(r.List, func(p Program) bool { return p.Preset != "" }) {
			t.Stats = append(slices.Clip(t.Stats), mustStats("preset")...)
		}
	}
	t.headings = !slices.ContainsFunc(t.Stats, func(s *Stat) bool { return s.Names[0] == "file_name" })
	type reason struct{ kernel, message, note string }
	groups := map[reason][]*Program{}
	reasonOf := func(p *Program) reason { return reason{p.Kernel, p.Message, p.Note} }
	for p := range r.Programs() {
		if p.Verdict == Error {
			groups[reasonOf(p)] = append(groups[reasonOf(p)], p)
		}
	}
	for p := range r.Programs() {
		switch group := groups[reasonOf(p)]; {
		case p.Verdict == Error && len(group) >= manyAlike:
			if group[0] == p {
				t.alike = append(t.alike, group)
			}
		case !t.Quiet || p.Verdict != Success:
			t.shown = append(t.shown, p)
		}
	}
	return t
}

// print prints the programs, each with what there is to say of it.
func (t *table) print(b *bufio.Writer) {
	if len(t.shown) == 0 {
		return
	}
	head := make([]string, len(t.Stats))
	rows := [][]string{head}
	for i, s := range t.Stats {
		head[i] = s.Head
	}
	for _, p := range t.shown {
		row := make([]string, len(t.Stats))
		for i, s := range t.Stats {
			row[i] = s.cell(p)
		}
		rows = append(rows, row)
	}
	indent := map[bool]string{true: "  "}[t.headings]
	width := columnWidths(rows)
	t.fit(width, len(indent))
	rule := make([]string, len(width))
	for i, n := range width {
		rule[i] = strings.Repeat("-", n)
	}
	t.row(b, indent, head, width, nil)
	t.row(b, indent, rule, width, nil)
	object := ""
	for i, p := range t.shown {
		if t.headings && (i == 0 || p.Object != object) {
			object = p.Object
			fmt.Fprintln(b, Escape(object))
		}
		t.row(b, indent, rows[i+1], width, painter(p.Verdict, t.Color))
		printReason(b, p, t.TableOptions)
	}
}

// leastName is what is left of a column of names where a line gets too long.
const leastName = 12

// fit makes columns of names narrower until a line is no longer than it should be.
func (t *table) fit(width []int, indent int) {
	if t.Width <= 0 {
		return
	}
	over := indent + 2*(len(width)-1) - t.Width
	for _, n := range width {
		over += n
	}
	for i, s := range t.Stats {
		if s.Text != nil && over > 0 && width[i] > leastName {
			cut := min(over, width[i]-leastName)
			width[i] -= cut
			over -= cut
		}
	}
}

// row prints one row; paint colours the verdict after it was padded.
func (t *table) row(b *bufio.Writer, indent string, row []string, width []int, paint func(string) string) {
	var line strings.Builder
	line.WriteString(indent)
	for i, cell := range row {
		if i > 0 {
			line.WriteString("  ")
		}
		if n := width[i]; utf8.RuneCountInString(cell) > n {
			cell = string([]rune(cell)[:n-1]) + "…"
		}
		pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
		if paint != nil && t.Stats[i].Names[0] == "verdict" {
			cell = paint(cell)
		}
		if t.Stats[i].Number != nil {
			line.WriteString(pad + cell)
		} else {
			line.WriteString(cell + pad)
		}
	}
	fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
}

// printAlike prints the programs that never reach the verifier for one reason, and that reason once.
func (t *table) printAlike(b *bufio.Writer) {
	for i, group := range t.alike {
		if i > 0 || len(t.shown) > 0 {
			fmt.Fprintln(b)
		}
		word := "error"
		if paint := painter(Error, t.Color); paint != nil {
			word = paint(word)
		}
		fmt.Fprintf(b, "%d programs, %s on Linux %s:\n", len(group), word, Escape(group[0].Kernel))
		printReason(b, group[0], t.TableOptions)
		width := t.Width
		if width <= 0 {
			width = 120
		}
		for len(group) > 0 {
			n := slices.IndexFunc(group, func(p *Program) bool { return p.Object != group[0].Object })
			if n < 0 {
				n = len(group)
			}
			line := "  " + Escape(group[0].Object) + ":"
			for _, p := range group[:n] {
				if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(p.Name) > width {
					fmt.Fprintln(b, line)
					line = "   "
				}
				line += " " + Escape(p.Name)
			}
			fmt.Fprintln(b, line)
			group = group[n:]
		}
	}
}

// columnWidths are how wide the columns of a table are; no row has more than the first.
func columnWidths(rows [][]string) []int {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	return width
}

// maxReasonLines bounds what is printed of a refusal; the log has the rest.
const maxReasonLines = 6

// printReason prints under a row why the program isn't a success, and what the answer rests on.
func printReason(b *bufio.Writer, p *Program, opts TableOptions) {
	if p.Diagnosis != nil {
		var text strings.Builder
		_ = Explain(&text, p, ExplainOptions{Color: opts.Color, Short: true, Width: opts.Width - 4}) // a Builder takes everything
		for line := range strings.Lines(text.String()) {
			fmt.Fprintf(b, "    %s", line)
		}
	} else {
		printWords(b, p)
	}
	expected := ""
	if p.Expected {
		expected = "as expected"
	}
	for _, note := range []string{p.Note, p.assumption(), expected} {
		if note != "" {
			fmt.Fprintf(b, "    note: %s\n", Escape(note))
		}
	}
}

// printWords prints what the kernel says, and the source line.
func printWords(b *bufio.Writer, p *Program) {
	lines := p.Lines
	if len(lines) == 0 && p.Message != "" {
		lines = []string{p.Message}
	}
	for _, line := range lines[max(0, len(lines)-maxReasonLines):] {
		fmt.Fprintf(b, "    %s\n", Escape(line))
	}
	if s := p.Source; s != nil && p.Verdict != Success {
		fmt.Fprintf(b, "    %s:%d: %s\n", Escape(baseName(s.File)), s.Line, Escape(s.Text))
	}
}

// Summary is the totals in one line.
func Summary(r *Result) string {
	noun := "programs"
	if len(r.List) == 1 {
		noun = "program"
	}
	s := fmt.Sprintf("Linux %s: %d %s", Escape(r.Kernel), len(r.List), noun)
	sep := ": "
	for _, c := range []struct {
		verdict Verdict
		word    string
	}{{Success, "accepted"}, {Failure, "rejected"}, {Unsupported, "unsupported"}, {Error, "in error"}} {
		if n := r.Count(c.verdict); n > 0 {
			s += fmt.Sprintf("%s%d %s", sep, n, c.word)
			sep = ", "
		}
	}
	expected := 0
	for p := range r.Programs() {
		if p.Expected {
			expected++
		}
	}
	if expected > 0 {
		s += fmt.Sprintf("; %d not accepted, as expected", expected)
	}
	if n := len(r.Skipped); n > 0 {
		s += fmt.Sprintf("; %d skipped for other machines", n)
	}
	switch n := len(r.Unsearched); {
	case n == 1:
		s += "; 1 folder below not searched"
	case n > 1:
		s += fmt.Sprintf("; %d folders below not searched", n)
	}
	if !r.Complete {
		s += "; incomplete: not all that was given was judged"
	}
	return s
}

// painter returns how to colour a verdict; nil for not at all.
func painter(v Verdict, color bool) func(string) string {
	if !color {
		return nil
	}
	code := map[Verdict]string{Success: "32", Failure: "31", Unsupported: "33", Error: "35"}[v]
	return func(s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }
}
