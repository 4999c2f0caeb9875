package machine

import (
	"encoding/hex"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_USER_RINGBUF: newUserRingbuf})
	registerHelpers(map[string]implementation{"user_ringbuf_drain": drainUserRingbuf})
}

// userRingbuf has what user space has put there for programs to read: Map.Fill does.
type userRingbuf struct {
	noMap
	mp      *Map
	samples [][]byte
	busy    bool
}

func newUserRingbuf(mp *Map) (mapImpl, error) { return &userRingbuf{mp: mp}, nil }

// feed adds a sample, as Map.Fill reads it: hexadecimal.
func (u *userRingbuf) feed(value any) error {
	text, _ := value.(string)
	sample, err := hex.DecodeString(text)
	if err != nil || text == "" {
		return fmt.Errorf("%v: bytes in hexadecimal are wanted", value)
	}
	u.samples = append(u.samples, sample)
	return nil
}

// drainUserRingbuf calls r2 with a dynptr for each sample of the map r1, and with r3, until it returns 1. It returns how
// many samples there were.
func drainUserRingbuf(c *CPU, a *args) (uint64, error) {
	const wakeups, most = 1 | 2, 128 << 10
	mp, u, err := mapLike[*userRingbuf](c.m, a[0], "not a user ring buffer")
	switch {
	case err != nil:
		return 0, err
	case a[3]&^wakeups != 0:
		return failure(abi.EINVAL), nil
	case u.busy:
		return failure(abi.EBUSY), nil
	}
	own, err := c.m.mem.alloc(dynptrSize, "dynptr of a sample", c.here())
	if err != nil {
		return 0, err
	}
	fn, ctx, n := a[1], a[2], uint64(0)
	var sample *block
	done := func() {
		if sample != nil {
			delete(c.run.dynptrs, own.addr)
			c.m.mem.release(sample, c.here())
			sample = nil
		}
	}
	u.busy = true
	var next func(uint64) (uint64, error)
	next = func(stop uint64) (uint64, error) {
		done()
		if stop != 0 || len(u.samples) == 0 || n == most {
			u.busy = false
			c.m.mem.release(own, c.here())
			return n, nil
		}
		data := u.samples[0]
		u.samples = u.samples[1:]
		n++
		var err error
		if sample, err = c.m.mem.alloc(uint32(len(data)), "sample of map "+mp.def.Name, c.here()); err != nil {
			return 0, err
		}
		copy(c.m.mem.buf[uint32(sample.addr):], data)
		if err := c.newDynptr(own.addr, dynptr{data: plainData{sample.addr}, size: uint64(len(data))}); err != nil {
			return 0, err
		}
		c.m.mem.protect(sample)
		return c.callBack(fn, next, own.addr, ctx)
	}
	return next(0)
}
