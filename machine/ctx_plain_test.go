package machine

import (
	"errors"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestContextTooSmall: a program that was verified is not run on less than it reads of its context.
func TestContextTooSmall(t *testing.T) {
	p := assemble(t, newMachine(t, Options{}), abi.PROG_TYPE_RAW_TRACEPOINT, "r0 = *(u64 *)(r1 +8)\nr0 &= 1\nexit")
	if err := p.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Input{Ctx: make([]byte, 8)}); !errors.Is(err, abi.EINVAL) {
		t.Errorf("8 bytes: %v, want EINVAL", err)
	}
	if _, err := p.Run(t.Context(), Input{Ctx: make([]byte, 16)}); err != nil {
		t.Errorf("16 bytes: %v", err)
	}
}
