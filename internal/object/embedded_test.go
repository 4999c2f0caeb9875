package object

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A file with any number of beginnings of objects is gone through once: were each tried to the end, these would take hours.
func TestEmbeddedIsLinear(t *testing.T) {
	whole, err := os.ReadFile("../../examples/lookup.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	written := func(format string) string {
		var b strings.Builder
		for _, c := range whole {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	const table, sections = 64, 1<<16 - 1
	header := bytes.Clone(whole[:64])
	le.PutUint16(header[60:], sections)
	// Headers that all name the table behind them, whose last section ends nowhere.
	const headers = 1 << 17
	shared := bytes.Repeat(header, headers)
	for i := range headers {
		le.PutUint64(shared[i*64+40:], uint64(headers-i)*64)
	}
	shared = append(shared, make([]byte, sections*table)...)
	last := shared[len(shared)-table:]
	le.PutUint32(last[4:], uint32(elf.SHT_PROGBITS))
	le.PutUint64(last[32:], 1<<40)
	for name, c := range map[string]struct {
		file string
		at   []int
	}{
		"a text":          {strings.Repeat(`\x7fELF`, 1<<20) + written(`\x%02x`), []int{7 << 20}},
		"texts":           {strings.Repeat(`"\x7fELF"`+"\n", 1<<20) + written(`\x%02x`) + `"` + "\n" + written(`\x%02x`), []int{10 << 20, 10<<20 + 4*len(whole) + 2}},
		"a list":          {strings.Repeat("127,69,76,70,", 1<<17) + written("%d,"), []int{13 << 17}},
		"a list of both":  {written("%d,") + written("%#x,"), []int{0, len(written("%d,"))}},
		"a longer number": {"1" + written("%d,"), nil},
		"headers":         {string(whole) + string(shared), []int{0}},
	} {
		found := FindEmbedded([]byte(c.file))
		if len(found) != len(c.at) {
			t.Errorf("%s: %d objects, want %d", name, len(found), len(c.at))
			continue
		}
		for i, e := range found {
			if e.Offset != c.at[i] || !bytes.Equal(e.Data, whole) {
				t.Errorf("%s: %d bytes at %d, want the object at %d", name, len(e.Data), e.Offset, c.at[i])
			}
		}
	}
}
