package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// callbackCalls are the helpers that call back, with the context of the callback in %.
var callbackCalls = []struct{ name, code string }{
	{"loop", "r1 = 3\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall loop"},
	{"loop of any count", "call get_prandom_u32\nr1 = r0\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall loop"},
	{"loop once", "r1 = 1\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall loop"},
	{"loop never", "r1 = 0\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall loop"},
	{"loop with flags", "r1 = 3\nr2 = func cb ll\nr3 = %\nr4 = 1\ncall loop"},
	{"array", "r1 = map[0] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall for_each_map_elem"},
	{"hash", "r1 = map[1] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall for_each_map_elem"},
	{"programs", "r1 = map[2] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall for_each_map_elem"},
	{"read-only", "r1 = map[6] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall for_each_map_elem"},
	{"vma", "call get_current_task_btf\nr1 = r0\nr2 = 0\nr3 = func cb ll\nr4 = %\nr5 = 0\ncall find_vma"},
	{"vma of nobody", "r1 = 0\nr2 = 0\nr3 = func cb ll\nr4 = %\nr5 = 0\ncall find_vma"},
	{"user ring buffer", "r1 = map[7] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall user_ringbuf_drain"},
	{"wrong ring buffer", "r1 = map[3] ll\nr2 = func cb ll\nr3 = %\nr4 = 0\ncall user_ringbuf_drain"},
}

// callbackBodies are what callbacks do.
func callbackBodies() []string {
	bodies := []string{"r0 = 0", "r0 = 1", "r0 = 2", "r0 = -1", "", "call get_prandom_u32", "call get_prandom_u32\nr0 &= 1", "r0 = r10",
		"call get_prandom_u32\nr0 &= 1\nif r0 == 0 goto out\nr0 = 0\nexit\nout:\nr0 = 1",
		"r0 = r6", "r1 = 2\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0",
		"r2 = map[2] ll\nr3 = 0\ncall tail_call\nr0 = 0", "r6 = r1\nr2 = r10\nr2 += -8\n*(u64 *)(r10 -8) = 0\nr1 = map[1] ll\ncall map_delete_elem\nr0 = 0",
		"r2 = 0\nr3 = 0\ncall dynptr_data\nr0 = 0",
	}
	for r := 1; r <= 5; r++ {
		for _, b := range []string{"r0 = %", "r0 = *(u32 *)(% +0)\nr0 = 0", "*(u32 *)(% +0) = 7\nr0 = 0", "r0 = *(u64 *)(% +8)\nr0 = 0",
			"if % == 0 goto out\nr0 = *(u64 *)(% +0)\nout:\nr0 = 0", "r6 = *(u64 *)(% +0)\nr6 += 1\nr6 &= 7\n*(u64 *)(% +0) = r6\nr0 = 0"} {
			bodies = append(bodies, strings.ReplaceAll(b, "%", fmt.Sprintf("r%d", r)))
		}
	}
	return bodies
}

// TestCallbacksOnRunningKernel calls callbacks of many kinds and compares the logs with the running kernel's.
func TestCallbacksOnRunningKernel(t *testing.T) {
	exhaustive(t)
	s := newSurvey(t, callTable.maps)
	afters := []string{
		"r0 = 0", "r0 = *(u64 *)(r10 -16)",
		"r1 = *(u64 *)(r10 -16)\nif r1 > 4 goto big\nr0 = 0\nexit\nbig:\nr0 = 1",
	}
	for _, call := range callbackCalls {
		for _, ctx := range []string{"0", "1", "r7", "r10", "r9"} {
			for _, after := range afters {
				for _, body := range callbackBodies() {
					q := callTable.question(t, s.model, &testCase{
						typ: abi.PROG_TYPE_RAW_TRACEPOINT, funcs: []string{"static"},
						code: "r9 = map[1] ll\nr7 = r10\nr7 += -16\n*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 1\n" +
							strings.ReplaceAll(call.code, "%", ctx) + "\n" + after + "\nexit\ncb:\n" + body + "\nexit",
					})
					s.ask(q, "%s of %s, then %q, %q", call.name, ctx, after, body)
				}
			}
		}
	}
}
