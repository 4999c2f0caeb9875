package report

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// ExplainOptions are how an explanation is shown.
type ExplainOptions struct {
	Color bool
	// Short leaves out what is always so for the code, and what the lines above it say.
	Short bool
	// Width is the columns that there are; below 40 means 100.
	Width int
}

// Explain prints why a program is refused: the title, the places in the source with what happened there, the
// kernel's words, and what to do. It prints nothing of a program without a diagnosis.
func Explain(w io.Writer, p *Program, opts ExplainOptions) error {
	if p.Diagnosis == nil {
		return nil
	}
	if opts.Width < 40 {
		opts.Width = 100
	}
	b := bufio.NewWriter(w)
	e := explainer{w: b, p: p, d: p.Diagnosis, paint: palette(opts.Color), width: opts.Width, short: opts.Short}
	e.head()
	e.places()
	e.tail()
	return b.Flush()
}

// colors are how parts of an explanation stand out; each is "" without colour.
type colors struct{ err, warn, frame, note, bold, end string }

func palette(color bool) colors {
	if !color {
		return colors{}
	}
	return colors{err: "\x1b[1;31m", warn: "\x1b[33m", frame: "\x1b[1;34m", note: "\x1b[32m", bold: "\x1b[1m", end: "\x1b[0m"}
}

type explainer struct {
	w      *bufio.Writer
	p      *Program
	d      *diagnosis.Diagnosis
	paint  colors
	width  int
	short  bool
	gutter int // columns of the widest line number
}

func (e *explainer) head() {
	fmt.Fprintf(e.w, "%s%s%s%s: %s%s\n", e.paint.err, errorOf(e.d), e.paint.end, e.paint.bold, Escape(e.d.Title), e.paint.end)
	for _, p := range pathOf(e.d) {
		e.gutter = max(e.gutter, len(strconv.Itoa(p.Line)))
	}
	e.gutter = max(e.gutter, 1)
	where := ""
	if p := e.d.Primary; p != nil {
		if p.File != "" {
			where = fmt.Sprintf("%s:%d", Escape(p.Base()), p.Line)
			if p.Column > 0 {
				where += ":" + strconv.Itoa(p.Column)
			}
			where += " "
		}
	}
	in := Escape(e.p.Name)
	if e.d.Primary != nil && e.d.Primary.Function != "" && e.d.Primary.Function != e.p.Name {
		in = Escape(e.d.Primary.Function) + map[bool]string{true: ", which is loaded with ", false: ", called by "}[e.d.Primary.Insn < 0] + in
	}
	at := ""
	if p := e.d.Primary; p != nil && p.Insn >= 0 {
		at = fmt.Sprintf(", instruction %d", p.Insn)
	}
	if e.short {
		fmt.Fprintf(e.w, "%s%s-->%s %sin %s%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, where, in, at)
		return
	}
	fmt.Fprintf(e.w, "%s%s-->%s %sin %s (%s) of %s%s, Linux %s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end,
		where, in, Escape(strings.TrimPrefix(e.p.Section, "?")), Escape(filepath.Base(e.p.Object)), at, Escape(e.p.Kernel))
}

// errorOf is what a diagnosis begins with: "error[BV0301]", or "error" where no code is known.
func errorOf(d *diagnosis.Diagnosis) string {
	if d.Code == "" {
		return "error"
	}
	return "error[" + d.Code + "]"
}

// whereIs names a place by its line, or else its instruction.
func whereIs(p *diagnosis.Place) string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", p.Base(), p.Line)
	}
	return fmt.Sprintf("instruction %d", p.Insn)
}

// pathOf are the places of a diagnosis in the order of the path, at the end where it went wrong.
func pathOf(d *diagnosis.Diagnosis) []*diagnosis.Place {
	var list []*diagnosis.Place
	for i := range d.Secondary {
		list = append(list, &d.Secondary[i])
	}
	if d.Primary != nil {
		list = append(list, d.Primary)
	}
	return list
}

func (e *explainer) bar() {
	fmt.Fprintf(e.w, "%s %s|%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end)
}

func (e *explainer) places() {
	path := pathOf(e.d)
	if len(path) == 0 {
		return
	}
	e.bar()
	var last *diagnosis.Place
	for _, p := range path {
		e.place(p, last)
		last = p
	}
	e.bar()
}

// place prints one line of source with what is said of it.
func (e *explainer) place(p, last *diagnosis.Place) {
	mark, color := "-", e.paint.frame
	if p == e.d.Primary {
		mark, color = "^", e.paint.err
	}
	again := last != nil && last.File == p.File && last.Line == p.Line && p.Line > 0
	if !again {
		if last != nil && (last.File != p.File || last.Function != p.Function) && p.Function != "" {
			fmt.Fprintf(e.w, "%s %s::%s %s, in %s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, Escape(p.Base()), Escape(p.Function))
		} else if last != nil && p.Line > 0 && p.Line != last.Line+1 {
			fmt.Fprintf(e.w, "%s%s...%s\n", strings.Repeat(" ", max(e.gutter-2, 0)), e.paint.frame, e.paint.end)
		}
		number, text := strconv.Itoa(p.Line), p.Text
		if p.Line == 0 {
			number, text = "", instruction(p)
		}
		fmt.Fprintf(e.w, "%s%*s |%s %s\n", e.paint.frame, e.gutter, number, e.paint.end, Escape(expand(text)))
	}
	column, width := underline(p)
	if inAssembly(p) {
		fmt.Fprintf(e.w, "%s %s|%s %s%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, strings.Repeat(" ", column), Escape(instruction(p)))
	}
	pad := strings.Repeat(" ", column)
	room := e.width - e.gutter - 3
	beside := room - column - width - 1
	lines := wrap(p.Label, max(beside, 30))
	if again && strings.TrimSpace(p.Label) == "" {
		return
	}
	if utf8.RuneCountInString(p.Label) <= beside || beside >= 30 && len(lines) <= 2 {
		for i, line := range lines {
			rule := strings.Repeat(mark, width)
			if i > 0 {
				rule = strings.Repeat(" ", width)
			}
			fmt.Fprintf(e.w, "%s %s|%s %s%s%s %s%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, pad, color, rule, Escape(line), e.paint.end)
		}
		return
	}
	// There is no room beside it: the label goes below.
	in := column
	if room-in < 40 {
		in = min(8, column)
	}
	fmt.Fprintf(e.w, "%s %s|%s %s%s%s%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, pad, color, strings.Repeat(mark, width), e.paint.end)
	for _, line := range wrap(p.Label, max(room-in, 30)) {
		fmt.Fprintf(e.w, "%s %s|%s %s%s%s%s\n", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, strings.Repeat(" ", in), color, Escape(line), e.paint.end)
	}
}

// tabStop is how wide tabs of the source are shown.
const tabStop = 4

// expand replaces tabs by blanks, so that what is marked below stands where it belongs.
func expand(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r != '\t' {
			b.WriteRune(r)
			n++
			continue
		}
		for {
			b.WriteByte(' ')
			if n++; n%tabStop == 0 {
				break
			}
		}
	}
	return b.String()
}

// underline is what is marked of a line as it is shown: columns from 0. Where no column is known it is the whole
// statement.
func underline(p *diagnosis.Place) (column, width int) {
	if p.Line == 0 {
		return 0, utf8.RuneCountInString(instruction(p))
	}
	if inAssembly(p) {
		text := expand(p.Text)
		return len(text) - len(strings.TrimLeft(text, " ")), utf8.RuneCountInString(instruction(p))
	}
	if p.Width > 0 && p.Column-1+p.Width <= len(p.Text) {
		before := utf8.RuneCountInString(expand(p.Text[:p.Column-1]))
		return before, utf8.RuneCountInString(expand(p.Text[:p.Column-1+p.Width])) - before
	}
	text := expand(p.Text)
	trimmed := strings.TrimLeft(text, " ")
	return len(text) - len(trimmed), max(utf8.RuneCountInString(strings.TrimRight(trimmed, " ")), 1)
}

// assembly is how a statement of assembly begins, which is one line to the compiler, whatever it holds.
var assembly = lazyregexp.New(`(^|\W)(__)?asm(__)?\s+(__)?(volatile|goto)|^\s*(__)?asm(__)?\s*\(`)

// inAssembly reports that a place is in assembly, so that only the instruction says where.
func inAssembly(p *diagnosis.Place) bool {
	return p.Line > 0 && p.Insn >= 0 && p.Asm != "" && assembly().MatchString(p.Text)
}

// instruction is the instruction of a place as a line.
func instruction(p *diagnosis.Place) string { return fmt.Sprintf("%d: %s", p.Insn, p.Asm) }

// wrap breaks a text into lines of at most width columns, where it has blanks.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// tail prints the kernel's words, what else is known and what to do.
func (e *explainer) tail() {
	for _, line := range lastOf(e.d.Kernel) {
		e.remark("kernel", line, e.paint.bold)
	}
	notes, help := e.d.Notes, e.d.Help
	if e.short {
		notes, help = nil, help[:min(len(help), 1)]
	}
	for _, line := range notes {
		e.remark("note", line, e.paint.bold)
	}
	for _, h := range help {
		e.remark("help", h.Text, e.paint.note)
		if h.Edit != nil {
			e.edit(h.Edit)
		}
	}
	if said := passes(e.d); said != "" {
		e.remark("note", said, e.paint.bold)
	}
}

// lastOf are the last of the kernel's words.
func lastOf(kernel []string) []string { return kernel[max(0, len(kernel)-maxReasonLines):] }

// passes says which kernels accept the program, "" if nobody asked.
func passes(d *diagnosis.Diagnosis) string {
	switch {
	case d.PassesOn == nil:
		return ""
	case len(d.PassesOn) == 0:
		return "no other kernel accepts the program"
	}
	return "accepted on " + strings.Join(d.PassesOn, ", ")
}

func (e *explainer) remark(kind, text, color string) {
	head := fmt.Sprintf("%s %s=%s %s%s%s: ", strings.Repeat(" ", e.gutter), e.paint.frame, e.paint.end, color, kind, e.paint.end)
	indent := e.gutter + 3 + len(kind) + 2
	for i, line := range wrap(text, max(e.width-indent, 30)) {
		if i > 0 {
			head = strings.Repeat(" ", indent)
		}
		fmt.Fprintf(e.w, "%s%s\n", head, Escape(line))
	}
}

func (e *explainer) edit(c *diagnosis.Edit) {
	if c.Old != "" {
		fmt.Fprintf(e.w, "%s%*d -%s %s\n", e.paint.frame, e.gutter, c.Line, e.paint.end, Escape(expand(c.Old)))
	}
	fmt.Fprintf(e.w, "%s%*d +%s %s%s%s\n", e.paint.frame, e.gutter, c.Line, e.paint.end, e.paint.note, Escape(expand(c.New)), e.paint.end)
}
