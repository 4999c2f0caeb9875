// Package scratch lends slices for as long as one piece of work takes, and lends their memory again for the next. So work of
// microseconds doesn't begin with fresh memory for all that it notes.
package scratch

import (
	"reflect"
	"unsafe"
)

// most is how many bytes are kept for the next piece of work.
const most = 1 << 20

// word is what memory is lent by: it is aligned for all that holds no pointer.
const word = 8

// Space is memory to be lent. The zero Space is ready, and learns from a piece of work how much the next one needs. A nil one
// lends fresh memory.
type Space struct {
	free  []uint64 // not lent
	all   []uint64
	wants int // words asked for
}

// Make lends n zero values, until Reset. They must hold no pointers, which the collector would not see.
func Make[T any](s *Space, n int) []T {
	if s == nil || n == 0 {
		return make([]T, n)
	}
	var t T
	words := (n*int(unsafe.Sizeof(t)) + word - 1) / word
	s.wants += words
	if words == 0 || words > len(s.free) {
		if !plain(reflect.TypeFor[T]()) {
			panic("scratch: " + reflect.TypeFor[T]().String() + " may hold pointers")
		}
		return make([]T, n)
	}
	lent := s.free[:words]
	s.free = s.free[words:]
	clear(lent)
	return unsafe.Slice((*T)(unsafe.Pointer(&lent[0])), n)
}

// Reset takes back all that was lent. Nobody may use it any more.
func (s *Space) Reset() {
	if s.wants > len(s.all) && s.wants <= most/word {
		s.all = make([]uint64, min(2*s.wants, most/word))
	}
	s.free, s.wants = s.all, 0
}

// plain reports a type that holds no pointers.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return plain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return t.Kind() <= reflect.Complex128 && t.Kind() != reflect.Uintptr
}
