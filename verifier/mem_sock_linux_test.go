package verifier_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/verifier"
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
	if os.Getenv("BPFVERDICT_DIFF") == "" {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	fds := memMapFDs(t)
	for name, c := range sockLoads {
		for off := -4; off < c.bytes; off++ {
			for size := 8; size <= 64; size *= 2 {
				code := c.code + fmt.Sprintf("r0 = *(u%d *)(r2 %+d)\nout: r0 = 0\nexit", size, off)
				img, _ := memBuild(t, memCase{at: "cgroup_skb", code: code}, m)
				log, errno := bpfsys.Load(bpfsys.Prog{Type: uint32(img.Type), Raw: encode(img.Insns, fds)})
				out := verifier.Verify(context.Background(), img, m, verifier.Options{})
				if (errno == 0) != (out.Verdict == verifier.Success) {
					t.Errorf("%s: %d bits at %d: kernel %q, model %q", name, size, off, lastMessage(log), out.Message)
				}
			}
		}
	}
}
