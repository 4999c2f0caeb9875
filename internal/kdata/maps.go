package kdata

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Maps are the map types and who takes which.
type Maps struct {
	// MapRules say which maps can be made; those of types without a row can't.
	MapRules map[abi.MapType]MapRule
	// A map type may limit the helpers it can be passed to, and a helper the map types it takes; those without
	// an entry limit nothing.
	HelpersOfMap map[abi.MapType][]string
	MapsOfHelper map[string][]abi.MapType
	// SockmapWriters are the programs that may change socket maps by the plain map helpers. They may delete
	// elements with SockmapDeleters besides.
	SockmapWriters, SockmapDeleters []When
	// SleepableMaps are the map types that sleepable programs may use.
	SleepableMaps []abi.MapType
	// MapStructs are the kernel's structs behind map types, as programs can read them.
	MapStructs map[abi.MapType]string
}

// Until are the maps of a kernel that ends with the type last, and has helpers of these names alone.
func (m Maps) Until(last abi.MapType, helpers []string) Maps {
	later := func(t abi.MapType) bool { return t > last }
	out := m
	out.MapRules, out.HelpersOfMap, out.MapsOfHelper = map[abi.MapType]MapRule{}, map[abi.MapType][]string{}, map[string][]abi.MapType{}
	for t, rule := range m.MapRules {
		if !later(t) {
			out.MapRules[t] = rule
		}
	}
	for t, names := range m.HelpersOfMap {
		if !later(t) {
			out.HelpersOfMap[t] = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(helpers, n) })
		}
	}
	for name, types := range m.MapsOfHelper {
		if slices.Contains(helpers, name) {
			out.MapsOfHelper[name] = slices.DeleteFunc(slices.Clone(types), later)
		}
	}
	return out
}

// MaxAlloc is how many bytes a kernel allocates in one piece (KMALLOC_MAX_SIZE).
const MaxAlloc = 4 << 20

// MapRule is what a kernel asks of a map of one type before it makes it.
type MapRule struct {
	Feature        string   // that brings maps of the type, "" where they are older than all kernels here
	KeyMin, KeyMax uint32   // bytes
	KeyMost        uint32   // of those, larger ones are too big, 0 = no limit
	Values         []uint32 // allowed value sizes; nil for any between ValueMin and ValueMax
	ValueMin       uint32
	ValueMax       uint32 // larger ones are too big, 0 = no limit
	PercpuMax      uint32 // there is no memory for larger ones of each CPU when the map is made, 0 = no limit
	Flags          uint32 // allowed
	Needs          uint32 // flags that must be set
	LaterFlags     uint32 // allowed with the feature LaterFeature
	LaterFeature   string
	Entries        EntryRule
	BTF            BTFRule
	// Adds are flags that the kernel sets itself.
	Adds uint32
	// NeverInner: it can't be an element of a map in map.
	NeverInner bool
	// Hashed: key and value are allocated in one piece.
	Hashed bool
}

// EntryRule says what max_entries may be.
type EntryRule uint8

// Rules for max_entries.
const (
	EntriesNeeded EntryRule = iota
	EntriesNone
	EntriesOne
)

// BTFRule says what types of key and value a map may be given.
type BTFRule uint8

// Rules for types.
const (
	BTFKeyed BTFRule = iota // both or none
	BTFNever                // refused, so the loader tries again without
	BTFArray                // an integer key, or none where the value is a data section
	BTFTrie                 // the key is a struct
	BTFNoKey                // no key
	BTFInt                  // an integer key, and both types are a must
	BTFAny                  // the key may be missing
)
