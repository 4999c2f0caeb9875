package kmodel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// BTF kinds that declarations need.
const (
	kindPtr       = 2
	kindStruct    = 4
	kindConst     = 10
	kindFunc      = 12
	kindFuncProto = 13
)

// splitBTF writes a module's BTF on top of a kernel's.
type splitBTF struct {
	base    *types.Set
	nextID  uint32
	types   bytes.Buffer
	strings bytes.Buffer
	structs map[string]uint32 // those only the module has
}

func (b *splitBTF) str(s string) uint32 {
	if s == "" {
		return 0
	}
	off := b.base.Load().StringBytes + uint32(b.strings.Len())
	b.strings.WriteString(s)
	b.strings.WriteByte(0)
	return off
}

// add writes one type and returns its id. size is a size or a type id, as the kind has it.
func (b *splitBTF) add(name string, kind, vlen, size uint32, extra ...uint32) uint32 {
	words := append([]uint32{b.str(name), kind<<24 | vlen, size}, extra...)
	for _, w := range words {
		var buf [4]byte
		binary.LittleEndian.PutUint32(buf[:], w)
		b.types.Write(buf[:])
	}
	b.nextID++
	return b.nextID - 1
}

// encode returns the raw BTF.
func (b *splitBTF) encode() []byte {
	var out bytes.Buffer
	hdr := []uint32{0x0001eb9f, 24, 0, uint32(b.types.Len()), uint32(b.types.Len()), uint32(b.strings.Len())}
	for _, w := range hdr {
		var buf [4]byte
		binary.LittleEndian.PutUint32(buf[:], w)
		out.Write(buf[:])
	}
	out.Write(b.types.Bytes())
	out.Write(b.strings.Bytes())
	return out.Bytes()
}

// declareModule makes BTF for the functions whose prototypes are given.
func declareModule(base *types.Set, name string, list []KfuncOverlay) (*types.Set, error) {
	if base == nil || base.Load().StringBytes == 0 {
		return nil, errors.New("prototypes need the kernel's raw BTF; give the functions by module BTF")
	}
	b := &splitBTF{base: base, nextID: base.Load().TypeCount + 1, structs: map[string]uint32{}}
	b.strings.WriteByte(0)
	for _, o := range list {
		if err := b.declare(o); err != nil {
			return nil, &OverlayError{o.Line, err.Error()}
		}
	}
	spec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(b.encode()), base.Spec())
	if err != nil {
		return nil, fmt.Errorf("prototypes of %s: %w", name, err)
	}
	set, err := types.Split(spec, base)
	if err != nil {
		return nil, fmt.Errorf("prototypes of %s: %w", name, err)
	}
	set.Name, set.Kernel, set.Proposed = name, true, name == overlayModule
	return set, nil
}

func (b *splitBTF) declare(o KfuncOverlay) error {
	head, tail, ok := strings.Cut(o.Prototype, "(")
	params, after, closed := strings.Cut(tail, ")")
	if after = strings.TrimSpace(after); !ok || !closed || after != "" && after != ";" {
		return fmt.Errorf("%q is no function declaration", o.Prototype)
	}
	ret, name, err := b.declarator(head)
	if err != nil {
		return err
	}
	if name != o.Name {
		return fmt.Errorf("the prototype declares %q, not %q", name, o.Name)
	}
	var extra []uint32
	n := uint32(0)
	if p := strings.TrimSpace(params); p != "" && p != "void" {
		for part := range strings.SplitSeq(p, ",") {
			id, pname, err := b.declarator(part)
			if err != nil {
				return err
			}
			extra = append(extra, b.str(pname), id)
			n++
		}
	}
	proto := b.add("", kindFuncProto, n, ret, extra...)
	b.add(name, kindFunc, 0, proto)
	return nil
}

// declarator reads "const struct x *name" and returns the type's id and the name.
func (b *splitBTF) declarator(s string) (id uint32, name string, err error) {
	words := strings.Fields(strings.ReplaceAll(s, "*", " * "))
	if len(words) < 2 {
		return 0, "", fmt.Errorf("%q is no declaration", strings.TrimSpace(s))
	}
	name = words[len(words)-1]
	words = words[:len(words)-1]
	var base []string
	isConst := false
	i := 0
	for ; i < len(words) && words[i] != "*"; i++ {
		switch words[i] {
		case "const":
			isConst = true
		case "extern", "__bpf_kfunc", "__ksym", "__weak":
		default:
			base = append(base, words[i])
		}
	}
	if id, err = b.lookup(base); err != nil {
		return 0, "", err
	}
	if isConst {
		id = b.add("", kindConst, 0, id)
	}
	for ; i < len(words); i++ {
		switch words[i] {
		case "*":
			id = b.add("", kindPtr, 0, id)
		case "const":
			id = b.add("", kindConst, 0, id)
		default:
			return 0, "", fmt.Errorf("unexpected %q in %q", words[i], strings.TrimSpace(s))
		}
	}
	return id, name, nil
}

// intNames are how compilers spell C's integer types in BTF.
var intNames = map[string][]string{
	"unsigned":      {"unsigned int"},
	"long":          {"long", "long int"},
	"unsigned long": {"unsigned long", "long unsigned int"},
	"bool":          {"bool", "_Bool"},
	"short":         {"short", "short int"},
}

// lookup finds a type without pointers in the kernel's BTF. A struct that the kernel lacks becomes one of the
// module, with nothing in it.
func (b *splitBTF) lookup(words []string) (uint32, error) {
	if len(words) == 2 && (words[0] == "struct" || words[0] == "union" || words[0] == "enum") {
		var err error
		switch words[0] {
		case "struct":
			var t *btf.Struct
			if err = b.base.Spec().TypeByName(words[1], &t); err == nil {
				return b.base.ID(t), nil
			}
			id, ok := b.structs[words[1]]
			if !ok {
				id = b.add(words[1], kindStruct, 0, 0)
				b.structs[words[1]] = id
			}
			return id, nil
		case "union":
			var t *btf.Union
			if err = b.base.Spec().TypeByName(words[1], &t); err == nil {
				return b.base.ID(t), nil
			}
		default:
			var t *btf.Enum
			if err = b.base.Spec().TypeByName(words[1], &t); err == nil {
				return b.base.ID(t), nil
			}
		}
		return 0, fmt.Errorf("the kernel has no %s %s", words[0], words[1])
	}
	name := strings.Join(words, " ")
	if name == "void" {
		return 0, nil
	}
	candidates := intNames[name]
	if candidates == nil {
		candidates = []string{name}
	}
	for _, c := range candidates {
		for _, t := range b.base.Named(c) {
			switch t.(type) {
			case *btf.Int, *btf.Typedef:
				return b.base.ID(t), nil
			}
		}
	}
	return 0, fmt.Errorf("the kernel has no type %q", name)
}
