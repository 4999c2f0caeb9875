package verifier_test

import (
	"fmt"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/testing/running"
)

// mapsOfAllTypes are a map of each type that the kernel makes of sizes alone, or with an int for key and value. Arenas are not
// among them, which need an address.
func (k *runningKernel) mapsOfAllTypes(t *testing.T) (all []*object.Map) {
	b, err := btf.NewBuilder(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Add(&btf.Int{Name: "int", Size: 4, Encoding: btf.Signed})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	fd, errno := bpfsys.LoadBTF(raw)
	if errno != 0 {
		t.Fatalf("bpf(BPF_BTF_LOAD): %v", errno)
	}
	t.Cleanup(func() { bpfsys.Close(fd) })
	var shapes []object.Map
	for _, s := range running.MapShapes {
		shapes = append(shapes, object.Map{KeySize: s.Key, ValueSize: s.Value, MaxEntries: s.Entries, Flags: s.Flags})
	}
	shapes = append(shapes, object.Map{KeySize: 4, ValueSize: 4, Flags: abi.BPF_F_NO_PREALLOC, KeyTypeID: uint32(id), ValueTypeID: uint32(id)})
	for typ := range abi.MapType(64) {
		for _, m := range shapes {
			if typ == abi.MAP_TYPE_ARENA {
				break
			}
			m.Type = typ
			with := fd
			if m.ValueTypeID == 0 {
				with = 0
			}
			fd, errno := bpfsys.CreateMap("", uint32(m.Type), m.KeySize, m.ValueSize, m.MaxEntries, m.Flags, uint32(with), m.KeyTypeID, m.ValueTypeID)
			if errno != 0 {
				continue
			}
			t.Cleanup(func() { bpfsys.Close(fd) })
			if r, ok := k.model.MapRule(typ); ok {
				m.Flags |= r.Adds
			}
			k.maps = append(k.maps, fd)
			all = append(all, &m)
			break
		}
	}
	return all
}

// TestMapsOfHelpersOnRunningKernel passes a map of each type to each helper that takes one.
func TestMapsOfHelpersOnRunningKernel(t *testing.T) {
	asked := map[string]bool{}
	for _, pt := range helperTypes {
		t.Run(pt.typ.String(), func(t *testing.T) {
			s := newSurvey(t, nil) // anew: a program array takes programs of one type
			tb := table{maps: s.mapsOfAllTypes(t)}
			if len(tb.maps) < 15 {
				t.Fatalf("only %d maps were made", len(tb.maps))
			}
			for _, h := range s.model.HelpersOf(kmodel.Prog{Type: pt.typ, Attach: pt.attach, Sleepable: pt.sleep, GPL: true}) {
				if h == nil || asked[h.Name] && h.Name != "map_update_elem" && h.Name != "map_delete_elem" {
					continue
				}
				at := mapArgument(h)
				if at < 0 {
					continue
				}
				asked[h.Name] = true
				for i, m := range tb.maps {
					ops := fittingOperands(h)
					ops[at] = &operand{set: fmt.Sprintf("%% = map[%d] ll", i)}
					code, ok := helperCall(h, ops)
					if !ok {
						t.Fatalf("%s: its operands don't go together", h.Name)
					}
					c := testCase{typ: pt.typ, attach: pt.attach, sleepable: pt.sleep, code: code}
					s.ask(tb.question(t, s.model, &c), "bpf_%s, %v", h.Name, m.Type)
				}
			}
			s.wait() // before the maps are closed
		})
	}
	t.Logf("%d helpers", len(asked))
}

// mapArgument is the index of a helper's argument that is a map, -1 without.
func mapArgument(h *kmodel.Helper) int {
	for i, a := range h.Args {
		if a.Base() == abi.ARG_CONST_MAP_PTR {
			return i
		}
	}
	return -1
}
