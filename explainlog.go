package bpfverdict

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/explain"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// A LogAnswer is what is found out about a log of some kernel's verifier.
type LogAnswer struct {
	Named    string // the program as the log names it, "" if it doesn't
	Message  string // what the log says last, "" if its end is missing
	Insn     int    // the last instruction that the log shows, -1 for none
	Accepted bool   // the log is of a program that was accepted
	// Program is the answer about the program of the object that the log is of; nil if it is of none. Its kernel is
	// the first of those asked that says what the log says, or the first of all.
	Program *report.Program
	Facts   report.KernelFacts // of that kernel
	Found   string             // how the program was found, or why it was not
	// Agrees: the walk by that kernel ends as the log does. Otherwise Differs says how, and the diagnosis is made of
	// the log's words alone.
	Agrees  bool
	Differs string
	Kernels []string // all kernels asked that say what the log says
}

// ExplainLog explains the logs in a text: whole or cut, of any level, as dmesg, journals and loaders show them. Which
// of the object's programs a log is of is told by its name, or by the instructions and the message in it. It
// is judged by each kernel, and explained by the path of the first that agrees with the log.
func (o *Object) ExplainLog(ctx context.Context, text string, ks []*kernel.Model, opts ...Option) ([]LogAnswer, error) {
	r, err := newRun(ks, append(slices.Clip(opts), Explain()))
	if err != nil {
		return nil, err
	}
	obj, err := r.change(o)
	if err != nil {
		return nil, err
	}
	linked, err := r.trials[0].link(o.Name(), obj, obj.Programs())
	if err != nil {
		return nil, err
	}
	logs := kernellog.Parse(text)
	r.keep = append(slices.Clip(r.keep), logged(logs, linked))
	lists, err := r.object(ctx, o)
	if lists == nil {
		return nil, err
	}
	var answers []LogAnswer
	for _, l := range logs {
		answers = append(answers, r.answerLog(&l, lists, linked))
	}
	return answers, err
}

// logged is a filter of the programs that logs may be of: all of them, if a log shows too little.
func logged(logs []kernellog.Log, linked []object.Linked) func(object, program string) bool {
	may := map[string]bool{}
	for i := range logs {
		l := &logs[i]
		for j := range linked {
			name := linked[j].Program.Name
			if same, all := alike(l.Steps, &linked[j]); isNamed(l, name) || l.Program == "" && (all < fewSteps || mostly(same, all)) {
				may[name] = true
			}
		}
	}
	return func(_, program string) bool { return may[program] }
}

// isNamed reports that a log names a program, of whose name a kernel keeps 15 bytes.
func isNamed(l *kernellog.Log, name string) bool {
	return l.Program == name || l.Program != "" && l.Program == name[:min(len(name), 15)]
}

// mostly reports that instructions are a program's: loaders change a few.
func mostly(same, all int) bool { return same*10 >= all*9 }

// answerLog finds the program that a log is of, and a kernel that says the same. lists are the answers, a kernel each.
func (r *run) answerLog(l *kernellog.Log, lists [][]report.Program, linked []object.Linked) LogAnswer {
	a := LogAnswer{Named: l.Program, Message: l.Message, Insn: l.Last(), Accepted: l.Accepted}
	i, found := r.findLogged(l, lists, linked)
	if a.Found = found; i < 0 {
		return a
	}
	of, by := linked[i].Program, 0 // the kernel whose answer it is
	for kernel, list := range lists {
		answer := answerAbout(list, of.Name, of.Section)
		if answer == nil {
			continue
		}
		p := *answer
		differs := differsFromLog(l, &p)
		if a.Program == nil {
			a.Program, a.Differs, by = &p, differs, kernel
		}
		if differs == "" {
			if !a.Agrees {
				a.Program, a.Agrees, a.Differs, by = &p, true, "", kernel
			}
			a.Kernels = append(a.Kernels, r.trials[kernel].model.Name())
		}
	}
	if a.Program != nil {
		a.Facts = r.trials[by].facts()
	}
	if a.Program != nil && !a.Agrees && !l.Accepted {
		texts := r.sources(a.Program.Object)
		a.Program.Diagnosis = explain.FromLog(explain.Input{
			Image: texts.withText(imageOf(&linked[i])), Model: r.trials[by].model, Insn: l.Last(), Lines: l.Said, Source: texts.lines,
		})
	}
	return a
}

// imageOf is the program's image, or its draft.
func imageOf(l *object.Linked) *object.Image {
	if e, ok := l.Err.(*object.LinkError); ok {
		return e.Draft
	}
	return l.Image
}

// fewSteps are too few instructions to tell a program by.
const fewSteps = 4

// findLogged finds the program that a log is of, -1 for none, and says how.
func (r *run) findLogged(l *kernellog.Log, lists [][]report.Program, linked []object.Linked) (int, string) {
	if l.Program != "" {
		i := slices.IndexFunc(linked, func(k object.Linked) bool { return isNamed(l, k.Program.Name) })
		if i < 0 {
			return -1, fmt.Sprintf("the log is of a program %s, which the object doesn't have", l.Program)
		}
		if same, all := alike(l.Steps, &linked[i]); all >= fewSteps && !mostly(same, all) {
			return i, fmt.Sprintf("the log names it, but only %d of the %d instructions in the log are the object's: it is another version, or another loader's", same, all)
		}
		return i, "the log names it"
	}
	best, most, ties := -1, likeness{}, 0
	for i := range linked {
		same, all := alike(l.Steps, &linked[i])
		told := l.Message != "" && said(l.Message, lists, &linked[i])
		if !mostly(same, all) || all < fewSteps && !told {
			continue
		}
		now := likeness{r.spelled(l.Steps, &linked[i]), same, told}
		switch c := now.compare(most); {
		case best < 0 || c > 0:
			best, most, ties = i, now, 0
		case c == 0:
			ties++
		}
	}
	more := ""
	if ties > 0 {
		more = fmt.Sprintf(", and of %d more: name the program", ties)
	}
	switch {
	case best >= 0 && len(l.Steps) >= fewSteps:
		return best, fmt.Sprintf("%d of the %d instructions in the log are its%s", most.codes, len(l.Steps), more)
	case best >= 0:
		return best, "the log's words are those of its refusal" + more
	case len(linked) == 1:
		return 0, "it is the object's only one"
	case len(l.Steps) >= fewSteps:
		return -1, "no program of the object has the instructions in the log: it is of another object, or of another version of it"
	}
	return -1, "the log names no program and hardly shows instructions, and no program is refused with its words: name the program"
}

// alike counts the instructions of a log that a program has, where the log has them.
func alike(steps []kernellog.Step, l *object.Linked) (same, all int) {
	insns := imageOf(l).Insns
	for _, s := range steps {
		if all++; s.Insn < len(insns) && insns[s.Insn].Code == s.Code {
			same++
		}
	}
	return same, all
}

// likeness is how much a program is like the one that a log is of.
type likeness struct {
	spelled, codes int // instructions that are the same, and whose codes are
	said           bool
}

func (a likeness) compare(b likeness) int {
	said := 0
	if a.said != b.said {
		said = map[bool]int{true: 1, false: -1}[a.said]
	}
	return cmp.Or(cmp.Compare(a.spelled, b.spelled), cmp.Compare(a.codes, b.codes), said)
}

// spelled counts the instructions of a log that a program has just so, but for addresses and ids, which differ.
func (r *run) spelled(steps []kernellog.Step, l *object.Linked) (same int) {
	img := imageOf(l)
	for _, s := range steps {
		if s.Insn >= len(img.Insns) || img.Insns[s.Insn].IsLdImm64() {
			continue
		}
		if sameWords(explain.Asm(img, r.trials[0].model, s.Insn), fmt.Sprintf("(%02x) %s", s.Code, s.Text)) {
			same++
		}
	}
	return same
}

// said reports that a kernel refuses the program with a message.
func said(message string, lists [][]report.Program, l *object.Linked) bool {
	return slices.ContainsFunc(lists, func(list []report.Program) bool {
		p := answerAbout(list, l.Program.Name, l.Program.Section)
		return p != nil && sameWords(p.Message, message)
	})
}

// differsFromLog says how an answer differs from what the log says, "" if it doesn't.
func differsFromLog(l *kernellog.Log, p *report.Program) string {
	switch {
	case p.Verdict == report.Success && l.Accepted:
		return ""
	case p.Verdict == report.Success:
		return "our walk accepts the program"
	case p.Verdict != report.Failure:
		return fmt.Sprintf("by our model it is no case for the verifier: %s", p.Message)
	case l.Accepted:
		return fmt.Sprintf("our walk refuses the program: %s", p.Message)
	}
	here := p.Insn
	ends := fmt.Sprintf("our walk ends with: %s", p.Message)
	if here >= 0 {
		ends = fmt.Sprintf("our walk ends at instruction %d with: %s", here, p.Message)
	}
	switch {
	case l.Message != "" && !sameWords(p.Message, l.Message):
		return ends
	case l.Last() >= 0 && here >= 0 && here != l.Last() && l.Ended:
		return ends
	case l.Message == "" && !slices.ContainsFunc(l.Steps, func(s kernellog.Step) bool { return s.Insn == here }) && l.Ended:
		return ends
	}
	return ""
}

// sameWords compares messages but for what differs from run to run: addresses, ids of functions behind #.
func sameWords(a, b string) bool { return a == b || withoutIDs(a) == withoutIDs(b) }

func withoutIDs(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		out.WriteByte(s[i])
		if s[i] == '#' {
			for i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				i++
			}
		}
	}
	return out.String()
}
