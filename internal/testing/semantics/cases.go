package semantics

import "github.com/bpfverdict/bpfverdict/internal/insn"

// edges are operands at which arithmetic may go wrong, edgeImms immediates.
var (
	edges = []uint64{
		0, 1, 2, 31, 32, 63, 64, 0x7f, 0x80, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	}
	few      = []uint64{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x123456789abcdef0, 0x8000000000000000, 0xffffffffffffffff}
	edgeImms = []int32{1, -1, 3, 31, -0x80000000, 0x7fffffff, 0x55aa}
)

var (
	aluOps  = []uint8{insn.ADD, insn.SUB, insn.MUL, insn.DIV, insn.OR, insn.AND, insn.LSH, insn.RSH, insn.MOD, insn.XOR, insn.MOV, insn.ARSH}
	jumpOps = []uint8{insn.JEQ, insn.JGT, insn.JGE, insn.JSET, insn.JNE, insn.JSGT, insn.JSGE, insn.JLT, insn.JLE, insn.JSLT, insn.JSLE}
	sizes   = []uint8{insn.B, insn.H, insn.W, insn.DW}
	atomics = []int32{
		insn.ADD, insn.OR, insn.AND, insn.XOR, insn.ADD | insn.FETCH, insn.OR | insn.FETCH, insn.AND | insn.FETCH,
		insn.XOR | insn.FETCH, insn.XCHG, insn.CMPXCHG,
	}
)

// table collects cases.
type table []Case

// Cases returns the table: always the same, in the same order.
func Cases() []Case {
	var t table
	for _, class := range []uint8{insn.ALU, insn.ALU64} {
		t.alu(class)
	}
	for _, class := range []uint8{insn.JMP, insn.JMP32} {
		t.jumps(class)
	}
	t.swaps()
	t.memory()
	return t
}

// pairs adds an instruction on r1 and r2 for all operands, or for an immediate on r1.
func (t *table) pairs(in insn.Insn, a, b []uint64) {
	in.Dst = insn.R1
	if class := in.Class(); class != insn.ST && class != insn.STX && in.SrcKind() == insn.X {
		in.Src = insn.R2
	}
	for _, x := range a {
		for _, y := range b {
			*t = append(*t, Case{Insn: in, A: x, B: y})
		}
	}
}

var none = []uint64{0}

func (t *table) alu(class uint8) {
	for _, op := range aluOps {
		variants := []int16{0}
		if op == insn.DIV || op == insn.MOD {
			variants = []int16{0, 1} // unsigned, signed
		}
		for _, off := range variants {
			t.pairs(insn.Insn{Code: class | op | insn.X, Off: off}, edges[:14], edges[5:])
			for _, imm := range edgeImms {
				if (op == insn.LSH || op == insn.RSH || op == insn.ARSH) && (imm < 0 || imm > 31) {
					continue // refused by verifiers
				}
				t.pairs(insn.Insn{Code: class | op | insn.K, Off: off, Imm: imm}, edges, none)
			}
		}
	}
	t.pairs(insn.Insn{Code: class | insn.NEG}, edges, none)
	for _, off := range []int16{8, 16, 32} {
		if class == insn.ALU && off == 32 {
			continue
		}
		t.pairs(insn.Insn{Code: class | insn.MOV | insn.X, Off: off}, none, edges)
	}
}

func (t *table) jumps(class uint8) {
	for _, op := range jumpOps {
		t.pairs(insn.Insn{Code: class | op | insn.X}, edges[:12], edges[8:])
		for _, imm := range edgeImms[:6] {
			t.pairs(insn.Insn{Code: class | op | insn.K, Imm: imm}, few, none)
		}
	}
}

func (t *table) swaps() {
	for _, code := range []uint8{insn.ALU | insn.END | insn.K, insn.ALU | insn.END | insn.X, insn.ALU64 | insn.END} {
		for _, width := range []int32{16, 32, 64} {
			for _, v := range edges {
				*t = append(*t, Case{Insn: insn.Insn{Code: code, Dst: insn.R1, Imm: width}, A: v})
			}
		}
	}
}

func (t *table) memory() {
	for _, size := range sizes {
		width := int16(1) << map[uint8]int{insn.B: 0, insn.H: 1, insn.W: 2, insn.DW: 3}[size]
		for off := int16(0); off < 8; off += width {
			t.pairs(insn.Insn{Code: insn.LDX | insn.MEM | size, Off: off}, edges, none)
			if size != insn.DW {
				t.pairs(insn.Insn{Code: insn.LDX | insn.MEMSX | size, Off: off}, edges, none)
			}
			t.pairs(insn.Insn{Code: insn.STX | insn.MEM | size, Off: off}, few[6:], few)
			for _, imm := range edgeImms {
				t.pairs(insn.Insn{Code: insn.ST | insn.MEM | size, Off: off, Imm: imm}, few[6:], none)
			}
		}
		t.pairs(insn.Insn{Code: insn.STX | insn.ATOMIC | size, Imm: insn.LOAD_ACQ}, few, none)
		t.pairs(insn.Insn{Code: insn.STX | insn.ATOMIC | size, Imm: insn.STORE_REL}, few, few)
	}
	for _, size := range sizes[2:] {
		for _, op := range atomics {
			for _, c := range few[:3] {
				if op != insn.CMPXCHG && c != 0 {
					continue // r0 does not count
				}
				at := len(*t)
				t.pairs(insn.Insn{Code: insn.STX | insn.ATOMIC | size, Imm: op}, few, few)
				for i := at; i < len(*t); i++ {
					(*t)[i].C = c
				}
			}
		}
	}
}
