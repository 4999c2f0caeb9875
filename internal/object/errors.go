package object

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// LoadError says why a file can't be opened as a BPF object. Its text is one line.
type LoadError struct {
	Object string    // file name without its folders
	Reason string    // in libbpf's words where libbpf has any
	Errno  abi.Errno // what libbpf would return
	// Hint says in one line what other loaders do, empty for nothing.
	Hint string
}

func (e *LoadError) Error() string { return oneLine(e.Object + ": " + e.Reason) }

// Unwrap gives the errno, for errors.Is.
func (e *LoadError) Unwrap() error { return e.Errno }

// LinkError says why a program of an object can't be given to a kernel. Its text is one line.
type LinkError struct {
	Object  string
	Program string
	Reason  string // libbpf's first warning, without its "libbpf: " prefix
	Errno   abi.Errno
	Format  string // what Reason was made from, "" if that came from elsewhere
	Hint    string // what other loaders do, one line, empty for nothing
	Args    []any  // what Format was filled with
	// Why says more than libbpf does, where the kernel answers with a number: a sentence without its stop, or empty.
	Why string
	// Draft is what was made of the program by then, for telling places. Nothing in it is resolved.
	Draft *Image
}

func (e *LinkError) Error() string {
	return oneLine(e.Object + ": program " + e.Program + ": " + e.Reason)
}

// Unwrap gives the errno, for errors.Is.
func (e *LinkError) Unwrap() error { return e.Errno }

// reason is an error on its way up: it gets the object's and program's names at the API.
type reason struct {
	text   string
	errno  abi.Errno
	format string
	rule   rule   // by which another loader takes it
	hint   string // what others do, where the rule alone doesn't tell
	args   []any  // what format was filled with
	why    string // more than libbpf says
}

func (r *reason) Error() string { return r.text }

func fail(errno abi.Errno, format string, args ...any) error {
	return &reason{text: fmt.Sprintf(format, args...), errno: errno, format: format, args: args}
}

// refuse is fail, where libbpf refuses and a loader with the rule would not.
func refuse(r rule, errno abi.Errno, format string, args ...any) error {
	return &reason{text: fmt.Sprintf(format, args...), errno: errno, format: format, args: args, rule: r}
}

// asReason turns any error into a reason.
func asReason(err error) *reason {
	if r, ok := err.(*reason); ok {
		return r
	}
	return &reason{text: err.Error(), errno: abi.EINVAL}
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
