package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"skb_under_cgroup": underCgroup(func(c *CPU, a *args) (m, i uint64, err error) {
			_, err = c.packetOf(a[0])
			return a[1], a[2], err
		}),
		"current_task_under_cgroup": underCgroup(func(_ *CPU, a *args) (m, i uint64, err error) { return a[0], a[1], nil }),
	})
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_DEVMAP:       newTarget,
		abi.MAP_TYPE_DEVMAP_HASH:  newTarget,
		abi.MAP_TYPE_CPUMAP:       newTarget,
		abi.MAP_TYPE_XSKMAP:       newTarget,
		abi.MAP_TYPE_CGROUP_ARRAY: newTarget,
	})
}

// target is a map of what only user space can put in: devices, CPUs, sockets, cgroups. Programs send packets there
// and may look at the values of maps of devices and CPUs.
type target struct {
	noMap
	mp     *Map
	values map[string]*block
}

func newTarget(mp *Map) (mapImpl, error) { return &target{mp: mp, values: map[string]*block{}}, nil }

func (t *target) lookup(_ *CPU, key []byte) (uint64, error) {
	if b := t.values[string(key)]; b != nil {
		return b.addr, nil
	}
	return 0, nil
}

// plain reports that values are bytes, and no sockets or cgroups.
func (t *target) plain() bool {
	switch t.mp.def.Type {
	case abi.MAP_TYPE_DEVMAP, abi.MAP_TYPE_DEVMAP_HASH, abi.MAP_TYPE_CPUMAP:
		return true
	}
	return false
}

func (t *target) lacksElements() error {
	return unsupported("elements of a map of type %s", t.mp.def.Type)
}

func (t *target) update(c *CPU, key, value []byte, _ uint64) (abi.Errno, error) {
	if !t.plain() {
		return 0, t.lacksElements()
	}
	b, err := c.m.mem.alloc(t.mp.def.ValueSize, "value of map "+t.mp.def.Name, c.here())
	if err != nil {
		return 0, err
	}
	copy(c.m.mem.buf[uint32(b.addr):], value)
	c.m.mem.protect(b)
	t.values[string(key)] = b
	return 0, nil
}

func (t *target) remove(_ *CPU, key []byte) (abi.Errno, error) {
	if t.values[string(key)] == nil {
		return abi.ENOENT, nil
	}
	delete(t.values, string(key))
	return 0, nil
}

func (t *target) redirectFlags() uint64 {
	const broadcast, excludeIngress = 1 << 3, 1 << 4
	switch t.mp.def.Type {
	case abi.MAP_TYPE_DEVMAP, abi.MAP_TYPE_DEVMAP_HASH:
		return broadcast | excludeIngress
	}
	return 0
}

func (t *target) holds(key uint32) bool {
	return t.values[string(binary.LittleEndian.AppendUint32(nil, key))] != nil
}

// underCgroup makes a helper that asks whether something is in a cgroup of a map, or below it; of says which map and element.
// Only user space could put cgroups there.
func underCgroup(of func(*CPU, *args) (m, i uint64, err error)) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		m, i, err := of(c, a)
		if err != nil {
			return 0, err
		}
		mp, err := c.m.mapAt(m)
		switch {
		case err != nil:
			return 0, err
		case uint32(i) >= mp.def.MaxEntries:
			return failure(abi.E2BIG), nil
		}
		return failure(abi.EAGAIN), nil
	}
}
