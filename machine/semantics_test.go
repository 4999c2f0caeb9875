package machine

import (
	"context"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/semantics"
)

// TestSemantics holds every instruction against what a kernel made of it.
func TestSemantics(t *testing.T) {
	cases := semantics.Cases()
	want, err := semantics.Results()
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for part := range slices.Chunk(cases, 1000) {
		m := newMachine(t, Options{})
		value := semantics.Operands(part)
		def := &object.Map{Name: "cases", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: uint32(len(value)), MaxEntries: 1, Data: value}
		p, err := m.load(&object.Image{Name: "cases", Type: abi.PROG_TYPE_SYSCALL, Insns: semantics.Program(part), Maps: []*object.Map{def}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(context.Background(), Input{}); err != nil {
			t.Fatal(err)
		}
		after, _ := m.Maps()[0].Lookup(make([]byte, 4))
		for i, got := range semantics.ReadResults(after) {
			if got != want[at+i] {
				t.Errorf("%v: %#x, the kernel %#x", &part[i], got, want[at+i])
			}
		}
		at += len(part)
	}
}
