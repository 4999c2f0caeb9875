package machine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestInject makes calls fail and looks what programs return then.
func TestInject(t *testing.T) {
	const errno = -int32(abi.EDEADLK)
	for _, c := range []struct {
		file, prog, inject string
		want               int32
	}{
		{dir + "ownership/fifo.bpf.o", "enqueue", "bpf_obj_new_impl", 1},
		{dir + "ownership/fifo.bpf.o", "enqueue", "bpf_task_from_pid", 1},
		{dir + "ownership/fifo.bpf.o", "enqueue", "bpf_obj_new_impl@2", 0}, // it is called once
		{dir + "ownership/rbtree_search.bpf.o", "search", "bpf_obj_new_impl@5", 1},
		{dir + "ownership/xchg_resilient.bpf.o", "resilient_lock", "bpf_res_spin_lock", 1},
		{"testdata/broken.bpf.o", "res_again", "bpf_res_spin_lock@2=EDEADLK", errno},
		{"testdata/dynptr.bpf.o", "record", "bpf_ringbuf_reserve_dynptr", 5},
		{"testdata/dynptr.bpf.o", "no_such_cipher", "bpf_crypto_ctx_create", -int32(abi.ENOMEM)},
		{"testdata/world.bpf.o", "areas", "bpf_iter_task_vma_new", 0},
		{"testdata/steps.bpf.o", "search", "bpf_map_lookup_elem", -1},
	} {
		for engine, opts := range engines {
			t.Run(c.prog+" "+c.inject+" "+engine, func(t *testing.T) {
				in, err := ParseInjection(c.inject)
				if err != nil {
					t.Fatal(err)
				}
				opts.Inject = []Injection{in}
				opts.World.Tasks = []Task{{PID: 1}}
				opts.World.Task.VMAs = []VMA{{Start: pageSize, End: 2 * pageSize}}
				m, progs := loadWith(t, c.file, opts, kmodel.KptrXchgUnderLock, kmodel.KptrXchgNonOwning, kmodel.KptrXchgNonOwningRCU)
				p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == c.prog })]
				res, err := p.Run(context.Background(), Input{})
				if err != nil {
					t.Fatalf("%+v", err)
				}
				if int32(res.Return) != c.want {
					t.Errorf("returned %d, want %d", int32(res.Return), c.want)
				}
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestInjectRefused(t *testing.T) {
	for _, text := range []string{"", "@2", "bpf_obj_new_impl@0", "bpf_obj_new_impl@x"} {
		if _, err := ParseInjection(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []Injection{{Function: "bpf_no_such"}, {Function: "bpf_res_spin_lock", Errno: "EWRONG"}} {
		if _, err := New(k, Options{Inject: []Injection{in}}); err == nil {
			t.Errorf("%v is taken", in)
		}
	}
	m, err := New(k, Options{Inject: []Injection{{Function: "bpf_kptr_xchg"}}})
	if err != nil {
		t.Fatal(err)
	}
	f := &callee{name: "helper bpf_kptr_xchg", fn: kptrXchg}
	if err := m.inject("bpf_kptr_xchg", f, true); err == nil || errors.Is(err, ErrUnsupported) {
		t.Errorf("bpf_kptr_xchg fails: %v", err)
	}
}
