package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// tellReturn tells of a value returned out of its range: "%s the register %s has%s should have been in [%d, %d]".
func (s *story) tellReturn() {
	regName := s.text(1)
	lo := s.number(3)
	hi := s.number(4)
	reg := insn.R0
	if strings.HasSuffix(regName, "1") {
		reg = insn.R1
	}
	v, known := s.value(s.here(reg))
	is := "a value"
	if known {
		is = s.bareWords(v)
	}
	who := s.text(0)
	what := "a program of type " + s.Image.Type.String() + " here"
	if strings.Contains(who, "callback") {
		what = "this callback"
	}
	allowed := fmt.Sprintf("%d to %d", lo, hi)
	if lo == hi {
		allowed = fmt.Sprint(lo)
	}
	s.d.Title = fmt.Sprintf("%s is returned, and %s may return only %s", is, what, allowed)
	if s.last < 0 {
		return
	}
	o := s.origin(s.here(reg))
	step := s.exitStep()
	if o.step >= 0 && s.steps[o.step].Depth == s.steps[s.last].Depth && o.kind == fromConst {
		step = o.step
	}
	if step >= 0 && s.isBranch(step) && o.step >= 0 {
		step = s.last
	}
	s.primary(s.steps[step].Insn, "returns "+is)
	s.d.Primary.Insn = s.Insn
	if o.kind != fromConst || o.step != step {
		s.tellNumberOrigin(o)
	}
	if b := s.lastBranch(min(step, s.last-1), -1); b >= 0 {
		s.secondary(b, s.branchLabel(b))
	}
	s.help(fmt.Sprintf("return only %s, on every path", allowed))
}

// tellNumberOrigin marks where a number was made.
func (s *story) tellNumberOrigin(o origin) {
	if o.step >= 0 {
		s.secondary(o.step, s.originLabel(o, o.name))
	}
}

// tellLoop tells of a loop whose rounds are all alike: where it goes back, and where it begins.
func (s *story) tellLoop() {
	s.d.Title = "the loop never ends: nothing that its condition depends on changes from round to round"
	s.primary(s.Insn, "here the program is in the same state as one round before")
	if s.last < 0 {
		return
	}
	for i := s.last - 1; i >= 0 && s.steps[i].Depth >= s.steps[s.last].Depth; i-- {
		if s.steps[i].Insn == s.Insn {
			break
		}
		if s.isBranch(i) || s.insnAt(i).Op() == insn.JA && s.insnAt(i).Class() == insn.JMP {
			if s.steps[i+1].Insn <= s.steps[i].Insn {
				s.secondary(i, "from here it goes back")
			} else if s.isBranch(i) {
				s.secondary(i, "this does not leave the loop: "+s.branchLabel(i))
			}
		}
	}
	s.help("let the condition depend on a counter with a constant bound, or use bpf_loop(), bpf_for() or can_loop")
}

// tellComplex tells of a program that took too many steps: the lines that took most.
func (s *story) tellComplex() {
	if s.Trace == nil {
		s.primary(s.Insn, s.plain())
		return
	}
	s.d.Title = "the program is too complex: the verifier gives up"
	hot := Hot(s.Image, &s.Trace.Cost, 3)
	total := 0
	for _, n := range s.Trace.Visits {
		total += n
	}
	s.primary(s.Insn, fmt.Sprintf("given up here, after %d instructions", total))
	for i := len(hot) - 1; i >= 0; i-- {
		h := hot[i]
		if l := s.lineOf(h.Insn); l != nil && !s.sameLine(h.Insn, s.Insn) && h.Visits*100 >= total {
			s.told[h.Insn] = true
			s.marks = append(s.marks, mark{i, s.place(h.Insn, fmt.Sprintf("walked %d times: %d %% of all", h.Visits, h.Visits*100/max(total, 1)))})
		}
	}
	s.help("bound loops more tightly, replace them by bpf_loop() or bpf_for(), and move work into global functions, which are verified once")
}
