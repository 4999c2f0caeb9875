package verifier_test

import (
	"fmt"
	"testing"
)

// sockLoads are programs that get a pointer to one kind of socket in r2.
var sockLoads = map[string]struct {
	bytes int
	code  string
}{
	"sock_common": {84, "r2 = *(u64 *)(r1 +168)\nif r2 == 0 goto out\n"},
	"sock":        {84, "r1 = *(u64 *)(r1 +168)\nif r1 == 0 goto out\ncall 95\nr2 = r0\nif r2 == 0 goto out\n"},
	"tcp_sock":    {116, "r1 = *(u64 *)(r1 +168)\nif r1 == 0 goto out\ncall 96\nr2 = r0\nif r2 == 0 goto out\n"},
}

// TestSockFieldsOnRunningKernel tries every load of every socket type.
func TestSockFieldsOnRunningKernel(t *testing.T) {
	s := newSurvey(t, memTable.maps)
	for name, c := range sockLoads {
		for off := -4; off < c.bytes; off++ {
			for size := 8; size <= 64; size *= 2 {
				code := c.code + fmt.Sprintf("r0 = *(u%d *)(r2 %+d)\nout: r0 = 0\nexit", size, off)
				q := memTable.question(t, s.model, &testCase{at: "cgroup_skb", code: code})
				s.ask(q, "%s: %d bits at %d", name, size, off)
			}
		}
	}
}
