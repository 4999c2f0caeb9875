package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
)

// MatrixHTML prints the matrix as one page that needs no other file.
func MatrixHTML(w io.Writer, m *Matrix) error {
	b := bufio.NewWriter(w)
	htmlHead(b, "Programs by kernels")
	fmt.Fprintf(b, "<p>%s. A number is how many instructions the verifier processes of a program that it accepts; a link leads to why "+
		"a kernel doesn't accept one.</p>\n<table>\n<thead><tr><th>Object</th><th>Program</th>", htmlText(m.Summary()))
	for _, k := range m.Kernels {
		fmt.Fprintf(b, "<th>%s</th>", htmlText(k))
	}
	fmt.Fprint(b, "<th>First</th></tr></thead>\n<tbody>\n")
	for i := range m.List {
		r := &m.List[i]
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td>", htmlText(baseName(r.Object)), htmlText(r.Name))
		for _, c := range r.Cells {
			shown := htmlText(c.text())
			if c.Reason > 0 {
				shown = fmt.Sprintf("<a href=\"#r%d\">%s</a>", c.Reason, shown)
			}
			fmt.Fprintf(b, "<td class=\"cell %s\">%s</td>", htmlText(string(c.Verdict)), shown)
		}
		fmt.Fprintf(b, "<td>%s</td></tr>\n", htmlText(r.first()))
	}
	fmt.Fprint(b, "</tbody>\n</table>\n")
	if len(m.Reasons) > 0 {
		fmt.Fprint(b, "<h2>Reasons</h2>\n<table>\n<thead><tr><th></th><th>Message</th><th>Source</th><th>Cause</th></tr></thead>\n<tbody>\n")
		for _, r := range m.Reasons {
			fmt.Fprintf(b, "<tr id=\"r%d\"><td class=\"cell\">%d</td><td class=\"%s\"><code>%s</code> (%s)</td><td>",
				r.Number, r.Number, htmlText(string(r.Verdict)), htmlText(r.Message), htmlText(r.what()))
			if s := r.Source; s != nil {
				fmt.Fprintf(b, "<code>%s:%d</code><br><code>%s</code>", htmlText(baseName(s.File)), s.Line, htmlText(s.Text))
			}
			cause := ""
			if r.Cause != nil {
				cause = "the kernel " + html.EscapeString(r.Cause.String())
			}
			fmt.Fprintf(b, "</td><td>%s</td></tr>\n", cause)
		}
		fmt.Fprint(b, "</tbody>\n</table>\n")
	}
	fmt.Fprint(b, "</body>\n</html>\n")
	return b.Flush()
}
