package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// lists are the image's sets of functions that tables have, by the name of the Go variable.
var lists = []struct{ variable, set, doc string }{
	{"lsmDisabled", "bpf_lsm_disabled_hooks", "security hooks that programs may not implement"},
	{"lsmSleepable", "sleepable_lsm_hooks", "security hooks that are called where sleeping is allowed"},
	{"lsmUntrusted", "untrusted_lsm_hooks", "security hooks whose objects are not fully set up or being freed"},
	{"lsmBool", "bool_lsm_hooks", "security hooks that return 0 or 1"},
	{"noReturn", "noreturn_deny", "functions that never return"},
	{"traceDenied", "btf_id_deny", "functions that the tracing machinery calls itself"},
	{"rcuProtected", "rcu_protected_types", "structs whose last reference is dropped only after an RCU grace period"},
}

// sets are what the image has in sets and arrays of its own.
func sets(im *kimage.Image) ([]byte, error) {
	var b bytes.Buffer
	for _, l := range lists {
		names, ok := im.Set(l.set)
		from := ": the set " + l.set
		if !ok { // which the kernel doesn't tell from others then
			from += ", which this kernel has not"
		}
		writeList(&b, l.variable, l.doc+from, names)
	}
	hooks, ok := im.Set("bpf_lsm_hooks")
	if !ok {
		return nil, fmt.Errorf("the image has no set bpf_lsm_hooks")
	}
	writeList(&b, "lsmInternal", "functions named like security hooks that are none", functions(im, func(name string) bool {
		return strings.HasPrefix(name, "bpf_lsm_") && !slices.Contains(hooks, name)
	}))
	b.WriteString("// destructors free the objects that maps own, by the struct's name.\nvar destructors = map[string]string{\n")
	for _, d := range destructors(im) {
		fmt.Fprintf(&b, "%q: %q,\n", d[0], d[1])
	}
	b.WriteString("}\n\n// rawTPArgs are the tracepoints whose pointer arguments are not always valid: the array raw_tp_null_args.\n")
	b.WriteString("var rawTPArgs = map[string]uint64{\n")
	if at, ok := im.Addr("raw_tp_null_args"); ok {
		for next := im.Next(at); at < next; at += 16 {
			if name := im.String(im.Uint(at, 8)); name != "" {
				fmt.Fprintf(&b, "%q: %#x,\n", name, im.Uint(at+8, 8))
			}
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func writeList(b *bytes.Buffer, variable, doc string, names []string) {
	fmt.Fprintf(b, "// %s are %s.\nvar %s = []string{\n", variable, doc, variable)
	for _, n := range names {
		fmt.Fprintf(b, "%q,\n", n)
	}
	b.WriteString("}\n\n")
}

// functions are those of the kernel's types, by name.
func functions(im *kimage.Image, want func(string) bool) (names []string) {
	for t, err := range im.Types.Spec().All() {
		if err != nil {
			break
		}
		if f, ok := t.(*btf.Func); ok && want(f.Name) {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// destructors are pairs of a struct and the function that frees it: the image has them side by side, or the function
// alone in a list that the struct gives its name.
func destructors(im *kimage.Image) (pairs [][2]string) {
	structs := map[uint64]bool{}
	for _, s := range im.Symbols {
		structs[s.Addr] = structs[s.Addr] || strings.HasPrefix(s.Name, "__BTF_ID__struct__")
	}
	for _, s := range im.Symbols {
		// Up to 6.17 one of them is the function that programs call too, in a list of destructors.
		listed := structs[s.Addr-4] && strings.HasSuffix(im.NameAt(s.Addr-4), "_dtor_ids")
		if !strings.HasPrefix(s.Name, "__BTF_ID__func__") || !listed && !strings.Contains(s.Name, "_dtor__") {
			continue
		}
		object := ""
		if structs[s.Addr-4] {
			object = im.TypeName(uint32(im.Uint(s.Addr-4, 4)))
		} else {
			object = strings.TrimSuffix(strings.TrimPrefix(im.NameAt(s.Addr), "bpf_"), "_dtor_ids")
		}
		pairs = append(pairs, [2]string{object, im.TypeName(uint32(im.Uint(s.Addr, 4)))})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return slices.Compact(pairs)
}
