package verifier_test

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// subprogArgs are the types a function's only argument may have.
var subprogArgs = []string{
	"s", "long", "enum", "float", "struct", "p", "p:nonnull", "p:nullable", "p:nonnull:nullable", "char", "big", "array", "fwd", "ptr",
	"v", "v:ctx", "v:nonnull", "c", "c:ctx", "c:ctx:nonnull", "p:ctx", "task", "task:trusted", "task:trusted:nullable",
	"task:trusted:nonnull", "task:untrusted", "p:untrusted", "v:untrusted", "v:untrusted:nonnull", "fwd:trusted", "big:trusted",
	"dynptr", "dynptr:nonnull", "p:arena", "p:arena:nonnull", "s:ctx", "s:nonnull", "p:nonsense", "",
}

// subprogBodies are what the function does.
var subprogBodies = []string{
	"r0 = 0", "r0 = r1", "r0 = *(u32 *)(r1 +0)", "r0 = *(u64 *)(r1 +16)", "*(u32 *)(r1 +0) = 1\nr0 = 0",
	"if r1 == 0 goto out\nr0 = *(u32 *)(r1 +0)\nexit\nout:\nr0 = 0", "r0 = r2",
}

// TestSubprogsOnRunningKernel calls static and global functions of many types with many things and
// compares the logs with the running kernel's.
func TestSubprogsOnRunningKernel(t *testing.T) {
	exhaustive(t)
	for _, typ := range []abi.ProgType{abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_PERF_EVENT} {
		t.Run(typ.String(), func(t *testing.T) {
			s := newSurvey(t, callTable.maps) // anew: a program array takes programs of one type
			for _, arg := range subprogArgs {
				for _, linkage := range []string{"static ", "global "} {
					askSubprogs(s, typ, linkage+arg)
				}
			}
		})
	}
}

// askSubprogs gives every operand to functions of one signature.
func askSubprogs(s *survey, typ abi.ProgType, signature string) {
	for i := range operands {
		o := &operands[i]
		prologue := strings.ReplaceAll(o.prologue, "map[%]", "map[0]")
		set := strings.ReplaceAll(o.set, "%", "r1")
		for _, body := range subprogBodies {
			q := callTable.question(s, s.model, &testCase{
				typ: typ, funcs: []string{signature},
				code: "r6 = r1\n*(u64 *)(r10 -16) = 0\n" + prologue + "\n" + set + "\ncall f\nr0 = 0\nexit\nf:\n" + body + "\nexit",
			})
			s.ask(q, "%s, %s, %q", signature, o.name, body)
		}
	}
}
