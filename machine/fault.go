package machine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// FaultKind says what a program did that the verifier should have kept it from.
type FaultKind string

// Kinds of faults.
const (
	NullPointer  FaultKind = "NULL pointer"
	WildPointer  FaultKind = "wild pointer" // no address of any object
	OutOfBounds  FaultKind = "out of bounds"
	UseAfterFree FaultKind = "use after free"
	ReadOnly     FaultKind = "write to read-only memory"
	BadAccess    FaultKind = "bad access"     // to something that is no plain memory
	StackTooDeep FaultKind = "stack too deep" // calls nested deeper than a machine allows
	BadCode      FaultKind = "bad code"       // no instruction, or no function

	WrongObject FaultKind = "wrong object"               // a call is passed something else than it works on
	NotOwned    FaultKind = "not owned"                  // an object is given away by who doesn't own it
	Leak        FaultKind = "leak"                       // a program ends, or goes on in another, and still owns something
	Expired     FaultKind = "borrowed pointer"           // ... used after its section under the lock
	LockMissing FaultKind = "lock not held"              // ... that protects a list or a tree
	LockOrder   FaultKind = "lock order"                 // locks nested that may not be, or released in the wrong order
	LockHeld    FaultKind = "lock held"                  // ... where a program ends or calls what it may not
	Deadlock    FaultKind = "deadlock"                   // CPUs wait for each other for ever
	Sleeping    FaultKind = "sleeping in atomic section" // a call that may sleep where nothing may
	Unbalanced  FaultKind = "unbalanced section"         // an RCU, preemption or interrupt section ended twice or never
	BadIterator FaultKind = "bad iterator"               // used before it was made or after it was destroyed
	BadDynptr   FaultKind = "bad dynptr"
)

// A Fault is what stops a program that does what no verified program may do.
type Fault struct {
	Kind FaultKind
	Where
	Addr   uint64 // what was accessed
	Size   uint32 // bytes
	Write  bool
	Object *Object // what the address belongs to, or did; nil if to nothing
	Reason string  // more about it; may be empty
}

// Where is a place in a program.
type Where struct {
	Program string         // empty for what the machine did itself
	Insn    int            // instruction, from 0
	Source  *report.Source // nil if unknown
	CPU     int
}

// Object is a piece of memory as a report names it.
type Object struct {
	Name         string // "value of map counts", "bpf_obj_new(struct node)"
	Addr         uint64
	Size         uint32 // bytes
	Birth, Death Where
	Dead         bool
	State        string // of what can be owned: who owns it
	Moved        Where  // ... since where
	Lent         Where  // ... and where the section ended last in which somebody else could use it
}

func (w Where) String() string {
	if w.Program == "" {
		return "the machine"
	}
	s := fmt.Sprintf("%s, instruction %d", w.Program, w.Insn)
	if w.Source != nil {
		s += " (" + w.Source.String() + ")"
	}
	return s
}

func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Where, f.Kind)
	if f.Size > 0 {
		what := "read"
		if f.Write {
			what = "write"
		}
		fmt.Fprintf(&b, ": %d-byte %s at %#x", f.Size, what, f.Addr)
	}
	if o := f.Object; o != nil {
		fmt.Fprintf(&b, ", offset %d of %s (%d bytes)", int64(uint32(f.Addr))-int64(uint32(o.Addr)), o.Name, o.Size)
	}
	if f.Reason != "" {
		b.WriteString(": " + f.Reason)
	}
	return b.String()
}

// Format writes one line for %v and %s, and all that is known for %+v.
func (f *Fault) Format(s fmt.State, verb rune) {
	fmt.Fprint(s, f.Error())
	if verb != 'v' || !s.Flag('+') {
		return
	}
	if f.Source != nil {
		fmt.Fprintf(s, "\n  %s", f.Source.Text)
	}
	if o := f.Object; o != nil {
		fmt.Fprintf(s, "\n  %s: made by %s", o.Name, o.Birth)
		if o.Dead {
			fmt.Fprintf(s, ", freed by %s", o.Death)
		}
		if o.State != "" {
			fmt.Fprintf(s, "\n  %s since %s", o.State, o.Moved)
		}
		if o.Lent.Program != "" {
			fmt.Fprintf(s, "\n  pointers borrowed from a list or tree ended with %s", o.Lent)
		}
	}
}

// ErrUnsupported is what an error is that stops a run for want of something in the machine.
var ErrUnsupported = errors.New("the machine can't run it")

// An UnsupportedError names what a machine lacks to run a program.
type UnsupportedError struct {
	Where
	What string // "helper bpf_sysctl_get_name", "map type sockhash"
}

func (e *UnsupportedError) Error() string {
	if e.Program == "" {
		return "the machine lacks " + e.What
	}
	return fmt.Sprintf("%s: the machine lacks %s", e.Where, e.What)
}

// Is reports that the error is ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

func unsupported(format string, args ...any) error {
	return &UnsupportedError{What: fmt.Sprintf(format, args...)}
}
