// Package semantics has a table of instructions on operands at the edges, and what a kernel made of them. Engines
// that run programs are held against it.
package semantics

import (
	"bytes"
	_ "embed" // of the results
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Case is one instruction on operands from memory, so that no verifier knows them.
type Case struct {
	Insn    insn.Insn
	A, B, C uint64 // r1, r2 and r0; of instructions that write memory, A is what was there
}

// Result is what a case leaves behind.
type Result struct {
	Value uint64 // the register, or memory; of jumps 1 if taken
	Reg   uint64 // of atomic instructions, the register that gets what was in memory; else 0
}

// A case has room for its operands and its result in the map that its program works on.
const (
	words    = 5
	CaseSize = 8 * words // bytes
	outValue = 24
	outReg   = 32
)

// results are what Linux 6.18.44 on amd64 made of Cases, two words a case.
//
//go:embed testdata/results.zst
var results []byte

// Results returns a kernel's results of Cases, in their order.
func Results() ([]Result, error) {
	r, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := r.DecodeAll(results, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Result, len(raw)/16)
	return out, binary.Read(bytes.NewReader(raw), binary.LittleEndian, out)
}

// Operands are what the map holds before the program of some cases runs.
func Operands(cases []Case) []byte {
	var b []byte
	for i := range cases {
		c := &cases[i]
		for _, v := range [words]uint64{c.A, c.B, c.C, c.A, 0} {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
	}
	return b
}

// ReadResults reads what the program has left in the map.
func ReadResults(value []byte) []Result {
	out := make([]Result, len(value)/CaseSize)
	for i := range out {
		at := value[i*CaseSize:]
		out[i] = Result{binary.LittleEndian.Uint64(at[outValue:]), binary.LittleEndian.Uint64(at[outReg:])}
	}
	return out
}

// Program runs cases one after the other on the value of map 0. It returns 0.
func Program(cases []Case) []insn.Insn {
	const value = insn.R6
	p := []insn.Insn{{Code: insn.LD | insn.IMM | insn.DW, Dst: value, Src: insn.PSEUDO_MAP_VALUE}, {}}
	load := func(dst uint8, off int16) {
		p = append(p, insn.Insn{Code: insn.LDX | insn.MEM | insn.DW, Dst: dst, Src: value, Off: off})
	}
	store := func(src uint8, off int16) {
		p = append(p, insn.Insn{Code: insn.STX | insn.MEM | insn.DW, Dst: value, Src: src, Off: off})
	}
	move := func(dst uint8, imm int32) {
		p = append(p, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K, Dst: dst, Imm: imm})
	}
	for i := range cases {
		in := cases[i].Insn
		load(insn.R1, 0)
		load(insn.R2, 8)
		load(insn.R0, 16)
		switch in.Class() {
		case insn.ALU, insn.ALU64:
			p = append(p, in)
			store(insn.R1, outValue)
		case insn.JMP, insn.JMP32:
			move(insn.R3, 1)
			in.Off = 1
			p = append(p, in)
			move(insn.R3, 0)
			store(insn.R3, outValue)
		case insn.LDX:
			in.Src, in.Off = value, in.Off+outValue
			p = append(p, in)
			store(in.Dst, outValue)
		case insn.ST, insn.STX:
			p = append(p, memory(in))
			if in.Mode() == insn.ATOMIC {
				reg := uint8(insn.R2)
				if in.Imm == insn.CMPXCHG {
					reg = insn.R0
				}
				store(reg, outReg)
			}
		}
		p = append(p, insn.Insn{Code: insn.ALU64 | insn.ADD | insn.K, Dst: value, Imm: CaseSize})
	}
	move(insn.R0, 0)
	return append(p, insn.Insn{Code: insn.JMP | insn.EXIT})
}

// memory makes an instruction work on the case's memory.
func memory(in insn.Insn) insn.Insn {
	if in.Mode() == insn.ATOMIC && in.Imm == insn.LOAD_ACQ {
		in.Dst, in.Src = insn.R2, insn.R6
	} else {
		in.Dst = insn.R6
		if in.Class() == insn.STX {
			in.Src = insn.R2
		}
	}
	in.Off += outValue
	return in
}

func (c *Case) String() string {
	return fmt.Sprintf("%s with r1 = %#x, r2 = %#x, r0 = %#x", insn.AppendText(nil, []insn.Insn{c.Insn}, 0, insn.Names{}), c.A, c.B, c.C)
}
