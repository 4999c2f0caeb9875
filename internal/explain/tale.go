package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/facts"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// tale is how a refusal is told of that needs no more than its parts. In texts {it} is the name of what the
// message is about, {is} what it is, {call} the function called, {type} the program's type, and {0} an argument
// of the message.
type tale struct {
	title string // "" for the code's
	label string // what is wrong, where it is wrong
	help  string
	// begin is the section, or what is held, of which the begin is told.
	begin *section
	// none is said where no such thing was begun on the path.
	none string
	// slot: what the register points to on the stack is what counts, and not the register.
	slot bool
	// moved: where the pointer was moved is told.
	moved bool
}

// tell tells the tale.
func (t tale) tell(s *story) {
	reg, ok := s.subject()
	ok = ok && s.last >= 0 && reg >= 0 && reg < insn.MaxReg
	name, it, is, plainly, callee := "", "it", "a value", "p", s.called(s.Insn)
	if ok {
		name = s.nameHere(reg)
		v, _ := s.value(s.here(reg))
		it, is, plainly = quoted(name, s.regName(reg)), s.words(v), orElse(name, plainly)
	}
	words := []string{
		"{it}", it, "{is}", is, "{name}", plainly, "{call}", quoted(callee, "this call"), "{type}", s.Image.Type.String(), "{license}", s.Image.License,
		"{kernel}", s.Model.Name(),
	}
	for i, a := range s.said.Args {
		words = append(words, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
		if list, isText := a.(string); isText && strings.Contains(t.label, "{types"+strconv.Itoa(i)) {
			words = append(words, "{types"+strconv.Itoa(i)+"}", wantedTypes(list))
		}
		if n, isNumber := integer(a); isNumber {
			words = append(words, "{hex"+strconv.Itoa(i)+"}", strconv.FormatInt(int64(n), 16))
		}
	}
	fill := strings.NewReplacer(words...).Replace
	if t.title != "" {
		s.d.Title = fill(t.title)
	}
	s.primaryHere(fill(t.label))
	switch t.help {
	case "":
	case beSleepable:
		s.helpSleepable()
		s.helpAwake(callee)
	default:
		s.help(fill(t.help))
	}
	if t.begin != nil && s.last >= 0 {
		if step := s.begin(t.begin); step >= 0 {
			s.secondary(step, fmt.Sprintf("the %s begins here", t.begin.name))
		} else if step := s.ended(t.begin); step >= 0 {
			s.secondary(step, fmt.Sprintf("the %s ends here", t.begin.name))
		} else if t.none != "" {
			s.d.Notes = append(s.d.Notes, fill(t.none))
			if b := s.lastBranch(s.last-1, -1); b >= 0 {
				s.secondary(b, s.branchLabel(b))
			}
		}
	}
	if ok && t.moved {
		s.tellMove(reg)
	}
	switch {
	case !ok:
	case t.slot:
		s.tellSlot(reg, name)
		if len(s.marks) == 0 {
			s.tellHistory(s.here(reg), name)
		}
	default:
		s.tellHistory(s.here(reg), name)
	}
}

// helpSleepable says how the same program is loaded as sleepable.
func (s *story) helpSleepable() {
	section := strings.TrimPrefix(s.Image.Section, "?")
	form, ok := facts.SleepableSection(s.Model, section)
	if !ok {
		s.help("programs of this section can't sleep: fentry.s, fexit.s, lsm.s, iter.s, uprobe.s and syscall can")
		return
	}
	s.helpSection(fmt.Sprintf("load the program as sleepable, where its hook allows that: SEC(%q)", form), form)
}
