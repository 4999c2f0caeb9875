package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown prints the result for a comment or a job's summary: the totals, what isn't a success with its reason, and
// folded up the rest.
func Markdown(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n", markdownText(Summary(r)))
	var accepted []*Program
	head := "\n| Object | Program | Verdict | Reason | Source |\n|---|---|---|---|---|\n"
	for p := range r.Programs() {
		if p.Verdict == Success {
			accepted = append(accepted, p)
			continue
		}
		verdict, at := string(p.Verdict), ""
		if p.Expected {
			verdict += ", as expected"
		}
		if s := p.Source; s != nil {
			at = fmt.Sprintf("`%s:%d`", markdownCode(baseName(s.File)), s.Line)
		}
		fmt.Fprintf(b, "%s| %s | %s | %s | %s | %s |\n", head, markdownText(baseName(p.Object)), markdownText(p.Name),
			verdict, markdownText(p.Message), at)
		head = ""
	}
	if len(accepted) > 0 {
		fmt.Fprintf(b, "\n<details><summary>%d accepted</summary>\n\n", len(accepted))
		fmt.Fprint(b, "| Object | Program | Insns | States | Peak states |\n|---|---|--:|--:|--:|\n")
		for _, p := range accepted {
			fmt.Fprintf(b, "| %s | %s | %d | %d | %d |\n", markdownText(baseName(p.Object)), markdownText(p.Name),
				p.Processed, p.States, p.PeakStates)
		}
		fmt.Fprint(b, "\n</details>\n")
	}
	return b.Flush()
}

// What Markdown, and HTML in it, would take for more than text.
var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`)

func markdownText(s string) string { return markdownEscapes.Replace(Escape(s)) }

// markdownCode is s for a code span in a table.
func markdownCode(s string) string {
	return strings.NewReplacer("|", `\|`, "`", "'").Replace(Escape(s))
}
