package machine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
)

//go:generate ../examples/build.sh testdata

// loadWith loads an object's programs into a machine that has the features besides those of the default kernel.
func loadWith(t testing.TB, file string, opts Options, features ...kmodel.Feature) (*Machine, []*Program) {
	t.Helper()
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(features) > 0 {
		k = (*kernel.Model)((*kmodel.Model)(k).With(kmodel.Enable(kmodel.Of(features...))))
	}
	return loadOn(t, k, file, opts)
}

// loadOn loads an object's programs into a machine for a kernel.
func loadOn(t testing.TB, k *kernel.Model, file string, opts Options) (*Machine, []*Program) {
	t.Helper()
	m, err := New(k, opts)
	if err != nil {
		t.Fatal(err)
	}
	obj, err := bpfverdict.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	progs, err := m.Load(obj, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, progs
}

// runFile runs one program of an object, and closes the machine.
func runFile(t testing.TB, file, name string, features ...kmodel.Feature) (*Result, error) {
	t.Helper()
	m, progs := loadWith(t, file, Options{}, features...)
	i := slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == name })
	if i < 0 {
		t.Fatalf("%s has no program %s", file, name)
	}
	res, err := progs[i].Run(context.Background(), Input{})
	if err == nil {
		err = m.Close()
	}
	return res, err
}

// wantFault holds that an error is a fault of a kind, at a line of source, whose report says want.
func wantFault(t *testing.T, err error, kind FaultKind, want string) {
	t.Helper()
	f := new(Fault)
	if !errors.As(err, &f) || f.Kind != kind {
		t.Fatalf("%v\nwant: %s", err, kind)
	}
	if report := formatAll(f); !strings.Contains(report, want) || f.Source == nil {
		t.Errorf("%s\nwant: ...%s, with a line of source", report, want)
	}
}

// TestBrokenOwnership runs programs that each break one rule.
func TestBrokenOwnership(t *testing.T) {
	for _, c := range []struct {
		prog string
		kind FaultKind
		want string // part of the report
	}{
		{"leak", Leak, "owned since leak, instruction"},
		{"drop_twice", UseAfterFree, "freed by drop_twice"},
		{"use_after_drop", UseAfterFree, "freed by use_after_drop"},
		{"drop_the_member", WrongObject, "not the start of an object"},
		{"push_without_lock", LockMissing, "no lock beside the list at offset"},
		{"push_under_another_lock", LockMissing, "no lock beside the list at offset"},
		{"push_twice", NotOwned, "in the list at offset"},
		{"drop_after_push", Expired, "borrowed from a list or tree ended with drop_after_push"},
		{"use_after_unlock", Expired, "bpf_obj_new(struct item)"},
		{"borrowed_after_pop", Expired, "owned by borrowed_after_pop"},
		{"borrowed_after_stash", Expired, "in the kptr at offset 0 of value of map node_slots"},
		{"drop_the_borrowed", Expired, "borrowed from a list or tree ended with drop_the_borrowed"},
		{"stash_the_borrowed", NotOwned, "the address is borrowed from a list or tree"},
		{"wrong_node", WrongObject, "there is no node for the list"},
		{"wrong_kptr", WrongObject, "is for struct plain"},
		{"no_kptr", WrongObject, "there is no kptr that can be exchanged"},
		{"drop_loaded_kptr", NotOwned, "in the kptr at offset 0 of value of map slots"},
		{"overwrite_kptr", WrongObject, "the kptr was overwritten with 0x0"},
		{"acquire_uncounted", WrongObject, "it has no bpf_refcount"},
		{"refcount_leak", Leak, "bpf_obj_new(struct leaf)"},
		{"refcount_underflow", NotOwned, "given up since refcount_underflow"},
		{"exit_locked", LockHeld, "the program ends while the lock"},
		{"lock_twice", Deadlock, "is held since lock_twice"},
		{"two_locks", LockOrder, "is held already"},
		{"unlock_unheld", LockOrder, "is released and not held"},
		{"unlock_out_of_order", LockOrder, "which was taken later"},
		{"new_under_lock", LockHeld, "kfunc bpf_obj_new_impl may not be called while"},
		{"sleep_in_rcu", Sleeping, "helper bpf_copy_from_user may sleep, in an RCU section"},
		{"exit_in_rcu", Unbalanced, "the program ends in an RCU section"},
		{"preempt_enable_twice", Unbalanced, "while preemption is enabled"},
		{"irq_out_of_order", Unbalanced, "restored out of order"},
		{"iterator_leak", Leak, "the num iterator made by iterator_leak"},
		{"iterator_twice_destroyed", BadIterator, "it was not made, or is destroyed"},
	} {
		t.Run(c.prog, func(t *testing.T) {
			_, err := runFile(t, "testdata/broken.bpf.o", c.prog, kmodel.KptrXchgUnderLock)
			wantFault(t, err, c.kind, c.want)
		})
	}
}

func formatAll(f *Fault) string { return fmt.Sprintf("%+v", f) }

// TestOwnership runs programs that keep the rules of the kernel that has the features.
func TestOwnership(t *testing.T) {
	const dir = dir + "ownership/"
	locked := []kmodel.Feature{kmodel.KptrXchgUnderLock}
	for _, c := range []struct {
		file, prog string
		features   []kmodel.Feature
		want       uint32
	}{
		{"testdata/broken.bpf.o", "res_again", nil, ^uint32(34)}, // -EDEADLK
		{"testdata/broken.bpf.o", "same_object", nil, 1},
		{dir + "rbtree_search.bpf.o", "search", locked, 0},
		{dir + "rbtree_search.bpf.o", "search_refcounted", locked, 0},
		{dir + "xchg_locked.bpf.o", "map_value", locked, 0},
		{dir + "xchg_locked.bpf.o", "subprogram", locked, 0},
	} {
		t.Run(c.prog, func(t *testing.T) {
			res, err := runFile(t, c.file, c.prog, c.features...)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if res.Return != c.want {
				t.Errorf("returned %d, want %d", int32(res.Return), int32(c.want))
			}
		})
	}
}
