package object

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// createMaps makes the object's maps as the kernel would, in order. The first
// one that the kernel refuses refuses all programs.
func (l *linker) createMaps() error {
	l.maps = make([]*Map, len(l.obj.maps))
	for i, def := range l.obj.maps {
		if !def.create || def.kind == mapPercpu && !l.model.Has(kmodel.PercpuData) {
			continue
		}
		if def.refused != "" {
			return fail(abi.EINVAL, "map '%s': %s", def.name, def.refused)
		}
		m, f, first := l.createMap(def)
		if f != nil {
			if first == nil {
				first = fail(f.errno, "map '%s': failed to create: %v(-%d)", def.name, f.errno, f.errno)
			}
			r := asReason(first)
			r.hint, r.why = l.obj.loader.sizeHint(def.plain(nil)), f.why
			return first
		}
		l.maps[i] = m
	}
	return l.fillMaps()
}

const maxMapName = 15 // bytes of a map's name that a kernel keeps

// entries gives max_entries as a program that loads the object sets it: what is
// open becomes the least the kernel takes.
func (l *linker) entries(def *mapDef) uint32 {
	if def.entries != 0 {
		return def.entries
	}
	switch def.typ {
	case abi.MAP_TYPE_SK_STORAGE, abi.MAP_TYPE_TASK_STORAGE, abi.MAP_TYPE_INODE_STORAGE,
		abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_CGRP_STORAGE,
		abi.MAP_TYPE_STRUCT_OPS, abi.MAP_TYPE_BLOOM_FILTER:
		return 0
	case abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		if l.obj.loader.does(ruleStorageEntries) {
			return 0
		}
	case abi.MAP_TYPE_RINGBUF, abi.MAP_TYPE_USER_RINGBUF:
		return l.model.Config().PageSize
	}
	return 1
}

// createMap makes one map, or says why the kernel does not; first is then a warning of libbpf's before the one that
// says that creation failed, nil for none.
func (l *linker) createMap(def *mapDef) (m *Map, f *mapFault, first error) {
	m = def.plain(nil)
	config := l.model.Config()
	l.obj.loader.fill(m, def.valueType != 0, config.CPUs, config.PageSize)
	if m.MaxEntries == 0 {
		m.MaxEntries = l.entries(def)
	}
	plain := def.kind != mapUser && l.obj.loader.does(rulePlainData) // no program asks
	if l.btf != nil && !noMapBTF(def.typ) && !plain {
		m.BTF, m.KeyTypeID, m.ValueTypeID = l.btf, def.keyType, def.valueType
	} else {
		m.KeyTypeID, m.ValueTypeID = 0, 0
	}
	if def.ops != nil {
		o := l.opsMaps[def]
		m.StructOpsTypeID, m.ValueSize, m.ValueTypeID, m.KeyTypeID = o.valueID, o.valueSize, 0, 0
	}
	if def.kind == mapKconfig {
		m.Data = l.kconfig
	}
	if def.inner != nil {
		inner, f, first := l.createMap(def.inner)
		if f != nil {
			if first == nil {
				first = fail(f.errno, "map '%s': failed to create inner map: -%d", def.name, f.errno)
			}
			return nil, &mapFault{f.errno, "of the maps that it holds: " + f.why}, first
		}
		m.Inner = inner
	}
	f = l.admit(m)
	if f != nil && (m.KeyTypeID != 0 || m.ValueTypeID != 0) {
		first = fail(f.errno, "Error in bpf_create_map_xattr(%s):%v(-%d). Retrying without BTF.", def.name, f.errno, f.errno)
		m.BTF, m.KeyTypeID, m.ValueTypeID, m.Record = nil, 0, 0, nil
		f = l.admit(m)
	}
	if f != nil {
		return nil, f, first
	}
	return m, nil, nil
}

// plain gives the map as the object defines it.
func (d *mapDef) plain(btf *types.Set) *Map {
	return &Map{
		Name: d.name[:min(len(d.name), maxMapName)], Type: d.typ, KeySize: d.key, ValueSize: d.value,
		MaxEntries: d.entries, Flags: d.flags, MapExtra: d.extra,
		BTF: btf, KeyTypeID: d.keyType, ValueTypeID: d.valueType,
		Frozen: d.kind == mapRodata || d.kind == mapKconfig, Data: d.data,
	}
}

// noMapBTF are the types of maps that libbpf creates without key and value types.
func noMapBTF(t abi.MapType) bool {
	switch t {
	case abi.MAP_TYPE_PERF_EVENT_ARRAY, abi.MAP_TYPE_CGROUP_ARRAY, abi.MAP_TYPE_STACK_TRACE,
		abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS, abi.MAP_TYPE_DEVMAP,
		abi.MAP_TYPE_DEVMAP_HASH, abi.MAP_TYPE_CPUMAP, abi.MAP_TYPE_XSKMAP, abi.MAP_TYPE_SOCKMAP,
		abi.MAP_TYPE_SOCKHASH, abi.MAP_TYPE_QUEUE, abi.MAP_TYPE_STACK, abi.MAP_TYPE_ARENA:
		return true
	}
	return false
}

// fillMaps gives map-in-maps their initial elements, which must be like their example.
func (l *linker) fillMaps() error {
	for i, def := range l.obj.maps {
		m := l.maps[i]
		if m == nil {
			continue
		}
		for _, s := range def.slots {
			if s.inner == nil {
				m.Slots = append(m.Slots, Slot{Index: s.index, Program: s.name})
				continue
			}
			errno := abi.Errno(0)
			at := slices.Index(l.obj.maps, s.inner)
			switch {
			case m.Type == abi.MAP_TYPE_ARRAY_OF_MAPS && s.index >= uint64(m.MaxEntries):
				errno = abi.E2BIG
			case at < 0 || at > i || l.maps[at] == nil || !likeExample(m.Inner, l.maps[at]):
				errno = abi.EINVAL
			}
			if errno != 0 {
				return fail(errno, "map '%s': failed to initialize slot [%d] to map '%s': -%d", def.name, s.index, s.inner.name, errno)
			}
			m.Slots = append(m.Slots, Slot{Index: s.index, Map: l.maps[at]})
		}
	}
	return nil
}

// likeExample: a map can be an element of a map-in-map with that example.
func likeExample(ex, m *Map) bool {
	if ex.Type != m.Type || ex.KeySize != m.KeySize || ex.ValueSize != m.ValueSize || ex.Flags != m.Flags {
		return false
	}
	if m.Type == abi.MAP_TYPE_ARRAY && m.Flags&abi.BPF_F_INNER_MAP == 0 && ex.MaxEntries != m.MaxEntries {
		return false
	}
	return sameRecord(ex.Record, m.Record)
}

func sameRecord(a, b *Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Fields, b.Fields, func(x, y Field) bool {
		x.NodeRecord, y.NodeRecord = nil, nil
		return x == y
	})
}
