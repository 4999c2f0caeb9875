package object

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

const (
	maxAlloc        = 4 << 20 // bytes the kernel allocates in one piece
	hashElemHeader  = 48
	maxSockKey      = 512
	maxStackEntries = 127
)

// admit reports whether the kernel would create the map: 0, or the errno. It
// fills in the map's record.
func (l *linker) admit(m *Map) abi.Errno {
	r, known := l.model.MapRule(m.Type)
	if !known || m.KeyTypeID != 0 && m.ValueTypeID == 0 {
		return abi.EINVAL
	}
	for _, check := range []func(*Map, *kdata.MapRule) abi.Errno{checkExtra, checkFlags, checkSizes, l.checkMore} {
		if errno := check(m, &r); errno != 0 {
			return errno
		}
	}
	if m.ValueTypeID == 0 {
		if r.BTF == kdata.BTFInt {
			return abi.EINVAL
		}
		return 0
	}
	return l.checkTypes(m, r.BTF)
}

func checkExtra(m *Map, _ *kdata.MapRule) abi.Errno {
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

func checkFlags(m *Map, r *kdata.MapRule) abi.Errno {
	const both, bothProg = abi.BPF_F_RDONLY | abi.BPF_F_WRONLY, abi.BPF_F_RDONLY_PROG | abi.BPF_F_WRONLY_PROG
	if m.Flags&^r.Flags != 0 || m.Flags&r.Needs != r.Needs || m.Flags&both == both || m.Flags&bothProg == bothProg {
		return abi.EINVAL
	}
	if (m.Type == abi.MAP_TYPE_LRU_HASH || m.Type == abi.MAP_TYPE_LRU_PERCPU_HASH) && m.Flags&abi.BPF_F_NO_PREALLOC != 0 {
		return abi.ENOTSUPP
	}
	return 0
}

func checkSizes(m *Map, r *kdata.MapRule) abi.Errno {
	if m.KeySize < r.KeyMin || m.KeySize > r.KeyMax {
		return abi.EINVAL
	}
	switch {
	case r.Entries == kdata.EntriesNone && m.MaxEntries != 0, r.Entries == kdata.EntriesNeeded && m.MaxEntries == 0,
		r.Entries == kdata.EntriesOne && m.MaxEntries != 1:
		return abi.EINVAL
	}
	if r.Values != nil {
		for _, v := range r.Values {
			if v == m.ValueSize {
				return 0
			}
		}
		return abi.EINVAL
	}
	if m.ValueSize < r.ValueMin {
		return abi.EINVAL
	}
	if r.ValueMax != 0 && m.ValueSize > r.ValueMax {
		return abi.E2BIG
	}
	return 0
}

// checkMore are the rules that single types have.
func (l *linker) checkMore(m *Map, r *kdata.MapRule) abi.Errno {
	page := l.model.Config().PageSize
	switch m.Type {
	case abi.MAP_TYPE_RINGBUF, abi.MAP_TYPE_USER_RINGBUF:
		if m.MaxEntries&(m.MaxEntries-1) != 0 || m.MaxEntries%page != 0 {
			return abi.EINVAL
		}
	case abi.MAP_TYPE_STACK_TRACE:
		size := uint32(8)
		if m.Flags&abi.BPF_F_STACK_BUILD_ID != 0 {
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
		return l.checkInner(m.Inner)
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
	if r.Hashed && uint64(m.KeySize)+uint64(m.ValueSize) >= maxAlloc-hashElemHeader {
		return abi.E2BIG
	}
	return 0
}

// checkInner: a map-in-map needs an example of its elements, and not every type can be one.
func (l *linker) checkInner(inner *Map) abi.Errno {
	if inner == nil || inner.Inner != nil {
		return abi.EINVAL
	}
	if r, _ := l.model.MapRule(inner.Type); r.NeverInner {
		return abi.ENOTSUPP
	}
	return 0
}

// checkTypes holds key and value types against the sizes and finds the special fields.
func (l *linker) checkTypes(m *Map, rule kdata.BTFRule) abi.Errno {
	b := l.obj.btf
	if m.KeyTypeID != 0 {
		if size, ok := b.size(m.KeyTypeID); !ok || size != uint64(m.KeySize) {
			return abi.EINVAL
		}
	} else if rule == kdata.BTFKeyed {
		return abi.EINVAL
	}
	if size, ok := b.size(m.ValueTypeID); !ok || size != uint64(m.ValueSize) {
		return abi.EINVAL
	}
	value := b.skip(m.ValueTypeID)
	// Values the kernel can't make sense of count as values without special fields.
	rec, errno := l.records.parse(value, mapFields, m.ValueSize)
	if errno == 0 && rec != nil {
		if m.Flags&(abi.BPF_F_RDONLY_PROG|abi.BPF_F_WRONLY_PROG) != 0 {
			return abi.EACCES
		}
		for name, kind := range fieldKinds {
			if f, _ := l.model.SpecialField(name); rec.HasAny(kind.typ) && f.Maps != nil && !slices.Contains(f.Maps, m.Type) {
				return abi.EOPNOTSUPP
			}
		}
		for tag, kind := range tagKinds {
			if f, _ := l.model.TaggedField(tag); rec.HasAny(kind) && f.Maps != nil && !slices.Contains(f.Maps, m.Type) {
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
	case kdata.BTFNever:
		errno = abi.ENOTSUPP
	case kdata.BTFArray:
		errno = 0
		if m.KeyTypeID == 0 {
			if m.Type != abi.MAP_TYPE_ARRAY || m.MaxEntries != 1 || b.kind(value) != kindDatasec {
				errno = abi.EINVAL
			}
		} else if !b.isInt32(key) {
			errno = abi.EINVAL
		}
	case kdata.BTFInt:
		errno = 0
		if !b.isInt32(key) {
			errno = abi.EINVAL
		}
	case kdata.BTFTrie:
		errno = 0
		if b.kind(key) != kindStruct {
			errno = abi.EINVAL
		}
	case kdata.BTFNoKey:
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
