package scalar

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// What a division gives is among what its ranges say.
func TestDivide(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		val := rapid.Uint64Range(a, b).Draw(t, "val")
		s := Unknown()
		s.Umin, s.Umax = a, b
		r.Sync(&s)
		by := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 2, 10, ^uint64(0), 1 << 63, 1 << 31, ^uint64(9)})).Draw(t, "by")
		op := rapid.SampledFrom([]uint8{insn.DIV, insn.MOD}).Draw(t, "op")
		signed, is32 := rapid.Bool().Draw(t, "signed"), rapid.Bool().Draw(t, "is32")
		o := Const(by)
		if !Divisor(is32, &o) {
			t.Fatalf("%d is a constant", by)
		}
		r.Divide(&s, op, signed, is32, &o)
		if got := divided(op, signed, is32, val, by); !s.Contains(got) {
			t.Fatalf("%#x op %#x signed %v, 32 bits %v: %#x is not in %+v", val, by, signed, is32, got, s)
		}
	})
}

// divided is what the instruction computes.
func divided(op uint8, signed, is32 bool, a, b uint64) uint64 {
	if is32 {
		a, b = uint64(uint32(a)), uint64(uint32(b))
		if signed {
			a, b = uint64(int64(int32(a))), uint64(int64(int32(b)))
		}
	}
	r := a
	switch {
	case b == 0 && op == insn.DIV:
		r = 0
	case b == 0:
	case signed && int64(b) == -1:
		r = -a
		if op == insn.MOD {
			r = 0
		}
	case signed && op == insn.DIV:
		r = uint64(int64(a) / int64(b))
	case signed:
		r = uint64(int64(a) % int64(b))
	case op == insn.DIV:
		r = a / b
	default:
		r = a % b
	}
	if is32 {
		r = uint64(uint32(r))
	}
	return r
}
