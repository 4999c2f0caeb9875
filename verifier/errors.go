package verifier

import (
	"errors"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// rejection is the kernel's error number on the way up; its message is in the log already.
type rejection struct{ errno abi.Errno }

func (r rejection) Error() string { return fmt.Sprintf("errno %d", int(r.errno)) }

// errno returns err as a kernel error number, 0 for nil or another kind of error.
func errno(err error) abi.Errno {
	if err == nil {
		return 0 // before r, which lives on the heap
	}
	var r rejection
	if errors.As(err, &r) {
		return r.errno
	}
	return 0
}

// reject logs a line and returns the error number, for `return v.reject(...)`.
// The format has no trailing newline.
func (v *verifier) reject(e abi.Errno, format string, args ...any) error {
	v.verbose(format, args...)
	return rejection{e}
}

// verbose logs a line in the kernel's words. It is for messages that tell of a
// refusal (or the kernel prints at every log level); traces ask v.log.level first.
func (v *verifier) verbose(format string, args ...any) {
	v.log.printf(format+"\n", args...)
}

// fail returns an error number without a message, for the places where the kernel says nothing.
func fail(e abi.Errno) error { return rejection{e} }

// errUnsupported ends the walk where the model can't judge.
var errUnsupported = errors.New("unsupported by the model")

// unsupported ends the walk without a verdict; why is one line.
func (v *verifier) unsupported(format string, args ...any) error {
	if v.unsupportedWhy == "" {
		v.unsupportedWhy = fmt.Sprintf(format, args...)
	}
	return errUnsupported
}

// bug is the kernel's "verifier bug": a case its authors thought impossible.
func (v *verifier) bug(format string, args ...any) error {
	v.verbose("verifier bug: "+format, args...)
	return rejection{abi.EFAULT}
}
