package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkLostCallbacks refuses a program that passes on the address of a function which no path
// entered, as a bpf_loop of no rounds does, when no function is left behind it: the kernel removes
// the function but not the address, and trips over it when it compiles the functions one by one.
func (v *verifier) checkLostCallbacks() error {
	if !v.k.Config.JIT || v.hiddenSubprog {
		return nil
	}
	left, last := 0, 0
	for n := range v.subprogs {
		if !v.subprogs[n].removed {
			left++
			last = v.subprogs[n].Start
		}
	}
	if left < 2 {
		return nil
	}
	for i := range v.insns {
		in := &v.insns[i]
		if v.aux[i].seen && in.IsPseudoFunc() && i+int(in.Imm)+1 > last {
			v.Verbose("verifier bug: No program to jit at insn %d (subprog < 0)", i)
			return vlog.Fail(abi.EFAULT)
		}
	}
	return nil
}
