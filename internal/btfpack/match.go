package btfpack

import "hash/maphash"

// matchRounds is how many unnamed types may follow each other (a function's prototype, a pointer in it, a qualifier)
// for what lies behind them still to count.
const matchRounds = 5

// match finds for each type of a table the type of another that has the same words, but for the numbers of the types
// that it names; 0 where there is none.
func match(t, base *table) []uint32 {
	seed := maphash.MakeSeed()
	bySign := map[uint64][]uint32{}
	for id, s := range signs(base, seed) {
		if id > 0 {
			bySign[s] = append(bySign[s], uint32(id))
		}
	}
	from := make([]uint32, len(t.types))
	for id, s := range signs(t, seed) {
		if list := bySign[s]; id > 0 && len(list) > 0 {
			from[id], bySign[s] = list[0], list[1:]
		}
	}
	return from
}

// signs are hashes of all types. Of a named type that another one names only name and kind count, so that a change of
// it makes no other type another.
func signs(t *table, seed maphash.Seed) []uint64 {
	cur := make([]uint64, len(t.types))
	for range matchRounds {
		next := make([]uint64, len(t.types))
		for id := 1; id < len(t.types); id++ {
			var h maphash.Hash
			h.SetSeed(seed)
			data, s := t.typ(uint32(id))
			s.words(data, func(what byte, word []byte) {
				switch v := le.Uint32(word); what {
				case 'n':
					h.Write(t.str(v))
				case 't':
					t.sign(&h, v, cur)
				default:
					h.Write(word)
				}
			})
			next[id] = h.Sum64()
		}
		cur = next
	}
	return cur
}

// sign hashes a type that another one names.
func (t *table) sign(h *maphash.Hash, id uint32, signs []uint64) {
	if id == 0 {
		h.WriteByte(0)
		return
	}
	data, _ := t.typ(id)
	if name := le.Uint32(data); name != 0 {
		h.WriteByte(data[7]) // kind
		h.Write(t.str(name))
		return
	}
	maphash.WriteComparable(h, signs[id])
}
