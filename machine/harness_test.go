package machine

import (
	"context"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// newMachine returns a machine with the default kernel.
func newMachine(t testing.TB, opts Options) *Machine {
	t.Helper()
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(k, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// assemble loads a program in BPF assembly, which names maps by their index.
func assemble(t testing.TB, m *Machine, typ abi.ProgType, text string, maps ...*object.Map) *Program {
	t.Helper()
	insns, err := asm.Parse(text, asm.Names{
		Helper: func(name string) (int32, bool) { id := m.k.HelperID(name); return id, id != 0 },
		Kfunc: func(name string) (int32, bool) {
			id, _ := m.k.Types().FindFunc(name)
			return int32(id), id != 0
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.load(&object.Image{Name: "prog", Type: typ, Insns: insns, Maps: maps, Types: []*types.Set{m.k.Types()}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// engines are the options of a machine that interprets and of one that compiles what it can.
var engines = map[string]Options{"interpreted": {}, "compiled": {Fast: true}}

// runText runs a program in BPF assembly on 64 zeros.
func runText(t testing.TB, text string, maps ...*object.Map) (*Result, error) {
	t.Helper()
	return runIn(t, newMachine(t, Options{}), text, maps...)
}

func runIn(t testing.TB, m *Machine, text string, maps ...*object.Map) (*Result, error) {
	t.Helper()
	p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, text, maps...)
	return p.Run(context.Background(), Input{Data: make([]byte, 64)})
}
