package program

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

const exceptionTag = "exception_callback:"

// findExceptionCallback finds the function that a tag on the main function names as
// the one to run when the program throws.
func (c *checker) findExceptionCallback() error {
	if len(c.Image.Funcs) == 0 || !c.k.Has(kmodel.Exceptions) {
		return nil
	}
	main, ok := c.Image.BTF.ByID(c.Image.Funcs[0].TypeID).(*btf.Func)
	if !ok {
		return c.Reject(abi.EINVAL, "invalid btf id for main subprog in func_info")
	}
	name, tags := "", 0
	for _, tag := range main.Tags {
		if rest, ok := strings.CutPrefix(tag, exceptionTag); ok {
			name = rest
			tags++
		}
	}
	switch tags {
	case 0:
		return nil
	case 1:
	default:
		return c.Reject(abi.EEXIST, "multiple exception callback tags for main subprog")
	}
	id, fn := types.Find[*btf.Func](c.Image.BTF, name)
	if fn == nil {
		return c.Reject(abi.ENOENT, "exception callback '%s' could not be found in BTF", name)
	}
	if fn.Linkage != btf.GlobalFunc {
		return c.Reject(abi.EINVAL, "exception callback '%s' must have global linkage", name)
	}
	start := 0
	for _, f := range c.Image.Funcs {
		if f.TypeID != id {
			continue
		}
		if start = int(f.Insn); start == 0 {
			c.Verbose("invalid exception callback insn_off in func_info: 0")
		}
	}
	if start == 0 {
		return c.Reject(abi.EINVAL, "exception callback type id not found in func_info")
	}
	if _, err := c.Graph.AddSubprog(start); err != nil {
		return c.graphStep(err)
	}
	c.ExceptionCallback = c.Graph.Find(start)
	return nil
}

// ExceptionCallback is the first instruction of the function that a program which was accepted runs when it
// throws, 0 for none.
func ExceptionCallback(img *object.Image) int {
	if img.BTF == nil || len(img.Funcs) == 0 {
		return 0
	}
	main, ok := img.BTF.ByID(img.Funcs[0].TypeID).(*btf.Func)
	if !ok {
		return 0
	}
	for _, tag := range main.Tags {
		name, ok := strings.CutPrefix(tag, exceptionTag)
		if !ok {
			continue
		}
		id, _ := types.Find[*btf.Func](img.BTF, name)
		for _, f := range img.Funcs {
			if f.TypeID == id {
				return int(f.Insn)
			}
		}
	}
	return 0
}
