package machine

import (
	"context"
	"errors"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// TestInterleavedExchange lets two CPUs exchange payloads in one tree in many schedules.
func TestInterleavedExchange(t *testing.T) {
	// sharedTree runs two programs on a tree in one schedule.
	sharedTree := func(t *testing.T, seed uint64, program string) error {
		m, progs := loadWith(t, "testdata/shared_tree.bpf.o", Options{World: World{CPUs: 2}}, kmodel.KptrXchgUnderLock)
		named := map[string]*Program{}
		for _, p := range progs {
			named[p.Name()] = p
		}
		if res, err := named["setup"].Run(context.Background(), Input{}); err != nil || res.Return != 0 {
			t.Fatal(res, err)
		}
		results, err := m.Interleave(context.Background(), seed, Turn{Program: named[program]}, Turn{Program: named[program]})
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Return != 0 {
				t.Errorf("seed %d: returned %d", seed, r.Return)
			}
		}
		return m.Close()
	}
	for seed := range uint64(200) {
		if err := sharedTree(t, seed, "under_lock"); err != nil {
			t.Fatalf("seed %d: %+v", seed, err)
		}
	}
	f := new(Fault)
	if err := sharedTree(t, 1, "after_unlock"); !errors.As(err, &f) || f.Kind != Expired {
		t.Errorf("%v\nwant a borrowed pointer that is used too late", err)
	}
	if err := sharedTree(t, 1, "without_lock"); !errors.As(err, &f) || f.Kind != LockMissing {
		t.Errorf("%v\nwant a lock that is missing", err)
	}
}
