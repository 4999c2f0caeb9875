package bpftest_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/bpftest"
)

// A test of an object on two kernels, with a constant set as its loader sets it.
func ExampleCheck() {
	_ = func(t *testing.T) {
		bpftest.Check(t, "counter.bpf.o", bpftest.Kernels("6.12", "6.18"), bpftest.Set("debug", true))
	}
	// Output:
}

// What bpf2go embeds, as the loader changes it.
func ExampleCheckSpec() {
	_ = func(t *testing.T) {
		spec, err := loadCounter()
		if err != nil {
			t.Fatal(err)
		}
		spec.Maps["counts"].MaxEntries = 1 << 16
		bpftest.CheckSpec(t, _CounterBytes, spec)
	}
	// Output:
}

// Two programs share a map; what they count is read with its type.
func ExampleLoad() {
	_ = func(t *testing.T) {
		m := bpftest.Load(t, "counter.bpf.o", bpftest.With(bpfverdict.ChangeMap("counts", "max_entries=16")))
		m.Run("init")
		if res := m.Run("count", bpftest.Packet(make([]byte, 100))); res.Return != 2 {
			t.Errorf("count returned %d", res.Return)
		}
		if n, ok := bpftest.Lookup[uint64](m, "counts", uint32(0)); !ok || n != 1 {
			t.Errorf("%d packets", n)
		}
		if bpftest.Var[uint32](m, "errors") != 0 {
			t.Error("there were errors")
		}
	}
	// Output:
}
