package explain

import (
	"regexp"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// Edits are suggested only where the source can be read, and nothing but the line itself decides what is right.

// returning is a statement on a line of its own that leaves a function.
var returning = lazyregexp.New(`^(return\b[^;{}]*;)$`)

// comment is one at the end of a line.
var comment = lazyregexp.New(`\s*(//.*|/\*[^*]*\*/\s*)$`)

// statement is a line without blanks around it and without a comment behind it.
func statement(line string) string { return strings.TrimSpace(comment().ReplaceAllString(line, "")) }

// helpLeaving adds what is to be called before the program ends, and how where its last place is a return of its own. taken
// is the step that took what is given back, by a call that names it.
func (s *story) helpLeaving(text, call string, taken int, name string) {
	h := diagnosis.Help{Text: text}
	p := s.d.Primary
	if p != nil && call != "" && taken >= 0 {
		h.Edit = s.leaving(p, call, taken, name)
	}
	s.d.Help = append(s.d.Help, h)
}

func (s *story) leaving(p *diagnosis.Place, call string, taken int, name string) *diagnosis.Edit {
	m := returning().FindStringSubmatch(statement(p.Text))
	took := s.lineOf(s.steps[taken].Insn)
	if m == nil || took == nil || took.File != p.File || s.functionAt(s.steps[taken].Insn) != p.Function {
		return nil
	}
	lines := s.source(took)
	if p.Line < 2 || p.Line > len(lines) || strings.TrimSpace(lines[p.Line-1]) != strings.TrimSpace(p.Text) {
		return nil
	}
	text := lines[p.Line-1]
	indent := indentation(text)
	if len(indentation(lines[took.Line-1])) > len(indent) { // its names may be of an inner block
		return nil
	}
	if name != "" && regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`\b`).MatchString(m[1]) { // it is used once more
		return nil
	}
	switch before := statement(lines[p.Line-2]); {
	case before == "", strings.HasSuffix(before, ";"), strings.HasSuffix(before, "{"), strings.HasSuffix(before, "}"):
		return &diagnosis.Edit{File: p.File, Line: p.Line, New: indent + call}
	case strings.HasSuffix(before, ")"), strings.HasSuffix(before, "else"): // the only statement
		return &diagnosis.Edit{File: p.File, Line: p.Line, Old: text, New: indent + "{ " + call + " " + m[1] + " }"}
	}
	return nil
}

// plainAddress is what is told by names alone: "&v->lock".
var plainAddress = lazyregexp.New(`^&?[A-Za-z_]\w*((->|\.)\w+)*$`)

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// helpSection adds that the program's section should have another name, and how where one line of the source names it.
func (s *story) helpSection(text, name string) {
	h := diagnosis.Help{Text: text}
	old := `SEC("` + s.Image.Section + `")`
	if strings.HasPrefix(s.Image.Section, "?") { // it is not loaded unless asked for
		name = "?" + strings.TrimPrefix(name, "?")
	}
	if l := s.defined(regexp.MustCompile(regexp.QuoteMeta(old))); l != nil {
		found := 0
		for _, line := range s.Source(l.File) {
			found += strings.Count(line, old)
		}
		if found == 1 {
			h.Edit = &diagnosis.Edit{File: l.File, Line: int(l.Line), Old: l.Text, New: strings.Replace(l.Text, old, `SEC("`+name+`")`, 1)}
		}
	}
	s.d.Help = append(s.d.Help, h)
}
