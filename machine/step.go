package machine

import (
	"encoding/binary"
	"math"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// step runs n instructions of the program at hand, or one more where two are fused. It returns early when the program
// ends, blocks or faults; c.status says which.
func (c *CPU) step(n int) error {
	// What is needed only where the loop is left, and after a slow instruction, is kept in c: then all else stays in registers.
	c.todo = n
	r, ops, pc, mem, left := &c.r, c.prog.ops, c.pc, c.mem, n
	for ; left > 0; left-- {
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
		case insn.ALU64 | insn.MOV | insn.K, insn.ALU | insn.MOV | insn.K:
			r[dst] = o.imm
		case insn.LD | insn.IMM | insn.DW: // takes two places, and counts once
			r[dst] = o.imm
			pc++
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
		case insn.ALU | insn.END | insn.K: // to little-endian
			r[dst] &= math.MaxUint64 >> ((64 - o.imm) & 63)

		case opMoveAddK:
			r[dst] = r[src] + o.imm
			pc++
			left--
		case opMoveAddX:
			r[dst] = r[src] + r[o.off&15]
			pc++
			left--
		case opMoveLsh:
			r[dst] = r[src] << (o.imm & 63)
			pc++
			left--
		case opMoveRsh:
			r[dst] = r[src] >> (o.imm & 63)
			pc++
			left--
		case opMoveAnd32:
			r[dst] = uint64(uint32(r[src] & o.imm))
			pc++
			left--
		case opMoveLsh32:
			r[dst] = uint64(uint32(r[src]) << (o.imm & 31))
			pc++
			left--
		case opMoveRsh32:
			r[dst] = uint64(uint32(r[src]) >> (o.imm & 31))
			pc++
			left--

		case insn.JMP | insn.JA:
			pc = int(o.off)
		case insn.JMP | insn.JEQ | insn.K:
			if r[dst] == o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JEQ | insn.X:
			if uint32(r[dst]) == uint32(r[src]) {
				if r[dst] != r[src] {
					goto slow
				}
				pc = int(o.off)
			}
		case insn.JMP | insn.JNE | insn.K:
			if r[dst] != o.imm {
				pc = int(o.off)
			}
		case insn.JMP | insn.JNE | insn.X:
			if r[dst] != r[src] {
				if uint32(r[dst]) == uint32(r[src]) {
					goto slow
				}
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
		case insn.JMP32 | insn.JEQ | insn.K:
			if uint32(r[dst]) == uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JEQ | insn.X:
			if uint32(r[dst]) == uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JNE | insn.K:
			if uint32(r[dst]) != uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JNE | insn.X:
			if uint32(r[dst]) != uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JGT | insn.K:
			if uint32(r[dst]) > uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JGT | insn.X:
			if uint32(r[dst]) > uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JGE | insn.K:
			if uint32(r[dst]) >= uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JGE | insn.X:
			if uint32(r[dst]) >= uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JLT | insn.K:
			if uint32(r[dst]) < uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JLT | insn.X:
			if uint32(r[dst]) < uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JLE | insn.K:
			if uint32(r[dst]) <= uint32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JLE | insn.X:
			if uint32(r[dst]) <= uint32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSET | insn.K:
			if uint32(r[dst]&o.imm) != 0 {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSET | insn.X:
			if uint32(r[dst]&r[src]) != 0 {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSGT | insn.K:
			if int32(r[dst]) > int32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSGT | insn.X:
			if int32(r[dst]) > int32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSGE | insn.K:
			if int32(r[dst]) >= int32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSGE | insn.X:
			if int32(r[dst]) >= int32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSLT | insn.K:
			if int32(r[dst]) < int32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSLT | insn.X:
			if int32(r[dst]) < int32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSLE | insn.K:
			if int32(r[dst]) <= int32(o.imm) {
				pc = int(o.off)
			}
		case insn.JMP32 | insn.JSLE | insn.X:
			if int32(r[dst]) <= int32(r[src]) {
				pc = int(o.off)
			}
		case insn.JMP | insn.JCOND:
			if c.tooOften() {
				pc = int(o.off)
			}

		case insn.LDX | insn.MEM | insn.B:
			off, ok := mem.quick(r[src]+uint64(int64(o.off)), 1)
			if !ok {
				goto slow
			}
			r[dst] = uint64(mem.buf[off])
		case insn.LDX | insn.MEM | insn.H:
			off, ok := mem.quick(r[src]+uint64(int64(o.off)), 2)
			if !ok {
				goto slow
			}
			r[dst] = uint64(binary.LittleEndian.Uint16(mem.buf[off:]))
		case insn.LDX | insn.MEM | insn.W:
			off, ok := mem.quick(r[src]+uint64(int64(o.off)), 4)
			if !ok {
				goto slow
			}
			r[dst] = uint64(binary.LittleEndian.Uint32(mem.buf[off:]))
		case insn.LDX | insn.MEM | insn.DW:
			off, ok := mem.quick(r[src]+uint64(int64(o.off)), 8)
			if !ok {
				goto slow
			}
			r[dst] = binary.LittleEndian.Uint64(mem.buf[off:])
		case insn.STX | insn.MEM | insn.B:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 1)
			if !ok {
				goto slow
			}
			mem.buf[off] = uint8(r[src])
		case insn.STX | insn.MEM | insn.H:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 2)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint16(mem.buf[off:], uint16(r[src]))
		case insn.STX | insn.MEM | insn.W:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 4)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint32(mem.buf[off:], uint32(r[src]))
		case insn.STX | insn.MEM | insn.DW:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 8)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint64(mem.buf[off:], r[src])
		case insn.ST | insn.MEM | insn.B:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 1)
			if !ok {
				goto slow
			}
			mem.buf[off] = uint8(o.imm)
		case insn.ST | insn.MEM | insn.H:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 2)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint16(mem.buf[off:], uint16(o.imm))
		case insn.ST | insn.MEM | insn.W:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 4)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint32(mem.buf[off:], uint32(o.imm))
		case insn.ST | insn.MEM | insn.DW:
			off, ok := mem.quick(r[dst]+uint64(int64(o.off)), 8)
			if !ok {
				goto slow
			}
			binary.LittleEndian.PutUint64(mem.buf[off:], o.imm)

		default:
			goto slow
		}
		continue

	slow:
		c.pc, c.left = pc, left
		if err := c.slow(o); err != nil {
			return c.stop(err)
		}
		if c.status != running {
			c.insns += uint64(c.todo - c.left)
			if c.status == ended {
				c.insns++
			}
			return nil
		}
		pc, ops, mem, left = c.pc, c.prog.ops, c.mem, c.left
	}
	c.pc = pc
	c.insns += uint64(c.todo - left)
	return nil
}
