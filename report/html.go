package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"
)

const htmlStyle = `<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff; }
table { border-collapse: collapse; }
th, td { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: #f4f4f4; }
td.cell { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.success { background: #e3f5e1; } .failure { background: #fbe0dd; } .unsupported { background: #fdf2d0; } .error { background: #f3e0f7; }
code { font: 12px ui-monospace, monospace; }
pre { font: 12px/1.35 ui-monospace, monospace; overflow-x: auto; margin: .3em 0 .3em 1em; }
details { margin: .3em 0; } summary { cursor: pointer; } h2 { font-size: 1.1em; }
tr:target { outline: 2px solid #36c; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #161616; } th { background: #222; } th, td { border-color: #333; } a { color: #8bf; }
  .success { background: #17351a; } .failure { background: #451a17; } .unsupported { background: #40350f; } .error { background: #371a40; }
}
</style>`

// htmlHead begins a page.
func htmlHead(b *bufio.Writer, title string) {
	fmt.Fprintf(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<title>bpfverdict: %s</title>\n%s\n</head>\n<body>\n<h1>%s</h1>\n", htmlText(title), htmlStyle, htmlText(title))
}

func htmlText(s string) string  { return html.EscapeString(Escape(s)) }
func htmlLines(s string) string { return html.EscapeString(EscapeLines(strings.TrimRight(s, "\n"))) }

// htmlStats are the figures of a program on a page.
var htmlStats = mustStats("insns,states,peak_states")

// HTML prints the result as one page that needs no other file: the programs of each object, and of what is no success why.
func HTML(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	htmlHead(b, "Linux "+r.Kernel)
	fmt.Fprintf(b, "<p>%s</p>\n", htmlText(Summary(r)))
	several := r.several()
	object := ""
	for i := range r.List {
		p := &r.List[i]
		if i == 0 || p.Object != object {
			if i > 0 {
				fmt.Fprint(b, "</tbody>\n</table>\n")
			}
			object = p.Object
			fmt.Fprintf(b, "<h2>%s</h2>\n<table>\n<thead><tr><th>Program</th><th>Verdict</th>", htmlText(object))
			for _, s := range htmlStats {
				fmt.Fprintf(b, "<th>%s</th>", s.Head)
			}
			fmt.Fprint(b, "<th>Why</th></tr></thead>\n<tbody>\n")
		}
		name, verdict := htmlText(p.Name), htmlText(string(p.Verdict))
		if several {
			verdict += " on " + htmlText(p.Kernel)
		}
		if p.Expected {
			verdict += ", as expected"
		}
		fmt.Fprintf(b, "<tr><td>%s</td><td class=\"%s\">%s</td>", name, htmlText(string(p.Verdict)), verdict)
		for _, s := range htmlStats {
			fmt.Fprintf(b, "<td class=\"cell\">%s</td>", s.cell(p))
		}
		fmt.Fprintf(b, "<td>%s</td></tr>\n", htmlReason(p))
	}
	if len(r.List) > 0 {
		fmt.Fprint(b, "</tbody>\n</table>\n")
	}
	fmt.Fprint(b, "</body>\n</html>\n")
	return b.Flush()
}

// htmlReason is why a program is no success, folded up where there is much to say, and what the answer rests on.
func htmlReason(p *Program) string {
	var out strings.Builder
	switch {
	case p.Diagnosis != nil:
		var text strings.Builder
		_ = Explain(&text, p, ExplainOptions{}) // a Builder takes everything
		fmt.Fprintf(&out, "<details open><summary>%s</summary><pre>%s</pre></details>", htmlText(p.Diagnosis.Title), htmlLines(text.String()))
	case p.Message != "":
		fmt.Fprintf(&out, "<code>%s</code>", htmlText(p.Message))
		if s := p.Source; s != nil {
			fmt.Fprintf(&out, "<br><code>%s:%d</code> <code>%s</code>", htmlText(baseName(s.File)), s.Line, htmlText(s.Text))
		}
	}
	for _, note := range []string{p.Note, p.assumption()} {
		if note != "" {
			fmt.Fprintf(&out, "<p>note: %s</p>", htmlText(note))
		}
	}
	if p.Log != "" && p.Verdict != Success {
		fmt.Fprintf(&out, "<details><summary>log</summary><pre>%s</pre></details>", htmlLines(p.Log))
	}
	return out.String()
}
