package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"map_lookup_elem":        mapLookup,
		"map_lookup_percpu_elem": mapLookupPercpu,
		"map_update_elem":        mapUpdate,
		"map_delete_elem":        mapDelete,
		"for_each_map_elem":      forEachMapElem,
	})
}

// mapAndKey are what r1 and r2 of a map helper point to.
func (c *CPU) mapAndKey(a *args) (*Map, []byte, error) {
	mp, err := c.m.mapAt(a[0])
	if err != nil {
		return nil, nil, err
	}
	key, err := c.m.mem.read(a[1], mp.def.KeySize)
	return mp, key, err
}

func mapLookup(c *CPU, a *args) (uint64, error) {
	mp, key, err := c.mapAndKey(a)
	if err != nil {
		return 0, err
	}
	return mp.impl.lookup(c, key)
}

// mapLookupPercpu looks up the value of the CPU in r3.
func mapLookupPercpu(c *CPU, a *args) (uint64, error) {
	mp, key, err := c.mapAndKey(a)
	if err != nil || a[2] >= uint64(len(c.m.cpus)) {
		return 0, err
	}
	return mp.impl.lookup(c.m.cpus[a[2]], key)
}

func mapUpdate(c *CPU, a *args) (uint64, error) {
	mp, key, err := c.mapAndKey(a)
	if err != nil {
		return 0, err
	}
	if s, ok := mp.impl.(*socketMap); ok {
		sk, err := c.socketAt(a[2])
		if err != nil {
			return 0, err
		}
		return returned(s.put(key, sk, a[3]))
	}
	if t, ok := mp.impl.(*target); ok && !t.plain() {
		return 0, t.lacksElements() // they are passed as what they are, and no memory
	}
	value, err := c.m.mem.read(a[2], mp.def.ValueSize)
	if err != nil {
		return 0, err
	}
	return returned(mp.impl.update(c, key, value, a[3]))
}

func mapDelete(c *CPU, a *args) (uint64, error) {
	mp, key, err := c.mapAndKey(a)
	if err != nil {
		return 0, err
	}
	return returned(mp.impl.remove(c, key))
}

// returned is what programs get for an error number: 0 for none.
func returned(e abi.Errno, err error) (uint64, error) { return failure(e), err }

// forEachMapElem calls back for each element until the callback returns 1. It returns how many it was called for.
func forEachMapElem(c *CPU, a *args) (uint64, error) {
	mp, err := c.m.mapAt(a[0])
	if err != nil {
		return 0, err
	}
	if a[3] != 0 {
		return failure(abi.EINVAL), nil
	}
	elems, ok := mp.impl.(iterable)
	if !ok {
		return failure(abi.EINVAL), nil
	}
	elem := elems.each(c)
	fn, ctx := a[1], a[2]
	n := uint64(0)
	var next func(uint64) (uint64, error)
	next = func(stop uint64) (uint64, error) {
		if stop != 0 {
			return n, nil
		}
		k, v, ok := elem()
		if !ok {
			return n, nil
		}
		n++
		return c.callBack(fn, next, mp.obj.addr, k, v, ctx)
	}
	return next(0)
}
