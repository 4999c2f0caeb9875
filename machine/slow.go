package machine

import "github.com/bpfverdict/bpfverdict/internal/insn"

// slow runs an instruction that step does not do itself: one that changes the flow in other ways than by a jump, or that
// accesses anything but plain memory by its newest address. c.pc is the next one.
func (c *CPU) slow(o *op) error {
	r, size, off := &c.r, uint32(o.size), uint64(int64(o.off))
	switch o.code {
	case opHelper:
		return c.call(c.prog.callees[o.imm])
	case insn.LDX | insn.MEM | insn.B, insn.LDX | insn.MEM | insn.H, insn.LDX | insn.MEM | insn.W, insn.LDX | insn.MEM | insn.DW, opLoadSX:
		v, err := c.mem.load(r[o.src]+off, size)
		if err != nil && !c.prog.probes(c.pc-1) {
			return err
		}
		if o.code == opLoadSX {
			v = signExtend(v, o.size)
		}
		r[o.dst] = v
	case insn.STX | insn.MEM | insn.B, insn.STX | insn.MEM | insn.H, insn.STX | insn.MEM | insn.W, insn.STX | insn.MEM | insn.DW:
		return c.mem.store(r[o.dst]+off, size, r[o.src])
	case insn.ST | insn.MEM | insn.B, insn.ST | insn.MEM | insn.H, insn.ST | insn.MEM | insn.W, insn.ST | insn.MEM | insn.DW:
		return c.mem.store(r[o.dst]+off, size, o.imm)
	case insn.STX | insn.ATOMIC | insn.B, insn.STX | insn.ATOMIC | insn.H, insn.STX | insn.ATOMIC | insn.W, insn.STX | insn.ATOMIC | insn.DW:
		return c.atomic(o)
	case insn.JMP | insn.JEQ | insn.X, insn.JMP | insn.JNE | insn.X: // of one place, by different addresses
		if c.mem.same(r[o.dst], r[o.src]) == (o.code == insn.JMP|insn.JEQ|insn.X) {
			c.pc = int(o.off)
		}
	case insn.ALU64 | insn.END, insn.ALU | insn.END | insn.X: // bswap, and to big-endian
		r[o.dst] = swap(r[o.dst], o.imm)
	default:
		return c.control(o)
	}
	return nil
}

// stop leaves the loop over an error at the instruction before pc.
func (c *CPU) stop(err error) error {
	c.pc--
	c.insns += uint64(c.todo - c.left)
	c.status = failed
	return c.blame(err)
}
