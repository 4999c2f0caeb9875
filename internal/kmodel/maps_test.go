package kmodel

import (
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

// A helper that a map type lists takes that type of map.
func TestMapTablesAgree(t *testing.T) {
	for _, k := range kernels.All {
		for mt, helpers := range k.HelpersOfMap {
			for _, name := range helpers {
				if takes, ok := k.MapsOfHelper[name]; ok && !slices.Contains(takes, mt) {
					t.Errorf("%s: map type %d takes %s, which does not take it", k.Release, mt, name)
				}
			}
		}
	}
}

func TestMapHelperCompatible(t *testing.T) {
	m := newest(t)
	for _, tt := range []struct {
		mt     abi.MapType
		helper string
		p      Prog
		ok     bool
	}{
		{abi.MAP_TYPE_HASH, "map_lookup_elem", Prog{}, true},
		{abi.MAP_TYPE_HASH, "tail_call", Prog{}, false},
		{abi.MAP_TYPE_PROG_ARRAY, "tail_call", Prog{}, true},
		{abi.MAP_TYPE_PROG_ARRAY, "map_lookup_elem", Prog{}, false},
		{abi.MAP_TYPE_QUEUE, "map_pop_elem", Prog{}, true},
		{abi.MAP_TYPE_BLOOM_FILTER, "map_pop_elem", Prog{}, false},
		{abi.MAP_TYPE_SOCKMAP, "map_update_elem", Prog{Type: abi.PROG_TYPE_XDP}, true},
		{abi.MAP_TYPE_SOCKMAP, "map_update_elem", Prog{Type: abi.PROG_TYPE_SOCK_OPS}, false},
		{abi.MAP_TYPE_SOCKMAP, "map_delete_elem", Prog{Type: abi.PROG_TYPE_SOCK_OPS}, true},
		{abi.MAP_TYPE_SOCKHASH, "map_update_elem", Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER}, true},
		{abi.MAP_TYPE_SOCKHASH, "map_update_elem", Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY}, false},
	} {
		if got := m.MapHelperCompatible(tt.mt, m.HelperID(tt.helper), tt.p); got != tt.ok {
			t.Errorf("map type %d, %s, %+v: %v", tt.mt, tt.helper, tt.p, got)
		}
	}
	if !m.MapHelperCompatible(abi.MapType(1<<20), 1, Prog{}) || !m.MapHelperCompatible(abi.MAP_TYPE_HASH, -1, Prog{}) {
		t.Error("what is unknown limits nothing")
	}
}
