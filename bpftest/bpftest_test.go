package bpftest_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/bpftest"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func TestCheck(t *testing.T) {
	bpftest.Check(t, "../examples/lookup.bpf.o", bpftest.Kernels("6.12", "6.18"))
}

func TestCheckSet(t *testing.T) {
	bpftest.Check(t, "../examples/presets/settable.bpf.o", bpftest.Set("mode", 7), bpftest.Set("limits[1].rounds", 20))
}

func TestCheckBytes(t *testing.T) {
	data, err := os.ReadFile("../examples/packet.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	bpftest.CheckBytes(t, "packet", data, bpftest.With(bpfverdict.Only("drop_port")))
}

func TestCheckSpec(t *testing.T) {
	data, err := os.ReadFile("../examples/presets/settable.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Variables["mode"].Set(uint32(1)); err != nil {
		t.Fatal(err)
	}
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	bpftest.CheckSpec(t, data, spec, bpftest.Models(k))
}

func TestGolden(t *testing.T) {
	bpftest.Golden(t, "../examples/refused/lookup_unchecked.bpf.o", "testdata/lookup_unchecked.golden", bpftest.Kernels("6.12", "6.18"))
}

func TestRun(t *testing.T) {
	m := bpftest.Load(t, "../machine/testdata/steps.bpf.o", bpftest.Set("count", 3))
	if res := m.Run("init"); res.Return != 0 {
		t.Errorf("init returned %d", res.Return)
	}
	type entry struct {
		Hits   uint64
		Name   [8]byte
		Color  uint32
		Bits   [4]byte
		Deltas [2]int32
		Whole  uint32
		_      uint32
		Next   uint64
	}
	e, ok := bpftest.Lookup[entry](m, "table", uint32(2))
	if !ok || e.Hits != 2 || e.Deltas != [2]int32{-1, 2} || string(e.Name[:5]) != "entry" {
		t.Errorf("element 2: %+v, %v", e, ok)
	}
	if _, ok := bpftest.Lookup[entry](m, "table", uint32(3)); ok {
		t.Error("there is an element 3")
	}
	e.Hits = 100
	bpftest.Update(m, "table", uint32(2), e)
	bpftest.SetVar(m, "wanted", uint32(2))
	if res := m.Run("search"); res.Return != 110 || bpftest.Var[uint64](m, "found") != 110 {
		t.Errorf("search returned %d, found is %d, want 110", res.Return, bpftest.Var[uint64](m, "found"))
	}
}

func TestRunPacket(t *testing.T) {
	res, _ := bpftest.Run(t, "../examples/packet.bpf.o", "drop_port", bpftest.Packet(make([]byte, 100)))
	if res.Return != 2 || len(res.DataOut) != 100 {
		t.Errorf("returned %d, and %d bytes", res.Return, len(res.DataOut))
	}
}
