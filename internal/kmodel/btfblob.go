package kmodel

import (
	"encoding/binary"
	"errors"
)

// blob is raw BTF, taken apart.
type blob struct {
	types, strings []byte
}

const (
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
)

var errDamaged = errors.New("the BTF is damaged, or made for a machine of another byte order")

// parseBlob takes raw BTF apart.
func parseBlob(raw []byte) (blob, error) {
	le := binary.LittleEndian
	if len(raw) < btfHeaderSize || le.Uint16(raw) != btfMagic {
		return blob{}, errDamaged
	}
	part := func(at int) ([]byte, bool) {
		start := uint64(le.Uint32(raw[4:])) + uint64(le.Uint32(raw[at:]))
		end := start + uint64(le.Uint32(raw[at+4:]))
		if end > uint64(len(raw)) {
			return nil, false
		}
		return raw[start:end], true
	}
	types, ok := part(8)
	strings, ok2 := part(16)
	if !ok || !ok2 {
		return blob{}, errDamaged
	}
	return blob{types, strings}, nil
}

// encode is the raw BTF again.
func (b blob) encode() []byte {
	out := make([]byte, 0, btfHeaderSize+len(b.types)+len(b.strings))
	for _, w := range []int{btfMagic | 1<<16, btfHeaderSize, 0, len(b.types), len(b.types), len(b.strings)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(w))
	}
	return append(append(out, b.types...), b.strings...)
}

// btfKinds say what the words of a type are, by its kind: n where a name is, t where a type's id is. Each type
// begins with its name, its kind and the word that size has; words of once follow, then those of each as
// many times as the type has members, values, parameters or variables.
var btfKinds = [...]struct{ size, once, each string }{
	1:  {size: ".", once: "."},   // int
	2:  {size: "t"},              // pointer
	3:  {size: ".", once: "tt."}, // array
	4:  {size: ".", each: "nt."}, // struct
	5:  {size: ".", each: "nt."}, // union
	6:  {size: ".", each: "n."},  // enum
	7:  {size: "."},              // forward
	8:  {size: "t"},              // typedef
	9:  {size: "t"},              // volatile
	10: {size: "t"},              // const
	11: {size: "t"},              // restrict
	12: {size: "t"},              // function
	13: {size: "t", each: "nt"},  // prototype
	14: {size: "t", once: "."},   // variable
	15: {size: ".", each: "t.."}, // section
	16: {size: "."},              // float
	17: {size: "t", once: "."},   // declaration tag
	18: {size: "t"},              // type tag
	19: {size: ".", each: "n.."}, // 64-bit enum
}

// eachWord calls f with every name and type id of every type, and returns how many types there are.
func (b blob) eachWord(f func(what byte, word []byte)) (n uint32, err error) {
	for t := b.types; len(t) > 0; n++ {
		if len(t) < 12 {
			return 0, errDamaged
		}
		info := binary.LittleEndian.Uint32(t[4:])
		kind, members := int(info>>24&0x1f), int(info&0xffff)
		if kind >= len(btfKinds) || btfKinds[kind].size == "" {
			return 0, errDamaged
		}
		k := &btfKinds[kind]
		words := "n." + k.size + k.once
		if len(t) < 4*(len(words)+members*len(k.each)) {
			return 0, errDamaged
		}
		t = visit(t, words, f)
		for range members {
			t = visit(t, k.each, f)
		}
	}
	return n, nil
}

// visit calls f with what words name at the beginning of t, and returns the rest.
func visit(t []byte, words string, f func(what byte, word []byte)) []byte {
	for i := range len(words) {
		if words[i] != '.' {
			f(words[i], t[4*i:4*i+4])
		}
	}
	return t[4*len(words):]
}
