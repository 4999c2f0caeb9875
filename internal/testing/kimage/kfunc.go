package kimage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// KfuncSet is a set of kernel functions and what it is registered for.
type KfuncSet struct {
	Name, Filter string // Filter is the function that narrows who may call, "" for none
	Types        []abi.ProgType
	ModifyReturn bool
	Kfuncs       []Flagged

	at uint64
}

// KfuncSets reads the registrations from the kernel's code, one or several a set, sorted by name.
func (im *Image) KfuncSets() ([]*KfuncSet, error) {
	byAddr := map[uint64]*KfuncSet{}
	filter, _, filterErr := im.Field("btf_kfunc_id_set", "filter") // older kernels have none
	setOf := func(c Call, registration uint64) (*KfuncSet, error) {
		at := im.Uint(registration+8, 8)
		s := &KfuncSet{Name: im.NameAt(at), Kfuncs: im.Flagged(at), at: at}
		if filterErr == nil {
			s.Filter = im.NameAt(im.Uint(registration+filter, 8))
		}
		if s.Name == "" || len(s.Kfuncs) == 0 {
			return nil, fmt.Errorf("%s registers no set of functions that can be read", c.Caller)
		}
		if byAddr[at] == nil {
			byAddr[at] = s
		}
		return byAddr[at], nil
	}
	for _, c := range im.CallsOf("register_btf_kfunc_id_set") {
		s, err := setOf(c, c.Args[1])
		if err != nil {
			return nil, err
		}
		s.Types = append(s.Types, abi.ProgType(c.Args[0]))
	}
	for _, c := range im.CallsOf("register_btf_fmodret_id_set") {
		s, err := setOf(c, c.Args[0])
		if err != nil {
			return nil, err
		}
		s.ModifyReturn = true
	}
	var list []*KfuncSet
	for _, s := range byAddr {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *KfuncSet) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.at, b.at)) })
	return list, nil
}
