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
	}{
		{"lines by instructions walked", p.Cost.Lines},
		{"loops by rounds, on all paths", p.Cost.Loops},
		{"places by states remembered", p.Cost.Points},
	} {
		if len(part.places) == 0 {
			continue
		}
		fmt.Fprintf(b, "  %s\n", part.title)
		for i := range part.places {
			costLine(b, &part.places[i])
		}
	}
	return b.Flush()
}

func costLine(w io.Writer, c *diagnosis.CostPlace) {
	where, text := fmt.Sprintf("instruction %d", c.Insn), c.Asm
	if c.Line > 0 {
		where, text = fmt.Sprintf("%s:%d", c.Base(), c.Line), strings.TrimSpace(c.Text)
	}
	if strings.HasSuffix(c.Label, "%") {
		fmt.Fprintf(w, "  %9d %5s  %s: %s\n", c.Count, c.Label, Escape(where), Escape(expand(text)))
		return
	}
	fmt.Fprintf(w, "  %9d        %s: %s\n                   %s\n", c.Count, Escape(where), Escape(expand(text)), Escape(c.Label))
}
