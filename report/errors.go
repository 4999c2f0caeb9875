package report

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Errno is an error number as Linux counts them, on whatever system this runs. Its String is the number's
// name, such as EACCES, and its Error the C library's text. errors.Is finds syscall.EACCES in EACCES also
// where that system counts otherwise.
type Errno = abi.Errno

// ErrUnsupported is what Err's error is for a program that the model can't judge.
var ErrUnsupported = errors.New("unsupported by the model")

// A Rejection is a program that would not load. errors.Is finds its Errno in it. %v prints it in one line,
// %+v with the source and all that the kernel says; both with what a terminal would obey escaped.
type Rejection struct {
	Object  string // path of the object
	Program string
	Kernel  string // the model that judged
	Message string // the last line of the kernel's log; libbpf's where it never gets to a kernel
	Errno   Errno  // what loading fails with
	Source  *Source
	Note    string // what else the answer rests on; empty for nothing
	Log     string // all that the kernel says, at the log level asked for
}

func (r *Rejection) Error() string {
	return fmt.Sprintf("%s (%s)", Escape(r.Message), r.Errno.String())
}

// Unwrap gives the Errno.
func (r *Rejection) Unwrap() error { return r.Errno }

// Format prints the Rejection: one line, or everything for %+v.
func (r *Rejection) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'q':
		fmt.Fprintf(f, "%q", r.Error())
		return
	case verb != 'v' || !f.Flag('+'):
		io.WriteString(f, r.Error())
		return
	}
	fmt.Fprintf(f, "%s: %s on Linux %s: %s", Escape(r.Object), Escape(r.Program), r.Kernel, r.Error())
	if r.Source != nil {
		fmt.Fprintf(f, "\n%v: %s", r.Source, Escape(r.Source.Text))
	}
	if r.Note != "" {
		io.WriteString(f, "\nnote: "+Escape(r.Note))
	}
	if log := strings.TrimRight(r.Log, "\n"); log != "" {
		io.WriteString(f, "\n"+EscapeLines(log))
	}
}

// A BugError is a bug of ours that kept a program, or an object, from an answer.
type BugError struct {
	Object  string // path of the object
	Program string // empty for the whole object
	Message string
	Stack   string
}

func (e *BugError) Error() string {
	at := Escape(baseName(e.Object))
	if e.Program != "" {
		at += "/" + Escape(e.Program)
	}
	return at + ": " + Escape(e.Message)
}

// Err returns nil for a program that would load, and otherwise why not: a [*Rejection], an error that is
// [ErrUnsupported], or a [*BugError].
func (p *Program) Err() error {
	switch {
	case p.Verdict == Success:
		return nil
	case p.Bug:
		return &BugError{Object: p.Object, Program: p.Name, Message: p.Message, Stack: p.Log}
	case p.Verdict == Unsupported:
		return fmt.Errorf("%w: %s", ErrUnsupported, Escape(p.Message))
	}
	log := p.Log
	if log == "" {
		log = strings.Join(p.Lines, "\n")
	}
	return &Rejection{
		Object: p.Object, Program: p.Name, Kernel: p.Kernel,
		Message: p.Message, Errno: p.Errno, Source: p.Source, Note: p.Note, Log: log,
	}
}
