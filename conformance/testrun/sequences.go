package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// sequence are programs of one object that upstream's tests run one after the other, on one set of maps, and what
// the tests want them to return. The kernel's own test of them, in C, is where that is written.
type sequence struct {
	object string
	steps  []step
}

// step runs a program, or clears the only element of a map as user space does.
type step struct {
	program string
	want    uint32
	clear   string
}

func ok(programs ...string) (out []step) {
	for _, p := range programs {
		out = append(out, step{program: p})
	}
	return out
}

// cleared puts the clearing of a map behind each step.
func cleared(mp string, steps []step) (out []step) {
	for _, s := range steps {
		out = append(out, s, step{clear: mp})
	}
	return out
}

// sequences are what the tests named rbtree, local_kptr_stash and linked_list run.
var sequences = []sequence{
	{"rbtree_search_kptr.bpf.o", ok("rbtree_search_kptr")},
	{"rbtree_search_kptr.bpf.o", ok("rbtree_search_kptr_ref")},
	{"local_kptr_stash.bpf.o", ok("stash_rb_nodes")},
	{"local_kptr_stash.bpf.o", ok("stash_plain")},
	{"local_kptr_stash.bpf.o", ok("stash_local_with_root")},
	{"local_kptr_stash.bpf.o", []step{{program: "stash_rb_nodes"}, {program: "unstash_rb_node", want: 42}}},
	{"local_kptr_stash.bpf.o", []step{
		{program: "refcount_acquire_without_unstash", want: 2},
		{program: "stash_refcounted_node"},
		{program: "refcount_acquire_without_unstash", want: 42},
	}},
	{"linked_list.bpf.o", slices.Concat(
		cleared("array_map", ok("map_list_push_pop")),
		cleared("inner_map", ok("inner_map_list_push_pop")),
		cleared(".bss.A", ok("global_list_push_pop", "global_list_push_pop_nested", "global_list_array_push_pop")),
		cleared("array_map", ok("map_list_push_pop_multiple")),
		cleared("inner_map", ok("inner_map_list_push_pop_multiple")),
		cleared(".bss.A", ok("global_list_push_pop_multiple")),
		cleared("array_map", ok("map_list_in_list")),
		cleared("inner_map", ok("inner_map_list_in_list")),
		cleared(".bss.A", ok("global_list_in_list")),
	)},
	{"linked_list.bpf.o", ok("map_list_push_pop", "inner_map_list_push_pop", "global_list_push_pop", "global_list_push_pop_nested", "global_list_array_push_pop")},
	{"linked_list.bpf.o", ok("map_list_push_pop_multiple", "inner_map_list_push_pop_multiple", "global_list_push_pop_multiple")},
	{"linked_list.bpf.o", ok("map_list_in_list", "inner_map_list_in_list", "global_list_in_list")},
}

// runSequences runs them all; the error joins what was otherwise than wanted.
func runSequences(o options) error {
	k, err := kernel.Load(o.kernel)
	if err != nil {
		return err
	}
	var errs []error
	steps := 0
	for _, s := range sequences {
		n, err := s.run(k, o)
		steps += n
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.object, err))
		}
	}
	fmt.Printf("sequences %d/%d, %d runs\n", len(sequences)-len(errs), len(sequences), steps)
	return errors.Join(errs...)
}

// run returns how many programs returned what they should.
func (s *sequence) run(k *kernel.Model, o options) (n int, err error) {
	obj, err := bpfverdict.Open(filepath.Join(o.objects, s.object))
	if err != nil {
		return 0, err
	}
	m, err := machine.New(k, machine.Options{Fast: o.fast})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	progs, err := m.Load(obj, nil)
	if err != nil {
		return 0, err
	}
	for _, st := range s.steps {
		if st.clear != "" {
			if err := clearMap(m, st.clear); err != nil {
				return n, err
			}
			continue
		}
		i := slices.IndexFunc(progs, func(p *machine.Program) bool { return p.Name() == st.program })
		if i < 0 {
			return n, fmt.Errorf("no program %s", st.program)
		}
		ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
		defer cancel()
		if err := progs[i].Verify(ctx); err != nil {
			return n, err
		}
		in := machine.Input{}
		if progs[i].TakesPacket() {
			in.Data = make([]byte, 54) // an Ethernet, an IPv4 and a TCP header
			in.Data[12], in.Data[14] = 8, 0x45
		}
		res, err := progs[i].Run(ctx, in)
		if err != nil {
			return n, err
		}
		if res.Return != st.want {
			return n, fmt.Errorf("%s returned %d, not %d", st.program, res.Return, st.want)
		}
		n++
	}
	return n, nil
}

// clearMap sets the first element of the map of that name to zeros.
func clearMap(m *machine.Machine, name string) error {
	for _, mp := range m.Maps() {
		if mp.Name() == name || strings.HasPrefix(name, ".") && strings.HasSuffix(mp.Name(), name) {
			value, _ := mp.Lookup(make([]byte, 4))
			return mp.Update(make([]byte, 4), make([]byte, len(value)))
		}
	}
	return fmt.Errorf("no map %s", name)
}
