package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{"loop": loop})
}

// maxLoop is the most rounds that bpf_loop takes.
const maxLoop = 8 << 20

// loop calls back with 0, 1, 2 ... until the callback returns 1. It returns how often it did.
func loop(c *CPU, a *args) (uint64, error) {
	n, fn, ctx := uint64(uint32(a[0])), a[1], a[2]
	switch {
	case a[3] != 0:
		return failure(abi.EINVAL), nil
	case n > maxLoop:
		return failure(abi.E2BIG), nil
	}
	i := uint64(0)
	var next func(uint64) (uint64, error)
	next = func(stop uint64) (uint64, error) {
		if stop != 0 || i == n {
			return i, nil
		}
		i++
		return c.callBack(fn, next, i-1, ctx)
	}
	return next(0)
}
