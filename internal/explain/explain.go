// Package explain makes a diagnosis of a refusal, from the path that was refused, the program and the kernel. It
// is pure: the same input gives the same value.
package explain

import (
	"fmt"
	"sort"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Input is what is known of a refusal.
type Input struct {
	Image *object.Image
	Model *kmodel.Model
	Insn  int          // instruction that was refused, -1 if none
	Said  []vlog.Said  // what the kernel says about it
	Lines []string     // the same as text
	Trace *trace.Trace // the path, nil where no walk was begun
	// Source returns the lines of a source file, nil if it can't be read. It may be nil.
	Source func(file string) []string
	// Prog is the program by whose rules it goes.
	Prog kmodel.Prog
}

// story is one diagnosis in the making.
type story struct {
	Input
	said  vlog.Said // the message that says most
	steps []trace.Step
	last  int // index of the refused step, -1 without a path
	async int // index of the step that registered the callback that was refused, -1 if it was none
	d     *diagnosis.Diagnosis
	marks []mark
	// told are the instructions that have a place of their own already.
	told map[int]bool
	// endings are what ended the pointer that is told of, as its path is told.
	endings []ending
	why     string // what the loader doesn't say of its refusal, "" if that isn't known
}

// Explain returns the diagnosis of a refusal by the verifier.
func Explain(in Input) *diagnosis.Diagnosis { return newStory(in).tell() }

func (s *story) tell() *diagnosis.Diagnosis {
	s.choose()(s)
	s.finish()
	return s.d
}

func newStory(in Input) *story {
	s := &story{Input: in, last: -1, told: map[int]bool{}, d: &diagnosis.Diagnosis{
		Secondary: []diagnosis.Place{}, Kernel: in.Lines, Notes: []string{}, Help: []diagnosis.Help{},
	}}
	if s.d.Kernel == nil {
		s.d.Kernel = []string{}
	}
	if in.Trace != nil {
		s.steps = in.Trace.Steps
		s.last = len(s.steps) - 1
	}
	s.async = s.registered()
	return s
}

// Unloaded returns the diagnosis of a refusal by the loader: in.Image is a draft, without a walk. why says more than
// the loader does, where that is known.
func Unloaded(in Input, why string) *diagnosis.Diagnosis {
	if in.Image == nil {
		in.Image = &object.Image{}
	}
	s := newStory(in)
	s.why = why
	return s.tell()
}

// FromLog returns the diagnosis of a refusal of which no more is known than a kernel's words and the instruction at
// which they were said.
func FromLog(in Input) *diagnosis.Diagnosis {
	s := newStory(in)
	s.setCode()
	if in.Insn < len(in.Image.Insns) {
		s.primary(in.Insn, s.plain())
	}
	s.finish()
	return s.d
}

// choose picks the message that says most, and who tells of it: the first that has a teller, or else the first that has a
// label or is about a register. What only says what another one led to comes after that.
func (s *story) choose() func(*story) {
	tell := (*story).tellRegister
	if len(s.Said) > 0 {
		s.said = s.Said[0]
	}
	found := false
	for i := range s.Said {
		if t, ok := tellers()[s.Said[i].Format]; ok {
			tell, s.said, found = t, s.Said[i], true
			break
		}
		if label, ok := labels()[s.Said[i].Format]; ok && !found {
			tell, s.said, found = tale{label: label}.tell, s.Said[i], true
		}
		if _, ok := subjectOf(&s.Said[i]); ok && !found {
			tell, s.said, found = (*story).tellRegister, s.Said[i], true
		}
	}
	s.setCode()
	if s.d.Code == bugCode && !found {
		tell = tale{label: bug}.tell
	}
	return tell
}

// setCode finds the code of the refusal.
func (s *story) setCode() {
	last := ""
	if n := len(s.Lines); n > 0 {
		last = s.Lines[n-1]
	}
	if code, ok := diagnosis.Of(last, vlog.Formats(s.Said)); ok {
		s.setCodeTo(code)
	}
}

func (s *story) setCodeTo(code diagnosis.Code) {
	s.d.Code, s.d.Category, s.d.Title = code.ID, code.Category, code.Title
	s.d.Notes = append(s.d.Notes, code.Rule)
}

// tellCalls marks the calls that the refused instruction is in.
func (s *story) tellCalls() {
	if s.Trace == nil {
		return
	}
	for depth := 1; depth < len(s.Trace.Frames); depth++ {
		f := &s.Trace.Frames[depth]
		for i := s.last - 1; i >= 0; i-- {
			if s.steps[i].Insn != f.Callsite || s.steps[i].Depth != depth-1 {
				continue
			}
			if f.Callback {
				s.secondary(i, fmt.Sprintf("%s runs `%s`", quoted(s.called(f.Callsite), "this call"), s.functionAt(f.Start)))
			} else {
				s.secondary(i, fmt.Sprintf("`%s` is called here", s.functionAt(f.Start)))
			}
			break
		}
	}
}

// number returns an argument of the message as a number, 0 if it is none.
func (s *story) number(n int) int {
	if n >= len(s.said.Args) {
		return 0
	}
	v, _ := integer(s.said.Args[n])
	return v
}

// text returns an argument of the message as it is shown, "" for none.
func (s *story) text(n int) string {
	if n >= len(s.said.Args) {
		return ""
	}
	return fmt.Sprint(s.said.Args[n])
}

// finish fills in what every diagnosis has.
func (s *story) finish() {
	if s.d.Primary == nil {
		s.primary(s.Insn, "refused here")
	}
	if s.d.Primary == nil && s.Trace == nil { // what the whole program is refused for is told at its beginning
		s.primaryFunc(0, s.plain())
	}
	if code, ok := diagnosis.Lookup(s.d.Code); ok && len(s.d.Help) == 0 {
		s.help(code.Fix)
	}
	if why := s.Image.BTFRefused; why != "" {
		s.d.Notes = append(s.d.Notes, "the kernel refuses the object's BTF, so the program is loaded without it: "+why)
	}
	s.tellCalls()
	sort.SliceStable(s.marks, func(i, j int) bool { return s.marks[i].step < s.marks[j].step })
	for _, m := range s.marks {
		s.d.Secondary = append(s.d.Secondary, m.place)
	}
	if s.d.Title == "" && len(s.Lines) > 0 {
		s.d.Title = s.Lines[len(s.Lines)-1]
	}
}

// help adds something to do.
func (s *story) help(text string) { s.d.Help = append(s.d.Help, diagnosis.Help{Text: text}) }
