package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

// Cost prints where the verification of a program went; nothing if nobody asked.
func Cost(w io.Writer, p *Program) error {
	if p.Cost == nil {
		return nil
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s/%s: %d instructions walked, %d states\n", Escape(baseName(p.Object)), Escape(p.Name), p.Processed, p.States)
	for _, part := range []struct {
		title  string
		places []diagnosis.CostPlace
		print  func(io.Writer, *diagnosis.CostPlace)
	}{
		{"lines by instructions walked", p.Cost.Lines, costShare},
		{"loops by rounds, on all paths", p.Cost.Loops, costReason},
		{"places by states remembered", p.Cost.Points, costReason},
	} {
		if len(part.places) == 0 {
			continue
		}
		fmt.Fprintf(b, "  %s\n", part.title)
		for i := range part.places {
			part.print(b, &part.places[i])
		}
	}
	return b.Flush()
}

// costShare prints a place behind its share of all.
func costShare(w io.Writer, c *diagnosis.CostPlace) {
	where, text := costAt(c)
	fmt.Fprintf(w, "  %9d %5s  %s: %s\n", c.Count, c.Label, where, text)
}

// costReason prints a place, and below why it costs so much.
func costReason(w io.Writer, c *diagnosis.CostPlace) {
	where, text := costAt(c)
	fmt.Fprintf(w, "  %9d        %s: %s\n                   %s\n", c.Count, where, text, Escape(c.Label))
}

// costAt is where a place is, and what is there.
func costAt(c *diagnosis.CostPlace) (where, text string) {
	text = c.Asm
	if c.Line > 0 {
		text = strings.TrimSpace(c.Text)
	}
	return Escape(whereIs(&c.Place)), Escape(expand(text))
}
