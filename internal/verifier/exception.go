package verifier

import "github.com/bpfverdict/bpfverdict/internal/insn"

// isThrow reports a call of bpf_throw, which does not return.
func (v *verifier) isThrow(in *insn.Insn) bool { return v.ruleOf(in).traits&throws != 0 }

// checkThrow verifies a bpf_throw. Without an exception callback of its own, the
// program returns what was thrown, so that must be a valid result.
func (c *call) checkThrow() error {
	v := c.v
	v.seenException = true
	if v.code.ExceptionCallback != 0 {
		return nil
	}
	return v.checkReturnCode(insn.R1, "R1")
}
