package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MatrixJSON prints the matrix as one object.
func MatrixJSON(w io.Writer, m *Matrix) error { return writeJSON(w, m) }

// MatrixCSV prints one line a program and kernel.
func MatrixCSV(w io.Writer, m *Matrix) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"file_name", "prog_name", "kernel", "verdict", "total_insns", "total_states", "peak_states", "message", "cause"}}
	for i := range m.List {
		row := &m.List[i]
		for column, cell := range row.Cells {
			line := []string{
				Escape(baseName(row.Object)), Escape(row.Name), Escape(m.Kernels[column]), string(cell.Verdict),
				strconv.Itoa(cell.Processed), strconv.Itoa(cell.States), strconv.Itoa(cell.PeakStates), "", "",
			}
			if r := m.reason(cell); r != nil {
				line[7], line[8] = Escape(r.Message), r.Cause.String()
			}
			rows = append(rows, line)
		}
	}
	if err := c.WriteAll(rows); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

// reason is why a cell isn't a success, nil for one that is.
func (m *Matrix) reason(c Cell) *Reason {
	if c.Reason < 1 || c.Reason > len(m.Reasons) {
		return nil
	}
	return &m.Reasons[c.Reason-1]
}

// String says how kernels differ, in one line; empty for nil.
func (c *Cause) String() string {
	if c == nil {
		return ""
	}
	what := map[CauseKind]string{CauseFeature: "feature", CauseHelper: "helper", CauseKfunc: "kernel function"}[c.Kind]
	verb := "has"
	if c.Missing {
		verb = "lacks"
	}
	s := fmt.Sprintf("%s the %s %s (since %s)", verb, what, Escape(c.Name), Escape(c.Since))
	if c.Effect != "" {
		s += ": " + Escape(c.Effect)
	}
	return s
}

// text is a cell for people: the cost of what is accepted, the number of why it isn't.
func (c Cell) text() string {
	switch c.Verdict {
	case Success:
		return strconv.Itoa(c.Processed)
	case "":
		return "-"
	}
	return fmt.Sprintf("%s %d", map[Verdict]string{Failure: "no", Unsupported: "?", Error: "error"}[c.Verdict], c.Reason)
}

func (r *MatrixRow) first() string {
	if r.First == "" {
		return "none"
	}
	return r.First
}

// MatrixTable prints the matrix for people: instructions processed where a program is accepted, the number of the reason
// where it isn't, and then the reasons.
func MatrixTable(w io.Writer, m *Matrix, opts TableOptions) error {
	head := append(append([]string{"File", "Program"}, escaped(m.Kernels)...), "First")
	rows := [][]string{head}
	var verdicts [][]Verdict
	for i := range m.List {
		r := &m.List[i]
		if opts.Quiet && !r.refused() {
			continue
		}
		row := []string{Escape(baseName(r.Object)), Escape(r.Name)}
		var vs []Verdict
		for _, c := range r.Cells {
			row, vs = append(row, c.text()), append(vs, c.Verdict)
		}
		rows, verdicts = append(rows, append(row, Escape(r.first()))), append(verdicts, vs)
	}
	width := columnWidths(rows)
	b := bufio.NewWriter(w)
	for i, row := range rows {
		if len(rows) == 1 {
			break
		}
		var line strings.Builder
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			kernel := j - 2
			switch {
			case kernel < 0 || kernel >= len(m.Kernels):
				cell += pad
			case i > 0 && opts.Color:
				cell = pad + painter(verdicts[i-1][kernel], true)(cell)
			default:
				cell = pad + cell
			}
			line.WriteString(cell + "  ")
		}
		fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
		if i == 0 {
			for j, n := range width {
				fmt.Fprintf(b, "%s%s", strings.Repeat("-", n), map[bool]string{true: "  ", false: "\n"}[j < len(width)-1])
			}
		}
	}
	for _, r := range m.Reasons {
		fmt.Fprintf(b, "\n%4d  %s (%s)\n", r.Number, Escape(r.Message), r.what())
		if s := r.Source; s != nil {
			fmt.Fprintf(b, "      %s:%d: %s\n", Escape(baseName(s.File)), s.Line, Escape(s.Text))
		}
		if r.Cause != nil {
			fmt.Fprintf(b, "      the kernel %v\n", r.Cause)
		}
	}
	if !opts.Quiet {
		if len(rows) > 1 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, m.Summary())
	}
	return b.Flush()
}

// what is the error that loading fails with, or the verdict where there is none.
func (r *Reason) what() string {
	if r.Verdict == Unsupported || r.Errno == 0 {
		return string(r.Verdict)
	}
	return r.Errno.String()
}

func (r *MatrixRow) refused() bool {
	for _, c := range r.Cells {
		if c.Verdict != Success {
			return true
		}
	}
	return false
}

// Summary is the totals in one line.
func (m *Matrix) Summary() string {
	all, some := 0, 0
	for i := range m.List {
		if !m.List[i].refused() {
			all++
		} else if m.List[i].First != "" {
			some++
		}
	}
	s := fmt.Sprintf("%d programs on %d kernels: %d accepted by all, %d by some, %d by none", len(m.List), len(m.Kernels), all, some, len(m.List)-all-some)
	if len(m.Skipped) > 0 {
		s += fmt.Sprintf("; %d files skipped for other machines", len(m.Skipped))
	}
	if !m.Complete {
		s += "; incomplete: not all that was given was judged"
	}
	return s
}

func escaped(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, Escape(s))
	}
	return out
}

// MatrixMarkdown prints the matrix as tables of GitHub's Markdown.
func MatrixMarkdown(w io.Writer, m *Matrix) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n\n| Object | Program |", markdownText(m.Summary()))
	for _, k := range m.Kernels {
		fmt.Fprintf(b, " %s |", markdownText(k))
	}
	fmt.Fprintf(b, " First |\n|---|---|%s---|\n", strings.Repeat("--:|", len(m.Kernels)))
	for i := range m.List {
		r := &m.List[i]
		fmt.Fprintf(b, "| %s | %s |", markdownText(baseName(r.Object)), markdownText(r.Name))
		for _, c := range r.Cells {
			fmt.Fprintf(b, " %s |", c.text())
		}
		fmt.Fprintf(b, " %s |\n", markdownText(r.first()))
	}
	if len(m.Reasons) > 0 {
		fmt.Fprint(b, "\n| | Reason | Source | Cause |\n|--:|---|---|---|\n")
	}
	for _, r := range m.Reasons {
		at := ""
		if s := r.Source; s != nil {
			at = fmt.Sprintf("`%s:%d`", markdownCode(baseName(s.File)), s.Line)
		}
		fmt.Fprintf(b, "| %d | %s (%s) | %s | %s |\n", r.Number, markdownText(r.Message), r.what(), at, markdownText(r.Cause.String()))
	}
	return b.Flush()
}
