package jit

import (
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Compiled lookups find what the host has added and not removed.
func TestHashTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const entries = 8
		keySize := uint32(rapid.IntRange(1, 20).Draw(t, "key size"))
		mem := &pool{make([]byte, testMemory)}
		e, err := New(mem)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		if HashTableSize(keySize, entries) > PageSize {
			t.Fatal("the table does not fit")
		}
		table := NewHashTable(mem, PageSize, keySize, entries)
		p := program(mustParse("r2 = r1\ncall 1\nexit"))
		p.Sites[1].Call = HashLookup{table}
		l, err := e.Load(p, &note{})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]uint64{}
		anyKey := rapid.SliceOfN(rapid.ByteRange(0, 1), int(keySize), int(keySize))
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			key := anyKey.Draw(t, "key")
			_, have := want[string(key)]
			switch {
			case have:
				table.Remove(key)
				delete(want, string(key))
			case len(want) < entries:
				want[string(key)] = uint64(1000 + i)
				table.Add(key, uint64(1000+i), 0)
			}
			asked := anyKey.Draw(t, "asked")
			copy(mem.bytes[3*PageSize:], asked)
			got, err := l.Run(1, dataAt, stackTop)
			if err != nil || got != want[string(asked)] {
				t.Fatalf("%x: %d, %v, want %d", asked, got, err, want[string(asked)])
			}
		}
	})
}

func TestHashUpdate(t *testing.T) {
	for _, size := range []uint32{1, 4, 8, 13, 24} {
		e, mem := newEngine(t)
		table := NewHashTable(mem, PageSize, 4, 8)
		const at = 3 * PageSize
		one := []byte{1, 0, 0, 0}
		table.Add(one, dataAt+512, dataAt+256)
		p := assembled(t, `
			r2 = r1
			r3 = r1
			r3 += 64
			r4 = *(u64 *)(r1 +8)
			call 2
			exit`)
		p.Sites[4].Call = HashUpdate{Table: table, ValueSize: size}
		l, err := e.Load(p, &note{helper: func(insn int, r *[5]uint64, _ uint64) (uint64, error) {
			return 0, fmt.Errorf("asked at %d about %d", insn, mem.bytes[uint32(r[1])])
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range mem.bytes[at+64 : at+128] {
			mem.bytes[at+64+i] = byte(i + 1)
		}
		binary.LittleEndian.PutUint32(mem.bytes[at:], 1)
		if got, err := l.Run(1, dataAt, stackTop); got != 0 || err != nil {
			t.Errorf("%d bytes: %d, %v", size, got, err)
		}
		for i := range uint32(64) {
			want := byte(i + 1)
			if i >= size {
				want = 0
			}
			if got := mem.bytes[at+256+i]; got != want {
				t.Errorf("%d bytes: byte %d is %d, want %d", size, i, got, want)
			}
		}
		if now := table.Value(one); now != dataAt+256 {
			t.Errorf("%d bytes: the value is at %#x", size, now)
		}
		if now := table.Swap(one); now != dataAt+512 || table.Value(one) != now {
			t.Errorf("%d bytes: the spare value is at %#x", size, now)
		}
		mem.bytes[at+8] = 1 // a flag
		if _, err := l.Run(1, dataAt, stackTop); err == nil || err.Error() != "asked at 4 about 1" {
			t.Errorf("with a flag: %v", err)
		}
		mem.bytes[at+8], mem.bytes[at] = 0, 2
		if _, err := l.Run(1, dataAt, stackTop); err == nil || err.Error() != "asked at 4 about 2" {
			t.Errorf("another key: %v", err)
		}
	}
}
