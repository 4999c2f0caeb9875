package precision

import (
	"testing"

	"pgregory.net/rapid"
)

func TestLinkedRegsPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in, out Linked
		in.n = rapid.IntRange(0, len(in.entries)).Draw(t, "n")
		want := map[linkedReg]int{}
		for i := range in.n {
			in.entries[i] = linkedReg{
				frame: rapid.Uint8Range(0, 7).Draw(t, "frame"),
				index: rapid.Uint8Range(0, 63).Draw(t, "index"),
				isReg: rapid.Bool().Draw(t, "isReg"),
			}
			want[in.entries[i]]++
		}
		out.unpack(in.Pack())
		for _, e := range out.entries[:out.n] {
			want[e]--
		}
		for e, n := range want {
			if n != 0 {
				t.Fatalf("%+v %+d times", e, n)
			}
		}
	})
}
