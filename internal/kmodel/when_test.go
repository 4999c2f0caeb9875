package kmodel

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestMayRunInNMI holds which programs may not drop just any object.
func TestMayRunInNMI(t *testing.T) {
	for _, c := range []struct {
		prog Prog
		want bool
	}{
		{Prog{Type: abi.PROG_TYPE_KPROBE}, true},
		{Prog{Type: abi.PROG_TYPE_KPROBE, Sleepable: true}, true},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY}, true},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY, Sleepable: true}, false},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER}, false},
		{Prog{Type: abi.PROG_TYPE_SYSCALL, Sleepable: true}, false},
	} {
		if got := c.prog.MayRunInNMI(); got != c.want {
			t.Errorf("%+v: %v", c.prog, got)
		}
	}
}
