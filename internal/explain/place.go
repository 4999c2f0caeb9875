package explain

import (
	"regexp"
	"sort"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// lineOf returns the line that an instruction comes from, nil if that is not known.
func (s *story) lineOf(at int) *object.LineInfo {
	lines := s.Image.Debug.Lines
	if at < 0 || at >= len(s.Image.Insns) {
		return nil
	}
	i := sort.Search(len(lines), func(i int) bool { return int(lines[i].Insn) > at }) - 1
	if len(lines) == 0 {
		return nil
	}
	return &lines[max(i, 0)]
}

// sameLine reports that two instructions come from one line.
func (s *story) sameLine(a, b int) bool {
	x, y := s.lineOf(a), s.lineOf(b)
	return x != nil && y != nil && x.File == y.File && x.Line == y.Line
}

// source returns the file that a line is of, nil if it can't be read or is another version of it.
func (s *story) source(l *object.LineInfo) []string {
	if s.Source == nil || l == nil {
		return nil
	}
	lines := s.Source(l.File)
	if n := int(l.Line); n < 1 || n > len(lines) || strings.TrimSpace(lines[n-1]) != strings.TrimSpace(l.Text) {
		return nil
	}
	return lines
}

// declared is where the function that begins at an instruction is declared, as its source says; nil if that is not known.
func (s *story) declared(start int) *object.LineInfo {
	l := s.lineOf(start)
	lines := s.source(l)
	if lines == nil {
		return nil
	}
	for n := int(l.Line); n > 0; n-- {
		if strings.Contains(lines[n-1], s.functionAt(start)+"(") {
			return &object.LineInfo{File: l.File, Line: uint32(n), Text: lines[n-1], Col: uint32(strings.Index(lines[n-1], s.functionAt(start)) + 1)}
		}
	}
	return nil
}

// defined is the first line of the program's source files that matches, nil if none can be read.
func (s *story) defined(re *regexp.Regexp) *object.LineInfo {
	read := map[string]bool{}
	look := func(l *object.LineInfo) *object.LineInfo {
		if l == nil || read[l.File] {
			return nil
		}
		lines := s.source(l)
		read[l.File] = lines != nil
		for i, text := range lines {
			if at := re.FindStringIndex(text); at != nil {
				return &object.LineInfo{File: l.File, Line: uint32(i + 1), Col: uint32(at[0] + 1), Text: text}
			}
		}
		return nil
	}
	for i := range s.Image.Debug.Lines {
		if l := look(&s.Image.Debug.Lines[i]); l != nil {
			return l
		}
	}
	for i := range s.Image.Refs {
		if l := look(s.Image.Refs[i].Line); l != nil {
			return l
		}
	}
	return nil
}

// primaryDefined says that it went wrong with what the source defines in a line that matches. What was told to be the place
// before becomes what led there.
func (s *story) primaryDefined(re *regexp.Regexp, label, before string) {
	l := s.defined(re)
	if l == nil {
		return
	}
	if old := s.d.Primary; old != nil && before != "" {
		old.Label = before
		s.marks = append(s.marks, mark{0, *old})
	}
	p := lined(diagnosis.Place{Insn: -1, Label: label}, l)
	s.d.Primary = &p
}

// place is the place of an instruction.
func (s *story) place(at int, label string) diagnosis.Place {
	p := diagnosis.Place{Insn: at, Label: label, Function: s.functionAt(at)}
	if at >= 0 && at < len(s.Image.Insns) {
		p.Asm = s.asm(at)
	}
	if l := s.lineOf(at); l != nil {
		p = lined(p, l)
	}
	return p
}

// lined is a place with its line.
func lined(p diagnosis.Place, l *object.LineInfo) diagnosis.Place {
	p.File, p.Line, p.Text = l.File, int(l.Line), l.Text
	p.Column, p.Width = span(p.Text, int(l.Col))
	return p
}

// mark is a place on the path.
type mark struct {
	step  int
	place diagnosis.Place
}

// primary says where it went wrong.
func (s *story) primary(at int, label string) {
	if at < 0 {
		return
	}
	p := s.place(at, label)
	s.d.Primary = &p
	s.told[at] = true
}

// secondary adds a step of the path that led there, once an instruction; added tells whether it did.
func (s *story) secondary(step int, label string) (added bool) {
	if step < 0 || step >= len(s.steps) || label == "" {
		return false
	}
	at := s.steps[step].Insn
	if s.told[at] {
		return false
	}
	s.told[at] = true
	s.marks = append(s.marks, mark{step, s.place(at, label)})
	return true
}

// Asm is an instruction as the kernel's log shows it.
func Asm(img *object.Image, k *kmodel.Model, at int) string {
	s := story{Input: Input{Image: img, Model: k}}
	return s.asm(at)
}

// asm is the instruction as the kernel's log shows it.
func (s *story) asm(at int) string {
	return string(insn.AppendText(nil, s.Image.Insns, at, insn.Names{Call: s.calleeName}))
}

func (s *story) calleeName(in *insn.Insn) (string, bool) {
	name := s.callee(in)
	return name, name != ""
}

// callee names the helper or kernel function that a call names, "" for another instruction.
func (s *story) callee(in *insn.Insn) string {
	switch {
	case in.IsHelperCall():
		if name := s.Model.HelperName(in.Imm); name != "unknown" {
			return "bpf_" + name
		}
	case in.IsKfuncCall():
		return s.typeName(int(in.Off), uint32(in.Imm))
	}
	return ""
}

// called is callee, and for a function of the program its name; "" outside of the program.
func (s *story) called(at int) string {
	if at < 0 || at >= len(s.Image.Insns) {
		return ""
	}
	in := &s.Image.Insns[at]
	if in.IsPseudoCall() {
		return s.functionAt(at + int(in.Imm) + 1)
	}
	return s.callee(in)
}

// functionAt names the function of the program that an instruction is in.
func (s *story) functionAt(at int) string {
	return s.Image.FuncName(at)
}
