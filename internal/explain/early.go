package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// Refusals before or after the walk have no path: their place is found in the program's instructions.

// tellInsn tells of an instruction that the message names with its first or only number.
func tellInsn(label string) func(*story) {
	return func(s *story) {
		if len(s.said.Args) == 0 {
			s.primary(s.Insn, label)
			return
		}
		s.primary(s.number(0), label)
	}
}

// tellMap tells of a map that the program may not use: where the first is used for which wrong holds.
func tellMap(wrong func(*story, *object.Map) bool) func(*story) {
	return func(s *story) {
		s.primaryFunc(0, s.plain())
		for i := range s.Image.Insns {
			in := &s.Image.Insns[i]
			if !in.IsLdImm64() || in.Src != insn.PSEUDO_MAP_FD && in.Src != insn.PSEUDO_MAP_VALUE || in.Imm < 0 || int(in.Imm) >= len(s.Image.Maps) {
				continue
			}
			if m := s.Image.Maps[in.Imm]; wrong(s, m) {
				s.d.Title = fmt.Sprintf("the map `%s` may not be used by a program of type %s", m.Name, s.Image.Type)
				s.primary(i, "it is used here")
				return
			}
		}
	}
}

func hasSpecialFields(_ *story, m *object.Map) bool { return m.Record != nil }

func mayNotSleep(s *story, m *object.Map) bool { return !s.Model.SleepableMap(m.Type) }

// tellCalling tells of the first instruction that one of the calls is that a message is about.
func tellCalling(label string, is func(*story, *insn.Insn) bool) func(*story) {
	return func(s *story) {
		tellFunc("")(s)
		for i := range s.Image.Insns {
			if is(s, &s.Image.Insns[i]) {
				s.primary(i, label)
				return
			}
		}
	}
}

func isThrow(s *story, in *insn.Insn) bool { return s.callee(in) == "bpf_throw" }

func isTailCall(s *story, in *insn.Insn) bool { return s.callee(in) == "bpf_tail_call" }

func isPacketLoad(_ *story, in *insn.Insn) bool {
	return in.Class() == insn.LD && (in.Mode() == insn.ABS || in.Mode() == insn.IND)
}

// tellRecursion tells of functions that call each other in a circle: "recursive call from %s() to %s()".
func (s *story) tellRecursion() {
	s.primaryFunc(0, s.plain())
	s.d.Title = fmt.Sprintf("`%s` calls `%s`, which leads back to it", s.text(0), s.text(1))
	for i := range s.Image.Insns {
		if s.Image.Insns[i].IsPseudoCall() && s.functionAt(i) == s.text(0) && s.called(i) == s.text(1) {
			s.primary(i, "this call closes the circle")
		}
	}
	s.help("write it as a loop: the stack of BPF programs is 512 bytes")
}

// tellSymbol tells of a kernel variable that has no address: "... for kernel symbol '%s'."
func (s *story) tellSymbol() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("the kernel variable `%s` can't be found on Linux %s", name, s.Model.Name())
	for i := range s.Image.Insns {
		in := &s.Image.Insns[i]
		if !in.IsLdImm64() || in.Src != insn.PSEUDO_BTF_ID || i+1 >= len(s.Image.Insns) {
			continue
		}
		if s.typeName(int(s.Image.Insns[i+1].Imm), uint32(in.Imm)) == name {
			s.primary(i, fmt.Sprintf("`%s` is used here", name))
			break
		}
	}
	if s.d.Primary == nil {
		s.primary(s.Insn, s.plain())
	}
	s.help(fmt.Sprintf("declare it `__ksym __weak` and ask whether its address is not NULL: `if (&%s)`", name))
}

// tellAttach tells of a hook that the program can't be attached to.
func (s *story) tellAttach() {
	target := s.Image.AttachName
	s.d.Title = fmt.Sprintf("`%s` is no place for a program of SEC(\"%s\")", orElse(target, s.Image.Name), strings.TrimPrefix(s.Image.Section, "?"))
	if name := s.text(0); strings.Contains(s.said.Format, "sleepable") {
		s.d.Title = fmt.Sprintf("`%s` may not be attached to by a sleepable program", name)
		s.help("attach without `.s`, or to a function or hook that may sleep")
	}
	s.primaryFunc(0, s.plain())
}

// primaryFunc says that it went wrong with a function, which begins at an instruction.
func (s *story) primaryFunc(start int, label string) {
	s.primary(start, label)
	if l := s.declared(start); l != nil && s.d.Primary != nil {
		*s.d.Primary = lined(*s.d.Primary, l)
	}
}

// primaryHere is the refused instruction; what the whole program is refused for is told at its beginning.
func (s *story) primaryHere(label string) {
	s.primary(s.Insn, label)
	if s.d.Primary == nil {
		s.primaryFunc(0, label)
	}
}

// tellFunc tells of a function that the message is about.
func tellFunc(label string) func(*story) {
	return func(s *story) {
		start := 0
		for _, f := range s.Image.Debug.Funcs {
			for i := range s.said.Args { // the function that the message names
				if name := s.functionAt(int(f.Insn)); name != "" && s.text(i) == name {
					start = int(f.Insn)
				}
			}
		}
		s.primaryFunc(start, orElse(label, s.plain()))
		for i := range s.Image.Insns {
			if in := &s.Image.Insns[i]; start > 0 && in.IsPseudoCall() && i+int(in.Imm)+1 == start {
				s.marks = append(s.marks, mark{0, s.place(i, "it is called here")})
				break
			}
		}
	}
}

// tellDepth tells of functions that are too many or whose stacks are too large together: the longest chain of calls.
func (s *story) tellDepth() {
	s.d.Title = "the functions called one from the other need more than 512 bytes of stack together"
	if frames := s.number(0); strings.HasPrefix(s.said.Format, "the call stack") {
		s.d.Title = fmt.Sprintf("%d functions are called one from the other, and 8 may be", frames)
		if s.last >= 0 {
			s.primary(s.Insn, fmt.Sprintf("`%s` would be the function number %d", s.called(s.Insn), frames))
			return
		}
	}
	var chain []int
	s.deepest(0, nil, &chain, 0)
	for i, call := range chain {
		label := fmt.Sprintf("`%s` calls `%s`", s.functionAt(call), s.called(call))
		if i == len(chain)-1 {
			s.primary(call, label)
			break
		}
		s.told[call] = true
		s.marks = append(s.marks, mark{i, s.place(call, label)})
	}
	s.help("keep large variables in a per-CPU array, or split the function that needs most")
}

// deepest finds the longest chain of calls from the function that begins at an instruction.
func (s *story) deepest(start int, calls []int, best *[]int, depth int) {
	if len(calls) > len(*best) {
		*best = append([]int(nil), calls...)
	}
	if depth >= 8 {
		return
	}
	end := len(s.Image.Insns)
	for _, f := range s.Image.Debug.Funcs {
		if int(f.Insn) > start {
			end = min(end, int(f.Insn))
		}
	}
	for i := start; i < end; i++ {
		in := &s.Image.Insns[i]
		if in.IsPseudoCall() || in.IsPseudoFunc() {
			s.deepest(i+int(in.Imm)+1, append(calls, i), best, depth+1)
		}
	}
}
