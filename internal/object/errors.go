package object

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// LoadError says why a file can't be opened as a BPF object. Its text is one line.
type LoadError struct {
	Object string        // file name without its folders
	Reason string        // in libbpf's words where libbpf has any
	Errno  syscall.Errno // what libbpf would return
}

func (e *LoadError) Error() string { return oneLine(e.Object + ": " + e.Reason) }

// Unwrap gives the errno, for errors.Is.
func (e *LoadError) Unwrap() error { return e.Errno }

// LinkError says why a program of an object can't be given to a kernel. Its text is one line.
type LinkError struct {
	Object  string
	Program string
	Reason  string // libbpf's first warning, without its "libbpf: " prefix
	Errno   syscall.Errno
}

func (e *LinkError) Error() string {
	return oneLine(e.Object + ": program " + e.Program + ": " + e.Reason)
}

// Unwrap gives the errno, for errors.Is.
func (e *LinkError) Unwrap() error { return e.Errno }

// reason is an error on its way up: it gets the object's and program's names at the API.
type reason struct {
	text  string
	errno syscall.Errno
}

func (r *reason) Error() string { return r.text }

func fail(errno syscall.Errno, format string, args ...any) error {
	return &reason{fmt.Sprintf(format, args...), errno}
}

// Errnos that libbpf defines for itself, and that Windows' syscall package spells otherwise.
const (
	errFormat = syscall.Errno(4001) // LIBBPF_ERRNO__FORMAT
	errEndian = syscall.Errno(4003) // LIBBPF_ERRNO__ENDIAN
	errReloc  = syscall.Errno(4005) // LIBBPF_ERRNO__RELOC

	errPerm        = syscall.Errno(1)
	errNoent       = syscall.Errno(2)
	errSrch        = syscall.Errno(3)
	err2Big        = syscall.Errno(7)
	errFault       = syscall.Errno(14)
	errAcces       = syscall.Errno(13)
	errExist       = syscall.Errno(17)
	errInval       = syscall.Errno(22)
	errNameTooLong = syscall.Errno(36)
	errRange       = syscall.Errno(34)
	errOpnotsupp   = syscall.Errno(95)
	errNotsupp     = syscall.Errno(95)
	errNotsuppKrn  = syscall.Errno(524) // the kernel's own ENOTSUPP
)

// asReason turns any error into a reason.
func asReason(err error) *reason {
	if r, ok := err.(*reason); ok {
		return r
	}
	return &reason{err.Error(), errInval}
}

// oneLine shows what names of a damaged file may hold, and a terminal would obey, as it is spelled in Go.
func oneLine(s string) string {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			q := strconv.Quote(s)
			return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
		}
	}
	return s
}
