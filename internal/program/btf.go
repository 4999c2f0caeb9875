package program

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkFuncInfo verifies the records that tie functions to their BTF, by themselves.
func (c *checker) checkFuncInfo() error {
	for i, f := range c.Image.Funcs {
		if i == 0 {
			if f.Insn != 0 {
				return c.Reject(abi.EINVAL, "nonzero insn_off %d for the first func info record", f.Insn)
			}
		} else if prev := c.Image.Funcs[i-1].Insn; f.Insn <= prev {
			return c.Reject(abi.EINVAL, "same or smaller insn offset (%d) than previous func info record (%d)", f.Insn, prev)
		}
		fn, ok := c.Image.BTF.ByID(f.TypeID).(*btf.Func)
		if !ok {
			return c.Reject(abi.EINVAL, "invalid type id %d in func info", int32(f.TypeID))
		}
		if _, ok := fn.Type.(*btf.FuncProto); !ok {
			return vlog.Fail(abi.EINVAL)
		}
	}
	return nil
}

// checkFuncLayout verifies that BTF and code agree on where functions start. What the
// code does behind the type system's back (legacy packet loads, tail calls) is possible
// only in functions that return an int.
func (c *checker) checkFuncLayout() error {
	funcs := c.Image.Funcs
	if len(funcs) == 0 {
		for _, s := range c.Subprogs[1:] {
			if s.HasLDAbs {
				return c.Reject(abi.EINVAL, "LD_ABS is not allowed in subprogs without BTF")
			}
			if s.HasTailCall {
				return c.Reject(abi.EINVAL, "tail_call is not allowed in subprogs without BTF")
			}
		}
		return nil
	}
	if len(funcs) != len(c.Subprogs) {
		return c.Reject(abi.EINVAL, "number of funcs in func_info doesn't match number of subprogs")
	}
	for i := range funcs {
		s := &c.Subprogs[i]
		if s.Start != int(funcs[i].Insn) {
			return c.Reject(abi.EINVAL, "func_info BTF section doesn't match subprog layout in BPF program")
		}
		fn := c.Image.BTF.ByID(funcs[i].TypeID).(*btf.Func)
		c.Looked = s.Start
		s.FuncInfo = i
		s.Global = fn.Linkage == btf.GlobalFunc
		if i == 0 || returnsInt(fn.Type.(*btf.FuncProto)) {
			continue
		}
		if s.HasLDAbs {
			c.lookFor(s, cfg.IsLDAbs)
			return c.Reject(abi.EINVAL, "LD_ABS is only allowed in functions that return 'int'.")
		}
		if s.HasTailCall {
			c.lookFor(s, cfg.IsTailCall)
			return c.Reject(abi.EINVAL, "tail_call is only allowed in functions that return 'int'.")
		}
	}
	return nil
}

// lookFor notes the first instruction of a function that is one of those.
func (c *checker) lookFor(s *Subprog, is func(*insn.Insn) bool) {
	for c.Looked = s.Start; c.Looked < s.End-1 && !is(&c.Insns[c.Looked]); c.Looked++ {
	}
}

// returnsInt reports a result that is an integer of at most 8 bytes or an enum.
func returnsInt(p *btf.FuncProto) bool {
	switch t := types.Resolve(p.Return).(type) {
	case *btf.Int:
		return t.Size <= 8
	case *btf.Enum:
		return true
	}
	return false
}

// checkLineInfo verifies that source lines are in order, point to instructions, and
// that every function starts with one.
func (c *checker) checkLineInfo() error {
	lines, n := c.Image.Lines, len(c.Subprogs)
	if len(lines) == 0 {
		return nil
	}
	c.Looked = 0
	next, prev := 0, uint32(0)
	for i := range lines {
		at := lines[i].Insn
		if i > 0 && at <= prev || int(at) >= len(c.Insns) {
			return c.Reject(abi.EINVAL, "Invalid line_info[%d].insn_off:%d (prev_offset:%d prog->len:%d)", i, at, prev, len(c.Insns))
		}
		if c.Insns[at].Code == 0 {
			return c.Reject(abi.EINVAL, "Invalid insn code at line_info[%d].insn_off", i)
		}
		if next < n {
			switch start := c.Subprogs[next].Start; {
			case int(at) == start:
				next++
			case start < int(at):
				return c.Reject(abi.EINVAL, "missing bpf_line_info for func#%d", next)
			}
		}
		prev = at
	}
	if next != n {
		return c.Reject(abi.EINVAL, "missing bpf_line_info for %d funcs starting from func#%d", n-next, next)
	}
	return nil
}
