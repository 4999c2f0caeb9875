package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Logs prints the kernel's log text of each program that has one, under veristat's header
// line, so that log viewers and parsers read it.
func Logs(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	for p := range r.Programs() {
		if p.Log == "" {
			continue
		}
		fmt.Fprintf(b, "PROCESSING %s/%s, DURATION US: %d, VERDICT: %s, VERIFIER LOG:\n%s\n\n",
			Escape(baseName(p.Object)), Escape(p.Name), p.DurationUS, p.Verdict, EscapeLines(strings.TrimRight(p.Log, "\n")))
	}
	return b.Flush()
}
