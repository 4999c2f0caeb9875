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
	if id, s := m.Types().FindStruct("task_struct"); id == 0 || s == nil {
		t.Error("no task_struct")
	}
	h := m.HelpersOf(Prog{Type: abi.PROG_TYPE_XDP, Attach: abi.ATTACH_XDP}).Get(1)
	if h == nil || h.Name != "map_lookup_elem" {
		t.Errorf("map_lookup_elem for xdp: %+v", h)
	}
	l, err := Load("6.18+kptr-xchg-locked-iter-num-under-lock")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Has(KptrXchgNonOwningRCU) || l.Has(IterNumUnderLock) || m.Has(KptrXchgUnderLock) || !m.Has(IterNumUnderLock) {
		t.Error("features of", l.Name())
	}
}
