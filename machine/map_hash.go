package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_HASH:            newHash,
		abi.MAP_TYPE_PERCPU_HASH:     newHash,
		abi.MAP_TYPE_LRU_HASH:        newHash,
		abi.MAP_TYPE_LRU_PERCPU_HASH: newHash,
		abi.MAP_TYPE_RHASH:           newHash,
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
	table  *jit.HashTable // for compiled programs, which swap the two places of a value; nil without
}

// element is an element of a hash: each key and value has memory of its own.
type element struct {
	key    *block
	values []*block // one, or one a CPU; two places with a table
	name   string   // the key's bytes
}

func newHash(mp *Map) (mapImpl, error) {
	t := mp.def.Type
	h := &hash{
		mp: mp, elems: map[string]*element{},
		lru:    t == abi.MAP_TYPE_LRU_HASH || t == abi.MAP_TYPE_LRU_PERCPU_HASH,
		percpu: t == abi.MAP_TYPE_PERCPU_HASH || t == abi.MAP_TYPE_LRU_PERCPU_HASH,
	}
	if !mp.m.compiles || t != abi.MAP_TYPE_HASH || mp.def.Record != nil || mp.def.KeySize > jit.MaxHashKey {
		return h, nil
	}
	const most = 1 << 28 // bytes of a table
	size := jit.HashTableSize(mp.def.KeySize, mp.def.MaxEntries)
	if size > most {
		return h, nil
	}
	b, err := mp.m.mem.alloc(uint32(size), "table of map "+mp.def.Name, place{})
	if err != nil {
		return nil, err
	}
	h.table = jit.NewHashTable(mp.m.mem, uint32(b.addr), mp.def.KeySize, mp.def.MaxEntries)
	return h, nil
}

// value is an element's value, for CPU c.
func (h *hash) value(c *CPU, e *element) *block {
	switch {
	case h.table != nil && h.table.Value([]byte(e.name)) == e.values[1].addr:
		return e.values[1]
	case h.table != nil, len(e.values) == 1, c == nil:
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
	return h.value(c, e).addr, nil
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
	off := uint32(h.value(c, e).addr)
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
	switch {
	case h.percpu:
		copies = len(h.mp.m.cpus)
	case h.table != nil:
		copies = 2
	}
	for range copies {
		v, err := h.newValue(c)
		if err != nil {
			return nil, err
		}
		e.values = append(e.values, v)
	}
	if h.table != nil {
		h.table.Add(key, e.values[0].addr, e.values[1].addr)
	}
	h.elems[e.name] = e
	h.order = append(h.order, e)
	return e, nil
}

func (h *hash) newValue(c *CPU) (*block, error) {
	b, err := h.mp.m.mem.alloc(h.mp.def.ValueSize, "value of map "+h.mp.def.Name, c.here())
	if err == nil {
		h.mp.m.mem.contain(b, h.mp.fields(0))
	}
	return b, err
}

// replace gives an element a new value. Programs that have the old one's address keep what was there.
func (h *hash) replace(c *CPU, e *element) error {
	if h.table != nil {
		h.table.Swap([]byte(e.name))
		return nil
	}
	v, err := h.newValue(c)
	if err != nil {
		return err
	}
	h.mp.m.emptyFields(e.values[0], 0, c.here())
	h.mp.m.freeLater(e.values[0], c.here())
	e.values[0] = v
	return nil
}

// drop takes an element out. A program may use it as long as it runs.
func (h *hash) drop(c *CPU, e *element) {
	if h.table != nil {
		h.table.Remove([]byte(e.name))
	}
	delete(h.elems, e.name)
	h.order = slices.DeleteFunc(h.order, func(x *element) bool { return x == e })
	for _, o := range append(e.values, e.key) {
		h.mp.m.emptyFields(o, 0, c.here())
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
				return e.key.addr, h.value(c, e).addr, true
			}
		}
		return 0, 0, false
	}
}

func (h *hash) blocks() []*block {
	var all []*block
	for _, e := range h.order {
		all = append(all, e.values...)
	}
	return all
}

func (h *hash) keyOf(value spot) uint64 {
	for _, e := range h.order {
		if slices.Contains(e.values, value.b) {
			return e.key.addr
		}
	}
	return 0
}
