package verifier_test

import (
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/asm"
	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/verifier"
)

// exits are what the programs return.
var exits = []string{
	"r0 = -4096", "r0 = -1", "r0 = 0", "r0 = 1", "r0 = 2", "r0 = 3", "r0 = 4",
	"r0 = r1", "r0 = r10", "call get_prandom_u32", "call get_prandom_u32\nr0 &= 1",
	"call get_prandom_u32\nr0 &= 1\nr0 += 2", "r0 = 4294967296 ll", "",
}

// TestExitsOnRunningKernel returns various things from every program type, for every attach type
// that the running kernel takes, and compares the logs.
func TestExitsOnRunningKernel(t *testing.T) {
	if os.Getenv("BPFVERDICT_DIFF") == "" {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	tried, failed := 0, 0
	for typ := kernel.PROG_TYPE_SOCKET_FILTER; typ <= kernel.PROG_TYPE_NETFILTER; typ++ {
		for attach := kernel.AttachType(0); attach < 60; attach++ {
			for _, exit := range exits {
				insns, err := asm.Parse(exit+"\nexit", asm.Names{Helper: helperID})
				if err != nil {
					t.Fatal(err)
				}
				sleep := typ == kernel.PROG_TYPE_SYSCALL
				log, errno := bpfsys.Load(bpfsys.Prog{Type: uint32(typ), Attach: uint32(attach), Sleepable: sleep,
					Raw: encode(insns, nil), LogLevel: 2})
				if log == "" {
					break // not judged: the attach type isn't one of the program type's
				}
				c := callCase{code: "exit"}
				img := c.image(t, m)
				img.Insns, img.Type, img.Attach, img.Sleepable = insns, typ, attach, sleep
				out := verifier.Verify(context.Background(), img, m, verifier.Options{LogLevel: 2})
				tried++
				theirs, ours := comparable(log), comparable(out.Log)
				if syscall.Errno(out.Errno) == errno && theirs == ours {
					continue
				}
				if failed++; failed <= 20 {
					t.Errorf("%v, attach type %d, %q: errno %d, ours %d\n%s", typ, attach, exit, errno, out.Errno,
						firstDifference(theirs, ours))
				}
			}
		}
	}
	t.Logf("%d programs tried, %d differ", tried, failed)
}
