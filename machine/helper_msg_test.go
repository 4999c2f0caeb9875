package machine

import (
	"context"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestMessages puts bytes into messages and takes some out; a program sees the first piece.
func TestMessages(t *testing.T) {
	// seen returns how many bytes the program sees then, times 1000 those of the message.
	const seen = `
		r2 = *(u64 *)(r6 +0)
		r0 = *(u64 *)(r6 +8)
		r0 -= r2
		r1 = *(u32 *)(r6 +68)
		exit`
	invalid := int64(-int64(abi.EINVAL))
	for _, c := range []struct {
		name, text string
		result     int64
		after      string
	}{
		{"in front", "r1 = r6 \n r2 = 0 \n r3 = 2 \n r4 = 0 \n call msg_push_data" + seen, 2, "\x00\x00abcdef"},
		{"in the middle", "r1 = r6 \n r2 = 4 \n r3 = 2 \n r4 = 0 \n call msg_push_data" + seen, 4, "abcd\x00\x00ef"},
		{"behind", "r1 = r6 \n r2 = 6 \n r3 = 1 \n r4 = 0 \n call msg_push_data" + seen, 6, "abcdef\x00"},
		{"beyond the end", "r1 = r6 \n r2 = 7 \n r3 = 1 \n r4 = 0 \n call msg_push_data \n exit", invalid, "abcdef"},
		{"with flags", "r1 = r6 \n r2 = 0 \n r3 = 1 \n r4 = 1 \n call msg_push_data \n exit", invalid, "abcdef"},
		{"nothing", "r1 = r6 \n r2 = 9 \n r3 = 0 \n r4 = 0 \n call msg_push_data \n exit", 0, "abcdef"},
		{"the front out", "r1 = r6 \n r2 = 0 \n r3 = 2 \n r4 = 0 \n call msg_pop_data" + seen, 4, "cdef"},
		{"the middle out", "r1 = r6 \n r2 = 1 \n r3 = 2 \n r4 = 0 \n call msg_pop_data" + seen, 1, "adef"},
		{"the end out", "r1 = r6 \n r2 = 4 \n r3 = 2 \n r4 = 0 \n call msg_pop_data" + seen, 4, "abcd"},
		{"all out", "r1 = r6 \n r2 = 0 \n r3 = 6 \n r4 = 0 \n call msg_pop_data" + seen, 0, ""},
		{"more than there is out", "r1 = r6 \n r2 = 1 \n r3 = 6 \n r4 = 0 \n call msg_pop_data \n exit", invalid, "abcdef"},
		{"pulled after being cut", `
			r1 = r6
			r2 = 2
			r3 = 2
			r4 = 0
			call msg_push_data
			r1 = r6
			r2 = 1
			r3 = 7
			r4 = 0
			call msg_pull_data` + seen, 6, "ab\x00\x00cdef"},
		{"pulled beyond the end", "r1 = r6 \n r2 = 1 \n r3 = 7 \n r4 = 0 \n call msg_pull_data \n exit", invalid, "abcdef"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, Options{})
			p := assemble(t, m, abi.PROG_TYPE_SK_MSG, "r6 = r1 \n"+c.text)
			res, err := p.Run(context.Background(), Input{Data: []byte("abcdef")})
			if err != nil {
				t.Fatal(err)
			}
			if got := int64(int32(res.R0)); got != c.result || string(res.DataOut) != c.after {
				t.Errorf("%d, %q, want %d, %q", got, res.DataOut, c.result, c.after)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
