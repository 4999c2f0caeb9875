package vlog

import (
	"errors"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Refusal is the kernel's error number on the way up; its message is in the log already.
type Refusal struct {
	Errno abi.Errno
	// Format is what that message was made from, "" if the kernel says nothing with the number.
	Format string
}

func (r *Refusal) Error() string { return fmt.Sprintf("errno %d", int(r.Errno)) }

// Errno returns err as a kernel error number, 0 for nil or another kind of error.
func Errno(err error) abi.Errno {
	if r := refusalIn(err); r != nil {
		return r.Errno
	}
	return 0
}

// WithErrno returns a refusal with another error number, and any other error as it is.
func WithErrno(err error, e abi.Errno) error {
	if r := refusalIn(err); r != nil {
		return &Refusal{e, r.Format}
	}
	return err
}

// refusalIn is errors.As of a Refusal, nil for none. Nearly all are not wrapped, and what As looks for lives on the heap.
func refusalIn(err error) *Refusal {
	if r, ok := err.(*Refusal); ok || err == nil {
		return r
	}
	var r *Refusal
	errors.As(err, &r)
	return r
}

// IsRefusal reports a refusal by the kernel. Any other error leaves the verdict open.
func IsRefusal(err error) bool { return Errno(err) != 0 }

// Fail returns an error number without a message, for the places where the kernel says nothing.
func Fail(e abi.Errno) error { return &Refusal{Errno: e} }

// Reject logs a line and returns the error number, for `return v.Reject(...)`.
// The format has no trailing newline.
func (l *Log) Reject(e abi.Errno, format string, args ...any) error {
	l.Verbose(format, args...)
	return &Refusal{e, format}
}

// RejectText is Reject for a line that was made from the format elsewhere.
func (l *Log) RejectText(e abi.Errno, format, text string, args ...any) error {
	l.VerboseText(format, text, args...)
	return &Refusal{e, format}
}

// Verbose logs a line in the kernel's words. It is for messages that tell of a
// refusal (or the kernel prints at every log level); traces ask Level first.
func (l *Log) Verbose(format string, args ...any) {
	l.note(format, args)
	l.Printf(format+"\n", args...)
}

// VerboseText is Verbose for a line that was made from the format elsewhere.
func (l *Log) VerboseText(format, text string, args ...any) {
	l.note(format, args)
	l.Printf("%s\n", text)
}

// VerboseOpen is Verbose for a message whose line the kernel does not end.
func (l *Log) VerboseOpen(format string, args ...any) {
	l.note(format, args)
	l.Printf(format, args...)
}

// Bug refuses what the kernel's authors thought impossible. The message begins as BugPrefix says.
func (l *Log) Bug(format string, args ...any) error {
	l.note(format, args)
	l.Printf(l.BugPrefix()+format+"\n", args...)
	return &Refusal{abi.EFAULT, format}
}

// BugPrefix begins the messages of Bug, as the kernel words them.
func (l *Log) BugPrefix() string {
	if l.Kernel == nil {
		return ""
	}
	return l.Kernel.Wording().Bug
}

// InternalError is Bug for the messages that all kernels begin in the old way.
func (l *Log) InternalError(format string, args ...any) error {
	l.note(format, args)
	l.Printf("verifier internal error: "+format+"\n", args...)
	return &Refusal{abi.EFAULT, format}
}

// ErrUnsupported ends the walk where the model can't judge.
var ErrUnsupported = errors.New("unsupported by the model")

// Unsupported ends the walk without a verdict; why is one line. The first reason given stays.
func (l *Log) Unsupported(format string, args ...any) error {
	if l.Why == "" {
		l.Why = fmt.Sprintf(format, args...)
	}
	return ErrUnsupported
}
