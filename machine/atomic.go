package machine

import "github.com/bpfverdict/bpfverdict/internal/insn"

// atomic runs an atomic instruction: nothing else runs meanwhile.
func (c *CPU) atomic(o *op) error {
	r, size := &c.r, uint32(o.size)
	off := uint64(int64(o.off))
	switch int32(o.imm) {
	case insn.LOAD_ACQ:
		v, err := c.m.mem.load(r[o.src]+off, size)
		if err == nil {
			r[o.dst] = v
		}
		return err
	case insn.STORE_REL:
		return c.m.mem.store(r[o.dst]+off, size, r[o.src])
	}
	addr := r[o.dst] + off
	if size < 4 {
		return &Fault{Kind: BadCode, Reason: "an atomic operation on less than 4 bytes"}
	}
	old, err := c.m.mem.load(addr, size)
	if err != nil {
		return err
	}
	val := r[o.src]
	switch o.imm &^ insn.FETCH {
	case insn.ADD:
		val = old + val
	case insn.OR:
		val = old | val
	case insn.AND:
		val = old & val
	case insn.XOR:
		val = old ^ val
	case insn.XCHG &^ insn.FETCH:
	case insn.CMPXCHG &^ insn.FETCH:
		want := r[insn.R0]
		if size == 4 {
			want = uint64(uint32(want))
		}
		r[insn.R0] = old
		if old != want {
			val = old
		}
		return c.m.mem.store(addr, size, val)
	default:
		return &Fault{Kind: BadCode, Reason: "no such atomic operation"}
	}
	if err := c.m.mem.store(addr, size, val); err != nil {
		return err
	}
	if o.imm&insn.FETCH != 0 {
		r[o.src] = old
	}
	return nil
}
