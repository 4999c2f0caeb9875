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
	for i := range r.Programs {
		p := &r.Programs[i]
		if p.Log == "" {
			continue
		}
		fmt.Fprintf(b, "PROCESSING %s/%s, DURATION US: %d, VERDICT: %s, VERIFIER LOG:\n%s\n\n",
			baseName(p.Object), p.Program, p.DurationUS, p.Verdict, strings.TrimRight(p.Log, "\n"))
	}
	return b.Flush()
}
