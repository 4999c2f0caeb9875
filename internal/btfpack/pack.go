package btfpack

import (
	"encoding/binary"

	"github.com/klauspost/compress/zstd"
)

// A difference is a row of columns, compressed together. What comes from the base is only said to; of what does not,
// words of one kind lie together.
const (
	colStrings = iota // for each string: which one of the base's it is, counted from the one expected
	colText           // strings that the base lacks
	colTypes          // for each type: which one of the base's it is, as with strings
	colInfo           // of types that the base lacks: their second words,
	colName           // which strings their names are, counted from the one that was not named yet,
	colRef            // the types they name, counted from themselves,
	colNumber         // and their numbers, each counted from the one in the member before
	colFix            // of types from the base: which of the types they name are not what those of the base became
	numColumns
)

type columns [numColumns][]byte

func (c *columns) putInt(col int, v int64)   { c[col] = binary.AppendVarint(c[col], v) }
func (c *columns) putUint(col int, v uint64) { c[col] = binary.AppendUvarint(c[col], v) }

// putPlace says which one of the base's something is.
func (c *columns) putPlace(col int, from, expected uint32) {
	c.putUint(col, zigzag(int64(from)-int64(expected))+1)
}

// Compress packs text, or a kernel's raw BTF as it is.
func Compress(raw []byte) ([]byte, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, err
	}
	return enc.EncodeAll(raw, nil), nil
}

// Difference packs a kernel's raw BTF as what it has otherwise than that of a base.
func Difference(raw, base []byte) ([]byte, error) {
	t, err := parseTable(raw)
	if err != nil {
		return nil, err
	}
	b, err := parseTable(base)
	if err != nil {
		return nil, err
	}
	var c columns
	c.strings(t, b)
	if err := c.types(t, b); err != nil {
		return nil, err
	}
	var all []byte
	for _, col := range c {
		all = binary.AppendUvarint(all, uint64(len(col)))
	}
	for _, col := range c {
		all = append(all, col...)
	}
	return Compress(all)
}

func (c *columns) strings(t, b *table) {
	old := map[string]uint32{}
	for i, at := range b.starts {
		old[string(b.str(at))] = uint32(i)
	}
	expected := uint32(0)
	for _, at := range t.starts {
		text := t.str(at)
		from, ok := old[string(text)]
		if !ok {
			c.putUint(colStrings, 0)
			c[colText] = append(c[colText], text...)
			continue
		}
		c.putPlace(colStrings, from, expected)
		expected = from + 1
	}
}

func (c *columns) types(t, b *table) error {
	from := match(t, b)
	image := images(from, len(b.types))
	n := newTypes{columns: c, t: t}
	expected, alike := uint32(1), uint64(0)
	for id := uint32(1); int(id) < len(t.types); id++ {
		data, s := t.typ(id)
		if from[id] == 0 {
			c.putUint(colTypes, 0)
			if !n.put(id, data, s) {
				return ErrDamaged
			}
			continue
		}
		c.putPlace(colTypes, from[id], expected)
		expected = from[id] + 1
		old, _ := b.typ(from[id])
		s.words(data, func(what byte, word []byte) {
			ref := le.Uint32(word)
			if was := le.Uint32(old); what == 't' {
				if image[was] == ref {
					alike++
				} else {
					c.putUint(colFix, alike)
					c.putInt(colFix, int64(ref)-int64(id))
					alike = 0
				}
			}
			old = old[4:]
		})
	}
	return nil
}

// images are the types that a base's have become, 0 for those that are gone.
func images(from []uint32, n int) []uint32 {
	image := make([]uint32, n)
	for id, old := range from {
		image[old] = uint32(id)
	}
	image[0] = 0
	return image
}

// newTypes packs types that the base lacks.
type newTypes struct {
	*columns
	t     *table
	named uint32 // the first string that nothing was named by yet
}

// put packs one; false if one of its names is none.
func (n *newTypes) put(id uint32, data []byte, s shape) bool {
	n.columns[colInfo] = append(n.columns[colInfo], data[4:8]...)
	var last uint32
	at, ok := 0, true
	s.words(data, func(what byte, word []byte) {
		switch v := le.Uint32(word); {
		case what == 'n':
			ordinal, found := n.t.ordinal(v)
			ok = ok && found
			n.putInt(colName, int64(ordinal)-int64(n.named))
			n.named = max(n.named, ordinal+1)
		case what == 't':
			n.putInt(colRef, int64(v)-int64(id))
		case at != 1:
			n.putInt(colNumber, int64(int32(v-last)))
			if at >= len(s.once) {
				last = v
			}
		}
		at++
	})
	return ok
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
