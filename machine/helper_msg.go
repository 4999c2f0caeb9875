package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"msg_apply_bytes": onMessage(func(*CPU, *userContext, *args) (abi.Errno, error) { return 0, nil }),
		"msg_cork_bytes":  onMessage(func(*CPU, *userContext, *args) (abi.Errno, error) { return 0, nil }),
		"msg_pull_data":   onMessage(msgPullData),
		"msg_push_data":   onMessage(msgPushData),
		"msg_pop_data":    onMessage(msgPopData),
	})
}

// A message lies in pieces, and a program sees one. There is one at first; what is put in is one of its own, and cuts the
// piece that it is put into.

// onMessage makes a helper of a function of the message in r1. How much of one is to be decided on at once is no matter: all
// of it lies there.
func onMessage(f func(*CPU, *userContext, *args) (abi.Errno, error)) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		u, err := c.userContextAt(a[0])
		if err != nil {
			return 0, err
		}
		if u.pieces == nil {
			u.pieces = []uint32{u.data.end}
		}
		return returned(f(c, u, a))
	}
}

// pieceAt is the piece that has the byte at off, and where it begins; the one behind the last for what is behind the last byte.
func (u *userContext) pieceAt(off uint32) (i int, start uint32) {
	for i, n := range u.pieces {
		if off < start+n {
			return i, start
		}
		start += n
	}
	return len(u.pieces), start
}

// show lets the program see the message from from to before to.
func (u *userContext) show(c *CPU, from, to uint32) {
	u.from, u.to = from, to
	u.data.moved(c.here())
	c.m.mem.window(u.data.obj, from, to)
}

// msgPullData lets the program see a message from r2 to before r3, which are one piece then.
func msgPullData(c *CPU, u *userContext, a *args) (abi.Errno, error) {
	start, end := uint32(a[1]), uint32(a[2])
	if a[3] != 0 || end <= start || end > u.data.end {
		return abi.EINVAL, nil
	}
	first, begin := u.pieceAt(start)
	last, at := u.pieceAt(end - 1)
	u.pieces = slices.Replace(u.pieces, first, last+1, at+u.pieces[last]-begin)
	u.show(c, start, end)
	return 0, nil
}

// msgPushData puts r3 zeros into the message at r2. The kernel's are no zeros, but nobody may look before they are written.
func msgPushData(c *CPU, u *userContext, a *args) (abi.Errno, error) {
	start, n := uint32(a[1]), uint32(a[2])
	switch {
	case a[3] != 0:
		return abi.EINVAL, nil
	case n == 0:
		return 0, nil
	case start > u.data.end || start+n < n:
		return abi.EINVAL, nil
	case n > maxMessage:
		return abi.ENOMEM, nil
	}
	if _, err := u.data.resize(0, int64(n), c.here()); err != nil {
		return 0, err
	}
	b := u.data.bytes()
	copy(b[start+n:], b[start:])
	clear(b[start : start+n])
	i, at := u.pieceAt(start)
	if start > at {
		u.pieces = slices.Replace(u.pieces, i, i+1, start-at, n, at+u.pieces[i]-start)
	} else {
		u.pieces = slices.Insert(u.pieces, i, n)
	}
	u.show(c, 0, u.pieces[0])
	return 0, nil
}

// maxMessage is the most bytes that the kernel gives for what is put into a message: what its pages come in at most.
const maxMessage = 4 << 20

// msgPopData takes r3 bytes at r2 out of the message.
func msgPopData(c *CPU, u *userContext, a *args) (abi.Errno, error) {
	start, n := uint32(a[1]), uint32(a[2])
	switch {
	case a[3] != 0:
		return abi.EINVAL, nil
	case n == 0:
		return 0, nil
	case start >= u.data.end || uint64(start)+uint64(n) > uint64(u.data.end):
		return abi.EINVAL, nil
	}
	var left []uint32
	at := uint32(0)
	for _, piece := range u.pieces {
		end := at + piece
		if before := min(start, end); before > at {
			left = append(left, before-at)
		}
		if after := max(start+n, at); end > after {
			left = append(left, end-after)
		}
		at = end
	}
	b := u.data.bytes()
	copy(b[start:], b[start+n:])
	if _, err := u.data.resize(0, -int64(n), c.here()); err != nil {
		return 0, err
	}
	u.pieces = append(left, 0)[:max(len(left), 1)]
	u.show(c, 0, u.pieces[0])
	return 0, nil
}
