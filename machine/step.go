package machine

import (
	"encoding/binary"
	"math"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// step runs at most n instructions of the program at hand. It returns early when the program ends, blocks or
// faults; c.status says which.
func (c *CPU) step(n uint64) error {
	r, ops, pc, mem := &c.r, c.prog.ops, c.pc, c.mem
	for left := n; left > 0; left-- {
		o := &ops[pc]
		dst, src := o.dst&15, o.src&15
		pc++
		switch o.code {
		case insn.ALU64 | insn.ADD | insn.K:
			r[dst] += o.imm
		case insn.ALU64 | insn.ADD | insn.X:
			r[dst] += r[src]
		case insn.ALU64 | insn.SUB | insn.K:
			r[dst] -= o.imm
		case insn.ALU64 | insn.SUB | insn.X:
			r[dst] -= r[src]
		case insn.ALU64 | insn.MUL | insn.K:
			r[dst] *= o.imm
		case insn.ALU64 | insn.MUL | insn.X:
			r[dst] *= r[src]
		case insn.ALU64 | insn.DIV | insn.K:
			r[dst] = div(r[dst], o.imm)
		case insn.ALU64 | insn.DIV | insn.X:
			r[dst] = div(r[dst], r[src])
		case insn.ALU64 | insn.MOD | insn.K:
			r[dst] = mod(r[dst], o.imm)
		case insn.ALU64 | insn.MOD | insn.X:
			r[dst] = mod(r[dst], r[src])
		case insn.ALU64 | insn.OR | insn.K:
			r[dst] |= o.imm
		case insn.ALU64 | insn.OR | insn.X:
			r[dst] |= r[src]
		case insn.ALU64 | insn.AND | insn.K:
			r[dst] &= o.imm
		case insn.ALU64 | insn.AND | insn.X:
			r[dst] &= r[src]
		case insn.ALU64 | insn.XOR | insn.K:
			r[dst] ^= o.imm
		case insn.ALU64 | insn.XOR | insn.X:
			r[dst] ^= r[src]
		case insn.ALU64 | insn.LSH | insn.K:
			r[dst] <<= o.imm & 63
		case insn.ALU64 | insn.LSH | insn.X:
			r[dst] <<= r[src] & 63
		case insn.ALU64 | insn.RSH | insn.K:
			r[dst] >>= o.imm & 63
		case insn.ALU64 | insn.RSH | insn.X:
			r[dst] >>= r[src] & 63
		case insn.ALU64 | insn.ARSH | insn.K:
			r[dst] = uint64(int64(r[dst]) >> (o.imm & 63))
		case insn.ALU64 | insn.ARSH | insn.X:
			r[dst] = uint64(int64(r[dst]) >> (r[src] & 63))
		case insn.ALU64 | insn.MOV | insn.K, insn.ALU | insn.MOV | insn.K, insn.LD | insn.IMM | insn.DW:
			r[dst] = o.imm
			if o.code == insn.LD|insn.IMM|insn.DW {
				pc++
			}
		case insn.ALU64 | insn.MOV | insn.X:
			r[dst] = r[src]
		case insn.ALU64 | insn.NEG:
			r[dst] = -r[dst]
		case opSDivK64:
			r[dst] = sdiv(r[dst], o.imm)
		case opSDivX64:
			r[dst] = sdiv(r[dst], r[src])
		case opSModK64:
			r[dst] = smod(r[dst], o.imm)
		case opSModX64:
			r[dst] = smod(r[dst], r[src])
		case opMovSX64:
			r[dst] = signExtend(r[src], o.size)
		case insn.ALU64 | insn.END:
			r[dst] = swap(r[dst], o.imm)

		case insn.ALU | insn.ADD | insn.K:
			r[dst] = uint64(uint32(r[dst] + o.imm))
		case insn.ALU | insn.ADD | insn.X:
			r[dst] = uint64(uint32(r[dst] + r[src]))
		case insn.ALU | insn.SUB | insn.K:
			r[dst] = uint64(uint32(r[dst] - o.imm))
		case insn.ALU | insn.SUB | insn.X:
			r[dst] = uint64(uint32(r[dst] - r[src]))
		case insn.ALU | insn.MUL | insn.K:
			r[dst] = uint64(uint32(r[dst]) * uint32(o.imm))
		case insn.ALU | insn.MUL | insn.X:
			r[dst] = uint64(uint32(r[dst]) * uint32(r[src]))
		case insn.ALU | insn.DIV | insn.K:
			r[dst] = div(uint64(uint32(r[dst])), o.imm)
		case insn.ALU | insn.DIV | insn.X:
			r[dst] = div(uint64(uint32(r[dst])), uint64(uint32(r[src])))
		case insn.ALU | insn.MOD | insn.K:
			r[dst] = mod(uint64(uint32(r[dst])), o.imm)
		case insn.ALU | insn.MOD | insn.X:
			r[dst] = mod(uint64(uint32(r[dst])), uint64(uint32(r[src])))
		case insn.ALU | insn.OR | insn.K:
			r[dst] = uint64(uint32(r[dst] | o.imm))
		case insn.ALU | insn.OR | insn.X:
			r[dst] = uint64(uint32(r[dst] | r[src]))
		case insn.ALU | insn.AND | insn.K:
			r[dst] = uint64(uint32(r[dst] & o.imm))
		case insn.ALU | insn.AND | insn.X:
			r[dst] = uint64(uint32(r[dst] & r[src]))
		case insn.ALU | insn.XOR | insn.K:
			r[dst] = uint64(uint32(r[dst] ^ o.imm))
		case insn.ALU | insn.XOR | insn.X:
			r[dst] = uint64(uint32(r[dst] ^ r[src]))
		case insn.ALU | insn.LSH | insn.K:
			r[dst] = uint64(uint32(r[dst]) << (o.imm & 31))
		case insn.ALU | insn.LSH | insn.X:
			r[dst] = uint64(uint32(r[dst]) << (r[src] & 31))
		case insn.ALU | insn.RSH | insn.K:
			r[dst] = uint64(uint32(r[dst]) >> (o.imm & 31))
		case insn.ALU | insn.RSH | insn.X:
			r[dst] = uint64(uint32(r[dst]) >> (r[src] & 31))
		case insn.ALU | insn.ARSH | insn.K:
			r[dst] = uint64(uint32(int32(r[dst]) >> (o.imm & 31)))
		case insn.ALU | insn.ARSH | insn.X:
			r[dst] = uint64(uint32(int32(r[dst]) >> (r[src] & 31)))
		case insn.ALU | insn.MOV | insn.X:
			r[dst] = uint64(uint32(r[src]))
		case insn.ALU | insn.NEG:
			r[dst] = uint64(uint32(-r[dst]))
		case opSDivK32:
			r[dst] = sdiv32(r[dst], o.imm)
		case opSDivX32:
			r[dst] = sdiv32(r[dst], r[src])
		case opSModK32:
			r[dst] = smod32(r[dst], o.imm)
		case opSModX32:
			r[dst] = smod32(r[dst], r[src])
		case opMovSX32:
			r[dst] = uint64(uint32(signExtend(r[src], o.size)))
		case insn.ALU | insn.END | insn.X: // to big-endian
			r[dst] = swap(r[dst], o.imm)
		case insn.ALU | insn.END | insn.K: // to little-endian
			r[dst] &= math.MaxUint64 >> ((64 - o.imm) & 63)

		case insn.JMP | insn.JA:
			pc = int(o.off)
		case insn.JMP | insn.JEQ | insn.K:
			if r[dst] == o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JEQ | insn.X:
			if r[dst] == r[src] || uint32(r[dst]) == uint32(r[src]) && mem.same(r[dst], r[src]) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JNE | insn.K:
			if r[dst] != o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JNE | insn.X:
			if r[dst] != r[src] && (uint32(r[dst]) != uint32(r[src]) || !mem.same(r[dst], r[src])) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JGT | insn.K:
			if r[dst] > o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JGT | insn.X:
			if r[dst] > r[src] {
				pc = int(o.off)
			}
		case insn.JMP | insn.JGE | insn.K:
			if r[dst] >= o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JGE | insn.X:
			if r[dst] >= r[src] {
				pc = int(o.off)
			}
		case insn.JMP | insn.JLT | insn.K:
			if r[dst] < o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JLT | insn.X:
			if r[dst] < r[src] {
				pc = int(o.off)
			}
		case insn.JMP | insn.JLE | insn.K:
			if r[dst] <= o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JLE | insn.X:
			if r[dst] <= r[src] {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSET | insn.K:
			if r[dst]&o.imm != 0 {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSET | insn.X:
			if r[dst]&r[src] != 0 {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSGT | insn.K:
			if int64(r[dst]) > int64(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSGT | insn.X:
			if int64(r[dst]) > int64(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSGE | insn.K:
			if int64(r[dst]) >= int64(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSGE | insn.X:
			if int64(r[dst]) >= int64(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSLT | insn.K:
			if int64(r[dst]) < int64(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSLT | insn.X:
			if int64(r[dst]) < int64(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSLE | insn.K:
			if int64(r[dst]) <= int64(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JSLE | insn.X:
			if int64(r[dst]) <= int64(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JEQ | insn.K, insn.JMP32 | insn.JNE | insn.K, insn.JMP32 | insn.JGT | insn.K,
			insn.JMP32 | insn.JGE | insn.K, insn.JMP32 | insn.JLT | insn.K, insn.JMP32 | insn.JLE | insn.K,
			insn.JMP32 | insn.JSET | insn.K, insn.JMP32 | insn.JSGT | insn.K, insn.JMP32 | insn.JSGE | insn.K,
			insn.JMP32 | insn.JSLT | insn.K, insn.JMP32 | insn.JSLE | insn.K:
			if jump32(o.code, uint32(r[dst]), uint32(o.imm)) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JEQ | insn.X, insn.JMP32 | insn.JNE | insn.X, insn.JMP32 | insn.JGT | insn.X,
			insn.JMP32 | insn.JGE | insn.X, insn.JMP32 | insn.JLT | insn.X, insn.JMP32 | insn.JLE | insn.X,
			insn.JMP32 | insn.JSET | insn.X, insn.JMP32 | insn.JSGT | insn.X, insn.JMP32 | insn.JSGE | insn.X,
			insn.JMP32 | insn.JSLT | insn.X, insn.JMP32 | insn.JSLE | insn.X:
			if jump32(o.code, uint32(r[dst]), uint32(r[src])) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JCOND:
			if c.tooOften() {
				pc = int(o.off)
			}

		// Of plain memory the shadow word equals the address's upper half; all else is looked at closely.
		case insn.LDX | insn.MEM | insn.B:
			addr := r[src] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi {
				r[dst] = uint64(mem.buf[off])
				continue
			}
			v, err := mem.load(addr, 1)
			if err != nil && !c.prog.probes(pc-1) {
				return c.stop(pc, n-left, err)
			}
			r[dst] = v
		case insn.LDX | insn.MEM | insn.H:
			addr := r[src] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-2 {
				r[dst] = uint64(binary.LittleEndian.Uint16(mem.buf[off:]))
				continue
			}
			v, err := mem.load(addr, 2)
			if err != nil && !c.prog.probes(pc-1) {
				return c.stop(pc, n-left, err)
			}
			r[dst] = v
		case insn.LDX | insn.MEM | insn.W:
			addr := r[src] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-4 {
				r[dst] = uint64(binary.LittleEndian.Uint32(mem.buf[off:]))
				continue
			}
			v, err := mem.load(addr, 4)
			if err != nil && !c.prog.probes(pc-1) {
				return c.stop(pc, n-left, err)
			}
			r[dst] = v
		case insn.LDX | insn.MEM | insn.DW:
			addr := r[src] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-8 {
				r[dst] = binary.LittleEndian.Uint64(mem.buf[off:])
				continue
			}
			v, err := mem.load(addr, 8)
			if err != nil && !c.prog.probes(pc-1) {
				return c.stop(pc, n-left, err)
			}
			r[dst] = v
		case opLoadSX:
			v, err := mem.load(r[src]+uint64(int64(o.off)), uint32(o.size))
			if err != nil && !c.prog.probes(pc-1) {
				return c.stop(pc, n-left, err)
			}
			r[dst] = signExtend(v, o.size)
		case insn.STX | insn.MEM | insn.B:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi {
				mem.buf[off] = uint8(r[src])
				continue
			}
			if err := mem.store(addr, 1, r[src]); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.STX | insn.MEM | insn.H:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-2 {
				binary.LittleEndian.PutUint16(mem.buf[off:], uint16(r[src]))
				continue
			}
			if err := mem.store(addr, 2, r[src]); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.STX | insn.MEM | insn.W:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-4 {
				binary.LittleEndian.PutUint32(mem.buf[off:], uint32(r[src]))
				continue
			}
			if err := mem.store(addr, 4, r[src]); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.STX | insn.MEM | insn.DW:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-8 {
				binary.LittleEndian.PutUint64(mem.buf[off:], r[src])
				continue
			}
			if err := mem.store(addr, 8, r[src]); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.ST | insn.MEM | insn.B:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi {
				mem.buf[off] = uint8(o.imm)
				continue
			}
			if err := mem.store(addr, 1, o.imm); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.ST | insn.MEM | insn.H:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-2 {
				binary.LittleEndian.PutUint16(mem.buf[off:], uint16(o.imm))
				continue
			}
			if err := mem.store(addr, 2, o.imm); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.ST | insn.MEM | insn.W:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-4 {
				binary.LittleEndian.PutUint32(mem.buf[off:], uint32(o.imm))
				continue
			}
			if err := mem.store(addr, 4, o.imm); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.ST | insn.MEM | insn.DW:
			addr := r[dst] + uint64(int64(o.off))
			off, hi := uint32(addr), uint32(addr>>32)
			if hi >= tag && int(off>>granuleShift) < len(mem.shadow) && mem.shadow[off>>granuleShift] == hi && off&(granule-1) <= granule-8 {
				binary.LittleEndian.PutUint64(mem.buf[off:], o.imm)
				continue
			}
			if err := mem.store(addr, 8, o.imm); err != nil {
				return c.stop(pc, n-left, err)
			}
		case insn.STX | insn.ATOMIC | insn.B, insn.STX | insn.ATOMIC | insn.H, insn.STX | insn.ATOMIC | insn.W, insn.STX | insn.ATOMIC | insn.DW:
			if err := c.atomic(o); err != nil {
				return c.stop(pc, n-left, err)
			}

		default:
			// What changes the flow works on the CPU itself.
			c.pc = pc
			if err := c.control(o); err != nil {
				return c.stop(pc, n-left, err)
			}
			if c.status != running {
				c.insns += n - left
				if c.status == ended {
					c.insns++
				}
				return nil
			}
			pc, ops = c.pc, c.prog.ops
		}
	}
	c.pc = pc
	c.insns += n
	return nil
}

// stop leaves the loop over an error at the instruction before pc.
func (c *CPU) stop(pc int, done uint64, err error) error {
	c.pc = pc - 1
	c.insns += done
	c.status = failed
	return c.blame(err)
}

func jump32(code uint8, a, b uint32) bool {
	switch code & 0xf0 {
	case insn.JEQ:
		return a == b
	case insn.JNE:
		return a != b
	case insn.JGT:
		return a > b
	case insn.JGE:
		return a >= b
	case insn.JLT:
		return a < b
	case insn.JLE:
		return a <= b
	case insn.JSET:
		return a&b != 0
	case insn.JSGT:
		return int32(a) > int32(b)
	case insn.JSGE:
		return int32(a) >= int32(b)
	case insn.JSLT:
		return int32(a) < int32(b)
	}
	return int32(a) <= int32(b)
}
