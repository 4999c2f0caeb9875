package program

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// maxKfuncs is how many different kernel functions a program may call.
const maxKfuncs = 256

// checkKfuncExists verifies that a call names a function of the kernel or a module.
// Calls of id 0 are what a loader makes of unresolved weak functions: they are
// refused only if they can be reached.
func (c *checker) checkKfuncExists(in *insn.Insn) error {
	if len(c.kfuncs) == 0 {
		if !c.k.Config.JIT {
			return c.Reject(abi.ENOTSUPP, "JIT is required for calling kernel function")
		}
		if !c.prog.GPL {
			return c.Reject(abi.EINVAL, "cannot call kernel function from non-GPL compatible program")
		}
		c.kfuncs = map[kfuncRef]bool{}
	}
	ref := kfuncRef{in.Off, in.Imm}
	if ref == (kfuncRef{}) || c.kfuncs[ref] {
		return nil
	}
	if len(c.kfuncs) == maxKfuncs {
		return c.Reject(abi.E2BIG, "too many different kernel function calls")
	}
	if in.Off < 0 {
		c.Verbose("negative offset disallowed for kernel module function call")
		return c.Reject(abi.EINVAL, "failed to find BTF for kernel function")
	}
	if int(in.Off) >= len(c.Image.Types) || in.Off == state.TypesProg {
		c.Verbose("invalid module BTF fd specified")
		return c.Reject(abi.EINVAL, "failed to find BTF for kernel function")
	}
	if _, ok := c.Image.Types[in.Off].ByID(uint32(in.Imm)).(*btf.Func); !ok {
		return c.Reject(abi.EINVAL, "kernel btf_id %d is not a function", uint32(in.Imm))
	}
	if kf := c.k.Kfunc(c.Image.Types[in.Off], uint32(in.Imm)); kf != nil && kf.DeviceBound {
		return c.Reject(abi.EINVAL, "metadata kfuncs require device-bound program")
	}
	c.kfuncs[ref] = true
	return nil
}

// kfuncRef names a kernel function: type set and id.
type kfuncRef struct {
	set int16
	id  int32
}
