package verifier_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// pointersToMove are programs that get a pointer of one type in r1, with an unknown number in r9.
var pointersToMove = []struct {
	name string
	typ  abi.ProgType
	at   string
	code string
}{
	{name: "context", code: ""},
	{name: "stack", code: "r1 = r10\nr1 += -64\n"},
	{name: "frame", code: "r1 = r10\n"},
	{name: "map", code: "r1 = map[0] ll\n"},
	{name: "value", code: lookupOf("0") + "if r0 == 0 goto out\nr1 = r0\n"},
	{name: "value or null", code: lookupOf("0") + "r1 = r0\n"},
	{name: "ring buffer", code: "r1 = map[3] ll\nr2 = 64\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr7 = r0\nr1 = r0\n"},
	{name: "packet", typ: abi.PROG_TYPE_XDP, code: "r1 = *(u32 *)(r6 +0)\n"},
	{name: "packet end", typ: abi.PROG_TYPE_XDP, code: "r1 = *(u32 *)(r6 +4)\n"},
	{name: "packet metadata", typ: abi.PROG_TYPE_XDP, code: "r1 = *(u32 *)(r6 +8)\n"},
	{name: "flow keys", typ: abi.PROG_TYPE_FLOW_DISSECTOR, code: "r1 = *(u64 *)(r6 +144)\n"},
	{name: "sock_common", at: "cgroup_skb", code: "r1 = *(u64 *)(r6 +168)\nif r1 == 0 goto out\n"},
	{name: "sock", at: "cgroup_skb", code: "r1 = *(u64 *)(r6 +168)\nif r1 == 0 goto out\ncall 95\nr1 = r0\nif r1 == 0 goto out\n"},
	{name: "sock or null", at: "cgroup_skb", code: "r1 = *(u64 *)(r6 +168)\n"},
	{name: "tcp_sock", at: "cgroup_skb", code: "r1 = *(u64 *)(r6 +168)\nif r1 == 0 goto out\ncall 96\nr1 = r0\nif r1 == 0 goto out\n"},
	{name: "writable tracepoint", typ: abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, code: "r1 = *(u64 *)(r6 +0)\n"},
	{name: "task", typ: abi.PROG_TYPE_RAW_TRACEPOINT, code: "call get_current_task_btf\nr1 = r0\n"},
}

// moves are what is done with r1.
var moves = []string{
	"r1 += 0", "r1 += 4", "r1 += -4", "r1 -= 4", "r1 += r9", "r1 -= r9", "r9 &= 7\nr1 += r9", "r9 &= 7\nr9 += r1\nr1 = r9", "r2 = 5\nr2 -= r1",
	"r1 += 536870912", "r1 += 1\nr1 += -1", "w1 += 1", "r1 &= 7", "r1 <<= 1", "r1 *= 1", "r1 = -r1", "r2 = r1\nr2 -= r1", "r1 += r1",
}

// TestMovedPointersOnRunningKernel moves every type of pointer, and reads where it points to then.
func TestMovedPointersOnRunningKernel(t *testing.T) {
	s := newSurvey(t, callTable.maps)
	for _, p := range pointersToMove {
		for _, move := range moves {
			for _, end := range []string{"", "r0 = *(u32 *)(r1 +0)\n"} {
				release := ""
				if p.name == "ring buffer" {
					release = "r1 = r7\nr2 = 0\ncall ringbuf_discard\n"
				}
				code := "r6 = r1\n*(u64 *)(r10 -64) = 0\ncall get_prandom_u32\nr9 = r0\nr1 = r6\n" + p.code + move + "\n" + end + release + "out: r0 = 0\nexit"
				c := testCase{typ: p.typ, at: p.at, code: code}
				s.ask(callTable.question(t, s.model, &c), "%s: %q %q", p.name, move, end)
			}
		}
	}
}
