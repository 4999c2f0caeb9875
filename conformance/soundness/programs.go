package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
	"github.com/bpfverdict/bpfverdict/machine"
)

// corpus are objects, and which of their programs are accepted.
type corpus struct {
	files []string
	mu    sync.Mutex
	open  map[string]*entry
}

type entry struct {
	once     sync.Once
	obj      *bpfverdict.Object // nil if it can't be opened
	mu       sync.Mutex
	accepted map[string]bool // nil until asked
}

func newCorpus(files []string) *corpus { return &corpus{files: files, open: map[string]*entry{}} }

// load loads the programs of a file that are accepted.
func (c *corpus) load(ctx context.Context, m *machine.Machine, file string) (progs []*machine.Program) {
	c.mu.Lock()
	e := c.open[file]
	if e == nil {
		e = &entry{}
		c.open[file] = e
	}
	c.mu.Unlock()
	e.once.Do(func() { e.obj, _ = bpfverdict.Open(file) })
	if e.obj == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	all, _ := m.Load(e.obj, func(name string) bool { return e.accepted == nil || e.accepted[name] })
	if e.accepted == nil {
		e.accepted = map[string]bool{}
		for _, p := range all {
			e.accepted[p.Name()] = !takesObjects(p) && p.Verify(ctx) == nil
		}
		all = nil // a machine with programs that are refused is no fair one
	}
	return all
}

// takesObjects reports that the program's arguments are a kernel's objects, which cannot be made up.
func takesObjects(p *machine.Program) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(p.Section(), "?"), "/")
	kind = strings.TrimSuffix(kind, ".s")
	return slices.Contains([]string{
		"tp_btf", "fentry", "fexit", "fmod_ret", "freplace", "iter", "struct_ops", "lsm", "lsm_cgroup", "raw_tp.w", "raw_tracepoint.w",
	}, kind)
}

// plainMaps are those of plain generated programs.
func plainMaps() []object.Map {
	return []object.Map{
		{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: progen.ValueSize, MaxEntries: 2},
		{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: progen.ValueSize, MaxEntries: 2},
	}
}

// generate makes a program: plain, or one with objects of its own.
func (c *campaign) generate(rng *rand.Rand) (*object.Image, error) {
	src := make([]byte, 64+rng.IntN(400))
	for i := range src {
		src[i] = byte(rng.Uint32())
	}
	if rng.IntN(2) == 0 {
		p := progen.Generate(src)
		raw := object.RawProgram{Name: "generated", Type: p.Type, License: "GPL", Insns: p.Insns, Maps: plainMaps()}
		return raw.Image(c.model)
	}
	p, err := progen.GenerateOwnership(src, func(name string) int32 {
		id, _ := c.model.Types().FindFunc(name)
		return int32(id)
	})
	if err != nil {
		return nil, err
	}
	return p.Image(c.model)
}
