package btfpack

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/klauspost/compress/zstd"
)

// Decompress gives back what Compress was given.
func Decompress(packed []byte) ([]byte, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	return dec.DecodeAll(packed, nil)
}

// Apply gives back the raw BTF that Difference was given with a base.
func Apply(difference, base []byte) (raw []byte, err error) {
	r, err := decompress(difference)
	if err != nil {
		return nil, err
	}
	b, err := parseTable(base)
	if err != nil {
		return nil, err
	}
	// What follows reads what Difference wrote, whose names and types are all within their tables.
	defer func() {
		if recover() != nil {
			raw, err = nil, ErrDamaged
		}
	}()
	t := &table{}
	names := r.strings(t, b)
	r.types(t, b, names)
	return t.Encode(), nil
}

// reader takes from the columns what Difference put there. A column that ends early panics.
type reader columns

func decompress(packed []byte) (*reader, error) {
	all, err := Decompress(packed)
	if err != nil {
		return nil, err
	}
	var sizes [numColumns]uint64
	for i := range sizes {
		v, n := binary.Uvarint(all)
		if n <= 0 {
			return nil, ErrDamaged
		}
		sizes[i], all = v, all[n:]
	}
	r := &reader{}
	for i, size := range sizes {
		if size > uint64(len(all)) {
			return nil, ErrDamaged
		}
		r[i], all = all[:size], all[size:]
	}
	return r, nil
}

func (r *reader) uint(col int) uint64 {
	b := r[col]
	if b[0] < 0x80 {
		r[col] = b[1:]
		return uint64(b[0])
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		panic(ErrDamaged)
	}
	r[col] = b[n:]
	return v
}

func (r *reader) int(col int) int64 { return unzigzag(r.uint(col)) }

// place takes which one of the base's something is, if it is there.
func (r *reader) place(col int, expected uint32) (from uint32, ok bool) {
	v := r.uint(col)
	if v == 0 {
		return 0, false
	}
	return uint32(int64(expected) + unzigzag(v-1)), true
}

// strings takes the strings, and returns where those of the base are now, by where they were.
func (r *reader) strings(t, b *table) (names []uint32) {
	names = make([]uint32, len(b.Strings))
	t.Strings = make([]byte, 0, len(b.Strings)+len(r[colText]))
	t.starts = make([]uint32, 0, len(r[colStrings]))
	ends := append(b.starts[1:len(b.starts):len(b.starts)], uint32(len(b.Strings)))
	for expected := uint32(0); len(r[colStrings]) > 0; {
		at := uint32(len(t.Strings))
		t.starts = append(t.starts, at)
		if from, ok := r.place(colStrings, expected); ok {
			t.Strings = append(t.Strings, b.Strings[b.starts[from]:ends[from]]...)
			names[b.starts[from]], expected = at, from+1
			continue
		}
		n := bytes.IndexByte(r[colText], 0) + 1
		t.Strings = append(t.Strings, r[colText][:n]...)
		r[colText] = r[colText][n:]
	}
	return names
}

// types takes the types. Names of those that are the base's are found by where they were.
func (r *reader) types(t, b *table, names []uint32) {
	from := make([]uint32, 1, len(r[colTypes])+1)
	for expected := uint32(1); len(r[colTypes]) > 0; {
		old, ok := r.place(colTypes, expected)
		if ok {
			expected = old + 1
		}
		from = append(from, old)
	}
	t.Types = make([]byte, 0, len(b.Types)+8*len(r[colInfo]))
	image := images(from, len(b.types))
	var named uint32
	fix := r.nextFix()
	for id := 1; id < len(from); id++ {
		if from[id] == 0 {
			r.typ(t, int64(id), &named)
			continue
		}
		data, s := b.typ(from[id])
		at := len(t.Types)
		t.Types = append(t.Types, data...)
		s.words(t.Types[at:], func(what byte, word []byte) {
			switch what {
			case 'n':
				le.PutUint32(word, names[le.Uint32(word)])
			case 't':
				if fix--; fix >= 0 {
					le.PutUint32(word, image[le.Uint32(word)])
					return
				}
				le.PutUint32(word, uint32(int64(id)+r.int(colFix)))
				fix = r.nextFix()
			}
		})
	}
}

// nextFix is how many named types are as in the base before one that is not.
func (r *reader) nextFix() int {
	if len(r[colFix]) == 0 {
		return math.MaxInt
	}
	return int(r.uint(colFix))
}

// typ takes a type that the base lacks.
func (r *reader) typ(t *table, id int64, named *uint32) {
	var head [12]byte
	copy(head[4:8], r[colInfo][:4])
	r[colInfo] = r[colInfo][4:]
	s, ok := shapeOf(head[:])
	if !ok && s.once == "" {
		panic(ErrDamaged)
	}
	at, i := len(t.Types), 0
	t.Types = append(t.Types, make([]byte, s.size())...)
	var last uint32
	s.words(t.Types[at:], func(what byte, word []byte) {
		var v uint32
		switch {
		case what == 'n':
			ordinal := uint32(int64(*named) + r.int(colName))
			*named = max(*named, ordinal+1)
			v = t.starts[ordinal]
		case what == 't':
			v = uint32(id + r.int(colRef))
		case i == 1:
			v = le.Uint32(head[4:])
		default:
			v = last + uint32(r.int(colNumber))
			if i >= len(s.once) {
				last = v
			}
		}
		le.PutUint32(word, v)
		i++
	})
}
