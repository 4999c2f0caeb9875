package kmodel

import (
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func TestLoad(t *testing.T) {
	start := time.Now()
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	t.Log("loaded in", time.Since(start))
	if id, s := m.Types.FindStruct("task_struct"); id == 0 || s == nil {
		t.Error("no task_struct")
	}
	for id := int32(1); int(id) < MaxHelper; id++ {
		if m.Helpers[id] == nil {
			t.Logf("no prototype for %s", HelperName(id))
		}
	}
	h := m.Helper(1, Prog{Type: abi.PROG_TYPE_XDP, Attach: abi.ATTACH_XDP})
	if h == nil || h.Name != "map_lookup_elem" {
		t.Errorf("map_lookup_elem for xdp: %+v", h)
	}
	l, err := Load("6.18+kptr-xchg-locked-iter-num-under-lock")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Has(KptrXchgNonOwningRCU) || l.Has(IterNumUnderLock) || m.Has(KptrXchgUnderLock) || !m.Has(IterNumUnderLock) {
		t.Error("features of", l.Name)
	}
}
