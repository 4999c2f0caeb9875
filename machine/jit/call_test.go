package jit

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// padding are instructions that make a function too long to be written in the place of its calls.
var padding = strings.Repeat("r5 = 0\n", inlineInsns)

func TestLoop(t *testing.T) {
	// The callback adds its rounds' numbers up and ends the loop at round r8.
	const text = `
		r1 = %d ll
		r2 = 0
		r3 = r10
		r3 += -16
		r4 = %d
		*(u64 *)(r3 +0) = 0
		*(u64 *)(r3 +8) = %d
		call 181
		r1 = *(u64 *)(r10 -16)
		r1 <<= 32
		r0 += r1
		exit
		callback: %s
		r3 = *(u64 *)(r2 +0)
		r3 += r1
		*(u64 *)(r2 +0) = r3
		*(u64 *)(r10 -16) = 77
		r0 = 0
		r4 = *(u64 *)(r2 +8)
		if r1 != r4 goto pc+1
		r0 = 1
		exit`
	const never = 1 << 30
	for _, tt := range []struct {
		name         string
		rounds, stop uint64
		flags        int
		want         uint64
	}{
		{"no round", 0, never, 0, 0},
		{"all rounds", 5, never, 0, 10<<32 | 5},
		{"until the callback ends it", 5, 2, 0, 3<<32 | 3},
		{"more than a batch", 2000, never, 0, 1999000<<32 | 2000},
		{"a batch", loopBatch, never, 0, loopBatch*(loopBatch-1)/2<<32 | loopBatch},
		{"the number's lower half", 1<<32 | 5, never, 0, 10<<32 | 5},
		{"flags", 5, never, 1, failure(abi.EINVAL)},
		{"too many", maxLoop + 1, never, 0, failure(abi.E2BIG)},
	} {
		for how, body := range map[string]string{"in place": "", "called": padding} {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				p := assembled(t, fmt.Sprintf(text, int64(tt.rounds), tt.flags, tt.stop, body))
				p.Funcs = append(p.Funcs, 13)
				p.Sites[8].Call = Loop{Callback: 13}
				want(t, p, &note{}, tt.want)
			})
		}
	}
}

func TestArrayLookup(t *testing.T) {
	for key, want := range map[uint32]uint64{0: 5000, 3: 5048, 4: 0, 1<<32 - 1: 0} {
		p := assembled(t, "r2 = r1\ncall 1\nexit")
		p.Sites[1].Call = ArrayLookup{Values: 5000, Stride: 16, Entries: 4}
		e, mem := newEngine(t)
		l, err := e.Load(p, &note{})
		if err != nil {
			t.Fatal(err)
		}
		binary.LittleEndian.PutUint32(mem.bytes[3*PageSize:], key)
		if got, err := l.Run(1, dataAt, stackTop); err != nil || got != want {
			t.Errorf("key %d: %d, %v, want %d", key, got, err, want)
		}
	}
}

// A function computes the same wherever it is written.
func TestInline(t *testing.T) {
	const text = `
		r6 = 3
		r1 = 10
		r2 = 20
		call outer
		r0 += r6
		exit
		outer: %s
		r6 = r1
		r7 = r2
		*(u64 *)(r10 -8) = 100
		r1 = 4
		call inner
		r0 += r6
		r0 += r7
		r1 = *(u64 *)(r10 -8)
		r0 += r1
		exit
		inner: r6 = 0
		*(u64 *)(r10 -8) = 1000
		r0 = 0
		again: r0 += r1
		r6 += 1
		if r6 < 5 goto again
		if r0 == 20 goto out
		r0 = 7
		out: exit`
	for how, body := range map[string]string{"in place": "", "called": padding} {
		t.Run(how, func(t *testing.T) { want(t, assembled(t, fmt.Sprintf(text, body)), &note{}, 3+20+10+20+100) })
	}
}

func failure(e abi.Errno) uint64 { return uint64(-int64(e)) }

func TestTailCall(t *testing.T) {
	for index, result := range map[uint64]uint64{4: 8, 10: 77} {
		p := assembled(t, fmt.Sprintf("r3 = %d\nr0 = 77\ncall 12\nexit", index))
		p.Sites[2].Call = TailCall{}
		want(t, p, &note{}, result)
	}
}
