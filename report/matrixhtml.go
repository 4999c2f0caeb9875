package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
)

const matrixHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>bpfverdict matrix</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff; }
table { border-collapse: collapse; }
th, td { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: #f4f4f4; }
td.cell { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.success { background: #e3f5e1; } .failure { background: #fbe0dd; } .unsupported { background: #fdf2d0; } .error { background: #f3e0f7; }
code { font: 12px ui-monospace, monospace; }
tr:target { outline: 2px solid #36c; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #161616; } th { background: #222; } th, td { border-color: #333; } a { color: #8bf; }
  .success { background: #17351a; } .failure { background: #451a17; } .unsupported { background: #40350f; } .error { background: #371a40; }
}
</style>
</head>
<body>
<h1>Programs by kernels</h1>
`

// MatrixHTML prints the matrix as one page that needs no other file.
func MatrixHTML(w io.Writer, m *Matrix) error {
	text := func(s string) string { return html.EscapeString(Escape(s)) }
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s<p>%s. A number is how many instructions the verifier processes of a program that it accepts; a link leads to why "+
		"a kernel doesn't accept one.</p>\n<table>\n<thead><tr><th>Object</th><th>Program</th>", matrixHead, text(m.Summary()))
	for _, k := range m.Kernels {
		fmt.Fprintf(b, "<th>%s</th>", text(k))
	}
	fmt.Fprint(b, "<th>First</th></tr></thead>\n<tbody>\n")
	for i := range m.List {
		r := &m.List[i]
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td>", text(baseName(r.Object)), text(r.Name))
		for _, c := range r.Cells {
			shown := text(c.text())
			if c.Reason > 0 {
				shown = fmt.Sprintf("<a href=\"#r%d\">%s</a>", c.Reason, shown)
			}
			fmt.Fprintf(b, "<td class=\"cell %s\">%s</td>", text(string(c.Verdict)), shown)
		}
		fmt.Fprintf(b, "<td>%s</td></tr>\n", text(r.first()))
	}
	fmt.Fprint(b, "</tbody>\n</table>\n")
	if len(m.Reasons) > 0 {
		fmt.Fprint(b, "<h2>Reasons</h2>\n<table>\n<thead><tr><th></th><th>Message</th><th>Source</th><th>Cause</th></tr></thead>\n<tbody>\n")
		for _, r := range m.Reasons {
			fmt.Fprintf(b, "<tr id=\"r%d\"><td class=\"cell\">%d</td><td class=\"%s\"><code>%s</code> (%s)</td><td>",
				r.Number, r.Number, text(string(r.Verdict)), text(r.Message), text(r.what()))
			if s := r.Source; s != nil {
				fmt.Fprintf(b, "<code>%s:%d</code><br><code>%s</code>", text(baseName(s.File)), s.Line, text(s.Text))
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
