package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// kfuncSet is a set of kernel functions and what it is registered for.
type kfuncSet struct {
	name, filter string
	at           uint64
	types        []abi.ProgType
	modifyReturn bool
}

// kfuncSets reads the registrations from the kernel's code, one or several a set, sorted by name.
func kfuncSets(im *kimage.Image) ([]*kfuncSet, error) {
	byAddr := map[uint64]*kfuncSet{}
	setOf := func(c kimage.Call, registration uint64) (*kfuncSet, error) {
		at := im.Uint(registration+8, 8)
		s := &kfuncSet{name: im.NameAt(at), filter: im.NameAt(im.Uint(registration+16, 8)), at: at}
		if s.name == "" || len(im.Flagged(at)) == 0 {
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
		s.types = append(s.types, abi.ProgType(c.Args[0]))
	}
	for _, c := range im.CallsOf("register_btf_fmodret_id_set") {
		s, err := setOf(c, c.Args[0])
		if err != nil {
			return nil, err
		}
		s.modifyReturn = true
	}
	var list []*kfuncSet
	for _, s := range byAddr {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *kfuncSet) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.at, b.at)) })
	return list, nil
}

// deviceBound are the sets that only XDP programs bound to a device may use.
var deviceBound = []string{"xdp_metadata_kfunc_ids"}

// kfuncFlags are the flags by their bit, as package abi calls them.
var kfuncFlags = []string{
	"ACQUIRE", "RELEASE", "RET_NULL", "", "TRUSTED_ARGS", "SLEEPABLE", "DESTRUCTIVE", "RCU", "ITER_NEW", "ITER_NEXT",
	"ITER_DESTROY", "RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1", "ARENA_ARG2", "IMPLICIT_ARGS", "SPINLOCK_SAFE",
	"PERFMON",
}

func kfuncs(im *kimage.Image) ([]byte, error) {
	sets, err := kfuncSets(im)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("// kfuncSets are the registered sets, sorted by name.\nvar kfuncSets = []kdata.KfuncSet{\n")
	for _, s := range sets {
		fmt.Fprintf(&b, "{Name: %q", s.name)
		if s.filter != "" {
			fmt.Fprintf(&b, ", Filter: %q", s.filter)
		}
		if len(s.types) > 0 {
			var types []string
			for _, t := range s.types {
				types = append(types, "abi.PROG_TYPE_"+strings.ToUpper(t.String()))
			}
			fmt.Fprintf(&b, ", Types: []abi.ProgType{%s}", strings.Join(types, ", "))
		}
		if s.modifyReturn {
			b.WriteString(", ModifyReturn: true")
		}
		if slices.Contains(deviceBound, s.name) {
			b.WriteString(", DeviceBound: true")
		}
		b.WriteString(", Kfuncs: []kdata.Kfunc{\n")
		for _, k := range im.Flagged(s.at) {
			flags, err := flagExpr(k.Flags)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k.Name, err)
			}
			fmt.Fprintf(&b, "{Name: %q%s},\n", k.Name, flags)
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func flagExpr(flags uint32) (string, error) {
	var names []string
	for bit := range 32 {
		if flags&(1<<bit) == 0 {
			continue
		}
		if bit >= len(kfuncFlags) || kfuncFlags[bit] == "" {
			return "", fmt.Errorf("unknown flag %#x", 1<<bit)
		}
		names = append(names, "abi.KF_"+kfuncFlags[bit])
	}
	if names == nil {
		return "", nil
	}
	return ", Flags: " + strings.Join(names, " | "), nil
}
