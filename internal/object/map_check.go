package object

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

const (
	hashElemHeader  = 48
	maxTriePrefix   = 256
	maxStackEntries = 127
)

// mapFault is why the kernel does not create a map. It answers with the number alone.
type mapFault struct {
	errno abi.Errno
	why   string
}

// fault is EINVAL, the number for most faults.
func fault(why string, args ...any) *mapFault { return faultOf(abi.EINVAL, why, args...) }

func faultOf(errno abi.Errno, why string, args ...any) *mapFault {
	return &mapFault{errno, fmt.Sprintf(why, args...)}
}

// admit reports why the kernel would not create the map, nil if it would. It fills in the map's record, and the flags that the
// kernel adds.
func (l *linker) admit(m *Map) *mapFault {
	r, known := l.model.MapRule(m.Type)
	switch {
	case !known:
		return fault("the kernel has no maps of type %d", m.Type)
	case m.KeyTypeID != 0 && m.ValueTypeID == 0:
		return fault("its keys have a type and its values have none")
	case m.ValueTypeID == 0 && r.BTF == kdata.BTFInt:
		return fault("a map of type %s needs types: an int as key", m.Type)
	}
	for _, check := range []func(*Map, *kdata.MapRule) *mapFault{checkExtra, checkFlags, checkSizes, l.checkMore} {
		if f := check(m, &r); f != nil {
			return f
		}
	}
	if m.ValueTypeID != 0 {
		if f := l.checkTypes(m, r.BTF); f != nil {
			return f
		}
	}
	m.Flags |= r.Adds
	return nil
}

func checkExtra(m *Map, _ *kdata.MapRule) *mapFault {
	switch m.Type {
	case abi.MAP_TYPE_BLOOM_FILTER:
		if m.MapExtra&^0xf != 0 {
			return fault("map_extra, the number of hash functions, is %d, and may be 15 at most", m.MapExtra)
		}
	case abi.MAP_TYPE_ARENA:
	case abi.MAP_TYPE_RHASH:
		switch {
		case m.MapExtra>>32 != 0 || uint32(m.MapExtra) <= math.MaxUint16 && uint32(m.MapExtra) > m.MaxEntries:
			return fault("map_extra, the number of elements to make room for at first, is %d, and may be max_entries, %d, at most", m.MapExtra, m.MaxEntries)
		case m.MapExtra > math.MaxUint16:
			return faultOf(abi.E2BIG, "map_extra, the number of elements to make room for at first, is %d, and may be %d at most", m.MapExtra, math.MaxUint16)
		}
	default:
		if m.MapExtra != 0 {
			return fault("map_extra is %d, and a map of type %s has none", m.MapExtra, m.Type)
		}
	}
	return nil
}

func checkFlags(m *Map, r *kdata.MapRule) *mapFault {
	const both, bothProg = abi.BPF_F_RDONLY | abi.BPF_F_WRONLY, abi.BPF_F_RDONLY_PROG | abi.BPF_F_WRONLY_PROG
	switch {
	case m.Flags&^r.Flags != 0:
		return fault("it has the flags %#x, and a map of type %s takes only %#x", m.Flags, m.Type, r.Flags)
	case m.Flags&r.Needs != r.Needs:
		return fault("a map of type %s needs the flags %#x, and this one has %#x", m.Type, r.Needs, m.Flags)
	case m.Flags&both == both, m.Flags&bothProg == bothProg:
		return fault("its flags %#x say that it may only be read, and that it may only be written", m.Flags)
	}
	if (m.Type == abi.MAP_TYPE_LRU_HASH || m.Type == abi.MAP_TYPE_LRU_PERCPU_HASH) && m.Flags&abi.BPF_F_NO_PREALLOC != 0 {
		return faultOf(abi.ENOTSUPP, "a map of type %s is always allocated in advance: BPF_F_NO_PREALLOC must not be set", m.Type)
	}
	return nil
}

func checkSizes(m *Map, r *kdata.MapRule) *mapFault {
	switch {
	case m.KeySize < r.KeyMin || m.KeySize > r.KeyMax:
		return fault("its keys have %d bytes, and those of a map of type %s have %s", m.KeySize, m.Type, between(r.KeyMin, r.KeyMax))
	case r.Entries == kdata.EntriesNone && m.MaxEntries != 0:
		return fault("max_entries is %d, and must be 0 for a map of type %s", m.MaxEntries, m.Type)
	case r.Entries == kdata.EntriesNeeded && m.MaxEntries == 0:
		return fault("max_entries is 0, and a map of type %s needs some", m.Type)
	case r.Entries == kdata.EntriesOne && m.MaxEntries != 1:
		return fault("max_entries is %d, and must be 1 for a map of type %s", m.MaxEntries, m.Type)
	case r.Values != nil && !slices.Contains(r.Values, m.ValueSize):
		return fault("its values have %d bytes, and those of a map of type %s have one of %v", m.ValueSize, m.Type, r.Values)
	case r.Values != nil:
	case m.ValueSize < r.ValueMin:
		return fault("its values have %d bytes, and those of a map of type %s have %d at least", m.ValueSize, m.Type, r.ValueMin)
	case r.ValueMax != 0 && m.ValueSize > r.ValueMax:
		return faultOf(abi.E2BIG, "its values have %d bytes, and those of a map of type %s have %d at most", m.ValueSize, m.Type, r.ValueMax)
	}
	if r.KeyMost != 0 && m.KeySize > r.KeyMost {
		return faultOf(abi.E2BIG, "its keys have %d bytes, and those of a map of type %s have %d at most", m.KeySize, m.Type, r.KeyMost)
	}
	if r.PercpuMax != 0 && m.ValueSize > r.PercpuMax && m.Flags&abi.BPF_F_NO_PREALLOC == 0 {
		return faultOf(abi.ENOMEM, "its values have %d bytes, and the kernel allocates %d at most for each CPU", m.ValueSize, r.PercpuMax)
	}
	return nil
}

// between is a range in words.
func between(least, most uint32) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// checkMore are the rules that single types have.
func (l *linker) checkMore(m *Map, r *kdata.MapRule) *mapFault {
	page := l.model.Config().PageSize
	switch m.Type {
	case abi.MAP_TYPE_RINGBUF, abi.MAP_TYPE_USER_RINGBUF:
		if m.MaxEntries&(m.MaxEntries-1) != 0 || m.MaxEntries%page != 0 {
			return fault("max_entries is %d: a ring buffer has a power of 2 of bytes, and whole pages of %d", m.MaxEntries, page)
		}
	case abi.MAP_TYPE_STACK_TRACE:
		size := uint32(8)
		if m.Flags&abi.BPF_F_STACK_BUILD_ID != 0 {
			size = 32
		}
		if m.ValueSize%8 != 0 || m.ValueSize%size != 0 || m.ValueSize/size > maxStackEntries {
			return fault("its values have %d bytes: a stack trace has %d for each of at most %d frames", m.ValueSize, size, maxStackEntries)
		}
	case abi.MAP_TYPE_LPM_TRIE:
		if m.ValueSize <= kdata.MaxAlloc/2 {
			break
		}
		_, node := l.model.Types().FindStruct("lpm_trie_node")
		if node == nil {
			break
		}
		if most := kdata.MaxAlloc - maxTriePrefix - node.Size; m.ValueSize > most {
			return fault("its values have %d bytes, and those of a map of type %s have %d at most", m.ValueSize, m.Type, most)
		}
	case abi.MAP_TYPE_CPUMAP:
		if most := l.mostCPUs(); m.MaxEntries > most {
			return faultOf(abi.E2BIG, "max_entries is %d, and this kernel is built for %d CPUs at most", m.MaxEntries, most)
		}
	case abi.MAP_TYPE_RHASH:
		if m.MaxEntries > 1<<31 {
			return faultOf(abi.E2BIG, "max_entries is %d, and a resizable hash has %d at most", m.MaxEntries, uint32(1<<31))
		}
	case abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		if m.KeySize != 8 && m.KeySize != 16 {
			return fault("its keys have %d bytes: they are a struct bpf_cgroup_storage_key, or its cgroup_inode_id", m.KeySize)
		}
	case abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS:
		return l.checkInner(m.Inner)
	case abi.MAP_TYPE_ARENA:
		size := uint64(m.MaxEntries) * uint64(page)
		switch {
		case m.MapExtra%uint64(page) != 0:
			return fault("map_extra is %#x: an arena begins with a page", m.MapExtra)
		case size > 1<<32:
			return faultOf(abi.E2BIG, "it has %d pages: an arena has 4 GiB at most", m.MaxEntries)
		case m.MapExtra>>32 != (m.MapExtra+size-1)>>32:
			return faultOf(abi.ERANGE, "an arena of %d pages at %#x crosses a multiple of 4 GiB", m.MaxEntries, m.MapExtra)
		}
	}
	if r.Hashed && uint64(m.KeySize)+uint64(m.ValueSize) >= kdata.MaxAlloc-hashElemHeader {
		return faultOf(abi.E2BIG, "key and value have %d bytes together, which is more than the kernel allocates at once", uint64(m.KeySize)+uint64(m.ValueSize))
	}
	return nil
}

// mostCPUs is the number of CPUs that the kernel is built for.
func (l *linker) mostCPUs() uint32 {
	val, _ := l.model.Kconfig("CONFIG_NR_CPUS")
	n, err := strconv.ParseUint(val, 10, 32)
	if err != nil {
		return math.MaxUint32
	}
	return uint32(n)
}

// checkInner: a map-in-map needs an example of its elements, and not every type can be one.
func (l *linker) checkInner(inner *Map) *mapFault {
	switch {
	case inner == nil:
		return fault("it holds maps, and nothing says of what kind: no `values`, and no inner map was set")
	case inner.Inner != nil:
		return fault("it holds maps that hold maps; the kernel nests them once")
	}
	if r, _ := l.model.MapRule(inner.Type); r.NeverInner {
		return faultOf(abi.ENOTSUPP, "it holds maps of type %s, which can't be in another map", inner.Type)
	}
	if inner.Record.HasAny(BPF_SPIN_LOCK) && !l.model.Has(kmodel.InnerMapLocks) {
		return faultOf(abi.ENOTSUPP, "it holds maps whose values hold a struct bpf_spin_lock")
	}
	return nil
}

// checkTypes holds key and value types against the sizes and finds the special fields.
func (l *linker) checkTypes(m *Map, rule kdata.BTFRule) *mapFault {
	b := l.obj.btf
	if m.KeyTypeID != 0 {
		if size, ok := b.size(m.KeyTypeID); !ok || size != uint64(m.KeySize) {
			return fault("its keys have %d bytes, and the type of its keys has %d", m.KeySize, size)
		}
	} else if rule == kdata.BTFKeyed {
		return fault("its values have a type and its keys have none")
	}
	if size, ok := b.size(m.ValueTypeID); !ok || size != uint64(m.ValueSize) {
		return fault("its values have %d bytes, and the type of its values has %d", m.ValueSize, size)
	}
	value := b.skip(m.ValueTypeID)
	// Values the kernel can't make sense of count as values without special fields.
	rec, errno := l.records.parse(value, mapFields, m.ValueSize)
	if errno == 0 && rec != nil {
		if f := l.checkSpecial(m, rec); f != nil {
			return f
		}
		if errno := l.records.link(rec); errno != 0 {
			return faultOf(errno, "its values hold a list, a tree or a pointer to user memory whose nodes' or target's type the kernel does not take")
		}
		m.Record = rec
	}
	if f := checkKinds(b, m, rule); f != nil {
		m.Record = nil
		return f
	}
	return nil
}

// checkSpecial: not every map may have locks, timers, kptrs and the like in its values.
func (l *linker) checkSpecial(m *Map, rec *Record) *mapFault {
	if m.Flags&(abi.BPF_F_RDONLY_PROG|abi.BPF_F_WRONLY_PROG) != 0 {
		return faultOf(abi.EACCES, "its values hold locks, timers, kptrs or the like, and programs may not both read and write it")
	}
	refused := func(f kdata.SpecialField, kind FieldType) bool {
		return rec.HasAny(kind) && f.Maps != nil && !slices.Contains(f.Maps, m.Type)
	}
	for _, name := range slices.Sorted(maps.Keys(fieldKinds)) {
		if f, _ := l.model.SpecialField(name); refused(f, fieldKinds[name].typ) {
			return faultOf(abi.EOPNOTSUPP, "its values hold a struct %s, which maps of type %s can't", name, m.Type)
		}
	}
	for _, tag := range tagNames {
		if f, _ := l.model.TaggedField(tag); refused(f, tagKind(f)) {
			return faultOf(abi.EOPNOTSUPP, "its values hold a pointer tagged %s, which maps of type %s can't", tag, m.Type)
		}
	}
	return nil
}

// checkKinds: what the types of key and value may be.
func checkKinds(b *rawBTF, m *Map, rule kdata.BTFRule) *mapFault {
	key, value := b.skip(m.KeyTypeID), b.skip(m.ValueTypeID)
	switch rule {
	case kdata.BTFNever:
		return faultOf(abi.ENOTSUPP, "a map of type %s takes no types of key and value", m.Type)
	case kdata.BTFArray:
		switch {
		case m.KeyTypeID == 0 && (m.Type != abi.MAP_TYPE_ARRAY && m.Type != abi.MAP_TYPE_PERCPU_ARRAY || m.MaxEntries != 1 || b.kind(value) != kindDatasec):
			return fault("its keys have no type, and only the maps of global variables may do without")
		case m.KeyTypeID != 0 && !b.isInt32(key):
			return fault("the type of its keys is no plain integer of 4 bytes")
		}
	case kdata.BTFInt:
		if !b.isInt32(key) {
			return fault("the type of its keys is no plain integer of 4 bytes")
		}
	case kdata.BTFTrie:
		if b.kind(key) != kindStruct {
			return fault("the type of its keys is no struct that begins with a prefix length")
		}
	case kdata.BTFNoKey:
		if m.KeyTypeID != 0 {
			return fault("its keys have a type, and a map of type %s has no keys", m.Type)
		}
	}
	return nil
}

// isInt32: a plain integer of 32 bits.
func (b *rawBTF) isInt32(id uint32) bool {
	return b.kind(id) == kindInt && b.typ(id) == 4 && b.u32(id, 12)&0x00ffffff == 32
}
