package machine

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMemoryAgainstModel allocates, frees, reads and writes at random: an access succeeds exactly if it lies in a
// living block, and then gives what was written there.
func TestMemoryAgainstModel(t *testing.T) {
	type held struct {
		b    *block
		want []byte
	}
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		var live []held
		var dead []*block
		t.Repeat(map[string]func(*rapid.T){
			"alloc": func(t *rapid.T) {
				n := rapid.Uint32Range(1, 40).Draw(t, "size")
				b, err := m.alloc(n, "block", place{})
				if err != nil {
					t.Fatal(err)
				}
				live = append(live, held{b, make([]byte, n)})
			},
			"free": func(t *rapid.T) {
				if len(live) == 0 {
					t.Skip("none")
				}
				i := rapid.IntRange(0, len(live)-1).Draw(t, "which")
				m.release(live[i].b, place{})
				dead = append(dead, live[i].b)
				live = append(live[:i], live[i+1:]...)
			},
			"access": func(t *rapid.T) {
				if len(live) == 0 {
					t.Skip("none")
				}
				h := rapid.SampledFrom(live).Draw(t, "which")
				size := rapid.SampledFrom([]uint32{1, 2, 4, 8}).Draw(t, "bytes")
				off := rapid.Int64Range(-16, 48).Draw(t, "offset")
				inside := off >= 0 && off+int64(size) <= int64(len(h.want))
				val := rapid.Uint64().Draw(t, "value")
				err := m.store(h.b.addr+uint64(off), size, val)
				if (err == nil) != inside {
					t.Fatalf("%d bytes at %d of %d: %v", size, off, len(h.want), err)
				}
				if !inside {
					return
				}
				putNumber(h.want[off:off+int64(size)], val)
				got, err := m.load(h.b.addr+uint64(off), size)
				if err != nil || got != number(h.want[off:off+int64(size)]) {
					t.Fatalf("%#x, %v", got, err)
				}
			},
			"wild": func(t *rapid.T) {
				addr := rapid.Uint64Range(0, tag<<32-1).Draw(t, "address")
				if _, err := m.load(addr, 8); err == nil {
					t.Fatalf("%#x is no address and can be read", addr)
				}
			},
			"": func(t *rapid.T) {
				for _, b := range dead {
					if _, err := m.load(b.addr, 1); err == nil {
						t.Fatalf("freed memory at %#x can be read", b.addr)
					}
				}
			},
		})
	})
}

// TestMemoryIsUsedAgain frees more than the quarantine holds: memory does not grow for ever.
func TestMemoryIsUsedAgain(t *testing.T) {
	m := newMemory()
	var first *block
	for range 4 * quarantineCount {
		b, err := m.alloc(64, "block", place{})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		m.release(b, place{})
	}
	if len(m.buf) > initialMemory {
		t.Errorf("%d bytes", len(m.buf))
	}
	if _, err := m.load(first.addr, 8); err == nil {
		t.Error("a stale address is good again")
	}
}

// TestEmptyPacket: a packet of nothing lies behind what was there before.
func TestEmptyPacket(t *testing.T) {
	m := newMachine(t, Options{})
	before := m.mem.heap.brk
	p, err := m.newPacket(nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if at := uint64(uint32(p.obj.addr)); at < before || m.mem.heap.brk < at {
		t.Errorf("it lies at %#x, and memory was used up to %#x and now to %#x", at, before, m.mem.heap.brk)
	}
}
