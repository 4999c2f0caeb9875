package machine

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// TestEnginesAgreeOnNumbers: arithmetic with short jumps forward, many of which are choices, gives the same in both engines.
func TestEnginesAgreeOnNumbers(t *testing.T) {
	slow, fast := newMachine(t, Options{}), newMachine(t, Options{Fast: true})
	rapid.Check(t, func(rt *rapid.T) {
		img := &object.Image{Name: "numbers", Type: abi.PROG_TYPE_SCHED_CLS, Insns: numbers(rt)}
		var got [2]uint64
		for i, m := range []*Machine{slow, fast} {
			p, err := m.load(img)
			if err != nil {
				rt.Fatal(err)
			}
			res, err := p.Run(t.Context(), Input{Data: make([]byte, 64)})
			if err != nil || i == 1 && p.NotCompiled() != nil {
				rt.Fatal(err, p.NotCompiled())
			}
			got[i] = res.R0
		}
		if got[0] != got[1] {
			rt.Fatalf("%#x interpreted, %#x compiled", got[0], got[1])
		}
	})
}

// numbers is a program: small numbers, computed with, and added up.
func numbers(t *rapid.T) []insn.Insn {
	const registers = 6
	operations := []uint8{insn.ADD, insn.SUB, insn.MUL, insn.OR, insn.AND, insn.XOR, insn.MOV, insn.LSH, insn.RSH, insn.ARSH, insn.DIV, insn.MOD}
	compares := []uint8{insn.JEQ, insn.JNE, insn.JGT, insn.JGE, insn.JLT, insn.JLE, insn.JSET, insn.JSGT, insn.JSGE, insn.JSLT, insn.JSLE}
	var out []insn.Insn
	for r := range uint8(registers) {
		out = append(out, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K, Dst: r, Imm: rapid.Int32Range(-3, 3).Draw(t, "first")})
	}
	n := rapid.IntRange(1, 30).Draw(t, "instructions")
	for at := range n {
		in := insn.Insn{Dst: rapid.Uint8Range(0, registers-1).Draw(t, "dst")}
		ops, classes, wide := operations, [2]uint8{insn.ALU, insn.ALU64}, rapid.IntRange(0, 1).Draw(t, "wide")
		if rapid.Bool().Draw(t, "jumps") {
			ops, classes = compares, [2]uint8{insn.JMP32, insn.JMP}
			in.Off = int16(rapid.IntRange(0, min(4, n-1-at)).Draw(t, "over"))
		}
		in.Code = classes[wide] | rapid.SampledFrom(ops).Draw(t, "operation")
		if rapid.Bool().Draw(t, "register") {
			in.Code, in.Src = in.Code|insn.X, rapid.Uint8Range(0, registers-1).Draw(t, "src")
		} else {
			in.Imm = rapid.Int32Range(-2, 2).Draw(t, "imm")
			switch in.Op() {
			case insn.LSH, insn.RSH, insn.ARSH, insn.DIV, insn.MOD:
				if in.Class() == insn.ALU || in.Class() == insn.ALU64 {
					in.Imm = rapid.Int32Range(1, 31).Draw(t, "count")
				}
			}
		}
		out = append(out, in)
	}
	for r := uint8(1); r < registers; r++ {
		out = append(out, insn.Insn{Code: insn.ALU64 | insn.MUL | insn.K, Imm: 31}, insn.Insn{Code: insn.ALU64 | insn.ADD | insn.X, Src: r})
	}
	return append(out, insn.Insn{Code: insn.JMP | insn.EXIT})
}
