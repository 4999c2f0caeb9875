package machine

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// counts is an array of two values of 8 bytes, table a hash of 4-byte keys and 8-byte values.
var (
	counts = &object.Map{Name: "counts", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 2}
	table  = &object.Map{Name: "table", Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 2}
)

func TestPrograms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       uint64
	}{
		{"moves and widths", "r1 = -1 ll \n w0 = w1 \n exit", 0xffffffff},
		{"narrow results clear the upper half", "r0 = -1 ll \n w0 += 1 \n exit", 0},
		{"division by zero", "r0 = 7 \n r1 = 0 \n r0 /= r1 \n exit", 0},
		{"remainder by zero", "r0 = 7 \n r1 = 0 \n r0 %= r1 \n exit", 7},
		{"signed division of the least number", "r0 = 0x8000000000000000 ll \n r1 = -1 \n r0 s/= r1 \n exit", 1 << 63},
		{"signed remainder", "r0 = -7 \n r0 s%= 3 \n exit", ^uint64(0)},
		{"shifts count modulo the width", "r0 = 1 \n r1 = 65 \n r0 <<= r1 \n exit", 2},
		{"sign-extending move", "r1 = 0x80 \n r0 = (s8)r1 \n exit", 0xffffffffffffff80},
		{"sign-extending load", "r1 = 0x8000 \n *(u16 *)(r10 -8) = r1 \n r0 = *(s16 *)(r10 -8) \n exit", 0xffffffffffff8000},
		{"bytes swapped", "r0 = 0x11223344 ll \n r0 = bswap32 r0 \n exit", 0x44332211},
		{"to big-endian", "r0 = 0x1122334455667788 ll \n r0 = be16 r0 \n exit", 0x8877},
		{"to little-endian", "r0 = 0x1122334455667788 ll \n r0 = le32 r0 \n exit", 0x55667788},
		{"narrow comparison", "r1 = 0x100000000 ll \n r0 = 1 \n if w1 == 0 goto out \n r0 = 2 \n out: exit", 1},
		{"narrow signed comparison", "w1 = -1 \n r0 = 1 \n if w1 s< 0 goto out \n r0 = 2 \n out: exit", 1},
		{"atomic exchange", "r1 = 5 \n *(u64 *)(r10 -8) = 7 \n r1 = atomic64_xchg((u64 *)(r10 -8), r1) \n r0 = r1 \n exit", 7},
		{"atomic compare and exchange", `
			*(u64 *)(r10 -8) = 7
			r0 = 7
			r1 = 9
			r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit`, 16},
		{"packet load beyond the end ends the program", "r6 = r1 \n r0 = *(u8 *)skb[64] \n r0 = 9 \n exit", 0},
		{"a function's registers are its caller's again", `
			r6 = 5
			r1 = 3
			call double
			r0 += r6
			exit
			double:
			r6 = r1
			r0 = r6
			r0 += r6
			exit`, 11},
		{"bpf_loop", `
			*(u64 *)(r10 -8) = 0
			r1 = 10
			r2 = func add ll
			r3 = r10
			r3 += -8
			r4 = 0
			call loop
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit
			add:
			r3 = *(u64 *)(r2 +0)
			r3 += r1
			*(u64 *)(r2 +0) = r3
			r0 = 0
			exit`, 10 + 45},
		{"may_goto ends", "r0 = 0 \n again: may_goto out \n r0 += 1 \n goto again \n out: exit", maxMayGoto},
		{"array element", `
			*(u32 *)(r10 -4) = 1
			r1 = map[0] ll
			r2 = r10
			r2 += -4
			call map_lookup_elem
			if r0 == 0 goto out
			*(u64 *)(r0 +0) = 42
			r1 = map[0] + 8 ll
			r0 = *(u64 *)(r1 +0)
			out: exit`, 42},
		{"a hash keeps what is updated, and a value's address what was there", `
			call set
			call get
			r6 = r0
			call set
			call get
			r0 = *(u64 *)(r0 +0)
			r0 <<= 8
			r1 = *(u64 *)(r6 +0)
			r0 += r1
			exit
			set:
			*(u32 *)(r10 -4) = 7
			r1 = map[1] ll
			r2 = r10
			r2 += -4
			*(u64 *)(r10 -16) = 3
			if r6 == 0 goto first
			*(u64 *)(r10 -16) = 5
			first:
			r3 = r10
			r3 += -16
			r4 = 0
			call map_update_elem
			exit
			get:
			*(u32 *)(r10 -4) = 7
			r1 = map[1] ll
			r2 = r10
			r2 += -4
			call map_lookup_elem
			exit`, 5<<8 + 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, opts := range engines {
				res, err := runIn(t, newMachine(t, opts), c.text, counts, table)
				if err != nil {
					t.Fatal(err)
				}
				if res.R0 != c.want {
					t.Errorf("%s: r0 = %#x, want %#x", name, res.R0, c.want)
				}
			}
		})
	}
}
