package kmodel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// A mark is something that a kernel's BTF has or lacks. It is written as a kind and a name:
//
//	func bpf_throw                   a function that every compiler keeps, since others call it
//	inlined check_load_mem           one that compilers may inline: that it is missing says nothing
//	member bpf_func_state.in_rcu     a member of a struct
//	value bpf_map_type.BPF_MAP_X     a value of an enum
//	no KIND NAME                     what a kernel with the feature has no more
type mark string

// shown is what a mark says of a kernel.
type shown uint8

const (
	unknown shown = iota
	absent
	present
)

func (s shown) not() shown {
	switch s {
	case present:
		return absent
	case absent:
		return present
	}
	return unknown
}

// markKinds say what each kind of mark looks for.
var markKinds = map[string]func(set *types.Set, name string) shown{
	"func": hasFunc,
	"inlined": func(set *types.Set, name string) shown {
		if hasFunc(set, name) == present {
			return present
		}
		return unknown
	},
	"member": func(set *types.Set, path string) shown {
		name, member, _ := strings.Cut(path, ".")
		return either(slices.ContainsFunc(set.Named(name), func(t btf.Type) bool {
			s, ok := t.(*btf.Struct)
			if !ok {
				return false
			}
			_, _, ok = types.FindMember(s, member)
			return ok
		}))
	},
	"value": func(set *types.Set, path string) shown {
		name, value, _ := strings.Cut(path, ".")
		return either(slices.ContainsFunc(set.Named(name), func(t btf.Type) bool {
			e, ok := t.(*btf.Enum)
			return ok && slices.ContainsFunc(e.Values, func(v btf.EnumValue) bool { return v.Name == value })
		}))
	},
}

func hasFunc(set *types.Set, name string) shown {
	id, _ := set.FindFunc(name)
	return either(id != 0)
}

func either(is bool) shown {
	if is {
		return present
	}
	return absent
}

// check returns an error for a mark that says nothing.
func (m mark) check() error {
	text, _ := strings.CutPrefix(string(m), "no ")
	kind, name, _ := strings.Cut(text, " ")
	if markKinds[kind] == nil || name == "" || strings.Contains(name, " ") || strings.Contains(name, ".") != (kind == "member" || kind == "value") {
		return fmt.Errorf("%q is no mark of a kernel", string(m))
	}
	return nil
}

// in looks for the mark in a kernel's types. No mark is unknown.
func (m mark) in(set *types.Set) shown {
	if rest, ok := strings.CutPrefix(string(m), "no "); ok {
		return mark(rest).in(set).not()
	}
	kind, name, _ := strings.Cut(string(m), " ")
	if look := markKinds[kind]; look != nil {
		return look(set, name)
	}
	return unknown
}
