package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// deviceBound are the sets that only XDP programs bound to a device may use.
var deviceBound = []string{"xdp_metadata_kfunc_ids"}

// kfuncFlags are the flags by their bit, as package abi calls them.
var kfuncFlags = []string{
	"ACQUIRE", "RELEASE", "RET_NULL", "KPTR_GET", "TRUSTED_ARGS", "SLEEPABLE", "DESTRUCTIVE", "RCU", "ITER_NEW", "ITER_NEXT",
	"ITER_DESTROY", "RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1", "ARENA_ARG2", "IMPLICIT_ARGS", "SPINLOCK_SAFE",
	"PERFMON",
}

func kfuncs(im *kimage.Image) ([]byte, error) {
	sets, err := im.KfuncSets()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("// kfuncSets are the registered sets, sorted by name.\nvar kfuncSets = []kdata.KfuncSet{\n")
	for _, s := range sets {
		fmt.Fprintf(&b, "{Name: %q", s.Name)
		if s.Filter != "" {
			fmt.Fprintf(&b, ", Filter: %q", s.Filter)
		}
		if len(s.Types) > 0 {
			var types []string
			for _, t := range s.Types {
				types = append(types, "abi.PROG_TYPE_"+strings.ToUpper(t.String()))
			}
			fmt.Fprintf(&b, ", Types: []abi.ProgType{%s}", strings.Join(types, ", "))
		}
		if s.ModifyReturn {
			b.WriteString(", ModifyReturn: true")
		}
		if slices.Contains(deviceBound, s.Name) {
			b.WriteString(", DeviceBound: true")
		}
		b.WriteString(", Kfuncs: []kdata.Kfunc{\n")
		for _, k := range s.Kfuncs {
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
