package kmodel

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// index finds rows of a kernel's tables. All models of the kernel share it.
type index struct {
	helperIDs map[string]int32
	groups    map[string][]kdata.HelperEntry
	kfuncs    map[string]*Kfunc // what is registered, by function name
	hooks     map[abi.ProgType]hookSet
	ctxExact  map[ctxKey]int // layouts by type and attach type
	ctxAny    map[abi.ProgType]int
	structOps map[string]*kdata.StructOps
	maps      mapIndex
	moves     [abi.BASE_TYPE_MASK + 1]kdata.Move
}

type ctxKey struct {
	typ    abi.ProgType
	attach abi.AttachType
}

// newIndex indexes tables. A name in them that nothing answers for is an error: a row that is not understood would
// let programs through that the kernel refuses.
func newIndex(t *kdata.Tables) (*index, error) {
	x := &index{
		helperIDs: map[string]int32{}, groups: map[string][]kdata.HelperEntry{}, kfuncs: map[string]*Kfunc{},
		hooks: map[abi.ProgType]hookSet{}, ctxExact: map[ctxKey]int{}, ctxAny: map[abi.ProgType]int{},
		structOps: map[string]*kdata.StructOps{},
	}
	for id, name := range t.HelperNames {
		x.helperIDs[name] = int32(id)
	}
	for _, g := range t.HelperGroups {
		x.groups[g.Name] = g.Entries
	}
	for i, types := range t.KfuncHooks {
		for _, typ := range types {
			x.hooks[typ] = hookCommon << (i + 1)
		}
	}
	for _, u := range t.CtxUses {
		if u.AnyAttach {
			x.ctxAny[u.Type] = u.Layout
		} else {
			x.ctxExact[ctxKey{u.Type, u.Attach}] = u.Layout
		}
	}
	for i := range t.StructOps {
		x.structOps[t.StructOps[i].Name] = &t.StructOps[i]
	}
	for typ, move := range t.Moves {
		x.moves[typ.Base()] = move
	}
	x.addKfuncs(t)
	x.maps = newMapIndex(t, x.helperIDs)
	return x, checkNames(t, x)
}
