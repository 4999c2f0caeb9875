package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_ARRAY_OF_MAPS: newMapOfMaps,
		abi.MAP_TYPE_HASH_OF_MAPS:  newMapOfMaps,
	})
}

// mapOfMaps holds maps, by index or by any key. A lookup gives the address of a map.
type mapOfMaps struct {
	noMap
	mp    *Map
	elems map[string]*Map
}

func newMapOfMaps(mp *Map) (mapImpl, error) {
	o := &mapOfMaps{mp: mp, elems: map[string]*Map{}}
	for _, s := range mp.def.Slots {
		if s.Map == nil {
			continue
		}
		inner, err := mp.m.mapOf(s.Map)
		if err != nil {
			return nil, err
		}
		key := make([]byte, max(mp.def.KeySize, 8))
		binary.LittleEndian.PutUint64(key, s.Index)
		o.elems[string(key[:mp.def.KeySize])] = inner
	}
	return o, nil
}

func (o *mapOfMaps) lookup(_ *CPU, key []byte) (uint64, error) {
	if inner := o.elems[string(key)]; inner != nil {
		return inner.obj.addr, nil
	}
	return 0, nil
}

func (o *mapOfMaps) remove(_ *CPU, key []byte) (abi.Errno, error) {
	if o.elems[string(key)] == nil {
		return abi.ENOENT, nil
	}
	delete(o.elems, string(key))
	return 0, nil
}
