package bpftest

import (
	"bytes"
	"os"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func spec(t *testing.T, object []byte) *ebpf.CollectionSpec {
	t.Helper()
	s, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestChangesOf: what is changed in a spec is changed in the object: the verifier walks further.
func TestChangesOf(t *testing.T) {
	object, err := os.ReadFile("../examples/presets/settable.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	cost := func(change func(*ebpf.CollectionSpec)) (insns int) {
		t.Helper()
		changed := spec(t, object)
		change(changed)
		opts, err := changesOf(spec(t, object), changed)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := bpfverdict.OpenBytes("settable", object)
		if err != nil {
			t.Fatal(err)
		}
		res, err := obj.Check(t.Context(), k, opts...)
		if err != nil {
			t.Fatal(err)
		}
		for p := range res.Programs() {
			if err := p.Err(); err != nil {
				t.Fatal(err)
			}
			insns += p.Processed
		}
		return insns
	}
	plain := cost(func(*ebpf.CollectionSpec) {})
	sums := func(s *ebpf.CollectionSpec) {
		v := s.Variables["limits"]
		v.Value = bytes.Clone(v.Value)
		v.Value[len(v.Value)/2] = 50 // limits[1].rounds
		if err := s.Variables["mode"].Set(uint32(7)); err != nil {
			t.Fatal(err)
		}
		s.Maps["slots"].MaxEntries = 4
	}
	if changed := cost(sums); changed < plain+100 {
		t.Errorf("%d instructions walked, unchanged %d", changed, plain)
	}

	for name, change := range map[string]func(*ebpf.CollectionSpec){
		"instructions": func(s *ebpf.CollectionSpec) {
			for _, p := range s.Programs {
				p.Instructions = p.Instructions[1:]
			}
		},
		"a map of its own": func(s *ebpf.CollectionSpec) { s.Maps["more"] = s.Maps["slots"] },
		"another type": func(s *ebpf.CollectionSpec) {
			for _, p := range s.Programs {
				p.Type = ebpf.XDP
			}
		},
	} {
		changed := spec(t, object)
		change(changed)
		if _, err := changesOf(spec(t, object), changed); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
