package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// section is a stretch of a program that is opened and must be closed.
type section struct {
	name, open, close string
	held              state.RefType // how it is held, 0 if it is only counted
	counted           trace.Section
}

var (
	refSection     = section{"reference", "", "", state.REF_TYPE_PTR, 0}
	lockSection    = section{"lock", "bpf_spin_lock", "bpf_spin_unlock", state.REF_TYPE_LOCK_MASK, 0}
	irqSection     = section{"section without interrupts", "bpf_local_irq_save", "bpf_local_irq_restore", state.REF_TYPE_IRQ, 0}
	rcuSection     = section{"RCU section", "bpf_rcu_read_lock", "bpf_rcu_read_unlock", 0, trace.RCU}
	preemptSection = section{"section without preemption", "bpf_preempt_disable", "bpf_preempt_enable", 0, trace.Preempt}
)

// begin is the step that opened the section, -1 if it is not open or the path doesn't show.
func (s *story) begin(of *section) int {
	if of.held != 0 {
		return s.openHeld(of.held)
	}
	return s.openSection(of.counted)
}

// ended is the last step that ended such a section, -1 for none.
func (s *story) ended(of *section) int {
	for i := s.last; i >= 0; i-- {
		for _, c := range s.steps[i].Changes {
			if of.held != 0 && c.Kind == trace.Gave && c.Held.Kind&of.held != 0 ||
				of.held == 0 && c.Kind == trace.Left && c.Section == of.counted {
				return i
			}
		}
	}
	return -1
}

// tellOpen tells of a section that is still open where the program may not be in one.
func tellOpen(of *section) func(*story) {
	return func(s *story) {
		step := s.begin(of)
		opened := of.open
		if step >= 0 {
			opened = orElse(s.called(s.steps[step].Insn), opened)
		}
		s.d.Title = fmt.Sprintf("the %s is not left before the program ends", of.name)
		if of.held == state.REF_TYPE_LOCK_MASK {
			s.d.Title = "the lock is still held when the program ends"
		}
		label := fmt.Sprintf("the %s is still open here", of.name)
		if of.held == state.REF_TYPE_LOCK_MASK {
			label = "the lock is still held here"
		}
		s.tellExit(step, label)
		if of.held == state.REF_TYPE_LOCK_MASK {
			s.secondary(step, fmt.Sprintf("`%s` takes it here", opened))
		} else {
			s.secondary(step, fmt.Sprintf("`%s` begins it here", opened))
		}
		s.helpLeaving(fmt.Sprintf("call `%s` on every path before the program ends", of.close), s.closing(of, step), step, "")
	}
}

// closing is the call that closes what a step opened, "" where the source doesn't tell how.
func (s *story) closing(of *section, step int) string {
	if step < 0 || s.called(s.steps[step].Insn) != of.open {
		return ""
	}
	l := s.lineOf(s.steps[step].Insn)
	if l == nil {
		return ""
	}
	switch args := arguments(l.Text, of.open); {
	case len(args) != 1:
		return ""
	case args[0] == "" || plainAddress().MatchString(args[0]):
		return fmt.Sprintf("%s(%s);", of.close, args[0])
	}
	return ""
}

// tellSleep tells of a call that may sleep where that is forbidden, and of what forbids it.
func (s *story) tellSleep() {
	callee := s.called(s.Insn)
	who := quoted(callee, "what is called")
	s.primary(s.Insn, "this may sleep")
	for _, of := range []*section{&rcuSection, &preemptSection, &irqSection, &lockSection} {
		if step := s.begin(of); step >= 0 {
			s.d.Title = fmt.Sprintf("%s may sleep, and is called in a %s", who, of.name)
			if of == &lockSection {
				s.d.Title = fmt.Sprintf("%s may sleep, and is called with a lock held", who)
			}
			s.secondary(step, fmt.Sprintf("the %s begins here", of.name))
			s.help(fmt.Sprintf("call it before `%s`, or after `%s`", of.open, of.close))
		}
	}
	if len(s.d.Help) > 0 || s.last < 0 || !strings.Contains(s.plain(), "non-sleepable") {
		return
	}
	if s.async >= 0 {
		by := s.called(s.steps[s.async].Insn)
		s.d.Title = fmt.Sprintf("%s may sleep, and is called in a callback of `%s`", who, by)
		s.secondary(s.async, fmt.Sprintf("`%s` is registered here, to run where nothing may sleep", s.functionAt(s.Trace.Frames[0].Start)))
		if id, _ := s.Model.Types().FindStruct("bpf_wq"); id != 0 {
			s.help("let a work queue (struct bpf_wq) run it, whose callbacks may sleep")
		}
		s.helpAwake(callee)
		return
	}
	s.d.Title = fmt.Sprintf("%s may sleep, and a program of SEC(%q) may not", who, strings.TrimPrefix(s.Image.Section, "?"))
	s.d.Notes = append(s.d.Notes, "no lock, RCU section or the like is open on this path: it is the program that may not sleep, wherever")
	s.helpSleepable()
	s.helpAwake(callee)
}

// awake are what serves instead of functions that sleep.
var awake = map[string]string{"bpf_copy_from_user": "bpf_probe_read_user", "bpf_copy_from_user_str": "bpf_probe_read_user_str"}

// helpAwake says what to call instead of a function that sleeps.
func (s *story) helpAwake(callee string) {
	if twin := awake[callee]; twin != "" {
		s.help(fmt.Sprintf("`%s` does it without sleeping, and fails where the memory is not there", twin))
		return
	}
	s.help("use a function that does not sleep")
}

// registered is the step that registered the asynchronous callback that was walked, -1 if it was none.
func (s *story) registered() int {
	if s.Trace == nil || len(s.Trace.Frames) == 0 || s.Trace.Frames[0].Start == s.Trace.Entry {
		return -1
	}
	for i := s.last; i > 0; i-- {
		if s.steps[i].Insn == s.Trace.Frames[0].Start && s.steps[i].Depth == 0 && s.insnAt(i-1).Code == insn.JMP|insn.CALL {
			return i - 1
		}
	}
	return -1
}

// openSection finds the step that opened a counted section that is still open at the end, -1 for none.
func (s *story) openSection(of trace.Section) int {
	depth := 0
	for i := s.last; i >= 0; i-- {
		for _, c := range s.steps[i].Changes {
			switch {
			case c.Section != of:
			case c.Kind == trace.Left:
				depth++
			case c.Kind == trace.Entered:
				if depth == 0 {
					return i
				}
				depth--
			}
		}
	}
	return -1
}

// openHeld finds the step that took the youngest thing of the kinds that is held at the end, -1 for none.
func (s *story) openHeld(kinds state.RefType) int {
	if s.Trace == nil {
		return -1
	}
	for i := len(s.Trace.Held) - 1; i >= 0; i-- {
		if h := s.Trace.Held[i]; h.Kind&kinds != 0 {
			return s.tookStep(h.ID, h.Kind)
		}
	}
	return -1
}
