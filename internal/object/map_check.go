package object

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// More map flags (BPF_F_*), for the masks below.
const (
	mapNoCommonLRU   = 1 << 1
	mapNumaNode      = 1 << 2
	mapRdonly        = 1 << 3
	mapWronly        = 1 << 4
	mapStackBuildID  = 1 << 5
	mapZeroSeed      = 1 << 6
	mapClone         = 1 << 9
	mapPreserveElems = 1 << 11
	mapNoUserConv    = 1 << 18

	mapAccess = mapRdonly | mapWronly | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG
	mapArray  = mapNumaNode | BPF_F_MMAPABLE | mapAccess | mapPreserveElems | BPF_F_INNER_MAP
	mapHash   = BPF_F_NO_PREALLOC | mapNoCommonLRU | mapNumaNode | mapAccess | mapZeroSeed
	mapSimple = mapNumaNode | mapRdonly | mapWronly
)

// entryRule says what max_entries may be.
type entryRule uint8

const (
	entriesNeeded entryRule = iota
	entriesNone
	entriesOne
)

// mapRule is what the kernel asks of a map of one type before it creates it.
type mapRule struct {
	keyMin, keyMax uint32
	values         []uint32 // allowed value sizes; nil for any between valueMin and valueMax
	valueMin       uint32
	valueMax       uint32 // larger ones are too big, 0 = no limit
	flags          uint32 // allowed
	needs          uint32 // flags that must be set
	entries        entryRule
	btf            btfRule
}

// btfRule says what types of key and value a map may be given.
type btfRule uint8

const (
	btfKeyed btfRule = iota // both or none
	btfNever                // refused, so the loader tries again without
	btfArray                // an integer key, or none where the value is a data section
	btfTrie                 // the key is a struct
	btfNoKey                // no key
	btfInt                  // an integer key, and both types are a must
	btfAny                  // the key may be missing
)

const (
	maxAlloc        = 4 << 20  // bytes the kernel allocates in one piece
	maxPercpu       = 32 << 10 // bytes of a per-CPU value
	maxStorage      = 65535 - 80
	hashElemHeader  = 48
	maxSockKey      = 512
	maxStackEntries = 127
	anySize         = ^uint32(0)
)

var mapRules = map[abi.MapType]mapRule{
	abi.MAP_TYPE_HASH:                             {keyMin: 1, keyMax: anySize, valueMin: 1, flags: mapHash},
	abi.MAP_TYPE_PERCPU_HASH:                      {keyMin: 1, keyMax: anySize, valueMin: 1, valueMax: maxPercpu, flags: mapHash},
	abi.MAP_TYPE_LRU_HASH:                         {keyMin: 1, keyMax: anySize, valueMin: 1, flags: mapHash},
	abi.MAP_TYPE_LRU_PERCPU_HASH:                  {keyMin: 1, keyMax: anySize, valueMin: 1, valueMax: maxPercpu, flags: mapHash},
	abi.MAP_TYPE_ARRAY:                            {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: 1<<31 - 1, flags: mapArray, btf: btfArray},
	abi.MAP_TYPE_PERCPU_ARRAY:                     {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: maxPercpu, flags: mapArray, btf: btfArray},
	abi.MAP_TYPE_PROG_ARRAY:                       {keyMin: 4, keyMax: 4, values: []uint32{4}, flags: mapSimple},
	abi.MAP_TYPE_PERF_EVENT_ARRAY:                 {keyMin: 4, keyMax: 4, values: []uint32{4}, flags: mapSimple | mapPreserveElems, btf: btfNever},
	abi.MAP_TYPE_CGROUP_ARRAY:                     {keyMin: 4, keyMax: 4, values: []uint32{4}, flags: mapSimple, btf: btfNever},
	abi.MAP_TYPE_ARRAY_OF_MAPS:                    {keyMin: 4, keyMax: 4, values: []uint32{4}, flags: mapSimple, btf: btfNever},
	abi.MAP_TYPE_HASH_OF_MAPS:                     {keyMin: 1, keyMax: anySize, values: []uint32{4}, flags: mapHash, btf: btfNever},
	abi.MAP_TYPE_STACK_TRACE:                      {keyMin: 4, keyMax: 4, valueMin: 8, flags: mapSimple | mapStackBuildID, btf: btfNever},
	abi.MAP_TYPE_LPM_TRIE:                         {keyMin: 5, keyMax: 260, valueMin: 1, valueMax: maxAlloc - 300, flags: BPF_F_NO_PREALLOC | mapNumaNode | mapAccess, needs: BPF_F_NO_PREALLOC, btf: btfTrie},
	abi.MAP_TYPE_DEVMAP:                           {keyMin: 4, keyMax: 4, values: []uint32{4, 8}, flags: mapSimple, btf: btfNever},
	abi.MAP_TYPE_DEVMAP_HASH:                      {keyMin: 4, keyMax: 4, values: []uint32{4, 8}, flags: mapSimple, btf: btfNever},
	abi.MAP_TYPE_SOCKMAP:                          {keyMin: 4, keyMax: 4, values: []uint32{4, 8}, flags: mapSimple},
	abi.MAP_TYPE_SOCKHASH:                         {keyMin: 1, keyMax: anySize, values: []uint32{4, 8}, flags: mapSimple},
	abi.MAP_TYPE_CPUMAP:                           {keyMin: 4, keyMax: 4, values: []uint32{4, 8}, flags: mapNumaNode},
	abi.MAP_TYPE_XSKMAP:                           {keyMin: 4, keyMax: 4, values: []uint32{4}, flags: mapSimple, btf: btfNever},
	abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED:        {keyMin: 8, keyMax: 16, valueMin: 1, valueMax: maxStorage, flags: mapNumaNode | mapAccess, entries: entriesNone, btf: btfAny},
	abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED: {keyMin: 8, keyMax: 16, valueMin: 1, valueMax: maxPercpu, flags: mapNumaNode | mapAccess, entries: entriesNone, btf: btfAny},
	abi.MAP_TYPE_REUSEPORT_SOCKARRAY:              {keyMin: 4, keyMax: 4, values: []uint32{4, 8}, flags: mapArray},
	abi.MAP_TYPE_QUEUE:                            {valueMin: 1, valueMax: maxAlloc, flags: mapNumaNode | mapAccess},
	abi.MAP_TYPE_STACK:                            {valueMin: 1, valueMax: maxAlloc, flags: mapNumaNode | mapAccess},
	abi.MAP_TYPE_SK_STORAGE:                       {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: maxStorage, flags: BPF_F_NO_PREALLOC | mapClone, needs: BPF_F_NO_PREALLOC, entries: entriesNone, btf: btfInt},
	abi.MAP_TYPE_INODE_STORAGE:                    {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: maxStorage, flags: BPF_F_NO_PREALLOC | mapClone, needs: BPF_F_NO_PREALLOC, entries: entriesNone, btf: btfInt},
	abi.MAP_TYPE_TASK_STORAGE:                     {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: maxStorage, flags: BPF_F_NO_PREALLOC | mapClone, needs: BPF_F_NO_PREALLOC, entries: entriesNone, btf: btfInt},
	abi.MAP_TYPE_CGRP_STORAGE:                     {keyMin: 4, keyMax: 4, valueMin: 1, valueMax: maxStorage, flags: BPF_F_NO_PREALLOC | mapClone, needs: BPF_F_NO_PREALLOC, entries: entriesNone, btf: btfInt},
	abi.MAP_TYPE_STRUCT_OPS:                       {keyMin: 4, keyMax: 4, valueMin: 0, flags: BPF_F_LINK | 1<<15, entries: entriesOne, btf: btfAny},
	abi.MAP_TYPE_RINGBUF:                          {values: []uint32{0}, flags: mapNumaNode},
	abi.MAP_TYPE_USER_RINGBUF:                     {values: []uint32{0}, flags: mapNumaNode},
	abi.MAP_TYPE_BLOOM_FILTER:                     {valueMin: 1, flags: mapNumaNode | mapZeroSeed | mapAccess, btf: btfNoKey},
	abi.MAP_TYPE_ARENA:                            {values: []uint32{0}, flags: BPF_F_SEGV_ON_FAULT | BPF_F_MMAPABLE | mapNoUserConv, needs: BPF_F_MMAPABLE, btf: btfAny},
}

// admit reports whether the kernel would create the map: 0, or the errno. It
// fills in the map's record.
func (l *linker) admit(m *Map) abi.Errno {
	r, known := mapRules[m.Type]
	if !known || m.KeyTypeID != 0 && m.ValueTypeID == 0 {
		return abi.EINVAL
	}
	for _, check := range []func(*Map, *mapRule) abi.Errno{checkExtra, checkFlags, checkSizes, l.checkMore} {
		if errno := check(m, &r); errno != 0 {
			return errno
		}
	}
	if m.ValueTypeID == 0 {
		if r.btf == btfInt {
			return abi.EINVAL
		}
		return 0
	}
	return l.checkTypes(m, r.btf)
}

func checkExtra(m *Map, _ *mapRule) abi.Errno {
	switch m.Type {
	case abi.MAP_TYPE_BLOOM_FILTER:
		if m.MapExtra&^0xf != 0 {
			return abi.EINVAL
		}
	case abi.MAP_TYPE_ARENA:
	default:
		if m.MapExtra != 0 {
			return abi.EINVAL
		}
	}
	return 0
}

func checkFlags(m *Map, r *mapRule) abi.Errno {
	const both, bothProg = mapRdonly | mapWronly, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG
	switch {
	case m.Flags&^r.flags != 0, m.Flags&r.needs != r.needs, m.Flags&both == both, m.Flags&bothProg == bothProg:
		return abi.EINVAL
	case m.Type != abi.MAP_TYPE_ARRAY && r.flags&mapArray == mapArray && m.Flags&(BPF_F_MMAPABLE|BPF_F_INNER_MAP|mapPreserveElems) != 0,
		m.Type == abi.MAP_TYPE_ARRAY && m.Flags&mapPreserveElems != 0:
		return abi.EINVAL
	}
	lru := m.Type == abi.MAP_TYPE_LRU_HASH || m.Type == abi.MAP_TYPE_LRU_PERCPU_HASH
	if r.flags == mapHash && !lru && m.Flags&mapNoCommonLRU != 0 {
		return abi.EINVAL
	}
	if lru && m.Flags&BPF_F_NO_PREALLOC != 0 {
		return abi.ENOTSUPP
	}
	return 0
}

func checkSizes(m *Map, r *mapRule) abi.Errno {
	if m.KeySize < r.keyMin || m.KeySize > r.keyMax {
		return abi.EINVAL
	}
	switch {
	case r.entries == entriesNone && m.MaxEntries != 0, r.entries == entriesNeeded && m.MaxEntries == 0,
		r.entries == entriesOne && m.MaxEntries != 1:
		return abi.EINVAL
	}
	if r.values != nil {
		for _, v := range r.values {
			if v == m.ValueSize {
				return 0
			}
		}
		return abi.EINVAL
	}
	if m.ValueSize < r.valueMin {
		return abi.EINVAL
	}
	if r.valueMax != 0 && m.ValueSize > r.valueMax {
		return abi.E2BIG
	}
	return 0
}

// checkMore are the rules that single types have.
func (l *linker) checkMore(m *Map, r *mapRule) abi.Errno {
	page := l.model.Config().PageSize
	switch m.Type {
	case abi.MAP_TYPE_RINGBUF, abi.MAP_TYPE_USER_RINGBUF:
		if m.MaxEntries&(m.MaxEntries-1) != 0 || m.MaxEntries%page != 0 {
			return abi.EINVAL
		}
	case abi.MAP_TYPE_STACK_TRACE:
		size := uint32(8)
		if m.Flags&mapStackBuildID != 0 {
			size = 32
		}
		if m.ValueSize%8 != 0 || m.ValueSize%size != 0 || m.ValueSize/size > maxStackEntries {
			return abi.EINVAL
		}
	case abi.MAP_TYPE_SOCKHASH:
		if m.KeySize > maxSockKey {
			return abi.E2BIG
		}
	case abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		if m.KeySize != 8 && m.KeySize != 16 {
			return abi.EINVAL
		}
	case abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS:
		return checkInner(m.Inner)
	case abi.MAP_TYPE_ARENA:
		size := uint64(m.MaxEntries) * uint64(page)
		switch {
		case m.MapExtra%uint64(page) != 0:
			return abi.EINVAL
		case size > 1<<32:
			return abi.E2BIG
		case m.MapExtra>>32 != (m.MapExtra+size-1)>>32:
			return abi.ERANGE
		}
	}
	if r.flags == mapHash && uint64(m.KeySize)+uint64(m.ValueSize) >= maxAlloc-hashElemHeader {
		return abi.E2BIG
	}
	return 0
}

// checkInner: a map-in-map needs an example of its elements, and not every type can be one.
func checkInner(inner *Map) abi.Errno {
	if inner == nil || inner.Inner != nil {
		return abi.EINVAL
	}
	switch inner.Type {
	case abi.MAP_TYPE_PROG_ARRAY, abi.MAP_TYPE_STRUCT_OPS,
		abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		return abi.ENOTSUPP
	}
	return 0
}

// recordMaps are the types of maps whose values may hold a kind of field.
var recordMaps = []struct {
	fields FieldType
	types  []abi.MapType
}{
	{BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK, []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_SK_STORAGE,
		abi.MAP_TYPE_INODE_STORAGE, abi.MAP_TYPE_TASK_STORAGE, abi.MAP_TYPE_CGRP_STORAGE,
	}},
	{BPF_TIMER | BPF_WORKQUEUE | BPF_TASK_WORK | BPF_GRAPH_ROOT, []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_ARRAY,
	}},
	{BPF_KPTR | BPF_REFCOUNT, []abi.MapType{
		abi.MAP_TYPE_HASH, abi.MAP_TYPE_PERCPU_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_LRU_PERCPU_HASH,
		abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_PERCPU_ARRAY, abi.MAP_TYPE_SK_STORAGE, abi.MAP_TYPE_INODE_STORAGE,
		abi.MAP_TYPE_TASK_STORAGE, abi.MAP_TYPE_CGRP_STORAGE,
	}},
	{BPF_UPTR, []abi.MapType{abi.MAP_TYPE_TASK_STORAGE}},
}

// checkTypes holds key and value types against the sizes and finds the special fields.
func (l *linker) checkTypes(m *Map, rule btfRule) abi.Errno {
	b := l.obj.btf
	if m.KeyTypeID != 0 {
		if size, ok := b.size(m.KeyTypeID); !ok || size != uint64(m.KeySize) {
			return abi.EINVAL
		}
	} else if rule == btfKeyed {
		return abi.EINVAL
	}
	if size, ok := b.size(m.ValueTypeID); !ok || size != uint64(m.ValueSize) {
		return abi.EINVAL
	}
	value := b.skip(m.ValueTypeID)
	// Values the kernel can't make sense of count as values without special fields.
	rec, errno := l.records.parse(value, mapFields, m.ValueSize)
	if errno == 0 && rec != nil {
		if m.Flags&(BPF_F_RDONLY_PROG|BPF_F_WRONLY_PROG) != 0 {
			return abi.EACCES
		}
		for _, rm := range recordMaps {
			if rec.Has(rm.fields) && !oneOf(m.Type, rm.types) {
				return abi.EOPNOTSUPP
			}
		}
		if errno := l.records.link(rec); errno != 0 {
			return errno
		}
		m.Record = rec
	}
	key := b.skip(m.KeyTypeID)
	switch rule {
	case btfNever:
		errno = abi.ENOTSUPP
	case btfArray:
		errno = 0
		if m.KeyTypeID == 0 {
			if m.Type != abi.MAP_TYPE_ARRAY || m.MaxEntries != 1 || b.kind(value) != kindDatasec {
				errno = abi.EINVAL
			}
		} else if !b.isInt32(key) {
			errno = abi.EINVAL
		}
	case btfInt:
		errno = 0
		if !b.isInt32(key) {
			errno = abi.EINVAL
		}
	case btfTrie:
		errno = 0
		if b.kind(key) != kindStruct {
			errno = abi.EINVAL
		}
	case btfNoKey:
		errno = 0
		if m.KeyTypeID != 0 {
			errno = abi.EINVAL
		}
	default:
		errno = 0
	}
	if errno != 0 {
		m.Record = nil
	}
	return errno
}

// isInt32: a plain integer of 32 bits.
func (b *rawBTF) isInt32(id uint32) bool {
	return b.kind(id) == kindInt && b.typ(id) == 4 && b.u32(id, 12)&0x00ffffff == 32
}

func oneOf(t abi.MapType, list []abi.MapType) bool {
	for _, x := range list {
		if x == t {
			return true
		}
	}
	return false
}
