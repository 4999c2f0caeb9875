package types

import (
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func setOf(t *testing.T, all ...btf.Type) *Set {
	t.Helper()
	b, err := btf.NewBuilder(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := b.Spec()
	if err != nil {
		t.Fatal(err)
	}
	return Of(spec)
}

// walkSet holds struct outer:
//
//	0 int a; 4 int bits:3; 8 struct inner { int x; int *p; struct outer *next (rcu) } in[2];
//	56 union { long u; struct inner *up } ; 64 struct inner flex[];
func walkSet(t *testing.T) (*Set, uint32, uint32) {
	num := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	outer := &btf.Struct{Name: "outer", Size: 64}
	inner := &btf.Struct{Name: "inner", Size: 24, Members: []btf.Member{
		{Name: "x", Type: num},
		{Name: "p", Type: &btf.Pointer{Target: num}, Offset: 64},
		{Name: "next", Type: &btf.Pointer{Target: &btf.TypeTag{Type: outer, Value: "rcu"}}, Offset: 128},
	}}
	either := &btf.Union{Size: 8, Members: []btf.Member{{Name: "u", Type: long}, {Name: "up", Type: &btf.Pointer{Target: inner}}}}
	outer.Members = []btf.Member{
		{Name: "a", Type: num},
		{Name: "bits", Type: num, Offset: 32, BitfieldSize: 3},
		{Name: "in", Type: &btf.Array{Index: num, Type: inner, Nelems: 2}, Offset: 64},
		{Type: either, Offset: 448},
		{Name: "flex", Type: &btf.Array{Index: num, Type: inner}, Offset: 512},
	}
	set := setOf(t, outer)
	set.Kernel = true
	o, _ := set.FindStruct("outer")
	i, _ := set.FindStruct("inner")
	return set, o, i
}

func TestWalk(t *testing.T) {
	set, outer, inner := walkSet(t)
	for _, c := range []struct {
		name      string
		off, size int
		want      Access
		err       string
	}{
		{name: "int", off: 0, size: 4},
		{name: "part of int", off: 1, size: 2},
		{name: "two members", off: 0, size: 8, err: "access beyond the end of member a (mend:4) in struct outer with off 0 size 8"},
		{name: "bitfield", off: 4, size: 4},
		{name: "part of bitfield", off: 5, size: 1, err: "struct outer doesn't have field at offset 5"},
		{name: "element", off: 8, size: 4, want: Access{Kind: AccessStruct, ID: inner}},
		{name: "second element", off: 32, size: 4, want: Access{Kind: AccessStruct, ID: inner}},
		{name: "opaque pointer", off: 40, size: 8, want: Access{Kind: AccessOpaque}},
		{name: "pointer", off: 48, size: 8, want: Access{Kind: AccessPtr, ID: outer, Flags: abi.MEM_RCU, Field: "next"}},
		{name: "half a pointer", off: 48, size: 4, err: "cannot access ptr member next with moff 16 in struct inner with off 16 size 4"},
		{name: "padding", off: 36, size: 4, err: "struct inner doesn't have field at offset 4"},
		{name: "flexible array", off: 64 + 24*100, size: 4},
		{name: "in flexible array", off: 64 + 24*3 + 16, size: 8, want: Access{Kind: AccessPtr, ID: outer, Flags: abi.MEM_RCU, Field: "next"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := set.Walk(outer, c.off, c.size, 0)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Fatalf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestWalkUnion(t *testing.T) {
	set, outer, inner := walkSet(t)
	got, err := set.Walk(outer, 56, 8, 0)
	if err != nil || got.Kind != AccessStruct {
		t.Fatalf("%+v, %v", got, err)
	}
	got, err = set.Walk(got.ID, 0, 8, got.Flags)
	if want := (Access{Kind: AccessScalar, Flags: abi.PTR_UNTRUSTED}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if _, err := set.Walk(inner, 20, 8, 0); err == nil || err.Error() != "access beyond struct inner at off 20 size 8" {
		t.Error(err)
	}
}

// Numbers behind a struct are found, and what kernels say that look for structs only.
func TestWalkBehind(t *testing.T) {
	num := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	set := setOf(t, &btf.Struct{Name: "list", Size: 4, Members: []btf.Member{
		{Name: "n", Type: num}, {Name: "nums", Type: &btf.Array{Index: num, Type: num}, Offset: 32},
	}})
	list, _ := set.FindStruct("list")
	a, err := set.Walk(list, 40, 4, 0)
	if err != nil || a.Kind != AccessScalar || a.Behind == nil || a.Behind.Error() != "access beyond struct list at off 40 size 4" {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := set.Walk(list, 0, 4, 0); err != nil || a.Behind != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestWalkIntoItself holds that damaged BTF ends.
func TestWalkIntoItself(t *testing.T) {
	loop := &btf.Struct{Name: "loop", Size: 16}
	loop.Members = []btf.Member{{Name: "l", Type: loop}}
	set := setOf(t, loop)
	id, _ := set.FindStruct("loop")
	if _, err := set.Walk(id, 8, 4, 0); err == nil {
		t.Error("found a member")
	}
}

// A struct holds another where it, or a struct nested in it, starts.
func TestHolds(t *testing.T) {
	set, outer, inner := walkSet(t)
	other, otherOuter, _ := walkSet(t)
	for _, c := range []struct {
		name       string
		needSet    *Set
		id, need   uint32
		off        int
		want, deny bool
	}{
		{name: "itself", needSet: set, id: outer, need: outer, want: true},
		{name: "nested", needSet: set, id: outer, need: inner, off: 8, want: true},
		{name: "nested, second element", needSet: set, id: outer, need: inner, off: 32, want: true},
		{name: "inside it", needSet: set, id: outer, need: inner, off: 12, deny: true},
		{name: "other way round", needSet: set, id: inner, need: outer},
		{name: "alike elsewhere", needSet: other, id: outer, need: otherOuter},
		{name: "beyond", needSet: set, id: inner, need: outer, off: 100, deny: true},
	} {
		got, err := Holds(set, c.id, c.off, c.needSet, c.need)
		if got != c.want || (err != nil) != c.deny {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestOnlyScalars(t *testing.T) {
	num := &btf.Int{Name: "int", Size: 4}
	in := func(t btf.Type) btf.Type { return &btf.Struct{Size: 4, Members: []btf.Member{{Name: "m", Type: t}}} }
	for name, c := range map[string]struct {
		t             btf.Type
		want, tooDeep bool
	}{
		"number in a struct": {t: in(num), want: true},
		"four structs":       {t: in(in(in(in(num)))), want: true},
		"five structs":       {t: in(in(in(in(in(num))))), tooDeep: true},
		"array":              {t: in(&btf.Array{Type: num, Nelems: 2}), want: true},
		"flexible array":     {t: in(&btf.Array{Type: num})},
		"array of structs":   {t: in(&btf.Array{Type: in(num), Nelems: 2})},
		"pointer":            {t: in(&btf.Pointer{Target: num})},
		"no struct":          {t: num},
	} {
		if got, deep := OnlyScalars(c.t); got != c.want || deep != c.tooDeep {
			t.Errorf("%s: %v, too deep %v", name, got, deep)
		}
	}
}
