package machine

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// needsCompiler skips a test where programs can't be compiled.
func needsCompiler(t *testing.T) {
	t.Helper()
	if _, err := jit.New(newMemory()); errors.Is(err, jit.ErrNoCompiler) {
		t.Skip(err)
	}
}

// atOnce is how long TestParallelExchange runs programs at the same time, at least:
//
//	go test ./machine -run TestParallelExchange -args -at-once 1m
var atOnce = flag.Duration("at-once", 0, "how long programs run at the same time, at least")

// TestParallelExchange lets two CPUs exchange a payload under one lock while a third takes nodes out and adds them again:
// nothing is lost, nothing counted twice.
func TestParallelExchange(t *testing.T) {
	needsCompiler(t)
	m, progs := loadWith(t, "testdata/explore.bpf.o", Options{Fast: true, World: World{CPUs: 3}}, kmodel.KptrXchgUnderLock, kmodel.KptrXchgNonOwning, kmodel.KptrXchgNonOwningRCU)
	named := map[string]*Program{}
	for _, p := range progs {
		named[p.Name()] = p
	}
	run := func(name string, want uint32) {
		t.Helper()
		if res, err := named[name].Run(t.Context(), Input{}); err != nil || res.Return != want {
			t.Fatalf("%s: %v, %v", name, res, err)
		}
	}
	run("setup", 0)
	const times = 20000
	turn := func(name string) Turn { return Turn{Program: named[name], Input: Input{Repeat: times}} }
	exchanges, ran := uint64(0), time.Duration(0)
	for exchanges == 0 || ran < *atOnce {
		results, err := m.Parallel(t.Context(), turn("locked"), turn("locked"), turn("readd"))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r == nil || r.Return != 0 {
				t.Fatalf("CPU %d: %v", i, r)
			}
		}
		exchanges += 2 * times
		ran += min(results[0].Duration, results[1].Duration)
	}
	t.Logf("%d exchanges in %v", exchanges, ran)
	if done, _ := m.Variable("done"); binary.LittleEndian.Uint64(done) != exchanges {
		t.Errorf("counted %d, want %d", binary.LittleEndian.Uint64(done), exchanges)
	}
	run("check", 0)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// TestParallelAtomics: atomic instructions of two CPUs lose nothing.
func TestParallelAtomics(t *testing.T) {
	needsCompiler(t)
	counts := &object.Map{Name: "counts", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 32, MaxEntries: 1}
	m := newMachine(t, Options{Fast: true, World: World{CPUs: 2}})
	p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, `
		*(u32 *)(r10 -4) = 0
		r2 = r10
		r2 += -4
		r1 = map[0] ll
		call map_lookup_elem
		if r0 == 0 goto out
		r6 = r0
		r1 = 1
		lock *(u64 *)(r6 +0) += r1
		r1 = 3
		r1 = atomic_fetch_add((u32 *)(r6 +8), r1)
		r2 = *(u64 *)(r6 +16)
		r0 = r2
		r3 = r2
		r3 += 5
		r0 = atomic64_cmpxchg((u64 *)(r6 +16), r0, r3)
		if r0 != r2 goto out
		r1 = 5
		lock *(u64 *)(r6 +24) += r1
		out: r0 = 0
		exit`, counts)
	const times = 30000
	turn := Turn{Program: p, Input: Input{Data: make([]byte, 64), Repeat: times}}
	if _, err := m.Parallel(t.Context(), turn, turn); err != nil {
		t.Fatal(err)
	}
	v, _ := m.Maps()[0].Lookup(make([]byte, 4))
	if c, d := binary.LittleEndian.Uint64(v[16:]), binary.LittleEndian.Uint64(v[24:]); c != d || c == 0 {
		t.Errorf("exchanged %d times 5, and %d times", c/5, d/5)
	}
	if a, b := binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint32(v[8:]); a != 2*times || b != 6*times {
		t.Errorf("%d and %d, want %d and %d", a, b, 2*times, 6*times)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestParallelErrors(t *testing.T) {
	m := newMachine(t, Options{})
	if _, err := m.Parallel(t.Context()); err == nil {
		t.Error("a machine that does not compile: no error")
	}
	needsCompiler(t)
	m = newMachine(t, Options{Fast: true})
	p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, "r0 = 0\nexit")
	refused := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, "exit")
	in := Input{Data: make([]byte, 64)}
	if _, err := m.Parallel(t.Context(), Turn{p, in}, Turn{p, in}); err == nil {
		t.Error("two programs on one CPU: no error")
	}
	if _, err := m.Parallel(t.Context(), Turn{refused, in}); err == nil {
		t.Error("a program that is refused: no error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	in.Repeat = 1 << 40
	if _, err := m.Parallel(ctx, Turn{p, in}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a run that is too long: %v", err)
	}
}
