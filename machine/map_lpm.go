package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_LPM_TRIE: newLPM})
}

// lpm finds the longest prefix of a key. A key is the prefix's length in bits, 4 bytes, and the bytes it is of.
type lpm struct {
	noMap
	exact *hash // by the prefix, with the bits behind it zeros
}

func newLPM(mp *Map) (mapImpl, error) {
	return &lpm{exact: &hash{mp: mp, elems: map[string]*element{}}}, nil
}

// prefixLen is the length of the key's prefix; ok is false for more bits than keys have.
func (l *lpm) prefixLen(key []byte) (n uint32, ok bool) {
	n = binary.LittleEndian.Uint32(key)
	return n, uint64(n) <= 8*uint64(len(key)-4)
}

// prefix is the key cut to n bits.
func prefix(key []byte, n uint32) []byte {
	out := make([]byte, len(key))
	binary.LittleEndian.PutUint32(out, n)
	whole := 4 + n/8
	copy(out[4:whole], key[4:whole])
	if bits := n % 8; bits != 0 {
		out[whole] = key[whole] & (0xff << (8 - bits))
	}
	return out
}

func (l *lpm) lookup(c *CPU, key []byte) (uint64, error) {
	n, ok := l.prefixLen(key)
	if !ok {
		return 0, nil
	}
	for ; ; n-- {
		if v, err := l.exact.lookup(c, prefix(key, n)); v != 0 || err != nil || n == 0 {
			return v, err
		}
	}
}

func (l *lpm) update(c *CPU, key, value []byte, flags uint64) (abi.Errno, error) {
	n, ok := l.prefixLen(key)
	if !ok || flags > BPF_EXIST {
		return abi.EINVAL, nil
	}
	e, err := l.exact.update(c, prefix(key, n), value, flags)
	if e == abi.E2BIG { // what a hash says when it is full
		e = abi.ENOSPC
	}
	return e, err
}

func (l *lpm) remove(c *CPU, key []byte) (abi.Errno, error) {
	n, ok := l.prefixLen(key)
	if !ok {
		return abi.EINVAL, nil
	}
	return l.exact.remove(c, prefix(key, n))
}

func (l *lpm) each(c *CPU) func() (key, value uint64, ok bool) { return l.exact.each(c) }
