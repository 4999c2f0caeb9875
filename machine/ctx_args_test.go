package machine

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestArguments leaves arguments out, or gives numbers.
func TestArguments(t *testing.T) {
	for _, c := range []struct {
		prog string
		ctx  []byte
		seen uint64
		err  abi.Errno
	}{
		{"new_task", nil, 1000, 0},
		{"freed", nil, 128, 0},
		{"raw", binary.LittleEndian.AppendUint64(make([]byte, 8), 5), 5, 0},
		{"raw", make([]byte, 8), 0, abi.EINVAL},
	} {
		for engine, opts := range engines {
			t.Run(c.prog+" "+engine, func(t *testing.T) {
				m, progs := loadWith(t, "testdata/args.bpf.o", opts)
				p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == c.prog })]
				if err := p.Verify(context.Background()); err != nil {
					t.Fatal(err)
				}
				_, err := p.Run(context.Background(), Input{Ctx: c.ctx})
				if c.err != 0 {
					if !errors.Is(err, c.err) {
						t.Errorf("%v, want %v", err, c.err)
					}
					return
				}
				if err != nil {
					t.Fatalf("%+v", err)
				}
				for _, mp := range m.Maps() {
					if v, _ := mp.Lookup(make([]byte, 4)); strings.HasSuffix(mp.Name(), ".bss") && number(v[:8]) != c.seen {
						t.Errorf("saw %d, want %d", number(v[:8]), c.seen)
					}
				}
			})
		}
	}
}

// TestQueue runs a queue of packets. Which arguments come with a reference is set here: the model can't be asked about
// what puts packets in, as its kernel refuses programs there that do nothing.
func TestQueue(t *testing.T) {
	k, err := kernel.Load("7.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		steps   string
		packets []bool // what each step returns is one
		want    FaultKind
	}{
		{"enqueue enqueue dequeue dequeue dequeue", []bool{false, false, true, true, false}, ""},
		{"enqueue", []bool{false}, ""},
		{"enqueue_forgets", nil, Leak},
		{"enqueue_drops_twice", nil, NotOwned},
		{"enqueue dequeue_nothing", nil, NotOwned},
	} {
		t.Run(c.steps, func(t *testing.T) {
			m, progs := loadOn(t, k, "testdata/qdisc.bpf.o", Options{})
			object := func(typ string) *block {
				b, err := m.someObject(typ)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			queue := object("Qdisc")
			for i, step := range strings.Fields(c.steps) {
				p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == step })]
				if strings.HasPrefix(step, "enqueue") {
					skb := object("sk_buff")
					p.args = []argument{{skb.addr, skb}, {addr: queue.addr}, {addr: object("bpf_sk_buff_ptr").addr}}
				}
				var res *Result
				if res, err = p.Run(context.Background(), Input{}); err != nil {
					break
				}
				if c.packets != nil && (res.R0 != 0) != c.packets[i] {
					t.Errorf("%s, step %d, returned %#x", step, i, res.R0)
				}
			}
			f := new(Fault)
			if c.want != "" && (!errors.As(err, &f) || f.Kind != c.want) || c.want == "" && err != nil {
				t.Fatalf("%+v, want %s", err, c.want)
			}
			if err := m.Close(); c.want == "" && err != nil {
				t.Error(err)
			}
		})
	}
}
