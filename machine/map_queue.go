package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_QUEUE: newQueue,
		abi.MAP_TYPE_STACK: newQueue,
	})
	registerHelpers(map[string]implementation{
		"map_push_elem": mapPush,
		"map_pop_elem":  onQueue(func(q pushed, to []byte) abi.Errno { return q.pop(to, true) }),
		"map_peek_elem": onQueue(func(q pushed, to []byte) abi.Errno { return q.pop(to, false) }),
	})
}

// pushed are maps without keys.
type pushed interface {
	push(value []byte, flags uint64) abi.Errno
	// pop gives the next value, and removes it if take.
	pop(to []byte, take bool) abi.Errno
}

// queue gives values in the order in which they were pushed, or a stack in the reverse one. Programs never have
// their addresses.
type queue struct {
	noMap
	mp     *Map
	values [][]byte
	stack  bool
}

func newQueue(mp *Map) (mapImpl, error) {
	return &queue{mp: mp, stack: mp.def.Type == abi.MAP_TYPE_STACK}, nil
}

func (q *queue) push(value []byte, flags uint64) abi.Errno {
	full := len(q.values) >= int(q.mp.def.MaxEntries)
	switch {
	case flags&^BPF_EXIST != 0:
		return abi.EINVAL
	case full && flags&BPF_EXIST == 0:
		return abi.E2BIG
	case full:
		q.values = q.values[1:] // the oldest goes
	}
	q.values = append(q.values, append([]byte{}, value...))
	return 0
}

func (q *queue) update(_ *CPU, _, value []byte, flags uint64) (abi.Errno, error) {
	return q.push(value, flags), nil
}

func (q *queue) pop(to []byte, take bool) abi.Errno {
	n := len(q.values)
	if n == 0 {
		clear(to)
		return abi.ENOENT
	}
	i := 0
	if q.stack {
		i = n - 1
	}
	copy(to, q.values[i])
	switch {
	case !take:
	case q.stack:
		q.values = q.values[:n-1]
	default:
		q.values = q.values[1:]
	}
	return 0
}

// queueAt is the map without keys at an address.
func (c *CPU) queueAt(addr uint64) (*Map, pushed, error) {
	return mapLike[pushed](c.m, addr, "not a map to push to")
}

func mapPush(c *CPU, a *args) (uint64, error) {
	mp, q, err := c.queueAt(a[0])
	if err != nil {
		return 0, err
	}
	value, err := c.m.mem.read(a[1], mp.def.ValueSize)
	if err != nil {
		return 0, err
	}
	return failure(q.push(value, a[2])), nil
}

func onQueue(f func(q pushed, to []byte) abi.Errno) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		mp, q, err := c.queueAt(a[0])
		if err != nil {
			return 0, err
		}
		to, err := c.m.mem.write(a[1], mp.def.ValueSize)
		if err != nil {
			return 0, err
		}
		return failure(f(q, to)), nil
	}
}
