package scalar

import (
	"math"
	"testing"
)

const width = 5

// small calls fn for every tnum of width bits.
func small(fn func(Tnum)) {
	for mask := uint64(0); mask < 1<<width; mask++ {
		for val := uint64(0); val < 1<<width; val++ {
			if val&mask == 0 {
				fn(Tnum{val, mask})
			}
		}
	}
}

// each calls fn for every member.
func each(a Tnum, fn func(uint64)) {
	for sub := a.Mask; ; sub = (sub - 1) & a.Mask {
		fn(a.Value | sub)
		if sub == 0 {
			return
		}
	}
}

func TestTnumBinary(t *testing.T) {
	ops := []struct {
		name string
		abs  func(a, b Tnum) Tnum
		conc func(a, b uint64) uint64
	}{
		{"add", Tnum.Add, func(a, b uint64) uint64 { return a + b }},
		{"sub", Tnum.Sub, func(a, b uint64) uint64 { return a - b }},
		{"mul", Tnum.Mul, func(a, b uint64) uint64 { return a * b }},
		{"and", Tnum.And, func(a, b uint64) uint64 { return a & b }},
		{"or", Tnum.Or, func(a, b uint64) uint64 { return a | b }},
		{"xor", Tnum.Xor, func(a, b uint64) uint64 { return a ^ b }},
	}
	small(func(a Tnum) {
		small(func(b Tnum) {
			var abs [6]Tnum
			for i, op := range ops {
				abs[i] = op.abs(a, b)
				if abs[i].Value&abs[i].Mask != 0 {
					t.Fatalf("%s %v %v: ill-formed %v", op.name, a, b, abs[i])
				}
			}
			overlap := false
			each(a, func(x uint64) {
				each(b, func(y uint64) {
					overlap = overlap || x == y
					for i, op := range ops {
						if !abs[i].Contains(op.conc(x, y)) {
							t.Fatalf("%s %v %v = %v lacks %d, %d", op.name, a, b, abs[i], x, y)
						}
					}
				})
			})
			if overlap != a.Overlaps(b) {
				t.Fatalf("overlap of %v and %v", a, b)
			}
			within, union := true, a.Union(b)
			each(a, func(x uint64) {
				within = within && b.Contains(x)
				if !union.Contains(x) {
					t.Fatalf("union of %v and %v lacks %d", a, b, x)
				}
				if b.Contains(x) && !a.Intersect(b).Contains(x) {
					t.Fatalf("intersection of %v and %v lacks %d", a, b, x)
				}
			})
			if within != a.Within(b) {
				t.Fatalf("%v within %v", a, b)
			}
		})
	})
}

func TestTnumUnary(t *testing.T) {
	small(func(a Tnum) {
		for _, size := range []uint64{0, 1, 2, 4, 8} {
			aligned := true
			each(a, func(x uint64) { aligned = aligned && (size == 0 || x%size == 0) })
			if aligned != a.IsAligned(size) {
				t.Errorf("%v aligned to %d", a, size)
			}
		}
		each(a, func(x uint64) {
			if !(Tnum{}).Sub(a).Contains(-x) {
				t.Errorf("neg %v lacks %d", a, x)
			}
			high := Tnum{a.Value << 59, a.Mask << 59}
			if !high.Arsh(60).Contains(uint64(int64(x<<59) >> 60)) {
				t.Errorf("arsh %v lacks %d", high, x<<59)
			}
			high = Tnum{a.Value << 27, a.Mask << 27}
			if !high.Arsh32(28).Contains(uint64(uint32(int32(x<<27) >> 28))) {
				t.Errorf("arsh32 %v lacks %d", high, x<<27)
			}
		})
		for z := uint64(0); z < 1<<width; z++ {
			want := a.Max()
			each(a, func(x uint64) {
				if x > z && x < want {
					want = x
				}
			})
			if got := a.Next(z); got != want {
				t.Errorf("%v.Next(%d) = %d, want %d", a, z, got, want)
			}
			// The same in the top bits.
			h := Tnum{a.Value << (64 - width), a.Mask << (64 - width)}
			if got := h.Next(z << (64 - width)); got != want<<(64-width) {
				t.Errorf("%v.Next(%#x) = %#x", h, z<<(64-width), got)
			}
		}
	})
}

func TestTnumRange(t *testing.T) {
	for lo := uint64(0); lo < 70; lo++ {
		for hi := lo; hi < 70; hi++ {
			r := TnumRange(lo, hi)
			for x := lo; x <= hi; x++ {
				if !r.Contains(x) {
					t.Errorf("%d..%d: %v lacks %d", lo, hi, r, x)
				}
			}
		}
	}
	if TnumRange(0, math.MaxUint64) != (Tnum{Mask: math.MaxUint64}) || !TnumRange(9, 9).Equals(9) {
		t.Error("extremes")
	}
}

func TestTnumString(t *testing.T) {
	for want, a := range map[string]Tnum{"(0x10; 0xf)": {0x10, 0xf}, "16": {Value: 16}, "0x10000": {Value: 1 << 16}} {
		if s := a.String(); s != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
}
