package verifier_test

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// Whatever goes wrong in there is an answer, not the end of who asked.
func TestPanicIsAnOutcome(t *testing.T) {
	noKernel := verifier.Verify(t.Context(), &object.Image{Insns: []insn.Insn{{Code: insn.JMP | insn.EXIT}}}, nil, verifier.Options{})
	if noKernel.Verdict != verifier.Bug || !strings.HasPrefix(noKernel.Message, "internal bug: ") ||
		!strings.Contains(noKernel.Log, "verify_test.go") || noKernel.Insn != -1 {
		t.Errorf("%+v", noKernel)
	}
}
