package verifier_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// A jump to where a register says is no instruction before 6.19; from then on it is one that is not judged.
func TestIndirectJump(t *testing.T) {
	for _, test := range []struct {
		kernel, message string
		verdict         verifier.Verdict
	}{
		{"6.18", "unknown opcode 0d", verifier.Failure},
		{"6.19", "indirect jumps", verifier.Unsupported},
		{"7.3", "indirect jumps", verifier.Unsupported},
	} {
		m, err := kmodel.Load(test.kernel)
		if err != nil {
			t.Fatal(err)
		}
		img := fuzzImage(abi.PROG_TYPE_SOCKET_FILTER, []insn.Insn{
			{Code: insn.ALU64 | insn.MOV | insn.K}, {Code: insn.JMP | insn.JA | insn.X}, {Code: insn.JMP | insn.EXIT},
		}, m)
		out := verifier.Verify(t.Context(), img, m, verifier.Options{})
		if out.Verdict != test.verdict || out.Message != test.message {
			t.Errorf("%s: %v: %s", test.kernel, out.Verdict, out.Message)
		}
	}
}
