package verifier_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// helperTypes are the program types whose helpers are tried.
var helperTypes = []struct {
	typ    abi.ProgType
	attach abi.AttachType
	sleep  bool
}{
	{typ: abi.PROG_TYPE_SCHED_CLS},
	{typ: abi.PROG_TYPE_XDP},
	{typ: abi.PROG_TYPE_RAW_TRACEPOINT},
	{typ: abi.PROG_TYPE_PERF_EVENT},
	{typ: abi.PROG_TYPE_SYSCALL, sleep: true},
	{typ: abi.PROG_TYPE_CGROUP_SOCK_ADDR, attach: abi.ATTACH_CGROUP_INET4_CONNECT},
	{typ: abi.PROG_TYPE_CGROUP_SKB, attach: abi.ATTACH_CGROUP_INET_EGRESS},
	{typ: abi.PROG_TYPE_SOCK_OPS, attach: abi.ATTACH_CGROUP_SOCK_OPS},
	{typ: abi.PROG_TYPE_SK_MSG, attach: abi.ATTACH_SK_MSG_VERDICT},
	{typ: abi.PROG_TYPE_SK_SKB},
	{typ: abi.PROG_TYPE_CGROUP_SYSCTL, attach: abi.ATTACH_CGROUP_SYSCTL},
	{typ: abi.PROG_TYPE_CGROUP_SOCKOPT, attach: abi.ATTACH_CGROUP_SETSOCKOPT},
	{typ: abi.PROG_TYPE_LWT_XMIT},
	{typ: abi.PROG_TYPE_SK_LOOKUP, attach: abi.ATTACH_SK_LOOKUP},
	{typ: abi.PROG_TYPE_SK_REUSEPORT, attach: abi.ATTACH_SK_REUSEPORT_SELECT},
}

// operand is something an argument register is set to. Registers r6 to r9 and the stack from -64 on are
// prepared by prologue, which may end the program where it can't.
type operand struct{ name, prologue, set string }

var operands = []operand{
	{name: "zero", set: "% = 0"},
	{name: "eight", set: "% = 8"},
	{name: "minus", set: "% = -1"},
	{name: "small", prologue: "call get_prandom_u32\nr8 = r0\nr8 &= 15", set: "% = r8"},
	{name: "unknown", prologue: "call get_prandom_u32\nr9 = r0", set: "% = r9"},
	{name: "context", set: "% = r6"},
	{name: "stack", set: "% = r10\n% += -16"},
	{name: "unset stack", set: "% = r10\n% += -48"},
	{name: "shifted stack", prologue: "call get_prandom_u32\nr9 = r0\nr9 &= 7", set: "% = r10\n% += -24\n% += r9"},
	{name: "value", prologue: lookupIn, set: "% = r0"},
	{name: "shifted value", prologue: lookupIn, set: "% = r0\n% += 8"},
	{name: "value or null", prologue: strings.Replace(lookupIn, "%", "1", 1), set: "% = r0"},
	{name: "task", prologue: "call get_current_task_btf", set: "% = r0"},
	{name: "array", set: "% = map[0] ll"},
	{name: "hash", set: "% = map[1] ll"},
	{name: "programs", set: "% = map[2] ll"},
	{name: "ringbuf", set: "% = map[3] ll"},
	{name: "perf", set: "% = map[4] ll"},
	{name: "queue", set: "% = map[5] ll"},
	{name: "read-only", set: "% = map[6] ll"},
	{name: "read-only value", set: "% = map[6] + 8 ll"},
	{name: "sock", prologue: "r2 = 8\nr1 = r6\nr3 = 0\nr2 = r10\nr2 += -16\nr3 = 12\nr4 = 0\nr5 = 0\ncall sk_lookup_tcp", set: "% = r0"},
}

func operandNamed(name string) *operand {
	i := slices.IndexFunc(operands, func(o operand) bool { return o.name == name })
	return &operands[i]
}

// fitting is an operand that an argument takes, where there is one.
func fitting(h *kmodel.Helper, i int) string {
	switch at := h.Args[i]; at.Base() {
	case abi.ARG_CONST_MAP_PTR:
		switch n := h.Name; {
		case strings.HasPrefix(n, "ringbuf"):
			return "ringbuf"
		case strings.Contains(n, "perf_event") || strings.HasSuffix(n, "output"):
			return "perf"
		case n == "tail_call":
			return "programs"
		case strings.HasPrefix(n, "map_p"):
			return "queue"
		}
		return "array"
	case abi.ARG_PTR_TO_CTX:
		return "context"
	case abi.ARG_CONST_SIZE, abi.ARG_CONST_SIZE_OR_ZERO, abi.ARG_CONST_ALLOC_SIZE_OR_ZERO:
		return "eight"
	case abi.ARG_PTR_TO_BTF_ID, abi.ARG_PTR_TO_PERCPU_BTF_ID:
		return "task"
	case abi.ARG_PTR_TO_SOCK_COMMON, abi.ARG_PTR_TO_SOCKET, abi.ARG_PTR_TO_BTF_ID_SOCK_COMMON:
		return "sock"
	case abi.ARG_ANYTHING:
		return "zero"
	}
	return "stack"
}

// helperCall calls a helper with the given operands. ok is false if they can't be had together.
func helperCall(h *kmodel.Helper, ops []*operand) (code string, ok bool) {
	var b strings.Builder
	b.WriteString("r6 = r1\n*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -24) = 0\n")
	prologue := ""
	for _, o := range ops {
		if o.prologue == "" || o.prologue == prologue {
			continue
		}
		if prologue != "" {
			return "", false
		}
		prologue = o.prologue
	}
	if prologue != "" {
		prologue = strings.ReplaceAll(prologue, "map[%]", "map[0]")
		b.WriteString(prologue + "\n")
	}
	for i, o := range ops {
		b.WriteString(strings.ReplaceAll(o.set, "%", fmt.Sprintf("r%d", i+1)) + "\n")
	}
	fmt.Fprintf(&b, "call %d\nr6 = 0\nr0 = 1\nexit\n", h.ID)
	return b.String(), true
}

// TestHelpersOnRunningKernel calls every helper from many program types, with arguments that fit and then with each
// replaced by something else, and compares the whole logs with the running kernel's.
func TestHelpersOnRunningKernel(t *testing.T) {
	exhaustive(t)
	for _, pt := range helperTypes {
		t.Run(pt.typ.String(), func(t *testing.T) {
			s := newSurvey(t, callTable.maps) // anew: a program array takes programs of one type
			prog := kmodel.Prog{Type: pt.typ, Attach: pt.attach, Sleepable: pt.sleep, GPL: true}
			for _, h := range s.model.HelpersOf(prog) {
				if h == nil {
					continue
				}
				for at, ops := range operandsOf(h) {
					code, ok := helperCall(h, ops)
					if !ok {
						continue
					}
					c := testCase{typ: pt.typ, attach: pt.attach, sleepable: pt.sleep, code: code}
					s.ask(callTable.question(t, s.model, &c), "bpf_%s, operand %d", h.Name, at)
				}
			}
		})
	}
}

// operandsOf yields fitting operands (-1), then each of them replaced by every other, with its index.
func operandsOf(h *kmodel.Helper) iter.Seq2[int, []*operand] {
	fit := fittingOperands(h)
	return func(yield func(int, []*operand) bool) {
		if !yield(-1, fit) {
			return
		}
		for i := range fit {
			for j := range operands {
				changed := slices.Clone(fit)
				changed[i] = &operands[j]
				if !yield(i, changed) {
					return
				}
			}
		}
	}
}

// fittingOperands are operands that a helper takes, where there are such.
func fittingOperands(h *kmodel.Helper) (fit []*operand) {
	for i := range h.Args {
		if h.Args[i] == abi.ARG_DONTCARE {
			break
		}
		fit = append(fit, operandNamed(fitting(h, i)))
	}
	return fit
}
