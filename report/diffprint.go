package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// DiffJSON prints the comparison as one object.
func DiffJSON(w io.Writer, d *Diff) error {
	return writeJSON(w, d)
}

// DiffCSV prints one line a changed program under the column names of veristat's compare mode.
func DiffCSV(w io.Writer, d *Diff) error {
	c := csv.NewWriter(w)
	head := []string{"file_name", "prog_name"}
	for _, s := range csvStats[2:] {
		head = append(head, s.Names[0]+"_base", s.Names[0]+"_comp", s.Names[0]+"_diff")
	}
	if err := c.Write(head); err != nil {
		return err
	}
	for i := range d.Changes {
		ch := &d.Changes[i]
		object, program := ch.Name()
		row := []string{Escape(object), Escape(program)}
		row = append(row, textCells(ch.Base, ch.With)...)
		for _, s := range csvStats[3:] {
			row = append(row, numberCells(ch.Base, ch.With, s.Number)...)
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

const notThere = "N/A"

// textCells are the verdicts of both sides and whether they match.
func textCells(base, with *Program) []string {
	switch {
	case base == nil:
		return []string{notThere, string(with.Verdict), notThere}
	case with == nil:
		return []string{string(base.Verdict), notThere, notThere}
	case base.Verdict == with.Verdict:
		return []string{string(base.Verdict), string(with.Verdict), "MATCH"}
	}
	return []string{string(base.Verdict), string(with.Verdict), "MISMATCH"}
}

// numberCells are a figure of both sides and how much it changed.
func numberCells(base, with *Program, value func(*Program) int) []string {
	cells := []string{notThere, notThere, notThere}
	if base != nil {
		cells[0] = strconv.Itoa(value(base))
	}
	if with != nil {
		cells[1] = strconv.Itoa(value(with))
	}
	if base != nil && with != nil {
		cells[2] = growth(value(base), value(with))
	}
	return cells
}

func growth(base, with int) string {
	return fmt.Sprintf("%+d (%+.2f%%)", with-base, percent(base, with))
}

// DiffTable prints the comparison for people: what changed its verdict, then what changed
// its message, then what changed its cost.
func DiffTable(w io.Writer, d *Diff, opts TableOptions) error {
	b := bufio.NewWriter(w)
	for i := range d.Changes {
		c := &d.Changes[i]
		if opts.Quiet && !c.Worse {
			continue
		}
		object, program := c.Name()
		fmt.Fprintf(b, "%-8s %s %s: ", mark(c, opts.Color), Escape(object), Escape(program))
		switch c.Kind {
		case ChangedVerdict:
			fmt.Fprintf(b, "%s -> %s\n", c.Base.Verdict, c.With.Verdict)
			reason(b, c.With)
			if c.With.Verdict == Success {
				reason(b, c.Base)
			}
		case ChangedMessage:
			fmt.Fprintf(b, "message\n    was %s\n    now %s\n", Escape(c.Base.Message), Escape(c.With.Message))
		case ChangedCost:
			fmt.Fprintf(b, "insns %d -> %d, %s; states %d -> %d; peak states %d -> %d\n",
				c.Base.Processed, c.With.Processed, growth(c.Base.Processed, c.With.Processed),
				c.Base.States, c.With.States, c.Base.PeakStates, c.With.PeakStates)
		case Added:
			fmt.Fprintf(b, "only in %s, %s\n", Escape(d.With), c.With.Verdict)
			reason(b, c.With)
		case Removed:
			fmt.Fprintf(b, "only in %s, %s\n", Escape(d.Base), c.Base.Verdict)
		}
	}
	if !opts.Quiet {
		fmt.Fprintln(b, d.Summary())
	}
	return b.Flush()
}

// reason prints why a program isn't a success.
func reason(b *bufio.Writer, p *Program) {
	if p.Verdict != Success {
		printReason(b, p, TableOptions{})
	}
}

// mark is "worse", "better" or "changed".
func mark(c *Change, color bool) string {
	word, verdict := "changed", Unsupported
	switch {
	case c.Worse:
		word, verdict = "worse", Failure
	case c.Better:
		word, verdict = "better", Success
	}
	word = fmt.Sprintf("%-7s", word)
	if paint := painter(verdict, color); paint != nil {
		word = paint(word)
	}
	return word
}
