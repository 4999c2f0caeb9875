// Package progen makes small BPF programs out of bytes, for fuzzing: mostly
// plausible code, now and then not. The same bytes give the same program.
package progen

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Program is a generated program. It may use two maps: 0 is an array, 1 a hash, both
// with 4-byte keys and values of ValueSize bytes.
type Program struct {
	Type  abi.ProgType
	Insns []insn.Insn
}

// ValueSize is the size of the maps' values in bytes.
const ValueSize = 48

// kind is what the generator believes a register to hold.
type kind uint8

const (
	uninit kind = iota
	scalarKind
	ctxKind
	stackKind
	mapValueOrNull
	mapValue
	packet
	packetEnd
)

type gen struct {
	src   []byte
	pos   int
	out   []insn.Insn
	regs  [insn.MaxReg]kind
	typ   abi.ProgType
	jumps []int // forward jumps not yet landed
	depth int
	loops int
}

// Generate makes a program; any bytes will do.
func Generate(src []byte) Program {
	g := &gen{src: src}
	types := []abi.ProgType{
		abi.PROG_TYPE_SOCKET_FILTER, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_XDP, abi.PROG_TYPE_KPROBE,
	}
	g.typ = types[g.n(len(types))]
	g.regs[insn.R1], g.regs[insn.FP] = ctxKind, stackKind
	g.mov(insn.R6, insn.R1)
	steps := 5 + g.n(40)
	for i := 0; i < steps && len(g.out) < 200; i++ {
		g.step()
	}
	for len(g.jumps) > 0 {
		g.land()
	}
	if !g.rarely() {
		g.emit(insn.ALU64|insn.MOV, insn.R0, 0, 0, int32(g.n(2)))
	}
	g.emit(insn.JMP|insn.EXIT, 0, 0, 0, 0)
	if g.usesSub() {
		g.sub()
	}
	return Program{Type: g.typ, Insns: g.out}
}

func (g *gen) byte() byte {
	if g.pos >= len(g.src) {
		return 0
	}
	b := g.src[g.pos]
	g.pos++
	return b
}

func (g *gen) n(n int) int           { return int(g.byte()) % n }
func (g *gen) rarely() bool          { return g.byte() > 247 }
func (g *gen) one(of ...int32) int32 { return of[g.n(len(of))] }

func (g *gen) emit(code, dst, src uint8, off int16, imm int32) {
	g.out = append(g.out, insn.Insn{Code: code, Dst: dst, Src: src, Off: off, Imm: imm})
}

func (g *gen) mov(dst, src uint8) {
	g.emit(insn.ALU64|insn.MOV|insn.X, dst, src, 0, 0)
	g.regs[dst] = g.regs[src]
}

// reg picks a register of one of the kinds, or now and then any.
func (g *gen) reg(kinds ...kind) (uint8, bool) {
	if g.rarely() {
		return uint8(g.n(insn.MaxReg)), true
	}
	at := g.n(insn.MaxReg)
	for i := 0; i < insn.MaxReg; i++ {
		r := (at + i) % insn.MaxReg
		for _, k := range kinds {
			if g.regs[r] == k {
				return uint8(r), true
			}
		}
	}
	return 0, false
}

// dst picks a register to write.
func (g *gen) dst() uint8 { return uint8(g.n(insn.R10)) }

func (g *gen) imm() int32 {
	return g.one(0, 1, 2, 7, 8, 16, 31, 32, 63, 64, 255, 256, 0xffff, -1, -2, -8, 0x7fffffff, -0x80000000, int32(g.byte()))
}

var aluOps = []uint8{
	insn.ADD, insn.SUB, insn.MUL, insn.DIV, insn.OR, insn.AND, insn.LSH, insn.RSH, insn.NEG, insn.MOD, insn.XOR,
	insn.MOV, insn.ARSH, insn.END, insn.ADD, insn.AND, insn.RSH,
}

var jmpOps = []uint8{
	insn.JEQ, insn.JGT, insn.JGE, insn.JSET, insn.JNE, insn.JSGT, insn.JSGE, insn.JLT, insn.JLE, insn.JSLT, insn.JSLE,
}

func (g *gen) step() {
	if len(g.jumps) > 0 && g.n(4) == 0 {
		g.land()
	}
	switch g.n(16) {
	case 0:
		g.newScalar()
	case 1, 2, 3, 4:
		g.alu()
	case 5, 6:
		g.branch()
	case 7:
		g.store()
	case 8:
		g.load()
	case 9:
		g.lookup()
	case 10:
		g.nullCheck()
	case 11:
		g.valueAccess()
	case 12:
		g.pointerArith()
	case 13:
		g.ctxLoad()
	case 14:
		g.loop()
	case 15:
		g.callOrAtomic()
	}
}

// newScalar makes a register an unknown number.
func (g *gen) newScalar() {
	g.emit(insn.JMP|insn.CALL, 0, 0, 0, 7) // get_prandom_u32
	g.clobber()
	g.mov(6+uint8(g.n(4)), insn.R0)
}

func (g *gen) clobber() {
	for r := insn.R0; r <= insn.R5; r++ {
		g.regs[r] = uninit
	}
	g.regs[insn.R0] = scalarKind
}

func (g *gen) alu() {
	op := aluOps[g.n(len(aluOps))]
	class := uint8(insn.ALU64)
	if g.n(3) == 0 {
		class = insn.ALU
	}
	d, ok := g.reg(scalarKind)
	if !ok || op == insn.MOV {
		d = g.dst()
		op = insn.MOV
	}
	switch op {
	case insn.NEG:
		g.emit(class|insn.NEG, d, 0, 0, 0)
	case insn.END:
		g.emit(class|insn.END, d, 0, 0, g.one(16, 32, 64))
	case insn.MOV:
		if s, ok := g.reg(scalarKind); ok && g.n(2) == 0 {
			off := int16(0)
			if g.n(4) == 0 {
				off = int16(g.one(8, 16, 32))
			}
			g.emit(class|insn.MOV|insn.X, d, s, off, 0)
		} else {
			g.emit(class|insn.MOV, d, 0, 0, g.imm())
		}
	case insn.LSH, insn.RSH, insn.ARSH:
		if s, ok := g.reg(scalarKind); ok && g.n(4) == 0 {
			g.emit(class|op|insn.X, d, s, 0, 0)
		} else {
			g.emit(class|op, d, 0, 0, int32(g.n(33)))
		}
	default:
		off := int16(0)
		if (op == insn.DIV || op == insn.MOD) && g.n(3) == 0 {
			off = 1
		}
		if s, ok := g.reg(scalarKind); ok && g.n(2) == 0 {
			g.emit(class|op|insn.X, d, s, off, 0)
		} else {
			g.emit(class|op, d, 0, off, g.imm())
		}
	}
	g.regs[d] = scalarKind
}

// branch adds a forward jump that lands later.
func (g *gen) branch() {
	d, ok := g.reg(scalarKind)
	if !ok {
		return
	}
	class := uint8(insn.JMP)
	if g.n(3) == 0 {
		class = insn.JMP32
	}
	op := jmpOps[g.n(len(jmpOps))]
	g.jumps = append(g.jumps, len(g.out))
	if s, ok := g.reg(scalarKind); ok && g.n(3) == 0 {
		g.emit(class|op|insn.X, d, s, 0, 0)
	} else {
		g.emit(class|op, d, 0, 0, g.imm())
	}
}

// land makes the oldest open jump end here.
func (g *gen) land() {
	at := g.jumps[0]
	g.jumps = g.jumps[1:]
	g.out[at].Off = int16(len(g.out) - at - 1)
}

func (g *gen) stackOff(size int) int16 {
	if g.rarely() {
		return int16(g.byte()) - 300
	}
	return int16(-8*(1+g.n(6)) + size*g.n(8/size))
}

var sizes = []uint8{insn.B, insn.H, insn.W, insn.DW}

func (g *gen) store() {
	size := sizes[g.n(4)]
	bytes := (&insn.Insn{Code: size}).SizeBytes()
	if s, ok := g.reg(scalarKind, ctxKind, mapValue, mapValueOrNull, stackKind); ok && g.n(3) != 0 {
		if g.regs[s] != scalarKind {
			size, bytes = insn.DW, 8
		}
		g.emit(insn.STX|insn.MEM|size, insn.FP, s, g.stackOff(bytes), 0)
		return
	}
	g.emit(insn.ST|insn.MEM|size, insn.FP, 0, g.stackOff(bytes), g.imm())
}

func (g *gen) load() {
	size := sizes[g.n(4)]
	mode := uint8(insn.MEM)
	if size != insn.DW && g.n(4) == 0 {
		mode = insn.MEMSX
	}
	d := g.dst()
	g.emit(insn.LDX|mode|size, d, insn.FP, g.stackOff((&insn.Insn{Code: size}).SizeBytes()), 0)
	g.regs[d] = scalarKind
}

func (g *gen) lookup() {
	g.emit(insn.ST|insn.MEM|insn.W, insn.FP, 0, -4, g.one(0, 1, 5))
	g.emit(insn.ALU64|insn.MOV|insn.X, insn.R2, insn.FP, 0, 0)
	g.emit(insn.ALU64|insn.ADD, insn.R2, 0, 0, -4)
	g.emit(insn.LD|insn.IMM|insn.DW, insn.R1, insn.PSEUDO_MAP_FD, 0, int32(g.n(2)))
	g.emit(0, 0, 0, 0, 0)
	g.emit(insn.JMP|insn.CALL, 0, 0, 0, 1)
	g.clobber()
	g.regs[insn.R0] = mapValueOrNull
	if g.n(2) == 0 {
		g.mov(6+uint8(g.n(4)), insn.R0)
	}
}

func (g *gen) nullCheck() {
	r, ok := g.reg(mapValueOrNull)
	if !ok {
		return
	}
	g.jumps = append(g.jumps, len(g.out))
	g.emit(insn.JMP|insn.JEQ, r, 0, 0, 0)
	for i := range g.regs {
		if g.regs[i] == mapValueOrNull {
			g.regs[i] = mapValue
		}
	}
}

func (g *gen) valueAccess() {
	r, ok := g.reg(mapValue)
	if !ok {
		return
	}
	size := sizes[g.n(4)]
	off := int16(g.n(ValueSize))
	if s, ok := g.reg(scalarKind); ok && g.n(2) == 0 {
		g.emit(insn.STX|insn.MEM|size, r, s, off, 0)
		return
	}
	d := g.dst()
	g.emit(insn.LDX|insn.MEM|size, d, r, off, 0)
	g.regs[d] = scalarKind
}

// pointerArith adds a bounded number to a pointer into a map value or the stack and uses it.
func (g *gen) pointerArith() {
	s, ok := g.reg(scalarKind)
	if !ok {
		return
	}
	p, ok := g.reg(mapValue, stackKind)
	if !ok {
		return
	}
	if !g.rarely() {
		switch g.n(3) {
		case 0:
			g.emit(insn.ALU64|insn.AND, s, 0, 0, g.one(7, 15, 31, 63))
		case 1:
			g.jumps = append(g.jumps, len(g.out))
			g.emit(insn.JMP|insn.JGT, s, 0, 0, g.one(7, 8, 39, 40, 47))
		case 2:
			g.emit(insn.ALU64|insn.MOD, s, 0, 0, g.one(8, 40, 48))
		}
	}
	d := 2 + uint8(g.n(4))
	if d == s {
		return
	}
	k := g.regs[p]
	g.mov(d, p)
	if k == stackKind {
		g.emit(insn.ALU64|insn.ADD, d, 0, 0, -g.one(48, 64, 72))
	}
	op := uint8(insn.ADD)
	if g.n(6) == 0 {
		op = insn.SUB
	}
	g.emit(insn.ALU64|op|insn.X, d, s, 0, 0)
	size := sizes[g.n(4)]
	if g.n(2) == 0 {
		g.emit(insn.ST|insn.MEM|size, d, 0, int16(g.n(8)), g.imm())
	} else {
		r := g.dst()
		g.emit(insn.LDX|insn.MEM|size, r, d, int16(g.n(8)), 0)
		g.regs[r] = scalarKind
	}
	if g.regs[d] != scalarKind {
		g.regs[d] = uninit
	}
}

// ctxLoad reads the context; packet pointers are compared and used at once.
func (g *gen) ctxLoad() {
	c, ok := g.reg(ctxKind)
	if !ok {
		return
	}
	var data int16
	switch g.typ {
	case abi.PROG_TYPE_SCHED_CLS:
		data = 76
	case abi.PROG_TYPE_XDP:
		data = 0
	default:
		d := g.dst()
		g.emit(insn.LDX|insn.MEM|sizes[g.n(4)], d, c, int16(g.n(40))*4, 0)
		g.regs[d] = scalarKind
		return
	}
	g.emit(insn.LDX|insn.MEM|insn.W, insn.R2, c, data, 0)
	g.emit(insn.LDX|insn.MEM|insn.W, insn.R3, c, data+4, 0)
	g.emit(insn.ALU64|insn.MOV|insn.X, insn.R4, insn.R2, 0, 0)
	if s, ok := g.reg(scalarKind); ok && s > 5 && g.n(3) == 0 {
		g.emit(insn.ALU64|insn.AND, s, 0, 0, g.one(15, 255, 0xffff))
		g.emit(insn.ALU64|insn.ADD|insn.X, insn.R4, s, 0, 0)
		g.emit(insn.ALU64|insn.MOV|insn.X, insn.R2, insn.R4, 0, 0)
	}
	g.emit(insn.ALU64|insn.ADD, insn.R4, 0, 0, int32(1+g.n(20)))
	g.jumps = append(g.jumps, len(g.out))
	op := []uint8{insn.JGT, insn.JGE, insn.JLT, insn.JLE, insn.JGT, insn.JGT}[g.n(6)]
	g.emit(insn.JMP|op|insn.X, insn.R4, insn.R3, 0, 0)
	d := g.dst()
	g.emit(insn.LDX|insn.MEM|sizes[g.n(4)], d, insn.R2, int16(g.n(16)), 0)
	for r := insn.R2; r <= insn.R4; r++ {
		g.regs[r] = uninit
	}
	g.regs[d] = scalarKind
}

// loop adds a counted loop around a few steps.
func (g *gen) loop() {
	if g.depth > 1 || g.loops > 2 {
		return
	}
	g.depth++
	g.loops++
	open := g.jumps
	g.jumps = nil
	i := 7 + uint8(g.n(3))
	g.emit(insn.ALU64|insn.MOV, i, 0, 0, 0)
	g.regs[i] = scalarKind
	top := len(g.out)
	for n := g.n(4); n >= 0; n-- {
		g.step()
	}
	for len(g.jumps) > 0 {
		g.land()
	}
	g.jumps = open
	g.emit(insn.ALU64|insn.ADD, i, 0, 0, int32(1+g.n(2)))
	g.emit(insn.JMP|insn.JLT, i, 0, int16(top-len(g.out)-1), g.one(2, 5, 10, 30))
	g.depth--
}

const subCall = -99 // marks a call of the subprogram until its place is known

func (g *gen) callOrAtomic() {
	if r, ok := g.reg(mapValue); ok && g.n(2) == 0 {
		if s, ok := g.reg(scalarKind); ok {
			g.emit(insn.STX|insn.ATOMIC|g.atomicSize(), r, s, int16(8*g.n(6)), g.one(0, 1, 0x50, 0x51, insn.XCHG, insn.CMPXCHG, insn.LOAD_ACQ, insn.STORE_REL))
			return
		}
	}
	if s, ok := g.reg(scalarKind); ok {
		g.emit(insn.ALU64|insn.MOV|insn.X, insn.R1, s, 0, 0)
		g.emit(insn.ALU64|insn.MOV|insn.X, insn.R2, insn.FP, 0, 0)
		g.emit(insn.JMP|insn.CALL, 0, insn.PSEUDO_CALL, 0, subCall)
		g.clobber()
	}
}

func (g *gen) atomicSize() uint8 { return []uint8{insn.W, insn.DW}[g.n(2)] }

func (g *gen) usesSub() bool {
	for i := range g.out {
		if g.out[i].IsPseudoCall() {
			return true
		}
	}
	return false
}

// sub adds the subprogram: r1 a number, r2 the caller's stack.
func (g *gen) sub() {
	for i := range g.out {
		if g.out[i].IsPseudoCall() {
			g.out[i].Imm = int32(len(g.out) - i - 1)
		}
	}
	g.regs = [insn.MaxReg]kind{}
	g.regs[insn.R1], g.regs[insn.R2], g.regs[insn.FP] = scalarKind, stackKind, stackKind
	g.emit(insn.ALU64|insn.MOV, insn.R0, 0, 0, 1)
	g.regs[insn.R0] = scalarKind
	for n := g.n(6); n >= 0; n-- {
		switch g.n(5) {
		case 0, 1:
			g.alu()
		case 2:
			g.branch()
		case 3:
			g.store()
		case 4:
			g.emit(insn.STX|insn.MEM|insn.DW, insn.R2, insn.R1, int16(-8*(1+g.n(4))), 0)
		}
	}
	for len(g.jumps) > 0 {
		g.land()
	}
	g.emit(insn.JMP|insn.EXIT, 0, 0, 0, 0)
}
