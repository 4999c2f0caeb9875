package machine

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// textOf is memory that holds these bytes and no more.
func textOf(t rapid.TB, m *Machine, s string) text {
	b, err := m.mem.alloc(uint32(max(len(s), 1)), "text", place{})
	if err != nil {
		t.Fatal(err)
	}
	copy(m.mem.buf[uint32(b.addr):], s)
	return text{m.mem, b.addr}
}

// Texts are found where a search that compares again and again finds them, whether they end or can't be read to their end.
func TestFind(t *testing.T) {
	m := newMachine(t, Options{})
	var texts []text
	for _, s := range []string{"", "a", "ab", "aab", "aabaab", "aabaabaaab", "abABab", "bbbbbbbb", "abaababaab"} {
		texts = append(texts, textOf(t, m, s+"\x00"), textOf(t, m, s+"x"))
	}
	rapid.Check(t, func(t *rapid.T) {
		in, what := rapid.SampledFrom(texts).Draw(t, "in"), rapid.SampledFrom(texts).Draw(t, "what")
		in.addr += rapid.Uint64Range(0, 4).Draw(t, "from")
		what.addr += rapid.Uint64Range(0, 9).Draw(t, "of")
		lower, n := rapid.Bool().Draw(t, "lower"), rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Just(uint64(maxString))).Draw(t, "n")
		if got, want := in.find(what, lower, n), findSlowly(in, what, lower, n); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}

// findSlowly is text.find as one would write it first.
func findSlowly(t, o text, lower bool, n uint64) int64 {
	for i := range uint64(maxString) {
		for j := uint64(0); ; j++ {
			if j == maxString {
				return tooLong
			}
			y, ok := o.at(j)
			switch {
			case !ok:
				return unreadable
			case y == 0:
				return int64(i)
			case i+j == n:
				return notFound
			}
			x, ok := t.at(i + j)
			if !ok {
				return unreadable
			}
			if x == 0 {
				return notFound
			}
			if lowered(x, lower) != lowered(y, lower) {
				break
			}
		}
	}
	return tooLong
}

// What takes long to find is found at once.
func TestFindLong(t *testing.T) {
	m := newMachine(t, Options{})
	a := strings.Repeat("a", maxString/2)
	long := textOf(t, m, a+a+"a")
	for _, c := range []struct {
		what string
		want int64
	}{
		{a + "b\x00", -int64(abi.ENOENT)}, // no more of the long one counts
		{a + "\x00", 0},
		{a + "b", -int64(abi.ENOENT)}, // it is not reached that this does not end
		{a, -int64(abi.EFAULT)},
		{a + a, -int64(abi.E2BIG)},
	} {
		if got := long.find(textOf(t, m, c.what), false, maxString); got != c.want {
			t.Errorf("%d bytes: %d, want %d", len(c.what), got, c.want)
		}
	}
	if got := long.find(textOf(t, m, "b\x00"), false, 1<<20); got != tooLong {
		t.Errorf("a byte that is not in what is too long: %d", got)
	}
}
