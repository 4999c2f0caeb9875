package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// mapIndex holds by number which helper takes which map. What is missing, or nil, limits nothing.
type mapIndex struct {
	helpers [][]bool        // by map type and helper
	maps    [][]abi.MapType // by helper
}

func newMapIndex(t *kdata.Tables, helperIDs map[string]int32) mapIndex {
	x := mapIndex{maps: make([][]abi.MapType, len(t.HelperNames))}
	for mt, names := range t.HelpersOfMap {
		for int(mt) >= len(x.helpers) {
			x.helpers = append(x.helpers, nil)
		}
		x.helpers[mt] = make([]bool, len(t.HelperNames))
		for _, n := range names {
			x.helpers[mt][helperIDs[n]] = true
		}
	}
	for n, mts := range t.MapsOfHelper {
		x.maps[helperIDs[n]] = mts
	}
	return x
}

// MapRule says what the kernel asks of a map of a type before it makes it; ok is false for types it does not make.
func (m *Model) MapRule(mt abi.MapType) (r kdata.MapRule, ok bool) {
	if m.notes() {
		m.note("MapRule", mt)
	}
	r, ok = m.t.MapRules[mt]
	if r.Feature != "" && !m.hasNamed(r.Feature) {
		return kdata.MapRule{}, false
	}
	if r.LaterFeature != "" && m.hasNamed(r.LaterFeature) {
		r.Flags |= r.LaterFlags
	}
	return r, ok
}

// MapHelperCompatible reports whether a program may pass a map of a type to a helper that the kernel has.
func (m *Model) MapHelperCompatible(mt abi.MapType, helper int32, p Prog) bool {
	if m.notes() {
		m.note("MapHelperCompatible", mt, helper, p)
	}
	x := &m.index.maps
	if helper <= 0 || int(helper) >= len(x.maps) {
		return true
	}
	limited := int(mt) < len(x.helpers) && x.helpers[mt] != nil
	if limited && !x.helpers[mt][helper] && !(isSockmap(mt) && m.MayUpdateSockmap(helper, p)) {
		return false
	}
	return x.maps[helper] == nil || slices.Contains(x.maps[helper], mt)
}

func isSockmap(mt abi.MapType) bool { return mt == abi.MAP_TYPE_SOCKMAP || mt == abi.MAP_TYPE_SOCKHASH }

// MayUpdateSockmap reports whether a helper is one of the plain ones that change socket maps, and the program
// may call it for that. Where it is such a helper and may not, the kernel says so in a line of its own.
func (m *Model) MayUpdateSockmap(helper int32, p Prog) bool {
	if m.notes() {
		m.note("MayUpdateSockmap", helper, p)
	}
	switch helper {
	case abi.BPF_FUNC_map_delete_elem:
		return m.anyApplies(m.t.SockmapDeleters, p) || m.anyApplies(m.t.SockmapWriters, p)
	case abi.BPF_FUNC_map_update_elem:
		return m.anyApplies(m.t.SockmapWriters, p)
	}
	return false
}

// SleepableMap reports whether sleepable programs may use maps of a type.
func (m *Model) SleepableMap(mt abi.MapType) bool {
	if m.notes() {
		m.note("SleepableMap", mt)
	}
	return slices.Contains(m.t.SleepableMaps, mt)
}

// MapStruct is the kernel's struct behind a map type, as programs can read it; "" where they can't.
func (m *Model) MapStruct(mt abi.MapType) string {
	if m.notes() {
		m.note("MapStruct", mt)
	}
	return m.t.MapStructs[mt]
}
