package machine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestContexts gives contexts as BPF_PROG_TEST_RUN takes them.
func TestContexts(t *testing.T) {
	skb := func(fields map[int]byte) []byte {
		b := make([]byte, 192)
		for at, v := range fields {
			b[at] = v
		}
		return b
	}
	for _, c := range []struct {
		name string
		typ  abi.ProgType
		text string
		in   Input
		want uint32
		err  string
	}{
		{"mark", abi.PROG_TYPE_SCHED_CLS, "r0 = *(u32 *)(r1 +8) \n exit", Input{Data: make([]byte, 64), Ctx: skb(map[int]byte{8: 7})}, 7, ""},
		{"length is not the user's", abi.PROG_TYPE_SCHED_CLS, "r0 = 0 \n exit", Input{Data: make([]byte, 64), Ctx: skb(map[int]byte{0: 7})}, 0,
			"prog: a context with other fields of struct __sk_buff than mark"},
		{"a device that is not there", abi.PROG_TYPE_SCHED_CLS, "r0 = 0 \n exit", Input{Data: make([]byte, 64), Ctx: skb(map[int]byte{40: 7})}, 0,
			"prog: ifindex 7: the world has no such device"},
		{"short packet", abi.PROG_TYPE_SCHED_CLS, "r0 = 0 \n exit", Input{Data: make([]byte, 13)}, 0, "prog: a packet of 13 bytes: at least 14, an Ethernet header"},
		{"metadata before a packet", abi.PROG_TYPE_XDP, "r2 = *(u32 *)(r1 +0) \n r3 = *(u32 *)(r1 +8) \n r2 -= r3 \n r0 = r2 \n exit",
			Input{Data: make([]byte, 64), Ctx: []byte{8, 0, 0, 0, 64}}, 8, ""},
		{"a packet that ends before it begins", abi.PROG_TYPE_XDP, "r0 = 0 \n exit", Input{Data: make([]byte, 64), Ctx: []byte{8, 0, 0, 0, 4}}, 0,
			"prog: a packet from 8 to 4 in 64 bytes of data"},
		{"bytes for a system call", abi.PROG_TYPE_SYSCALL, "r0 = *(u16 *)(r1 +2) \n exit", Input{Ctx: []byte{1, 2, 3, 4}}, 0x403, ""},
		{"a packet for a system call", abi.PROG_TYPE_SYSCALL, "r0 = 0 \n exit", Input{Data: make([]byte, 64)}, 0, "prog: a program of type syscall takes a context and no data"},
		{"flow keys", abi.PROG_TYPE_FLOW_DISSECTOR, "r2 = *(u64 *)(r1 +144) \n r0 = *(u16 *)(r2 +0) \n exit", Input{Data: make([]byte, 64)}, 14, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := assemble(t, newMachine(t, Options{}), c.typ, c.text)
			res, err := p.Run(context.Background(), c.in)
			if c.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.err) || !errors.Is(err, abi.EINVAL) {
					t.Errorf("%v, want %s", err, c.err)
				}
				return
			}
			if err != nil || res.Return != c.want {
				t.Errorf("%+v, %v; want %#x", res, err, c.want)
			}
		})
	}
}

// TestRepeat runs a program on what the run before left.
func TestRepeat(t *testing.T) {
	p := assemble(t, newMachine(t, Options{}), abi.PROG_TYPE_SCHED_CLS, "r0 = *(u32 *)(r1 +8) \n r0 += 1 \n *(u32 *)(r1 +8) = r0 \n exit")
	res, err := p.Run(context.Background(), Input{Data: make([]byte, 64), Repeat: 5})
	if err != nil || res.Return != 5 || res.Insns != 20 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestMemoryOfRunsIsFreed runs a program often: what it was run on is freed.
func TestMemoryOfRunsIsFreed(t *testing.T) {
	m := newMachine(t, Options{})
	p := assemble(t, m, abi.PROG_TYPE_XDP, "r0 = 2 \n exit")
	for range 3000 {
		if _, err := p.Run(context.Background(), Input{Data: make([]byte, 64)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.mem.buf) > 4<<20 {
		t.Errorf("%d bytes", len(m.mem.buf))
	}
}

// TestCancel stops a program that does not end.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := assemble(t, newMachine(t, Options{}), abi.PROG_TYPE_SYSCALL, "again: goto again \n exit")
	seen := 0
	_, err := p.Run(ctx, Input{Observe: func(*Program, int) {
		if seen++; seen == 100 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || seen != 100 {
		t.Errorf("%v after %d instructions", err, seen)
	}
}
