package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// iterators are the typed fields of iterators' contexts, but "meta" and what follows from BTF alone.
func (g *generator) iterators() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// iterArgs are what iterator programs get in the fields of their contexts.\nvar iterArgs = map[string][]kdata.IterArg{\n")
	for _, it := range g.answers.Iterators {
		var args []string
		for _, field := range slices.Sorted(maps.Keys(it.Fields)) {
			typ, structure, err := regType(it.Fields[field])
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", it.Target, field, err)
			}
			plain := typ == "abi.PTR_TO_BTF_ID" || typ == "abi.SCALAR_VALUE"
			if field == "meta" || plain {
				continue
			}
			arg := fmt.Sprintf("Field: %q, Type: %s", field, typ)
			if structure != "" {
				arg += fmt.Sprintf(", Struct: %q", structure)
			}
			args = append(args, "{"+arg+"}")
		}
		if args != nil {
			fmt.Fprintf(&b, "%q: {%s},\n", it.Target, strings.Join(args, ", "))
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// regFlags are the words before a register's type that are flags of it.
var regFlags = []struct{ word, flag string }{
	{"trusted_", "PTR_TRUSTED"}, {"rdonly_", "MEM_RDONLY"}, {"rcu_", "MEM_RCU"}, {"untrusted_", "PTR_UNTRUSTED"}, {"percpu_", "MEM_PERCPU"},
}

// regType reads a register's type as the kernel writes it.
func regType(said string) (typ, structure string, err error) {
	var flags []string
	for again := true; again; {
		again = false
		for _, f := range regFlags {
			if rest, ok := strings.CutPrefix(said, f.word); ok {
				said, again = rest, true
				flags = append(flags, "abi."+f.flag)
			}
		}
	}
	switch {
	case said == "scalar":
		return "abi.SCALAR_VALUE", "", nil
	case strings.HasPrefix(said, "buf"):
		typ = "abi.PTR_TO_BUF"
		if strings.HasSuffix(said, "_or_null") {
			flags = append(flags, "abi.PTR_MAYBE_NULL")
		}
	case strings.HasPrefix(said, "ptr_"):
		typ, structure = "abi.PTR_TO_BTF_ID", strings.TrimPrefix(said, "ptr_")
		if rest, ok := strings.CutPrefix(structure, "or_null_"); ok {
			structure = rest
			flags = append(flags, "abi.PTR_MAYBE_NULL")
		}
	default:
		return "", "", fmt.Errorf("unknown type %q", said)
	}
	slices.Sort(flags)
	return strings.Join(append([]string{typ}, flags...), " | "), structure, nil
}

// objects are the map types that sleepable programs may use, and the members of structs that programs may implement.
func (g *generator) objects() ([]byte, error) {
	names := g.im.MapTypes()
	var b bytes.Buffer
	older, err := kmodel.Load(kmodel.Default())
	if err != nil {
		return nil, err
	}
	b.WriteString("// sleepableMaps are the map types that sleepable programs may use. Types of which the kernel could not be asked, as a map\n")
	b.WriteString("// needs more than a size, are as in Linux " + older.Name() + ".\nvar sleepableMaps = []abi.MapType{\n")
	for i, name := range names {
		mt := abi.MapType(i)
		if name == "" { // a number that a later kernel gave to a type
			continue
		}
		if slices.Contains(g.answers.SleepableMaps, mt) || !slices.Contains(g.answers.OtherMaps, mt) && older.SleepableMap(mt) {
			fmt.Fprintf(&b, "abi.%s,\n", name)
		}
	}
	b.WriteString("}\n\n// structOpsMembers are the functions of structs that programs may implement, and whether these may sleep.\n")
	b.WriteString("var structOpsMembers = map[string]map[string]bool{\n")
	for _, s := range g.answers.StructOps {
		fmt.Fprintf(&b, "%q: {\n", s.Name)
		for _, m := range slices.Sorted(maps.Keys(s.Members)) {
			fmt.Fprintf(&b, "%q: %v,\n", m, s.Members[m])
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}
