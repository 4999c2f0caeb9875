package machine

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerIterator("num", newNumIterator)
	registerIterator("bits", newBitsIterator)
}

// newNumIterator counts from r2 to before r3.
func newNumIterator(c *CPU, a *args) (uint64, error) {
	it := iterator{kind: "num"}
	own, cur, end := a[0], int32(a[1]), int32(a[2])
	switch {
	case cur > end:
		return c.newIterator(a[0], it, narrow(abi.EINVAL))
	case int64(end)-int64(cur) > maxLoop:
		return c.newIterator(a[0], it, narrow(abi.E2BIG))
	}
	it.next = func(c *CPU) (uint64, error) {
		if cur >= end {
			return 0, nil
		}
		cur++
		return own, c.m.mem.store(own, 4, uint64(cur-1))
	}
	return c.newIterator(a[0], it, 0)
}

// maxBitsWords is how many words of 64 bits a bits iterator goes through at most.
const maxBitsWords = 511

// newBitsIterator gives the positions of the bits that are set in r3 words of 64 bits at r2.
func newBitsIterator(c *CPU, a *args) (uint64, error) {
	it := iterator{kind: "bits"}
	own, n := a[0], uint32(a[2])
	switch {
	case a[1] == 0 || n == 0:
		return c.newIterator(a[0], it, narrow(abi.EINVAL))
	case n > maxBitsWords:
		return c.newIterator(a[0], it, narrow(abi.E2BIG))
	}
	from, err := c.m.mem.read(a[1], 8*n)
	if err != nil {
		return c.newIterator(a[0], it, narrow(abi.EFAULT)) // a probing read
	}
	words := make([]uint64, n)
	for i := range words {
		words[i] = number(from[8*i : 8*i+8])
	}
	i := 0
	it.next = func(c *CPU) (uint64, error) {
		for i < len(words) && words[i] == 0 {
			i++
		}
		if i == len(words) {
			return 0, nil
		}
		bit := bits.TrailingZeros64(words[i])
		words[i] &^= 1 << bit
		const at = 12 // of the position in struct bpf_iter_bits_kern
		return own + at, c.m.mem.store(own+at, 4, uint64(64*i+bit))
	}
	return c.newIterator(a[0], it, 0)
}
