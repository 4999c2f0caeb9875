package bpfverdict

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// checker is one call of CheckAll.
type checker struct {
	model    *kmodel.Model
	jobs     int
	logLevel int
	timeout  time.Duration
	keep     func(object, program string) bool
	observe  func(Event)
	logBytes atomic.Int64

	// judge is verifier.Verify; tests put other things in its place.
	judge func(context.Context, *object.Image, *kmodel.Model, verifier.Options) *verifier.Outcome
}

// run judges files. At most jobs objects are in memory and at most jobs goroutines
// work at any time, however many files there are.
func (c *checker) run(ctx context.Context, files []string) (*report.Result, error) {
	results := make([][]report.Program, len(files))
	errs := make([]error, len(files))
	slots := make(chan struct{}, c.jobs)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(c.jobs, len(files)) {
		wg.Go(func() {
			for i := range next {
				results[i], errs[i] = c.file(ctx, files[i], slots)
			}
		})
	}
feed:
	for i := range files {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()

	r := &report.Result{SchemaVersion: report.SchemaVersion, Kernel: c.model.Name, Programs: []report.Program{}}
	for _, ps := range results {
		r.Programs = append(r.Programs, ps...)
	}
	return r, errors.Join(append(errs, ctx.Err())...)
}

// file judges one object's programs.
func (c *checker) file(ctx context.Context, path string, slots chan struct{}) ([]report.Program, error) {
	slots <- struct{}{}
	linked, err := c.link(path)
	<-slots
	if err != nil {
		return nil, &InputError{path, err}
	}
	if c.keep != nil {
		kept := linked[:0]
		for _, l := range linked {
			if c.keep(baseName(path), l.Program.Name) {
				kept = append(kept, l)
			}
		}
		linked = kept
	}
	out := make([]report.Program, len(linked))
	done := make([]bool, len(linked))
	var wg sync.WaitGroup
	for i := range linked {
		slots <- struct{}{}
		if ctx.Err() != nil {
			<-slots
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			out[i] = c.program(ctx, path, &linked[i])
			// A program cut short by the caller has no answer.
			done[i] = ctx.Err() == nil || out[i].Verdict != report.Unsupported
		})
	}
	wg.Wait()
	finished := out[:0]
	for i := range out {
		if done[i] {
			finished = append(finished, out[i])
		}
	}
	return finished, nil
}

// link opens an object and links its programs. A panic in there is an error of this object alone.
func (c *checker) link(path string) (linked []object.Linked, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &BugError{Cause: fmt.Sprint(p), Stack: debug.Stack()}
		}
	}()
	obj, err := object.Load(path)
	if err != nil {
		return nil, err
	}
	return obj.Link(c.model), nil
}

// BugError is a panic of our own code, caught.
type BugError struct {
	Cause string
	Stack []byte
}

func (e *BugError) Error() string { return "internal bug: " + e.Cause }

// program judges one program.
func (c *checker) program(ctx context.Context, path string, l *object.Linked) report.Program {
	e := Event{Object: path, Program: l.Program.Name, Image: l.Image}
	if c.observe != nil {
		c.observe(e)
	}
	p := report.Program{
		Object: path, Program: l.Program.Name, Section: l.Program.Section, Type: l.Program.Type.String(),
		Insns: l.Program.Insns,
	}
	if l.Err != nil {
		p.Verdict, p.Message = report.Error, firstLine(l.Err.Error())
		if le := new(object.LinkError); errors.As(l.Err, &le) {
			p.Message, p.Errno = le.Reason, int(le.Errno)
		}
	} else {
		p.Insns = len(l.Image.Insns)
		c.verify(ctx, l.Image, &p)
	}
	if c.observe != nil {
		e.Result = &p
		c.observe(e)
	}
	return p
}

// verify fills in the verifier's answer, or the bug that kept it from one.
func (c *checker) verify(ctx context.Context, img *object.Image, p *report.Program) {
	defer func() {
		if cause := recover(); cause != nil {
			p.Verdict, p.Bug = report.Error, true
			p.Message = firstLine(fmt.Sprintf("internal bug: %v", cause))
			p.Log = string(debug.Stack())
		}
	}()
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	out := c.judge(ctx, img, c.model, verifier.Options{LogLevel: c.logLevel})
	p.Errno = int(out.Errno)
	p.Message = out.Message
	p.Processed = out.Processed
	p.States = out.TotalStates
	p.PeakStates = out.PeakStates
	p.MaxStatesPerInsn = out.MaxStatesPerInsn
	p.StackDepth = sumDepths(out.StackDepth)
	p.DurationUS = out.Duration.Microseconds()
	p.Log = c.keepLog(out.Log)
	switch out.Verdict {
	case verifier.Success:
		p.Verdict, p.Message = report.Success, ""
	case verifier.Failure:
		p.Verdict, p.Lines = report.Failure, out.Lines
		p.Source = sourceAt(img, out.Insn)
	case verifier.Unsupported:
		p.Verdict = report.Unsupported
		p.Source = sourceAt(img, out.Insn)
	default:
		p.Verdict, p.Bug, p.Message = report.Error, true, "internal bug: no verdict"
	}
}

// Log text of all programs together is kept in full up to logBudget bytes; of later logs
// the last logTail bytes are kept.
const (
	logBudget = 512 << 20
	logTail   = 64 << 10
)

// keepLog returns what is kept of a log. It says so where it cuts.
func (c *checker) keepLog(log string) string {
	if c.logBytes.Add(int64(len(log))) <= logBudget || len(log) <= logTail {
		return log
	}
	end := strings.Clone(log[len(log)-logTail:]) // so that the rest can be freed
	return fmt.Sprintf("[the first %d bytes of this log are left out: check fewer programs to see them]\n%s", len(log)-logTail, end)
}

// sourceAt returns the place in the source that instruction at came from.
func sourceAt(img *object.Image, at int) *report.Source {
	if at < 0 {
		return nil
	}
	i := sort.Search(len(img.Lines), func(i int) bool { return int(img.Lines[i].Insn) > at }) - 1
	if i < 0 {
		return nil
	}
	l := &img.Lines[i]
	return &report.Source{File: l.File, Line: int(l.Line), Text: strings.TrimSpace(l.Text)}
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
