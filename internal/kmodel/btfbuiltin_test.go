package kmodel

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

// The types of every model can be read; they are a kernel's, and have what tables name.
func TestBuiltinTypes(t *testing.T) {
	size := 0
	for _, k := range kernels.All {
		size += len(k.BTF)
		raw, err := RawBTF(k.Release)
		if err != nil {
			t.Errorf("%s: %v", k.Release, err)
			continue
		}
		l, err := loadBTF(raw)
		if err != nil || l.TypeCount < 80_000 || l.StringBytes == 0 {
			t.Errorf("%s: %d types, %d bytes of names, %v", k.Release, l.TypeCount, l.StringBytes, err)
		}
		if m, err := New(k); err != nil || m.StructID("task_struct") == 0 || m.StructID("no_such_struct") != 0 {
			t.Errorf("%s: %v", k.Release, err)
		}
	}
	if size > 12<<20 {
		t.Errorf("the types of all models take %d bytes", size)
	}
}

// What nobody asks of a kernel is not even unpacked.
func TestTypesAreReadWhenAsked(t *testing.T) {
	k := *kernels.All[0]
	k.BTF, k.Kconfig, k.Symbols = []byte("no BTF"), []byte("no options"), []byte("no symbols")
	m, err := New(&k)
	if err != nil {
		t.Fatal(err)
	}
	m.HelpersOf(xdp)
	m.With(Enable(Of(RCUNesting))).HelpersOf(fentry)
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "model "+k.Release) {
			t.Errorf("damaged types: %v", err)
		}
	}()
	m.StructID("task_struct")
	t.Error("damaged types are read")
}
