package jit

import (
	"encoding/binary"
	"math/bits"
)

// HashTable is a table in linear memory from keys to the addresses of values, which compiled code looks up by
// itself. The host adds and removes.
//
// It begins with the buckets, each 4 bytes: where the bucket's first entry is, 0 for none. Behind them are the
// entries: where the next one is, 4 bytes and 4 unused; the value's address, 8 bytes; the key, zeros up to a multiple
// of 8 bytes.
type HashTable struct {
	memory  Memory
	at      uint32 // where it is in linear memory
	keySize uint32 // bytes
	buckets uint32 // how many, a power of two
	first   uint32 // the first entry
	used    uint32 // entries that were ever used
	free    uint32 // where the first of the free entries is, 0 for none
}

// Offsets into an entry, and the most bytes that a key may have.
const (
	entryNext  = 0
	entryValue = 8
	entryKey   = 16

	MaxHashKey = 64
)

func hashBuckets(entries uint32) uint32 { return 1 << bits.Len32(max(entries, 2)-1) }

func entrySize(keySize uint32) uint32 { return entryKey + (keySize+7)&^7 }

// HashTableSize is how many bytes a table for so many entries takes.
func HashTableSize(keySize, entries uint32) uint64 {
	return uint64(hashBuckets(entries))*4 + 8 + uint64(entries)*uint64(entrySize(keySize))
}

// NewHashTable makes a table in zeroed memory.
func NewHashTable(memory Memory, at, keySize, entries uint32) *HashTable {
	t := &HashTable{memory: memory, at: at, keySize: keySize, buckets: hashBuckets(entries)}
	t.first = (at + t.buckets*4 + 7) &^ 7
	return t
}

// hashFactor spreads keys; it is odd and its bits look random.
const hashFactor = 0x9e3779b97f4a7c15

// hash is of a key whose length is a multiple of 8: word by word.
func hash(key []byte) uint32 {
	h := uint64(0)
	for ; len(key) > 0; key = key[8:] {
		h = (h ^ binary.LittleEndian.Uint64(key)) * hashFactor
		h ^= h >> 32
	}
	return uint32(h)
}

// padded is the key as entries have it.
func (t *HashTable) padded(key []byte) []byte {
	p := make([]byte, entrySize(t.keySize)-entryKey)
	copy(p, key[:t.keySize])
	return p
}

// find returns where what leads to the key's entry is, and where the entry is; that is 0 if there is none.
func (t *HashTable) find(key []byte) (link, entry uint32) {
	mem := t.memory.Bytes()
	link = t.at + hash(key)&(t.buckets-1)*4
	for {
		entry = binary.LittleEndian.Uint32(mem[link:])
		if entry == 0 || string(mem[entry+entryKey:][:len(key)]) == string(key) {
			return link, entry
		}
		link = entry + entryNext
	}
}

// Add maps a key that the table does not have to a value.
func (t *HashTable) Add(key []byte, value uint64) {
	mem := t.memory.Bytes()
	entry := t.free
	if entry != 0 {
		t.free = binary.LittleEndian.Uint32(mem[entry+entryNext:])
	} else {
		entry = t.first + t.used*entrySize(t.keySize)
		t.used++
	}
	p := t.padded(key)
	link, _ := t.find(p)
	copy(mem[entry+entryKey:], p)
	binary.LittleEndian.PutUint64(mem[entry+entryValue:], value)
	binary.LittleEndian.PutUint32(mem[entry+entryNext:], 0)
	binary.LittleEndian.PutUint32(mem[link:], entry)
}

// Remove takes a key out that the table has.
func (t *HashTable) Remove(key []byte) {
	mem := t.memory.Bytes()
	link, entry := t.find(t.padded(key))
	copy(mem[link:link+4], mem[entry+entryNext:])
	binary.LittleEndian.PutUint32(mem[entry+entryNext:], t.free)
	t.free = entry
}
