// Package btfpack packs the BTF of several kernels as that of one and what each of the others has otherwise.
package btfpack

import (
	"encoding/binary"
	"errors"
)

// Blob is raw BTF, taken apart.
type Blob struct {
	Types, Strings []byte
}

const (
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
)

// ErrDamaged is returned for what is no BTF of this byte order.
var ErrDamaged = errors.New("the BTF is damaged, or made for a machine of another byte order")

// Parse takes raw BTF apart.
func Parse(raw []byte) (Blob, error) {
	le := binary.LittleEndian
	if len(raw) < btfHeaderSize || le.Uint16(raw) != btfMagic {
		return Blob{}, ErrDamaged
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
		return Blob{}, ErrDamaged
	}
	return Blob{types, strings}, nil
}

// Encode is the raw BTF again.
func (b Blob) Encode() []byte {
	out := make([]byte, 0, btfHeaderSize+len(b.Types)+len(b.Strings))
	for _, w := range []int{btfMagic | 1<<16, btfHeaderSize, 0, len(b.Types), len(b.Types), len(b.Strings)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(w))
	}
	return append(append(out, b.Types...), b.Strings...)
}

// btfKinds say what the words of a type are, by its kind: n where a name is, t where a type's id is. Words of once
// come first, then those of each as many times as the type has members, values, parameters or variables.
var btfKinds = [...]struct{ once, each string }{
	1:  {once: "n..."},             // int
	2:  {once: "n.t"},              // pointer
	3:  {once: "n..tt."},           // array
	4:  {once: "n..", each: "nt."}, // struct
	5:  {once: "n..", each: "nt."}, // union
	6:  {once: "n..", each: "n."},  // enum
	7:  {once: "n.."},              // forward
	8:  {once: "n.t"},              // typedef
	9:  {once: "n.t"},              // volatile
	10: {once: "n.t"},              // const
	11: {once: "n.t"},              // restrict
	12: {once: "n.t"},              // function
	13: {once: "n.t", each: "nt"},  // prototype
	14: {once: "n.t."},             // variable
	15: {once: "n..", each: "t.."}, // section
	16: {once: "n.."},              // float
	17: {once: "n.t."},             // declaration tag
	18: {once: "n.t"},              // type tag
	19: {once: "n..", each: "n.."}, // 64-bit enum
}

// shape is what the words of a type are.
type shape struct {
	once, each string
	members    int
}

// shapeOf reads how a type begins; false if there is none.
func shapeOf(t []byte) (s shape, ok bool) {
	if len(t) < 12 {
		return s, false
	}
	info := binary.LittleEndian.Uint32(t[4:])
	kind := int(info >> 24 & 0x1f)
	if kind >= len(btfKinds) || btfKinds[kind].once == "" {
		return s, false
	}
	s = shape{btfKinds[kind].once, btfKinds[kind].each, 0}
	if s.each != "" {
		s.members = int(info & 0xffff)
	}
	return s, len(t) >= s.size()
}

// size is the type's size in bytes.
func (s shape) size() int { return 4 * (len(s.once) + s.members*len(s.each)) }

// words calls f with each word of a type, and what it is.
func (s shape) words(t []byte, f func(what byte, word []byte)) {
	for i := range len(s.once) {
		f(s.once[i], t[4*i:4*i+4])
	}
	t = t[4*len(s.once):]
	for range s.members {
		for i := range len(s.each) {
			f(s.each[i], t[4*i:4*i+4])
		}
		t = t[4*len(s.each):]
	}
}

// CountTypes is how many types there are, without void.
func (b Blob) CountTypes() (n uint32, err error) {
	for t := b.Types; len(t) > 0; n++ {
		s, ok := shapeOf(t)
		if !ok {
			return 0, ErrDamaged
		}
		t = t[s.size():]
	}
	return n, nil
}

// EachWord calls f with every name and type id of every type.
func (b Blob) EachWord(f func(what byte, word []byte)) error {
	for t := b.Types; len(t) > 0; {
		s, ok := shapeOf(t)
		if !ok {
			return ErrDamaged
		}
		s.words(t, func(what byte, word []byte) {
			if what != '.' {
				f(what, word)
			}
		})
		t = t[s.size():]
	}
	return nil
}
