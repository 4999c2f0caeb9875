package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_HASH:            newHash,
		abi.MAP_TYPE_PERCPU_HASH:     newHash,
		abi.MAP_TYPE_LRU_HASH:        newHash,
		abi.MAP_TYPE_LRU_PERCPU_HASH: newHash,
	})
}

// hash is a map by any key. Elements are gone through in the order in which they were added; an LRU map that is
// full drops the one used longest ago.
type hash struct {
	noMap
	mp     *Map
	elems  map[string]*element
	order  []*element // oldest first
	lru    bool
	percpu bool
}

// element is an element of a hash: each key and value has memory of its own.
type element struct {
	key    *block
	values []*block // one, or one a CPU
	name   string   // the key's bytes
}

func newHash(mp *Map) (mapImpl, error) {
	t := mp.def.Type
	return &hash{
		mp: mp, elems: map[string]*element{},
		lru:    t == abi.MAP_TYPE_LRU_HASH || t == abi.MAP_TYPE_LRU_PERCPU_HASH,
		percpu: t == abi.MAP_TYPE_PERCPU_HASH || t == abi.MAP_TYPE_LRU_PERCPU_HASH,
	}, nil
}

func (e *element) of(c *CPU) *block {
	if len(e.values) == 1 || c == nil {
		return e.values[0]
	}
	return e.values[c.id]
}

func (h *hash) lookup(c *CPU, key []byte) (uint64, error) {
	e := h.elems[string(key)]
	if e == nil {
		return 0, nil
	}
	h.touch(e)
	return e.of(c).addr, nil
}

// touch makes an element the one used last.
func (h *hash) touch(e *element) {
	if h.lru {
		i := slices.Index(h.order, e)
		h.order = append(slices.Delete(h.order, i, i+1), e)
	}
}

func (h *hash) update(c *CPU, key, value []byte, flags uint64) (abi.Errno, error) {
	if flags&^BPF_F_LOCK > BPF_EXIST {
		return abi.EINVAL, nil
	}
	e := h.elems[string(key)]
	switch {
	case e != nil && flags&BPF_NOEXIST != 0:
		return abi.EEXIST, nil
	case e == nil && flags&BPF_EXIST != 0:
		return abi.ENOENT, nil
	case e == nil && len(h.elems) >= int(h.mp.def.MaxEntries):
		if !h.lru {
			return abi.E2BIG, nil
		}
		h.drop(c, h.order[0])
	}
	var err error
	switch {
	case e == nil:
		e, err = h.add(c, key)
	case !h.percpu && flags&BPF_F_LOCK == 0:
		err = h.replace(c, e)
	}
	if err != nil {
		return 0, err
	}
	h.touch(e)
	off := uint32(e.of(c).addr)
	h.mp.copyValue(h.mp.m.mem.buf[off:off+h.mp.def.ValueSize], value)
	return 0, nil
}

func (h *hash) add(c *CPU, key []byte) (*element, error) {
	e := &element{name: string(key)}
	mem := h.mp.m.mem
	var err error
	if e.key, err = mem.alloc(uint32(len(key)), "key of map "+h.mp.def.Name, c.here()); err != nil {
		return nil, err
	}
	copy(mem.buf[uint32(e.key.addr):], e.name)
	copies := 1
	if h.percpu {
		copies = len(h.mp.m.cpus)
	}
	for range copies {
		v, err := h.newValue(c)
		if err != nil {
			return nil, err
		}
		e.values = append(e.values, v)
	}
	h.elems[e.name] = e
	h.order = append(h.order, e)
	return e, nil
}

func (h *hash) newValue(c *CPU) (*block, error) {
	return h.mp.m.mem.alloc(h.mp.def.ValueSize, "value of map "+h.mp.def.Name, c.here())
}

// replace gives an element a new value. Programs that have the old one's address keep what was there.
func (h *hash) replace(c *CPU, e *element) error {
	v, err := h.newValue(c)
	if err != nil {
		return err
	}
	h.mp.m.freeLater(e.values[0], c.here())
	e.values[0] = v
	return nil
}

// drop takes an element out. A program may use it as long as it runs.
func (h *hash) drop(c *CPU, e *element) {
	delete(h.elems, e.name)
	h.order = slices.DeleteFunc(h.order, func(x *element) bool { return x == e })
	for _, o := range append(e.values, e.key) {
		h.mp.m.freeLater(o, c.here())
	}
}

func (h *hash) remove(c *CPU, key []byte) (abi.Errno, error) {
	e := h.elems[string(key)]
	if e == nil {
		return abi.ENOENT, nil
	}
	h.drop(c, e)
	return 0, nil
}

func (h *hash) each(c *CPU) func() (key, value uint64, ok bool) {
	order := slices.Clone(h.order)
	return func() (uint64, uint64, bool) {
		for len(order) > 0 {
			e := order[0]
			order = order[1:]
			if h.elems[e.name] == e {
				return e.key.addr, e.of(c).addr, true
			}
		}
		return 0, 0, false
	}
}
