package explain

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// argText is what the source passes to a call in a register: "&key" for r2 of "f(map, &key)". It is "" where that
// can't be told: macros and wrappers pass other things than they were passed.
func (s *story) argText(at, reg int) string {
	in := &s.Image.Insns[at]
	l := s.lineOf(at)
	if l == nil || in.Code != insn.JMP|insn.CALL || reg < insn.R1 || reg > insn.R5 {
		return ""
	}
	args := arguments(l.Text, s.called(at))
	if n := reg - insn.R1; n < len(args) {
		return args[n]
	}
	return ""
}

// arguments splits what a line passes to callee; nil if it doesn't call it, or not in one line.
func arguments(text, callee string) []string {
	if callee == "" {
		return nil
	}
	i := strings.Index(text, callee)
	if i < 0 || i > 0 && isWord(text[i-1]) {
		return nil
	}
	open := i + len(callee)
	if open >= len(text) || text[open] != '(' {
		return nil
	}
	end := closing(text, open)
	if end < 0 {
		return nil
	}
	var args []string
	depth, from := 0, open+1
	for j := from; j < end; j++ {
		switch text[j] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				args = append(args, strings.TrimSpace(text[from:j]))
				from = j + 1
			}
		}
	}
	return append(args, strings.TrimSpace(text[from:end]))
}
