package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

const explainStyle = `<style>
.refusal { margin: 2em 0; border-top: 1px solid #999; } .refusal h2 { margin-bottom: .2em; }
.src td { border: 0; padding: 0 .6em; white-space: pre; font: 12px/1.5 ui-monospace, monospace; } .src .n { text-align: right; color: #888; }
.src .gap td { color: #888; } .says td { font: 13px/1.5 system-ui, sans-serif; white-space: normal; }
mark { background: #dce8fb; color: inherit; } .here mark { background: #fbc9c3; } .here .label { color: #b3261e; font-weight: 600; }
:target { outline: 2px solid #36c; } dt { font-weight: 600; float: left; clear: left; width: 5em; } dd { margin: .2em 0 .2em 6em; }
del { background: #fbe0dd; text-decoration: none; } ins { background: #e3f5e1; text-decoration: none; }
@media (prefers-color-scheme: dark) {
  mark { background: #24364f; } .here mark { background: #5c211b; } .here .label { color: #ff8a80; }
  del { background: #451a17; } ins { background: #17351a; }
}
</style>`

// contextLines are the lines of the source that are shown around a place.
const contextLines = 5

// ExplainHTML prints why programs are refused as one page that needs no other file: of each the path, a link a place, the
// source around those places, and what Explain prints besides. source returns the lines of a source file of an object, nil
// where it can't be read: then the lines of the places alone are shown. It may be nil.
func ExplainHTML(w io.Writer, r *Result, source func(object, file string) []string) error {
	b := bufio.NewWriter(w)
	htmlHead(b, "Why programs are refused")
	fmt.Fprintf(b, "%s\n<p>%s</p>\n", explainStyle, htmlText(Summary(r)))
	var told []*Program
	for p := range r.Programs() {
		if p.Diagnosis != nil || p.Cost != nil {
			told = append(told, p)
		}
	}
	if len(told) > 1 {
		fmt.Fprint(b, "<ul>\n")
		for i, p := range told {
			title := "where the walk went"
			if p.Diagnosis != nil {
				title = p.Diagnosis.Title
			}
			fmt.Fprintf(b, "<li><a href=\"#p%d\">%s/%s</a>: %s</li>\n", i+1, htmlText(baseName(p.Object)), htmlText(p.Name), htmlText(title))
		}
		fmt.Fprint(b, "</ul>\n")
	}
	for i, p := range told {
		e := explainPage{w: b, p: p, id: fmt.Sprintf("p%d", i+1)}
		if source != nil {
			e.source = func(file string) []string { return source(p.Object, file) }
		}
		e.print()
	}
	fmt.Fprint(b, "</body>\n</html>\n")
	return b.Flush()
}

// explainPage is the part of a page that is about one program.
type explainPage struct {
	w      *bufio.Writer
	p      *Program
	id     string // of its anchors
	source func(file string) []string
	path   []*diagnosis.Place
}

func (e *explainPage) print() {
	fmt.Fprintf(e.w, "<section class=\"refusal\" id=\"%s\">\n", e.id)
	if d := e.p.Diagnosis; d != nil {
		e.path = pathOf(d)
		fmt.Fprintf(e.w, "<h2>%s: %s</h2>\n", htmlText(errorOf(d)), htmlText(d.Title))
	} else {
		fmt.Fprintf(e.w, "<h2>%s</h2>\n", htmlText(e.p.Name))
	}
	fmt.Fprintf(e.w, "<p>%s (%s) of %s, Linux %s</p>\n", htmlText(e.p.Name), htmlText(strings.TrimPrefix(e.p.Section, "?")),
		htmlText(filepath.Base(e.p.Object)), htmlText(e.p.Kernel))
	if len(e.path) > 0 {
		fmt.Fprint(e.w, "<ol>\n")
		for i, p := range e.path {
			fmt.Fprintf(e.w, "<li><a href=\"#%s\">%s</a> %s</li>\n", e.anchor(i), htmlText(whereIs(p)), htmlText(p.Label))
		}
		fmt.Fprint(e.w, "</ol>\n")
		e.sources()
	}
	if e.p.Diagnosis != nil {
		e.tail()
	}
	if e.p.Cost != nil {
		var cost strings.Builder
		_ = Cost(&cost, e.p) // a Builder takes everything
		fmt.Fprintf(e.w, "<pre>%s</pre>\n", htmlLines(cost.String()))
	}
	fmt.Fprint(e.w, "</section>\n")
}

// anchor is the id of a place on the path.
func (e *explainPage) anchor(n int) string { return fmt.Sprintf("%s-%d", e.id, n+1) }

// sources prints the places where they are: a table a file, in the order in which the path comes to them.
func (e *explainPage) sources() {
	var files []string
	for _, p := range e.path {
		if !slices.Contains(files, p.File) {
			files = append(files, p.File)
		}
	}
	for n, file := range files {
		places := map[int][]int{} // by line, or by instruction where there is none: indexes into the path
		shown := map[int]bool{}
		lines := e.linesOf(file)
		for i, p := range e.path {
			if p.File != file {
				continue
			}
			at := cmp.Or(p.Line, p.Insn)
			places[at] = append(places[at], i)
			shown[at] = true
			for l := max(1, p.Line-contextLines); l <= min(len(lines), p.Line+contextLines); l++ {
				shown[l] = true
			}
		}
		fmt.Fprintf(e.w, "<h3>%s</h3>\n<table class=\"src\">\n", htmlText(cmp.Or(file, "instructions")))
		last := 0
		for _, at := range slices.Sorted(maps.Keys(shown)) {
			if last > 0 && at > last+1 {
				fmt.Fprint(e.w, "<tr class=\"gap\"><td class=\"n\">⋯</td><td></td></tr>\n")
			}
			last = at
			text := ""
			if at <= len(lines) {
				text = lines[at-1]
			}
			e.line(fmt.Sprintf("%s-f%d-%d", e.id, n+1, at), at, text, places[at])
		}
		fmt.Fprint(e.w, "</table>\n")
	}
}

// linesOf returns the lines of a source file, nil if they aren't those that the object was made of.
func (e *explainPage) linesOf(file string) []string {
	if e.source == nil || file == "" {
		return nil
	}
	lines := e.source(file)
	for _, p := range e.path {
		if p.File == file && p.Line > 0 && (p.Line > len(lines) || strings.TrimSpace(lines[p.Line-1]) != strings.TrimSpace(p.Text)) {
			return nil
		}
	}
	return lines
}

// line prints a line and what is said of it.
func (e *explainPage) line(id string, number int, text string, places []int) {
	shown, class := htmlText(expand(text)), ""
	if n := len(places); n > 0 {
		last := e.path[places[n-1]]
		shown = marked(last)
		if last == e.p.Diagnosis.Primary {
			class = " class=\"here\""
		}
	}
	fmt.Fprintf(e.w, "<tr id=\"%s\"%s><td class=\"n\"><a href=\"#%s\">%d</a></td><td>%s</td></tr>\n", id, class, id, number, shown)
	for _, i := range places {
		p := e.path[i]
		class = "says"
		if p == e.p.Diagnosis.Primary {
			class += " here"
		}
		fmt.Fprintf(e.w, "<tr id=\"%s\" class=\"%s\"><td class=\"n\">(%d)</td><td><span class=\"label\">%s</span> <small title=\"%s\">in %s</small>",
			e.anchor(i), class, i+1, htmlText(p.Label), htmlText(fmt.Sprintf("%d: %s", p.Insn, p.Asm)), htmlText(p.Function))
		if i > 0 {
			fmt.Fprintf(e.w, " <a href=\"#%s\">previous</a>", e.anchor(i-1))
		}
		if i+1 < len(e.path) {
			fmt.Fprintf(e.w, " <a href=\"#%s\">next</a>", e.anchor(i+1))
		}
		fmt.Fprint(e.w, "</td></tr>\n")
	}
}

// marked is the line of a place, with what is meant of it marked.
func marked(p *diagnosis.Place) string {
	if p.Line == 0 {
		return "<mark>" + htmlText(p.Asm) + "</mark>"
	}
	runes := []rune(expand(p.Text))
	column, width := underline(p)
	from := min(column, len(runes))
	to := min(column+width, len(runes))
	return htmlText(string(runes[:from])) + "<mark>" + htmlText(string(runes[from:to])) + "</mark>" + htmlText(string(runes[to:]))
}

// tail prints the kernel's words, what else is known and what to do.
func (e *explainPage) tail() {
	d := e.p.Diagnosis
	fmt.Fprint(e.w, "<dl>\n")
	for _, line := range lastOf(d.Kernel) {
		fmt.Fprintf(e.w, "<dt>kernel</dt><dd><code>%s</code></dd>\n", htmlText(line))
	}
	for _, line := range d.Notes {
		fmt.Fprintf(e.w, "<dt>note</dt><dd>%s</dd>\n", htmlText(line))
	}
	for _, h := range d.Help {
		fmt.Fprintf(e.w, "<dt>help</dt><dd>%s", htmlText(h.Text))
		if c := h.Edit; c != nil {
			fmt.Fprintf(e.w, "<pre>%s, line %d\n", htmlText(c.File), c.Line)
			if c.Old != "" {
				fmt.Fprintf(e.w, "<del>-%s</del>\n", htmlText(expand(c.Old)))
			}
			fmt.Fprintf(e.w, "<ins>+%s</ins></pre>", htmlText(expand(c.New)))
		}
		fmt.Fprint(e.w, "</dd>\n")
	}
	if said := passes(d); said != "" {
		fmt.Fprintf(e.w, "<dt>note</dt><dd>%s</dd>\n", htmlText(said))
	}
	fmt.Fprint(e.w, "</dl>\n")
}
