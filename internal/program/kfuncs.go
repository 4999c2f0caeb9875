package program

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// maxKfuncs is how many different kernel functions a program may call.
const maxKfuncs = 256

// checkKfuncExists verifies that a call names a function of the kernel or a module.
// Calls of id 0 are what a loader makes of unresolved weak functions: they are
// refused only if they can be reached.
func (c *checker) checkKfuncExists(in *insn.Insn) error {
	if !c.k.Has(kmodel.KfuncCalls) {
		return nil // to the walk
	}
	if len(c.kfuncs) == 0 {
		if !c.k.Config().JIT {
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
	if errno, why := c.noKernelTypes(int(in.Off)); errno != 0 {
		c.VerboseText(why, why)
		return c.Reject(errno, "failed to find BTF for kernel function")
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

// noKernelTypes says why a type set that a call names is none of the kernel's.
func (c *checker) noKernelTypes(set int) (abi.Errno, string) {
	const firstModule = state.TypesProg + 1
	switch {
	case set < 0:
		return abi.EINVAL, "negative offset disallowed for kernel module function call"
	case set == state.TypesVmlinux || set >= firstModule && set < len(c.Image.Types):
		return 0, ""
	case len(c.Image.Types) <= firstModule:
		return abi.EPROTO, "kfunc offset > 0 without fd_array is invalid" // loaders pass none then
	}
	return abi.EINVAL, "invalid module BTF fd specified"
}

// kfuncRef names a kernel function: type set and id.
type kfuncRef struct {
	set int16
	id  int32
}
