package btfpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// kernel is BTF as compilers write it: types name types anywhere, strings are in the order of their first use.
type kernel struct {
	words   []uint32
	types   int
	strings []byte
	known   map[string]uint32
}

func newKernel() *kernel { return &kernel{strings: []byte{0}, known: map[string]uint32{"": 0}} }

func (k *kernel) str(s string) uint32 {
	at, ok := k.known[s]
	if !ok {
		at = uint32(len(k.strings))
		k.known[s] = at
		k.strings = append(append(k.strings, s...), 0)
	}
	return at
}

func (k *kernel) add(name string, kind uint32, vlen int, words ...uint32) {
	k.types++
	k.words = append(append(k.words, k.str(name), kind<<24|uint32(vlen)), words...)
}

func (k *kernel) raw() []byte {
	var types []byte
	for _, w := range k.words {
		types = binary.LittleEndian.AppendUint32(types, w)
	}
	return Blob{types, k.strings}.Encode()
}

// decl is a type with what it names left open.
type decl struct {
	name    string
	kind    uint32
	members []string
	refs    []int
}

func decls(t *rapid.T) []decl {
	name := rapid.StringMatching(`[a-e]{0,2}`)
	list := make([]decl, rapid.IntRange(0, 20).Draw(t, "types"))
	for i := range list {
		list[i] = decl{
			name: name.Draw(t, "name"), kind: rapid.SampledFrom([]uint32{1, 2, 3, 4, 6, 13, 19}).Draw(t, "kind"),
			members: rapid.SliceOfN(name, 0, 3).Draw(t, "members"), refs: rapid.SliceOfN(rapid.IntRange(0, 30), 4, 4).Draw(t, "refs"),
		}
	}
	return list
}

func build(list []decl) *kernel {
	k := newKernel()
	for i, d := range list {
		ref := func(i int) uint32 { return uint32(d.refs[i] % (len(list) + 1)) }
		var words []uint32
		switch d.kind {
		case 1:
			words = []uint32{4, 1 << 24}
		case 2:
			words = []uint32{ref(0)}
		case 3:
			words = []uint32{0, ref(0), ref(1), uint32(i)}
		default:
			words = []uint32{ref(3)}
			for j, m := range d.members {
				words = append(words, k.str(m))
				switch d.kind {
				case 4:
					words = append(words, ref(j), uint32(32*j))
				case 6, 13:
					words = append(words, ref(j))
				case 19:
					words = append(words, uint32(j), 1)
				}
			}
		}
		vlen := len(d.members)
		if d.kind <= 3 {
			vlen = 0
		}
		k.add(d.name, d.kind, vlen, words...)
	}
	return k
}

// What comes back is what was packed, whatever it is packed against.
func TestApplyUndoesDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := decls(t)
		base := build(list).raw()
		if rapid.Bool().Draw(t, "akin") { // some types moved, some gone, some new
			at := rapid.IntRange(0, len(list)).Draw(t, "at")
			list = append(append(append([]decl{}, list[at:]...), decls(t)...), list[:at]...)
		} else {
			list = decls(t)
		}
		raw := build(list).raw()
		packed, err := Difference(raw, base)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Apply(packed, base)
		if err != nil || !bytes.Equal(back, raw) {
			t.Fatalf("%v: %d bytes came back of %d", err, len(back), len(raw))
		}
	})
}

// A kernel that differs little from its base is a small difference, though all its types have other numbers.
func TestDifferenceIsSmall(t *testing.T) {
	const n = 5000
	types := func(before ...decl) []decl { // each names others, whose numbers are those that come before higher
		list, shift := before, len(before)
		for i := range n {
			list = append(list, decl{
				name: fmt.Sprint("type", i), kind: 4, members: []string{fmt.Sprint("m", i%97), "x"},
				refs: []int{i*31%n + 1 + shift, i/2 + 1 + shift, 0, 8},
			})
		}
		return list
	}
	base := build(types()).raw()
	raw := build(types(decl{name: "new", kind: 1})).raw()
	packed, err := Difference(raw, base)
	whole, werr := Compress(raw)
	if err != nil || werr != nil || len(packed) > len(whole)/10 {
		t.Errorf("%v: %d bytes, all of it are %d", err, len(packed), len(whole))
	}
}

// Damage is an error or another BTF, never a panic.
func TestDamage(t *testing.T) {
	base := build([]decl{{name: "a", kind: 1}, {name: "b", kind: 4, members: []string{"m"}, refs: []int{1, 0, 0, 4}}}).raw()
	raw := build([]decl{{name: "c", kind: 1}, {name: "b", kind: 4, members: []string{"m"}, refs: []int{1, 0, 0, 4}}}).raw()
	packed, err := Difference(raw, base)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := Decompress(packed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range columns {
		for _, b := range []byte{0, 1, 0x7f, 0xff} {
			bad := bytes.Clone(columns)
			bad[i] = b
			again, err := Compress(bad)
			if err != nil {
				t.Fatal(err)
			}
			Apply(again, base) //nolint:errcheck // what it says doesn't matter
		}
		short, err := Compress(columns[:i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Apply(short, base); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes of %d: %v", i, len(columns), err)
		}
	}
	for _, b := range [][]byte{nil, raw[:30], append([]byte{1}, raw...)} {
		if _, err := Difference(b, base); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}
