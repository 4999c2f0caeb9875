package machine

import (
	"math"
	"math/bits"
)

// Division by zero gives 0, and its remainder is the dividend.

func div(a, b uint64) uint64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func mod(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return a % b
}

// The most negative number divided by -1 is itself, and nothing remains.

func sdiv(a, b uint64) uint64 {
	switch {
	case b == 0:
		return 0
	case int64(a) == math.MinInt64 && int64(b) == -1:
		return a
	}
	return uint64(int64(a) / int64(b))
}

func smod(a, b uint64) uint64 {
	switch {
	case b == 0:
		return a
	case int64(b) == -1:
		return 0
	}
	return uint64(int64(a) % int64(b))
}

func sdiv32(a, b uint64) uint64 {
	return uint64(uint32(sdiv(uint64(int64(int32(a))), uint64(int64(int32(b))))))
}

func smod32(a, b uint64) uint64 {
	return uint64(uint32(smod(uint64(int64(int32(a))), uint64(int64(int32(b))))))
}

// signExtend widens the low size bytes of v.
func signExtend(v uint64, size uint8) uint64 {
	switch size {
	case 1:
		return uint64(int64(int8(v)))
	case 2:
		return uint64(int64(int16(v)))
	case 4:
		return uint64(int64(int32(v)))
	}
	return v
}

// swap reverses the bytes of the low n bits of v and drops the rest.
func swap(v, n uint64) uint64 {
	switch n {
	case 16:
		return uint64(bits.ReverseBytes16(uint16(v)))
	case 32:
		return uint64(bits.ReverseBytes32(uint32(v)))
	}
	return bits.ReverseBytes64(v)
}
