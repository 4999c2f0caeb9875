package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_ARRAY:        newArray,
		abi.MAP_TYPE_PERCPU_ARRAY: newArray,
	})
}

// array is an array of values, one after the other; of a per-CPU array one for each CPU.
type array struct {
	noMap
	mp     *Map
	stride uint32
	values []*block // one, or one a CPU
	key    *block   // for going through it
}

func newArray(mp *Map) (mapImpl, error) {
	a := &array{mp: mp, stride: roundUp(mp.def.ValueSize)}
	copies := 1
	if mp.def.Type == abi.MAP_TYPE_PERCPU_ARRAY {
		copies = len(mp.m.cpus)
	}
	size := uint64(a.stride) * uint64(mp.def.MaxEntries)
	if size > limitMemory {
		return nil, errNoMemory
	}
	if mp.def.MaxEntries == 1 {
		size = uint64(mp.def.ValueSize)
	}
	for range copies {
		o, err := mp.m.mem.alloc(uint32(size), "value of map "+mp.def.Name, place{})
		if err != nil {
			return nil, err
		}
		f := mp.fields(0)
		if mp.def.MaxEntries > 1 {
			f.stride = a.stride
		}
		mp.m.mem.contain(o, f)
		a.values = append(a.values, o)
	}
	var err error
	if a.key, err = mp.m.mem.alloc(4, "key of map "+mp.def.Name, place{}); err != nil {
		return nil, err
	}
	off := uint32(a.values[0].addr)
	copy(mp.m.mem.buf[off:uint64(off)+size], mp.def.Data)
	if mp.def.Flags&abi.BPF_F_RDONLY_PROG != 0 {
		mp.m.mem.protect(a.values[0])
	}
	return a, nil
}

func (a *array) of(c *CPU) *block {
	if len(a.values) == 1 || c == nil {
		return a.values[0]
	}
	return a.values[c.id]
}

func (a *array) lookup(c *CPU, key []byte) (uint64, error) {
	i := binary.LittleEndian.Uint32(key)
	if i >= a.mp.def.MaxEntries {
		return 0, nil
	}
	return a.of(c).addr + uint64(i)*uint64(a.stride), nil
}

func (a *array) update(c *CPU, key, value []byte, flags uint64) (abi.Errno, error) {
	i := binary.LittleEndian.Uint32(key)
	switch {
	case flags&^BPF_F_LOCK > BPF_EXIST:
		return abi.EINVAL, nil
	case i >= a.mp.def.MaxEntries:
		return abi.E2BIG, nil
	case flags&BPF_NOEXIST != 0:
		return abi.EEXIST, nil
	}
	off := uint32(a.of(c).addr) + i*a.stride
	a.mp.m.emptyFields(a.of(c), i*a.stride, c.here())
	a.mp.copyValue(a.mp.m.mem.buf[off:off+a.mp.def.ValueSize], value)
	return 0, nil
}

func (a *array) each(c *CPU) func() (key, value uint64, ok bool) {
	i := uint32(0)
	return func() (uint64, uint64, bool) {
		if i == a.mp.def.MaxEntries {
			return 0, 0, false
		}
		binary.LittleEndian.PutUint32(a.mp.m.mem.buf[uint32(a.key.addr):], i)
		i++
		return a.key.addr, a.of(c).addr + uint64(i-1)*uint64(a.stride), true
	}
}

// direct names no CPU: of a per-CPU array it is good while there is one.
func (a *array) direct() (uint64, error) {
	if len(a.values) > 1 {
		return 0, unsupported("variables of which each CPU has its own, on several CPUs")
	}
	return a.values[0].addr, nil
}

func (a *array) blocks() []*block { return a.values }

func (a *array) keyOf(value spot) uint64 {
	binary.LittleEndian.PutUint32(a.mp.m.mem.buf[uint32(a.key.addr):], value.off/a.stride)
	return a.key.addr
}
