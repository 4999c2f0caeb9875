package kmodel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// A module built outside the kernel's tree brings, beside its own types, a distilled base: of each kernel type
// that its own name, the name, kind and size. The kernel finds them among its types when it loads the module;
// so the module fits other builds too (btf_relocate).

// relocate returns a module's types, which build on a distilled base, as types that build on the kernel's, and the id that
// each id of the module becomes.
func relocate(split, distilled []byte, vmlinux *types.Set) ([]byte, func(uint32) uint32, error) {
	kernel := vmlinux.Load()
	if kernel.StringBytes == 0 {
		return nil, nil, errors.New("a module with a distilled base needs the kernel's raw BTF")
	}
	base, err := btfpack.Parse(distilled)
	if err != nil {
		return nil, nil, err
	}
	own, err := btfpack.Parse(split)
	if err != nil {
		return nil, nil, err
	}
	n, err := base.CountTypes()
	if err != nil {
		return nil, nil, err
	}
	ids, err := matchBase(split, distilled, n, vmlinux)
	if err != nil {
		return nil, nil, err
	}
	// The base's strings that the module uses go behind its own.
	first, begin := uint32(len(ids)), uint32(len(base.Strings))
	id := func(v uint32) uint32 {
		if v < first {
			return ids[v]
		}
		return v - first + kernel.TypeCount + 1
	}
	out := btfpack.Blob{Types: own.Types, Strings: bytes.Join([][]byte{own.Strings, base.Strings}, nil)}
	err = out.EachWord(func(what byte, word []byte) {
		v := binary.LittleEndian.Uint32(word)
		switch {
		case what == 't':
			v = id(v)
		case v == 0:
		case v < begin:
			v += kernel.StringBytes + uint32(len(own.Strings))
		default:
			v = v - begin + kernel.StringBytes
		}
		binary.LittleEndian.PutUint32(word, v)
	})
	return out.Encode(), id, err
}

// matchBase returns the kernel's id for each id of a distilled base of n types.
func matchBase(split, distilled []byte, n uint32, vmlinux *types.Set) ([]uint32, error) {
	baseSpec, err := btf.LoadSpecFromReader(bytes.NewReader(distilled))
	if err != nil {
		return nil, err
	}
	splitSpec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(split), baseSpec)
	if err != nil {
		return nil, err
	}
	embedded, err := embeddedIDs(splitSpec)
	if err != nil {
		return nil, err
	}
	ids := make([]uint32, n+1) // void is void
	for id := btf.TypeID(1); id <= btf.TypeID(n); id++ {
		t, err := baseSpec.TypeByID(id)
		if err != nil {
			return nil, err
		}
		if ids[id], err = matchType(t, embedded[id], vmlinux); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// embeddedIDs are the ids of structs and unions that lie within one of the module: their size matters.
func embeddedIDs(spec *btf.Spec) (map[btf.TypeID]bool, error) {
	found := map[btf.TypeID]bool{}
	note := func(members []btf.Member) {
		for _, m := range members {
			t := btf.UnderlyingType(m.Type)
			for a, ok := t.(*btf.Array); ok; a, ok = t.(*btf.Array) {
				t = btf.UnderlyingType(a.Type)
			}
			if id, err := spec.TypeID(t); err == nil {
				found[id] = true
			}
		}
	}
	for t, err := range spec.All() {
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case *btf.Struct:
			note(t.Members)
		case *btf.Union:
			note(t.Members)
		}
	}
	return found, nil
}

// matchType finds the kernel's type for one of a distilled base. A struct's or union's size matters where the
// module has it within one of its own, or where the kernel has several of that name.
func matchType(want btf.Type, embedded bool, vmlinux *types.Set) (uint32, error) {
	kin := slices.DeleteFunc(vmlinux.Named(want.TypeName()), func(t btf.Type) bool { return !akin(want, t) })
	if size, ok := types.SizeOf(want); ok && (embedded || len(kin) > 1 || !types.IsComposite(want)) {
		kin = slices.DeleteFunc(kin, func(t btf.Type) bool {
			n, _ := types.SizeOf(t)
			return n != size
		})
	}
	what := types.KindName(want) + " " + want.TypeName()
	switch len(kin) {
	case 1:
		return vmlinux.ID(kin[0]), nil
	case 0:
		return 0, fmt.Errorf("the module builds on %s, which this kernel has not, or in another size", what)
	}
	return 0, fmt.Errorf("the module builds on %s, of which this kernel has several", what)
}

// akin reports whether the kernel's type t may be what a distilled base has as want.
func akin(want, t btf.Type) bool {
	switch want := want.(type) {
	case *btf.Int:
		t, ok := t.(*btf.Int)
		return ok && t.Encoding == want.Encoding
	case *btf.Fwd:
		switch t := t.(type) {
		case *btf.Fwd:
			return t.Kind == want.Kind
		case *btf.Struct:
			return want.Kind == btf.FwdStruct
		case *btf.Union:
			return want.Kind == btf.FwdUnion
		}
		return false
	}
	return types.KindName(want) == types.KindName(t)
}
