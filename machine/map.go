package machine

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// Map is a map of a machine.
type Map struct {
	def  *object.Map
	m    *Machine
	obj  *block // what programs have the address of
	impl mapImpl
}

// Name returns the map's name as the kernel has it: 15 bytes at most.
func (mp *Map) Name() string { return mp.def.Name }

// mapImpl is how maps of one type work. Keys and values are bytes of the sizes the map was made with; an Errno
// other than 0 is what the program or user space gets as the error. Types embed noMap and have what they can.
type mapImpl interface {
	// lookup returns the address of an element's value, for CPU c; 0 if there is none.
	lookup(c *CPU, key []byte) (uint64, error)
	update(c *CPU, key, value []byte, flags uint64) (abi.Errno, error)
	remove(c *CPU, key []byte) (abi.Errno, error)
	// direct is the address of the first value, for maps whose values instructions may name.
	direct() (uint64, error)
}

// iterable are the maps whose elements can be gone through.
type iterable interface {
	// each gives the elements one after the other, with the addresses of key and value, which are good until
	// the next one is asked for.
	each(c *CPU) (next func() (key, value uint64, ok bool))
}

// noMap is a map that can do nothing.
type noMap struct{}

func (noMap) lookup(*CPU, []byte) (uint64, error) { return 0, nil }
func (noMap) update(*CPU, []byte, []byte, uint64) (abi.Errno, error) {
	return abi.EINVAL, nil
}
func (noMap) remove(*CPU, []byte) (abi.Errno, error) { return abi.EINVAL, nil }
func (noMap) direct() (uint64, error) {
	return 0, unsupported("values of a map of this type by address")
}

// mapTypes make maps, by type. Each family registers its own when the program starts.
var mapTypes = map[abi.MapType]func(*Map) (mapImpl, error){}

// registerMaps adds a family of map types.
func registerMaps(family map[abi.MapType]func(*Map) (mapImpl, error)) { register(mapTypes, family) }

// mapOf returns the machine's map for a definition, making it when it is first asked for. A missing definition
// is a map that was not created: instructions that name it were made invalid.
func (m *Machine) mapOf(def *object.Map) (*Map, error) {
	if def == nil {
		return nil, nil
	}
	if mp := m.maps[def]; mp != nil {
		return mp, nil
	}
	return m.newMap(def)
}

func (m *Machine) newMap(def *object.Map) (*Map, error) {
	build := mapTypes[def.Type]
	if build == nil {
		return nil, unsupported("map type %s (map %s)", def.Type, def.Name)
	}
	mp := &Map{def: def, m: m}
	k, err := m.newStruct("bpf_map")
	if err != nil {
		return nil, err
	}
	k.name = "map " + def.Name
	k.set("map_type", uint64(def.Type))
	k.set("key_size", uint64(def.KeySize))
	k.set("value_size", uint64(def.ValueSize))
	k.set("max_entries", uint64(def.MaxEntries))
	k.set("map_flags", uint64(def.Flags))
	k.set("id", uint64(len(m.inOrder))+1)
	copy(k.field("name"), def.Name)
	mp.obj = k.block
	if mp.impl, err = build(mp); err != nil {
		return nil, err
	}
	m.maps[def], mp.obj.owner = mp, mp
	m.inOrder = append(m.inOrder, mp)
	return mp, nil
}

// mapAt returns the map whose address a program passes.
func (m *Machine) mapAt(addr uint64) (*Map, error) {
	if b := m.mem.blockAt(uint32(addr)); b != nil && b.addr == addr {
		if mp, ok := b.owner.(*Map); ok {
			return mp, nil
		}
	}
	return nil, &Fault{Kind: BadAccess, Addr: addr, Reason: "not the address of a map"}
}

// mapLike returns the map whose address a program passes, as one of a kind; not says what is wrong with those of others.
func mapLike[T any](m *Machine, addr uint64, not string) (mp *Map, impl T, err error) {
	if mp, err = m.mapAt(addr); err != nil {
		return nil, impl, err
	}
	impl, ok := mp.impl.(T)
	if !ok {
		return nil, impl, &Fault{Kind: BadAccess, Addr: addr, Reason: not}
	}
	return mp, impl, nil
}

// copyValue writes a value in place of another, all but what the kernel keeps in it: locks, timers, pointers.
func (mp *Map) copyValue(dst, src []byte) {
	if mp.def.Record == nil {
		copy(dst, src)
		return
	}
	at := uint32(0)
	for i := range mp.def.Record.Fields {
		f := &mp.def.Record.Fields[i]
		copy(dst[at:f.Offset], src[at:f.Offset])
		at = f.Offset + f.Size
	}
	copy(dst[at:], src[at:])
}

// fields are the special fields of the map's values.
func (mp *Map) fields(stride uint32) fields { return fields{mp.def.Record, mp.def.BTF, stride} }

// Flags of an update (BPF_ANY and others).
const (
	BPF_ANY     = 0
	BPF_NOEXIST = 1
	BPF_EXIST   = 2
	BPF_F_LOCK  = 4
)

// roundUp rounds up to 8, as elements and stacks are laid out.
func roundUp(n uint32) uint32 { return (n + 7) &^ 7 }

// Maps returns the machine's maps in the order in which programs brought them.
func (m *Machine) Maps() []*Map { return m.inOrder }

// Lookup returns a copy of an element's value as CPU 0 has it; ok is false if there is none. The key is as long as
// the map's keys are.
func (mp *Map) Lookup(key []byte) (value []byte, ok bool) {
	if uint32(len(key)) != mp.def.KeySize {
		return nil, false
	}
	addr, err := mp.impl.lookup(mp.m.cpus[0], key)
	if err != nil || addr == 0 {
		return nil, false
	}
	return mp.shown(addr), true
}

// shown is a value as user space sees it: special fields are zeros.
func (mp *Map) shown(addr uint64) []byte {
	value := make([]byte, mp.def.ValueSize)
	mp.copyValue(value, mp.m.mem.buf[uint32(addr):][:mp.def.ValueSize])
	return value
}

// Update sets an element as user space does. Key and value are as long as the map's.
func (mp *Map) Update(key, value []byte) error {
	if uint32(len(key)) != mp.def.KeySize || uint32(len(value)) != mp.def.ValueSize {
		return fmt.Errorf("map %s: keys are %d and values %d bytes long", mp.Name(), mp.def.KeySize, mp.def.ValueSize)
	}
	e, err := mp.impl.update(mp.m.cpus[0], key, value, BPF_ANY)
	if err == nil && e != 0 {
		err = fmt.Errorf("map %s: %w", mp.Name(), e)
	}
	return err
}
