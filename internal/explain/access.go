package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// tellAccess tells of an access through what is no pointer that may be followed: "R%d invalid mem access '%s'".
func (s *story) tellAccess() {
	reg, ok := s.subject()
	if !ok || s.last < 0 || reg >= insn.MaxReg {
		s.primary(s.Insn, s.plain())
		return
	}
	name := s.nameHere(reg)
	who := quoted(name, s.regName(reg))
	v, _ := s.value(s.here(reg))
	o := s.origin(s.here(reg))
	label := fmt.Sprintf("%s is %s", who, s.words(v))
	switch {
	case v.Type.MaybeNull():
		s.d.Title = fmt.Sprintf("%s may be NULL, and is used without a check", who)
		s.helpNullCheck(o, name)
	case v.Type == abi.SCALAR_VALUE && o.kind == fromLoad && s.Image.Type == abi.PROG_TYPE_KPROBE:
		s.d.Title = fmt.Sprintf("%s is a number to the verifier: arguments of kprobes can't be followed", who)
		s.help("read what it points to with BPF_CORE_READ() or bpf_probe_read_kernel(), or attach by fentry, whose arguments have types")
	case v.Type == abi.SCALAR_VALUE:
		s.d.Title = fmt.Sprintf("%s is no pointer here, and is followed", who)
	default:
		s.d.Title = fmt.Sprintf("%s may not be followed: it is %s", who, s.words(v))
	}
	s.primary(s.Insn, label)
	s.tellHistory(s.here(reg), name)
	for _, e := range s.endings { // what ended the pointer is the reason
		switch {
		case e == givenAway && v.Type == abi.SCALAR_VALUE:
			s.d.Title = fmt.Sprintf("%s is used after it was given away", who)
		case e == packetMoved:
			s.d.Title = fmt.Sprintf("%s is used after the packet may have moved", who)
			s.help("read data and data_end from the context again, and compare again")
		case e == unlocked:
			s.d.Title = fmt.Sprintf("%s was borrowed, and is used after its lock was given back", who)
			s.help("use it before the unlock, or own it: remove it from its container, or bpf_refcount_acquire() it")
		}
	}
}

// tellEarlySum tells of arithmetic on a pointer that may be NULL: "R%d pointer arithmetic on %s prohibited, null-check it
// first". Where the check follows, it is the compiler that has put the sum before it.
func (s *story) tellEarlySum() {
	t := tales()[s.said.Format]
	reg, _ := s.subject()
	check, name := -1, ""
	if s.last >= 0 && reg < insn.MaxReg {
		name = orElse(s.nameHere(reg), "p")
		check = s.checkAfter(s.origin(s.here(reg)))
	}
	if check < 0 {
		t.tell(s)
		return
	}
	t.help = ""
	t.tell(s)
	where := "on the same line"
	if !s.sameLine(check, s.Insn) {
		where = "at " + s.where(check)
	}
	s.d.Notes = append(s.d.Notes, fmt.Sprintf("the source checks it, %s: the compiler has put the sum before the check", where))
	s.help(fmt.Sprintf("keep the compiler from it: `barrier_var(%s);` right behind the check, which is `asm volatile(\"\" : \"+r\"(%[1]s))`", name))
}

// checkAfter is the instruction behind the refused one, before any other branch, that compares a value of that origin with
// NULL; -1 for none.
func (s *story) checkAfter(o origin) int {
	for at := s.Insn + 1; at < len(s.Image.Insns); at++ {
		in := &s.Image.Insns[at]
		if c := in.Class(); c != insn.JMP && c != insn.JMP32 {
			continue
		}
		if in.SrcKind() != insn.K || in.Imm != 0 || in.Op() != insn.JEQ && in.Op() != insn.JNE {
			return -1
		}
		if c := s.origin(s.here(int(in.Dst))); c.step == o.step && c.kind == o.kind {
			return at
		}
		return -1
	}
	return -1
}

var plainName = lazyregexp.New(`^[A-Za-z_]\w*$`)

// helpNullCheck says where to check a pointer: below the statement that makes it, where that is one line.
func (s *story) helpNullCheck(o origin, name string) {
	if name == "" || o.step < 0 {
		s.help("compare it with NULL before it is used")
		return
	}
	h := diagnosis.Help{Text: fmt.Sprintf("check it before: `if (!%s) return 0;`", name)}
	l := s.lineOf(s.steps[o.step].Insn)
	if l != nil && plainName().MatchString(name) && o.kind == fromCall && assigned(l.Text, s.called(s.steps[o.step].Insn)) == name && strings.HasSuffix(statement(l.Text), ";") {
		indent := indentation(l.Text)
		h.Edit = &diagnosis.Edit{File: l.File, Line: int(l.Line) + 1, New: fmt.Sprintf("%sif (!%s) return 0;", indent, name)}
	}
	s.d.Help = append(s.d.Help, h)
}
