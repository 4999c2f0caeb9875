package scalar

// arc is a range of numbers on the circle that they form when counting wraps around: base and the size numbers
// after it. The arc of all numbers starts at 0; that of none is none.
type arc[U unsigned] struct{ base, size U }

// between is the numbers from lo up to hi, past the largest and on from 0 if hi is below lo.
func between[U unsigned](lo, hi U) arc[U] {
	if hi-lo == ^U(0) {
		return all[U]()
	}
	return arc[U]{lo, hi - lo}
}

func all[U unsigned]() arc[U]  { return arc[U]{0, ^U(0)} }
func none[U unsigned]() arc[U] { return arc[U]{^U(0), ^U(0)} }

func (a arc[U]) empty() bool { return a == none[U]() }
func (a arc[U]) last() U     { return a.base + a.size }

// wraps reports an arc with numbers on both sides of 0.
func (a arc[U]) wraps() bool { return a.last() < a.base }

// changesSign reports an arc from the largest signed number to the smallest.
func (a arc[U]) changesSign() bool {
	sign := ^(^U(0) >> 1)
	return arc[U]{a.base ^ sign, a.size}.wraps() && !a.empty()
}

// unsigned is the least and the largest number of an arc. They are those of all numbers if it wraps around.
func (a arc[U]) unsigned() (lo, hi U) {
	if a.wraps() {
		return 0, ^U(0)
	}
	return a.base, a.last()
}

// signed is the same for signed numbers, as bits.
func (a arc[U]) signed() (lo, hi U) {
	sign := ^(^U(0) >> 1)
	switch lo, hi = a.base, a.last(); {
	case a.changesSign():
		return sign, ^sign
	case lo^sign > hi^sign: // of none
		return hi, lo
	}
	return lo, hi
}

// has reports that n is on the arc.
func (a arc[U]) has(n U) bool { return n-a.base <= a.size && !a.empty() }

// covers reports that all of b is on the arc.
func (a arc[U]) covers(b arc[U]) bool {
	switch from := b.base - a.base; { // where b starts, counted from a's start
	case b.empty():
		return true
	case a.empty(), from+b.size < from && a.size != ^U(0):
		return false
	default:
		return from+b.size <= a.size
	}
}

// meet is the numbers on both arcs. Where these are two arcs, it is the smaller of the operands.
func (a arc[U]) meet(b arc[U]) arc[U] {
	if a.empty() || b.empty() {
		return none[U]()
	}
	if b.base < a.base {
		a, b = b, a
	}
	from := b.base - a.base
	to := from + b.size
	switch within, around := from <= a.size, to < from; {
	case within && around: // b leaves a at its end, and is back at its start
		if a.size <= b.size {
			return a
		}
		return b
	case around:
		return arc[U]{a.base, min(a.size, to)}
	case within:
		return arc[U]{b.base, min(a.size-from, b.size)}
	}
	return none[U]()
}

// plus is the sums of a number of each arc.
func (a arc[U]) plus(b arc[U]) arc[U] {
	switch {
	case a.empty() || b.empty():
		return none[U]()
	case a.size > ^U(0)-b.size:
		return all[U]()
	}
	return between(a.base+b.base, a.last()+b.last())
}

// minus is the differences.
func (a arc[U]) minus(b arc[U]) arc[U] {
	if b.empty() {
		return b
	}
	return a.plus(between(-b.last(), -b.base))
}

// except is all numbers but one.
func except[U unsigned](n U) arc[U] { return between(n+1, n-1) }

// ofBits is the arc of all numbers that agree with known bits: those of value are set, those of mask unknown.
func ofBits[U unsigned](value, mask U) arc[U] {
	sign := ^(^U(0) >> 1)
	return between(value|mask&sign, value|mask&^sign)
}

// lower is the arc of the lower halves.
func lower(a arc[uint64]) arc[uint32] {
	switch {
	case a.empty():
		return none[uint32]()
	case a.size>>32 != 0:
		return all[uint32]()
	}
	return between(uint32(a.base), uint32(a.last()))
}

// withLower cuts off a's ends the numbers whose lower half isn't in low.
func withLower(a arc[uint64], low arc[uint32]) arc[uint64] {
	if a.empty() || low.empty() {
		return none[uint64]()
	}
	// Lower halves are counted from that of a's first number.
	from := low.base - uint32(a.base)
	to, last := from+low.size, uint32(a.size)
	if to < from { // a's first number is one of low
		if last > to && last < from {
			a.size -= uint64(last - to)
		}
		return a
	}
	if a.size < uint64(from) {
		return none[uint64]()
	}
	a.base, a.size = a.base+uint64(from), a.size-uint64(from)
	var beyond uint64
	switch {
	case last < from: // the last of low are those before
		beyond = 1<<32 + uint64(last) - uint64(to)
	case last > to:
		beyond = uint64(last - to)
	}
	if a.size < beyond {
		return none[uint64]()
	}
	a.size -= beyond
	return a
}
