package scalar

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// TnumRange is the tightest tnum that holds min..max: their common leading bits.
func TnumRange(min, max uint64) Tnum {
	low := uint64(1)<<bits.Len64(min^max) - 1
	return Tnum{min &^ low, low}
}

// IsConst reports that every bit is known.
func (a Tnum) IsConst() bool { return a.Mask == 0 }

// IsSubregConst reports that the lower 32 bits are known.
func (a Tnum) IsSubregConst() bool { return uint32(a.Mask) == 0 }

// Equals reports that a is exactly val.
func (a Tnum) Equals(val uint64) bool { return a.Mask == 0 && a.Value == val }

// Max is the largest member; the smallest is Value.
func (a Tnum) Max() uint64 { return a.Value | a.Mask }

// Contains reports whether val agrees with the known bits.
func (a Tnum) Contains(val uint64) bool { return val&^a.Mask == a.Value }

// Within reports that every member of a is one of b (the kernel's tnum_in(b, a)).
func (a Tnum) Within(b Tnum) bool { return a.Mask&^b.Mask == 0 && b.Contains(a.Value) }

// IsAligned reports that every member is a multiple of size, a power of two (or 0: always).
func (a Tnum) IsAligned(size uint64) bool {
	return size == 0 || a.Max()&(size-1) == 0
}

// Overlaps reports that some number may be in both.
func (a Tnum) Overlaps(b Tnum) bool { return (a.Value^b.Value)&^(a.Mask|b.Mask) == 0 }

// Intersect combines what is known of one number from two sides. Where they
// contradict each other the bit becomes a known 1.
func (a Tnum) Intersect(b Tnum) Tnum {
	mask := a.Mask & b.Mask
	return Tnum{(a.Value | b.Value) &^ mask, mask}
}

// Union is what is known of a number that is in a or in b.
func (a Tnum) Union(b Tnum) Tnum {
	mask := (a.Value ^ b.Value) | a.Mask | b.Mask
	return Tnum{a.Value & b.Value &^ mask, mask}
}

// Add is the sum: a bit is unknown where the smallest and the largest sum differ
// or an operand's bit is.
func (a Tnum) Add(b Tnum) Tnum {
	least := a.Value + b.Value
	mask := (least ^ (least + a.Mask + b.Mask)) | a.Mask | b.Mask
	return Tnum{least &^ mask, mask}
}

// Sub is the difference.
func (a Tnum) Sub(b Tnum) Tnum {
	diff := a.Value - b.Value
	mask := ((diff + a.Mask) ^ (diff - b.Mask)) | a.Mask | b.Mask
	return Tnum{diff &^ mask, mask}
}

// Mul is the product by long multiplication over a's bits, where an unknown bit
// both adds b and doesn't. It is not commutative in what it can tell.
func (a Tnum) Mul(b Tnum) Tnum {
	if a.Mask|b.Mask == 0 {
		return Tnum{Value: a.Value * b.Value}
	}
	var sum Tnum
	for a.Value|a.Mask != 0 {
		skip := bits.TrailingZeros64(a.Value | a.Mask)
		a, b = a.Rsh(uint8(skip)), b.Lsh(uint8(skip))
		with := sum.Add(b)
		if a.Mask&1 != 0 {
			with = with.Union(sum)
		}
		sum = with
		a, b = a.Rsh(1), b.Lsh(1)
	}
	return sum
}

// And, Or and Xor are the bitwise operations.
func (a Tnum) And(b Tnum) Tnum {
	ones := a.Value & b.Value
	return Tnum{ones, a.Max() & b.Max() &^ ones}
}

func (a Tnum) Or(b Tnum) Tnum {
	ones := a.Value | b.Value
	return Tnum{ones, (a.Mask | b.Mask) &^ ones}
}

func (a Tnum) Xor(b Tnum) Tnum {
	mask := a.Mask | b.Mask
	return Tnum{(a.Value ^ b.Value) &^ mask, mask}
}

// Lsh, Rsh and Arsh shift by a known amount below 64.
func (a Tnum) Lsh(n uint8) Tnum { return Tnum{a.Value << (n & 63), a.Mask << (n & 63)} }
func (a Tnum) Rsh(n uint8) Tnum { return Tnum{a.Value >> (n & 63), a.Mask >> (n & 63)} }

// Arsh repeats the sign bit, be it known or not.
func (a Tnum) Arsh(n uint8) Tnum {
	return Tnum{uint64(int64(a.Value) >> (n & 63)), uint64(int64(a.Mask) >> (n & 63))}
}

// Arsh32 is Arsh of the lower half; the upper half of the result is 0.
func (a Tnum) Arsh32(n uint8) Tnum {
	return Tnum{uint64(uint32(int32(a.Value) >> (n & 31))), uint64(uint32(int32(a.Mask) >> (n & 31)))}
}

// Cast keeps the lower size bytes, 1 to 7; the rest of the result is 0.
func (a Tnum) Cast(size int) Tnum {
	keep := uint64(1)<<(uint(size)*8) - 1
	return Tnum{a.Value & keep, a.Mask & keep}
}

// Subreg keeps the lower half.
func (a Tnum) Subreg() Tnum { return Tnum{a.Value & math.MaxUint32, a.Mask & math.MaxUint32} }

// WithSubreg replaces the lower half by that of sub.
func (a Tnum) WithSubreg(sub Tnum) Tnum {
	const high = math.MaxUint64 &^ math.MaxUint32
	sub = sub.Subreg()
	return Tnum{a.Value&high | sub.Value, a.Mask&high | sub.Mask}
}

// Bswap reverses the order of the lower width bits' bytes (16, 32 or 64); the rest of the result is 0.
func (a Tnum) Bswap(width int) Tnum {
	n := uint(64 - width)
	return Tnum{bits.ReverseBytes64(a.Value) >> n, bits.ReverseBytes64(a.Mask) >> n}
}

// Next is the smallest member above z, or the largest member if there is none.
func (a Tnum) Next(z uint64) uint64 {
	if z >= a.Max() {
		return a.Max()
	}
	z++ // now: the smallest member that is at least z
	wrong := (z ^ a.Value) &^ a.Mask
	if wrong == 0 {
		return z
	}
	low := uint64(2)<<(bits.Len64(wrong)-1) - 1 // the highest wrong bit and all below
	if a.Value&^(low>>1)&low != 0 {
		// That bit must rise, so what is below can be as small as it gets.
		return z&^low | a.Value&low
	}
	// That bit must fall, so the unknown bits above it count on by one, with
	// the known ones set for the carry to pass.
	return ((z|^a.Mask)&^low+low+1)&a.Mask&^low | a.Value
}

// only is the member between lo and hi, if the kernel finds that there is but one.
func (a Tnum) only(lo, hi uint64) (member uint64, ok bool) {
	next := a.Next(lo)
	if a.Contains(lo) {
		return lo, next > hi
	}
	return next, next == a.Max() || next <= hi && a.Next(next) > hi
}

// String is how the kernel prints a tnum: "(value; mask)" in hex, a constant as the number alone.
func (a Tnum) String() string {
	switch {
	case a.Mask != 0:
		return fmt.Sprintf("(0x%x; 0x%x)", a.Value, a.Mask)
	case a.Value <= math.MaxUint16:
		return strconv.FormatUint(a.Value, 10)
	}
	return "0x" + strconv.FormatUint(a.Value, 16)
}
