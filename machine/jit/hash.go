package jit

import (
	"encoding/binary"
	"math/bits"
)

// HashTable is a table in linear memory from keys to the addresses of values, which compiled code looks up, and
// updates where a key is there already. The host adds and removes.
//
// A value has two places: an update writes to the one that is spare, so that a program that has the address of the
// value keeps what was there.
//
// The table begins with the buckets, each 4 bytes: where the bucket's first entry is, 0 for none. Behind them are
// the entries: where the next one is, 4 bytes and 4 unused; the addresses of the value's two places, 8 bytes each,
// the one in use first; the key, zeros up to a multiple of 8 bytes.
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
	entrySpare = 16
	entryKey   = 24

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

// Add maps a key that the table does not have to a value with two places, the first in use.
func (t *HashTable) Add(key []byte, value, spare uint64) {
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
	binary.LittleEndian.PutUint64(mem[entry+entrySpare:], spare)
	binary.LittleEndian.PutUint32(mem[entry+entryNext:], 0)
	binary.LittleEndian.PutUint32(mem[link:], entry)
}

// Swap changes the places of a key's value and returns the one in use now.
func (t *HashTable) Swap(key []byte) uint64 {
	mem := t.memory.Bytes()
	_, entry := t.find(t.padded(key))
	value, spare := mem[entry+entryValue:][:8], mem[entry+entrySpare:][:8]
	now := binary.LittleEndian.Uint64(spare)
	copy(spare, value)
	binary.LittleEndian.PutUint64(value, now)
	return now
}

// Value returns the address of the value of a key that the table has.
func (t *HashTable) Value(key []byte) uint64 {
	_, entry := t.find(t.padded(key))
	return binary.LittleEndian.Uint64(t.memory.Bytes()[entry+entryValue:])
}

// Remove takes a key out that the table has.
func (t *HashTable) Remove(key []byte) {
	mem := t.memory.Bytes()
	link, entry := t.find(t.padded(key))
	copy(mem[link:link+4], mem[entry+entryNext:])
	binary.LittleEndian.PutUint32(mem[entry+entryNext:], t.free)
	t.free = entry
}
