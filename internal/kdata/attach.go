package kdata

import (
	"maps"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Attach is where programs may attach: functions by name. The lists are sorted.
type Attach struct {
	// ProgTypes and AttachTypes are the last types of programs and of what they attach to that the kernel knows.
	ProgTypes   abi.ProgType
	AttachTypes abi.AttachType
	// LSMDisabled are security hooks that programs may not implement, as their results carry more than an
	// error number; LSMDisabledBy those that a feature disables.
	LSMDisabled   []string
	LSMDisabledBy map[string]string
	// LSMSleepable are security hooks that are called where sleeping is allowed.
	LSMSleepable []string
	// LSMInternal are functions named like security hooks that are none.
	LSMInternal []string
	// LSMUntrusted are security hooks whose objects are not fully set up or being freed.
	LSMUntrusted []string
	// LSMBool are security hooks that return 0 or 1, not an error number.
	LSMBool []string
	// NoReturn are functions that never return, so nothing can run when they do.
	NoReturn []string
	// TraceDenied are functions that the tracing machinery calls itself.
	TraceDenied []string
	// ErrorInjected are functions outside the system calls that are prepared to return an injected error,
	// ErrorInjectedAtomic those of them that may be called where sleeping is not allowed.
	ErrorInjected, ErrorInjectedAtomic []string
	// MayFault are the tracepoints whose programs may sleep, where any may.
	MayFault []string
	// Sleepable are the programs that may be loaded to sleep.
	Sleepable []When
	// GPLCompatible are the licences whose programs may call what is for GPL programs only.
	GPLCompatible []string
	// TraceArgs is how many arguments a function that programs attach to may have, TraceArgBytes how large
	// each may be.
	TraceArgs, TraceArgBytes int
	// SyscallPrefixes are how the functions of system calls begin, on the kernel's machine.
	SyscallPrefixes []string
}

// StructOps is a kernel struct whose functions programs may implement.
type StructOps struct {
	Name string
	// Members are the functions that programs may implement; the value says whether these may sleep.
	Members map[string]bool
	// Given are members whose programs begin with a reference. A kernel can't be asked of them by a program that only
	// returns, so they are taken from one whose sources were read.
	Given []string
	// AnyMember: all others may be implemented too, by programs that don't sleep.
	AnyMember bool
	// Helpers are the groups that calls are looked up in.
	Helpers []string
	// Writers are the objects that programs may store to.
	Writers []BTFWriter
	// Args are arguments whose types the functions' prototypes do not tell.
	Args []StructOpsArg
	// Seen are the structs that programs see as another one that begins with them, by name.
	Seen map[string]string
}

// StructOpsArg is one argument of a function that programs may implement: a pointer to an object.
type StructOpsArg struct {
	Member string
	Arg    int    // from 0
	Struct string // pointed to
}

// WithMembers are the structs whose functions a kernel lets programs implement, with what is known of those of the same
// name on another kernel.
func WithMembers(members map[string]map[string]bool, other []StructOps) []StructOps {
	var all []StructOps
	for _, name := range slices.Sorted(maps.Keys(members)) {
		ops := StructOps{Name: name}
		if i := slices.IndexFunc(other, func(o StructOps) bool { return o.Name == name }); i >= 0 {
			ops = other[i]
		}
		known := ops.Members
		ops.Members, ops.AnyMember, ops.Helpers = maps.Clone(members[name]), false, nil
		for _, given := range ops.Given {
			ops.Members[given] = known[given]
		}
		all = append(all, ops)
	}
	return all
}

// WithGiven are a kernel's filters of kernel functions, and those of another kernel for programs of struct_ops whose
// members name none that the kernel was asked of: what all of a struct's programs may call, and what those that begin
// with a reference may.
func WithGiven(own, other map[string][]KfuncFilter) map[string][]KfuncFilter {
	all := maps.Clone(own)
	for filter, rows := range own {
		for _, o := range other[filter] {
			asked := func(r KfuncFilter) bool {
				return slices.ContainsFunc(r.When.Names, func(name string) bool { return slices.Contains(o.When.Names, name) })
			}
			if o.When.StructOps != "" && !slices.ContainsFunc(rows, asked) {
				all[filter] = append(slices.Clip(all[filter]), o)
			}
		}
	}
	return all
}
