package machine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// TestAlone: two programs that race end alike whether a schedule is asked at each instruction or only where it decides, and
// not always alike.
func TestAlone(t *testing.T) {
	const racing = `
		r6 = 3
		call bpf_get_smp_processor_id
		r7 = r0
		r7 += 1
	again:
		*(u32 *)(r10 -4) = 0
		r2 = r10
		r2 += -4
		r1 = map[0] ll
		call bpf_map_lookup_elem
		if r0 == 0 goto out
		r1 = *(u64 *)(r0 +0)
		r3 = r7
		r3 += r1
		*(u64 *)(r10 -16) = r3
		r3 = *(u64 *)(r10 -16)
		r3 *= 3
		*(u64 *)(r0 +0) = r3
		r6 -= 1
		if r6 != 0 goto again
	out:
		r0 = 0
		exit`
	race := func(seed uint64, each bool) (value string, steps uint64) {
		m := newMachine(t, Options{World: World{CPUs: 2}})
		p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, racing, &object.Map{Name: "m", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 1})
		if each {
			p.alone = slices.Repeat([]uint16{1}, len(p.alone))
		}
		turn := Turn{Program: p, Input: Input{Data: make([]byte, 64)}}
		res, err := m.Interleave(t.Context(), seed, turn, turn)
		if err != nil {
			t.Fatal(err)
		}
		left, _ := m.Maps()[0].Lookup(make([]byte, 4))
		return string(left), res[0].Insns
	}
	ends := map[string]bool{}
	for seed := range uint64(200) {
		value, steps := race(seed, false)
		one, single := race(seed, true)
		if value != one || steps != single {
			t.Errorf("seed %d: %x after %d instructions, and %x after %d when asked at each", seed, value, steps, one, single)
		}
		ends[value] = true
	}
	if len(ends) < 3 {
		t.Errorf("%d ways to end: the schedules are all alike", len(ends))
	}
}

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
