package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Refusals before or after the walk have no path: their place is found in the program's instructions.

// tellInsn tells of an instruction that the message names with its first or only number.
func tellInsn(label string) func(*story) {
	return func(s *story) {
		n, ok := arg[int](s, 0)
		if !ok {
			s.primary(s.Insn, label)
			return
		}
		s.primary(n, label)
	}
}

// tellMap tells of a map that programs of the type may not use: where it is used first.
func (s *story) tellMap() {
	s.d.Title = fmt.Sprintf("a program of type %s uses a map that it may not use", s.Image.Type)
	for i := range s.Image.Insns {
		in := &s.Image.Insns[i]
		if in.IsLdImm64() && (in.Src == insn.PSEUDO_MAP_FD || in.Src == insn.PSEUDO_MAP_VALUE) && int(in.Imm) < len(s.Image.Maps) && in.Imm >= 0 {
			if m := s.Image.Maps[in.Imm]; m.Record != nil {
				s.primary(i, fmt.Sprintf("the map `%s` is used here: %s", m.Name, s.plain()))
				return
			}
		}
	}
	s.primary(s.Insn, s.plain())
}

// tellSymbol tells of a kernel variable that has no address: "... for kernel symbol '%s'."
func (s *story) tellSymbol() {
	name, _ := arg[string](s, 0)
	s.d.Title = fmt.Sprintf("the kernel variable `%s` can't be found on Linux %s", name, s.Model.Name())
	for i := range s.Image.Insns {
		in := &s.Image.Insns[i]
		if !in.IsLdImm64() || in.Src != insn.PSEUDO_BTF_ID || i+1 >= len(s.Image.Insns) {
			continue
		}
		set := int(s.Image.Insns[i+1].Imm)
		if set < 0 || set >= len(s.Image.Types) || s.Image.Types[set] == nil {
			continue
		}
		if types.Name(s.Image.Types[set].ByID(uint32(in.Imm))) == name {
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
	if name, ok := arg[string](s, 0); ok && strings.Contains(s.said.Format, "sleepable") {
		s.d.Title = fmt.Sprintf("`%s` may not be attached to by a sleepable program", name)
		s.help("attach without `.s`, or to a function or hook that may sleep")
		if !s.Model.Config().ErrorInjection {
			s.d.Notes = append(s.d.Notes, "system calls are sleepable only on kernels with CONFIG_FUNCTION_ERROR_INJECTION, which this configuration lacks")
		}
	}
	s.primary(0, s.plain())
}

// tellDepth tells of functions whose stacks are too large together: the longest chain of calls.
func (s *story) tellDepth() {
	s.d.Title = "the functions called one from the other need more than 512 bytes of stack together"
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
	for _, f := range s.Image.Funcs {
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
