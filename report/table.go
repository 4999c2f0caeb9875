package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TableOptions are how a table is shown.
type TableOptions struct {
	Color bool
	Quiet bool // only programs that aren't a success, no totals
	// Next is the command to run next, printed last where something was refused.
	Next string
}

var tableHead = []string{"File", "Program", "Verdict", "Duration (us)", "Insns", "States", "Peak states"}

const leftColumns = 3 // the rest are numbers, aligned right

// Table prints the result for people, with veristat's columns.
func Table(w io.Writer, r *Result, opts TableOptions) error {
	var shown []*Program
	for p := range r.Programs() {
		if !opts.Quiet || p.Verdict != Success {
			shown = append(shown, p)
		}
	}
	head, several := tableHead, r.several()
	if several {
		head = slices.Insert(slices.Clone(head), len(head), "Kernel")
	}
	rows := make([][]string, 0, len(shown)+1)
	rows = append(rows, head)
	for _, p := range shown {
		row := tableRow(p)
		if several {
			row = append(row, Escape(p.Kernel))
		}
		rows = append(rows, row)
	}
	width := columnWidths(rows)

	b := bufio.NewWriter(w)
	if len(shown) > 0 {
		printRow(b, head, width, nil)
		var rule []string
		for _, n := range width {
			rule = append(rule, strings.Repeat("-", n))
		}
		printRow(b, rule, width, nil)
	}
	for i, p := range shown {
		printRow(b, rows[i+1], width, painter(p.Verdict, opts.Color))
		printReason(b, p, opts.Color)
	}
	if !opts.Quiet {
		if len(shown) > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, Summary(r))
	}
	if opts.Next != "" {
		fmt.Fprintf(b, "next: %s\n", Escape(opts.Next))
	}
	return b.Flush()
}

func tableRow(p *Program) []string {
	row := []string{Escape(baseName(p.Object)), Escape(p.Name), Escape(string(p.Verdict))}
	if p.Verdict == Error {
		return append(row, "-", "-", "-", "-")
	}
	return append(row, strconv.FormatInt(p.DurationUS, 10), strconv.Itoa(p.Processed),
		strconv.Itoa(p.States), strconv.Itoa(p.PeakStates))
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

// printRow prints one row; paint colours the verdict after it was padded.
func printRow(b *bufio.Writer, row []string, width []int, paint func(string) string) {
	var line strings.Builder
	for i, cell := range row {
		if i > 0 {
			line.WriteString("  ")
		}
		pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
		if paint != nil && i == leftColumns-1 {
			cell = paint(cell)
		}
		if i < leftColumns {
			line.WriteString(cell + pad)
		} else {
			line.WriteString(pad + cell)
		}
	}
	fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
}

// maxReasonLines bounds what is printed of a refusal; the log has the rest.
const maxReasonLines = 6

// printReason prints under a row why the program isn't a success, and what the answer rests on.
func printReason(b *bufio.Writer, p *Program, color bool) {
	if p.Diagnosis != nil {
		var text strings.Builder
		_ = Explain(&text, p, ExplainOptions{Color: color, Short: true}) // a Builder takes everything
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
		s += fmt.Sprintf("; %d skipped that hold no BPF", n)
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
