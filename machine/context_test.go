package machine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// words are numbers of 32 bits, as they lie in a context.
func words(list ...uint32) (b []byte) {
	for _, w := range list {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// fillSockets puts the world's first socket into the map of sockets.
func fillSockets(t *testing.T, m *Machine) {
	t.Helper()
	for _, mp := range m.Maps() {
		if mp.Name() != "sockets" {
			continue
		}
		if err := mp.Fill([]byte(`[{"key": 0, "value": 0}]`)); err != nil {
			t.Fatal(err)
		}
		if err := mp.Fill([]byte(`[{"key": 1, "value": 1}]`)); err == nil {
			t.Error("a socket that the world has not is in the map")
		}
	}
}

// TestUserContexts runs programs whose context user space fills in. at is where the context differs afterwards.
func TestUserContexts(t *testing.T) {
	world := World{
		Sysctl:  Sysctl{Name: "net/tcp_mem", Value: "41"},
		Sockets: []Socket{{Protocol: "tcp", Local: netip.MustParseAddrPort("0.0.0.0:80"), Listen: true}},
	}
	port := func(n uint16) uint32 { return uint32(bigToHost(n)) }
	for _, c := range []struct {
		prog      string
		ctx, data []byte
		want      uint32
		at        int
		out, left []byte // part of the context, and the data
	}{
		{"events", append(words(5), append(make([]byte, 17*4), 1)...), nil, 1, 4, words(5031), nil},
		{"events", words(5), nil, 1, 4, words(5000), nil}, // no socket: no flags
		{"redirect", words(2, 0x0100000a, 0, 0, 0, 0, port(80), 2, 1, 6), nil, 1, 4, words(0x0100007f), nil},
		{"redirect", words(2, 0x0100000a, 0, 0, 0, 0, port(81), 2, 1, 6), nil, 0, 4, words(0x0100000a), nil},
		{"message", append(make([]byte, 68), 8), []byte{0, 1, 2, 3, 4, 5, 6, 7}, 1, 68, words(8), []byte{0, 1, 2, 3, 4, 5, 6, 7}},
		{"parameter", words(0), nil, 1, 0, words(0), nil},
		{"parameter", words(1), []byte("777"), 1, 0, words(1), []byte("12")},
		{"option", append(make([]byte, 24), words(6, 1, 4)...), []byte{1, 2, 3, 4}, 1, 32, words(2), []byte{1, 3, 3, 4}},
		{"option", append(make([]byte, 24), words(6, 1, 3)...), []byte{1, 2, 3}, 0, 32, words(3), []byte{1, 2, 3}},
		{"steer", append(make([]byte, 8), words(afInet, ipprotoTCP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7)...), nil, 1, 0, words(1, 0), nil},
		{"steer", append(make([]byte, 8), words(afInet, ipprotoUDP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7)...), nil, 0, 0, words(0, 0), nil},
		{"steer", append(make([]byte, 8), words(afInet, ipprotoTCP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8)...), nil, 1, 0, words(0, 0), nil},
	} {
		for engine, opts := range engines {
			t.Run(c.prog+" "+engine, func(t *testing.T) {
				opts.World = world
				m, progs := loadWith(t, "testdata/contexts.bpf.o", opts)
				fillSockets(t, m)
				p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == c.prog })]
				if err := p.Verify(context.Background()); err != nil {
					t.Fatal(err)
				}
				res, err := p.Run(context.Background(), Input{Ctx: c.ctx, Data: c.data})
				if err != nil {
					t.Fatalf("%+v", err)
				}
				if p.NotCompiled() != nil {
					t.Error(p.NotCompiled())
				}
				if res.Return != c.want || !bytes.Equal(res.CtxOut[c.at:c.at+len(c.out)], c.out) || !bytes.Equal(res.DataOut, c.left) {
					t.Errorf("returned %d, context %x, data %x", res.Return, res.CtxOut[c.at:c.at+len(c.out)], res.DataOut)
				}
			})
		}
	}
}

func TestUserContextsRefused(t *testing.T) {
	run := func(name string, in Input) error {
		world := World{Sockets: []Socket{{Protocol: "tcp", Local: netip.MustParseAddrPort("0.0.0.0:80"), Listen: true}}}
		m, progs := loadWith(t, "testdata/contexts.bpf.o", Options{World: world})
		fillSockets(t, m)
		p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == name })]
		_, err := p.Run(context.Background(), in)
		return err
	}
	if err := run("broken_option", Input{Data: []byte{1, 2, 3, 4}}); !isFault(err) {
		t.Errorf("beyond the option: %v", err)
	}
	lookup := append(make([]byte, 8), words(afInet)...)
	if f := new(Fault); !errors.As(run("broken_socket", Input{Ctx: lookup}), &f) || f.Kind != Leak {
		t.Errorf("a socket is not released: %v", f)
	}
	for _, c := range []struct {
		name string
		in   Input
		want abi.Errno
	}{
		{"events", Input{Ctx: make([]byte, 4096)}, abi.EINVAL},
		{"steer", Input{}, abi.EINVAL},
		{"steer", Input{Ctx: make([]byte, 8), Data: []byte{1}}, abi.EINVAL},
		{"steer", Input{Ctx: make([]byte, 8)}, abi.EAFNOSUPPORT},
		{"steer", Input{Ctx: append(make([]byte, 60), words(1<<16)...)}, abi.ERANGE},
	} {
		if err := run(c.name, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s %v: %v, want %v", c.name, c.in, err, c.want)
		}
	}
}
