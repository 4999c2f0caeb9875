package machine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestPieces runs programs on a packet of 9000 bytes that count up. A kernel gave the same results and packets.
func TestPieces(t *testing.T) {
	data := make([]byte, 9000)
	for i := range data {
		data[i] = byte(i)
	}
	change := func(at int, with ...byte) []byte {
		out := slices.Clone(data)
		copy(out[at:], with)
		return out
	}
	for name, want := range map[string]struct {
		returned uint32
		packet   []byte
	}{
		"lengths":         {90003520, data},
		"over_the_border": {33730204, change(7614, 0x44, 0x33, 0x22, 0x11)},
		"beyond":          {4294945282, data},
		"shorter":         {30001, data[:3000]},
		"longer":          {4272976306, append(slices.Clone(data), make([]byte, 10)...)},
		"slices":          {12547907, change(3520, 0x77)},
	} {
		for engine, opts := range engines {
			t.Run(name+" "+engine, func(t *testing.T) {
				_, progs := loadWith(t, "testdata/pieces.bpf.o", opts)
				p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == name })]
				res, err := p.Run(context.Background(), Input{Data: data})
				if err != nil {
					t.Fatalf("%+v", err)
				}
				if res.Return != want.returned || !slices.Equal(res.DataOut, want.packet) {
					t.Errorf("returned %d, a packet of %d bytes", res.Return, len(res.DataOut))
				}
			})
		}
	}
	_, progs := loadWith(t, "testdata/pieces.bpf.o", Options{})
	if _, err := progs[0].Run(context.Background(), Input{Data: make([]byte, 80000)}); !errors.Is(err, abi.ENOMEM) {
		t.Errorf("a packet of 80000 bytes: %v", err)
	}
	res, err := progs[0].Run(context.Background(), Input{Data: make([]byte, 64), Ctx: words(0, 40, 0, 1)})
	if err != nil || res.Return != 64*10000+40 || number(res.CtxOut[4:8]) != 40 || len(res.DataOut) != 64 {
		t.Errorf("a packet whose first piece ends at 40: %d, %v", res.Return, err)
	}
}
