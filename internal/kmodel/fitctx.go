package kmodel

import (
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// fitContexts makes contexts end where the structs do by which programs see them. What has no member there but lies within
// the struct may be loaded, and has no code.
func fitContexts(t *kdata.Tables, set *types.Set) {
	t.CtxLayouts = slices.Clone(t.CtxLayouts)
	done := map[int]bool{}
	for _, use := range t.CtxUses {
		i := slices.IndexFunc(t.CtxTypes, func(c kdata.CtxType) bool { return c.Prog == use.Type })
		if i < 0 || done[use.Layout] {
			continue
		}
		if _, s := set.FindStruct(t.CtxTypes[i].UserStruct); s != nil && s.Size > 0 {
			t.CtxLayouts[use.Layout] = fitLayout(t.CtxLayouts[use.Layout], s)
			done[use.Layout] = true
		}
	}
}

func fitLayout(layout []kdata.CtxField, s *btf.Struct) (out []kdata.CtxField) {
	for _, f := range layout {
		for n := range int(f.Count) {
			one := f
			one.Off, one.Count = f.Off+uint16(n)*f.Size, 1
			if int(one.Off)+int(one.Size) > int(s.Size) {
				break
			}
			one.Unconverted = f.Unconverted || f.Type == abi.SCALAR_VALUE && !hasMemberAt(s, int(one.Off))
			if l := len(out) - 1; n > 0 && out[l].Unconverted == one.Unconverted {
				out[l].Count++
				continue
			}
			out = append(out, one)
		}
	}
	return out
}

// hasMemberAt reports a member that covers a byte.
func hasMemberAt(s *btf.Struct, off int) bool {
	return slices.ContainsFunc(s.Members, func(m btf.Member) bool {
		size, err := btf.Sizeof(m.Type)
		at := int(m.Offset.Bytes())
		return err == nil && off >= at && off < at+size
	})
}
