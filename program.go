package bpfverdict

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/explain"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
	"github.com/bpfverdict/bpfverdict/report"
)

// program judges one program of the object of that name.
func (r *trial) program(ctx context.Context, name string, w *walks, l *object.Linked) report.Program {
	e := Event{Object: name, Program: l.Program.Name}
	if r.observe != nil {
		r.observe(e)
	}
	p := r.shared(w, l, func(t trial, l *object.Linked) report.Program { return t.answer(ctx, name, l) })
	r.blameConfig(ctx, l, &p)
	if r.observe != nil {
		e.Result = &p
		r.observe(e)
	}
	return p
}

// answer is what the kernel says about a program.
func (r *trial) answer(ctx context.Context, name string, l *object.Linked) report.Program {
	p := r.unanswered(name, l.Program)
	if l.Err != nil {
		p.Verdict, p.Message = report.Error, firstLine(l.Err.Error())
		if le := new(object.LinkError); errors.As(l.Err, &le) {
			p.Message, p.Errno, p.Note = le.Reason, le.Errno, le.Hint
			p.Code = codeOf(le.Reason, le.Format)
			if r.explain {
				p.Diagnosis = explain.Unloaded(explain.Input{
					Image: r.texts.withText(le.Draft), Model: r.model, Insn: -1, Said: []vlog.Said{{Format: le.Format, Args: le.Args}}, Lines: []string{le.Reason},
					Source: r.texts.lines,
				}, le.Why)
			}
		}
	} else {
		p.Size = len(l.Image.Insns)
		if why := l.Image.BTFRefused; why != "" {
			p.Note = "loaded without the object's BTF, which the kernel refuses: " + why
		}
		r.verify(ctx, l.Image, &p)
	}
	return p
}

// unanswered is what an answer about a program begins as.
func (r *trial) unanswered(name string, p *object.Program) report.Program {
	return report.Program{
		Object: name, Name: p.Name, Kernel: r.model.Name(),
		Section: p.Section, Type: p.Type.String(), Size: p.Insns, Insn: -1,
		Assumed: []string{},
	}
}

// verify fills in the verifier's answer, or the bug that kept it from one.
func (r *trial) verify(ctx context.Context, img *object.Image, p *report.Program) {
	out := r.judged(ctx, img)
	p.Errno = out.Errno
	p.Message = out.Message
	p.Processed = out.Processed
	p.Walked, p.Assumed = out.Walked, append(p.Assumed, img.Constants...)
	p.States = out.TotalStates
	p.PeakStates = out.PeakStates
	p.MaxStatesPerInsn = out.MaxStatesPerInsn
	p.StackDepth = sumDepths(out.StackDepth)
	p.DurationUS = out.Duration.Microseconds()
	p.Log = r.keepLog(out.Log)
	if out.Verdict != verifier.Success || r.hot > 0 { // else nothing is told of lines
		img = r.texts.withText(img)
	}
	in := explain.Input{Image: img, Model: r.model, Source: r.texts.lines}
	if r.hot > 0 && out.Cost != nil {
		p.Cost = explain.TellCost(in, out.Cost, r.hot)
	}
	switch out.Verdict {
	case verifier.Success:
		p.Verdict, p.Message = report.Success, ""
	case verifier.Failure:
		p.Verdict, p.Lines = report.Failure, out.Lines
		place(p, img, out.Insn)
		p.Code = codeOf(out.Message, vlog.Formats(out.Said)...)
		if r.logLevel == 0 {
			// Not what it says on the way, as of arguments whose size it can't tell.
			p.Log = strings.Join(out.Lines, "\n") + "\n"
		}
		if r.explain {
			in.Prog, in.Insn, in.Said, in.Lines, in.Trace = attach.Rules(r.model, img), out.Insn, out.Said, out.Lines, out.Trace
			p.Diagnosis = explain.Explain(in)
			if p.Cost == nil && slices.Contains(tooComplex, p.Code) && out.Trace != nil {
				p.Cost = explain.TellCost(in, &out.Trace.Cost, mostHot)
			}
		}
	case verifier.Unsupported:
		p.Verdict = report.Unsupported
		place(p, img, out.Insn)
	case verifier.Bug:
		p.Verdict, p.Bug, p.Message = report.Error, true, firstLine(out.Message)
	default:
		p.Verdict, p.Bug, p.Message = report.Error, true, "internal bug: no verdict"
	}
}

// tooComplex are the codes of programs that come to a limit of what is walked.
var tooComplex = []string{"BV1301", "BV1302"}

// mostHot is how many lines, loops and places are told of one where nobody says.
const mostHot = 3

// judged asks the verifier; again, and alone, where other programs left it too little memory. So the answer
// does not depend on what is judged at the same time.
func (r *trial) judged(ctx context.Context, img *object.Image) *verifier.Outcome {
	out := r.once(ctx, img, r.crowd.RLocker())
	if out.Crowded {
		out = r.once(ctx, img, &r.crowd)
	}
	return out
}

func (r *trial) once(ctx context.Context, img *object.Image, room sync.Locker) *verifier.Outcome {
	room.Lock()
	defer room.Unlock()
	if r.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.timeout, fmt.Errorf("it took more than %v", r.timeout))
		defer cancel()
	}
	return r.judge(ctx, img, r.model, verifier.Options{LogLevel: r.logLevel, Explain: r.explain, TestStates: r.often, Cost: r.hot > 0, Memory: r.budget})
}

// Log text of all programs together is kept in full up to logBudget bytes; of later logs
// the last logTail bytes are kept.
const (
	logBudget = 512 << 20
	logTail   = 64 << 10
)

// keepLog returns what is kept of a log. It says so where it cuts.
func (r *run) keepLog(log string) string {
	if r.logBytes.Add(int64(len(log))) <= logBudget || len(log) <= logTail {
		return log
	}
	end := strings.Clone(log[len(log)-logTail:]) // so that the rest can be freed
	return fmt.Sprintf("[the first %d bytes of this log are left out: check fewer programs to see them]\n%s", len(log)-logTail, end)
}

// codeOf is the code of a refusal by the last line that is said of it, and by the formats of all lines; "" for none.
func codeOf(message string, formats ...string) string {
	code, _ := diagnosis.Of(message, formats)
	return code.ID
}

// place fills in where a program was refused.
func place(p *report.Program, img *object.Image, at int) {
	if p.Insn = at; at >= 0 {
		p.Function, p.Source = img.FuncName(at), sourceAt(img, at)
	}
}

// sourceAt returns the place in the source that instruction at came from.
func sourceAt(img *object.Image, at int) *report.Source {
	if at < 0 {
		return nil
	}
	i := sort.Search(len(img.Debug.Lines), func(i int) bool { return int(img.Debug.Lines[i].Insn) > at }) - 1
	if i < 0 {
		return nil
	}
	l := &img.Debug.Lines[i]
	return &report.Source{File: l.File, Line: int(l.Line), Column: int(l.Col), Text: strings.TrimSpace(l.Text)}
}

// sumDepths adds up the kernel's "264+304".
func sumDepths(s string) int {
	sum := 0
	for part := range strings.SplitSeq(s, "+") {
		n, _ := strconv.Atoi(part)
		sum += n
	}
	return sum
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

func baseName(p string) string {
	if i := strings.LastIndexAny(p, `/\`); i >= 0 {
		return p[i+1:]
	}
	return p
}
