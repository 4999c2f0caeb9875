package machine

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_SK_STORAGE:                       newStorage,
		abi.MAP_TYPE_TASK_STORAGE:                     newStorage,
		abi.MAP_TYPE_INODE_STORAGE:                    newStorage,
		abi.MAP_TYPE_CGRP_STORAGE:                     newStorage,
		abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        newStorage,
		abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: newStorage,
	})
	registerHelpers(map[string]implementation{
		"get_local_storage":    getLocalStorage,
		"sk_storage_get":       storageGet,
		"task_storage_get":     storageGet,
		"inode_storage_get":    storageGet,
		"cgrp_storage_get":     storageGet,
		"sk_storage_delete":    storageDelete,
		"task_storage_delete":  storageDelete,
		"inode_storage_delete": storageDelete,
		"cgrp_storage_delete":  storageDelete,
	})
}

// storage holds a value for each socket, task, inode or cgroup that a program asks it for.
type storage struct {
	noMap
	mp     *Map
	values map[owner]*block
}

// owner is what a storage's value belongs to: an object, nil for the cgroup of the program, and a CPU.
type owner struct {
	b   *block
	cpu int
}

// ownerAt is the object at an address.
func (c *CPU) ownerAt(addr uint64) (owner, error) {
	if b := c.m.mem.liveAt(addr); b != nil {
		return owner{b: b}, nil
	}
	return owner{}, &Fault{Kind: WrongObject, Addr: addr, Reason: "not the start of an object"}
}

func newStorage(mp *Map) (mapImpl, error) { return &storage{mp: mp, values: map[owner]*block{}}, nil }

func (c *CPU) storageAt(addr uint64) (*storage, error) {
	_, s, err := mapLike[*storage](c.m, addr, "not a local storage")
	return s, err
}

// value makes the value of an owner if there is none.
func (s *storage) value(c *CPU, o owner) (*block, error) {
	if b := s.values[o]; b != nil {
		return b, nil
	}
	b, err := c.m.mem.alloc(s.mp.def.ValueSize, "value of map "+s.mp.def.Name, c.here())
	if err == nil {
		s.mp.m.mem.contain(b, s.mp.fields(0))
		s.values[o] = b
	}
	return b, err
}

// blocks are all values, those made first coming first.
func (s *storage) blocks() []*block {
	return slices.SortedFunc(maps.Values(s.values), func(a, b *block) int { return cmp.Compare(a.index, b.index) })
}

// getLocalStorage gives the value of the cgroup that the program is attached to, which always has one.
func getLocalStorage(c *CPU, a *args) (uint64, error) {
	s, err := c.storageAt(a[0])
	if err != nil {
		return 0, err
	}
	o := owner{}
	if s.mp.def.Type == abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED {
		o.cpu = c.id
	}
	b, err := s.value(c, o)
	if err != nil {
		return 0, err
	}
	return b.addr, nil
}

// storageGet gives the value of the object r2; if there is none, and r4 says so, it makes one that begins as r3.
func storageGet(c *CPU, a *args) (uint64, error) {
	const create = 1
	s, err := c.storageAt(a[0])
	if err != nil || a[1] == 0 || a[3]&^create != 0 {
		return 0, err
	}
	o, err := c.ownerAt(a[1])
	if err != nil {
		return 0, err
	}
	if b := s.values[o]; b != nil {
		return b.addr, nil
	}
	if a[3]&create == 0 {
		return 0, nil
	}
	var init []byte
	if a[2] != 0 {
		if init, err = c.m.mem.read(a[2], s.mp.def.ValueSize); err != nil {
			return 0, err
		}
		init = append([]byte{}, init...) // memory may move
	}
	b, err := s.value(c, o)
	if err != nil {
		return 0, err
	}
	off := uint32(b.addr)
	if init != nil {
		s.mp.copyValue(c.m.mem.buf[off:off+b.size], init)
	}
	return b.addr, nil
}

func storageDelete(c *CPU, a *args) (uint64, error) {
	s, err := c.storageAt(a[0])
	if err != nil {
		return 0, err
	}
	if a[1] == 0 {
		return failure(abi.EINVAL), nil
	}
	o, err := c.ownerAt(a[1])
	if err != nil {
		return 0, err
	}
	b := s.values[o]
	if b == nil {
		return failure(abi.ENOENT), nil
	}
	delete(s.values, o)
	c.m.emptyFields(b, 0, c.here())
	c.m.freeLater(b, c.here())
	return 0, nil
}
