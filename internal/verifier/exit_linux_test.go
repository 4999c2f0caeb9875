package verifier_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

var exitTable = table{whole: true}

// exits are what the programs return.
var exits = []string{
	"r0 = -4096", "r0 = -1", "r0 = 0", "r0 = 1", "r0 = 2", "r0 = 3", "r0 = 4",
	"r0 = r1", "r0 = r10", "call get_prandom_u32", "call get_prandom_u32\nr0 &= 1",
	"call get_prandom_u32\nr0 &= 1\nr0 += 2", "r0 = 4294967296 ll", "",
}

// TestExitsOnRunningKernel returns various things from every program type, for every attach type
// that the running kernel takes, and compares the logs.
func TestExitsOnRunningKernel(t *testing.T) {
	exhaustive(t)
	s := newSurvey(t, nil)
	for typ := abi.PROG_TYPE_SOCKET_FILTER; typ <= abi.PROG_TYPE_NETFILTER; typ++ {
		for attach := abi.AttachType(0); attach < 60; attach++ {
			for _, exit := range exits {
				q := exitTable.question(t, s.model, &testCase{
					typ: typ, attach: attach, sleepable: typ == abi.PROG_TYPE_SYSCALL, code: exit + "\nexit",
				})
				if log, _ := s.load(q, 1); log == "" {
					break // not judged: the attach type isn't one of the program type's
				}
				s.ask(q, "%v, attach type %d, %q", typ, attach, exit)
			}
		}
	}
}
