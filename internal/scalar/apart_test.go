package scalar

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// With Apart all is computed as without it; where a Circular kernel gets another result, it is told.
func TestApart(t *testing.T) {
	alike, differ := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := members(Rules{}).Draw(t, "a").s, members(Rules{}).Draw(t, "b").s
		cond, op := rapid.SampledFrom(conditions).Draw(t, "cond"), rapid.SampledFrom(operations).Draw(t, "op")
		is32, back := rapid.Bool().Draw(t, "is32"), rapid.Bool().Draw(t, "back")
		for name, do := range map[string]func(Rules, *Scalar, *Scalar) any{
			"ALU": func(r Rules, a, b *Scalar) any {
				if Computable(op, is32, b) {
					r.ALU(a, op, is32, b)
				}
				return nil
			},
			"ALU of itself":    func(r Rules, a, _ *Scalar) any { r.ALU(a, insn.ADD, is32, a); return nil },
			"AddConst":         func(r Rules, a, b *Scalar) any { r.AddConst(a, b.Umin); return nil },
			"Move":             func(r Rules, a, b *Scalar) any { r.Move(a, b, back); return nil },
			"LowFromBits":      func(r Rules, a, _ *Scalar) any { r.LowFromBits(a); return nil },
			"Truncate":         func(r Rules, a, _ *Scalar) any { r.Truncate(a, 2); return nil },
			"Bswap":            func(r Rules, a, _ *Scalar) any { r.Bswap(a, 32); return nil },
			"MeetS32":          func(r Rules, a, b *Scalar) any { r.MeetS32(a, b.S32Min, b.S32Max); return nil },
			"Simulate":         func(r Rules, a, b *Scalar) any { return r.Simulate(a, b, cond, is32) },
			"Refine":           func(r Rules, a, b *Scalar) any { r.refine(a, b, cond, is32); return nil },
			"Refine by itself": func(r Rules, a, _ *Scalar) any { r.refine(a, a, cond, is32); return nil },
			"Divide":           func(r Rules, a, b *Scalar) any { r.Divide(a, insn.MOD, back, is32, b); return nil },
			"Sync": func(r Rules, a, b *Scalar) any {
				a.Umin, a.U32Max = max(a.Umin, b.Umin), min(a.U32Max, b.U32Max)
				r.Sync(a)
				return nil
			},
			"Ranges, and alike": func(r Rules, a, _ *Scalar) any { return r.Ranges(a) },
		} {
			told := false
			plainA, plainB, circularA, circularB, heardA, heardB := a, b, a, b, a, b
			plain := do(Rules{}, &plainA, &plainB)
			circular := do(Rules{Circular: true}, &circularA, &circularB)
			heard := do(Rules{Apart: func() { told = true }}, &heardA, &heardB)
			if heard != plain || heardA != plainA || heardB != plainB {
				t.Fatalf("%s: %v %+v %+v with Apart, %v %+v %+v without", name, heard, heardA, heardB, plain, plainA, plainB)
			}
			switch same := circular == plain && circularA == plainA && circularB == plainB; {
			case !same && !told:
				t.Fatalf("%s: nobody is told that circular is %v %+v %+v, not %v %+v %+v", name, circular, circularA, circularB, plain, plainA, plainB)
			case same:
				alike++
			default:
				differ++
			}
		}
	})
	if alike < differ || differ == 0 {
		t.Errorf("%d results are alike, %d differ", alike, differ)
	}
}
