package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/machine"
)

// corpus are objects, each of which is linked and verified once.
type corpus []*file

// file is an object of the corpus.
type file struct {
	path     string
	once     sync.Once
	accepted []candidate
}

// candidate is a program that is accepted.
type candidate struct {
	machine.Verified
	mute bool // its runs are long, or stop at what the machine lacks: little is learned for what they cost
}

func newCorpus(paths []string) (c corpus) {
	for _, p := range paths {
		c = append(c, &file{path: p})
	}
	return c
}

// pick takes an object, and those of its programs that are accepted, mute ones seldom.
func (c *campaign) pick(ctx context.Context, rng *rand.Rand) (name string, progs []machine.Verified) {
	f := c.corpus[rng.IntN(len(c.corpus))]
	f.once.Do(func() { c.judge(ctx, f) })
	for _, v := range f.accepted {
		if !v.mute || rng.IntN(16) == 0 {
			progs = append(progs, v.Verified)
		}
	}
	return filepath.Base(f.path), progs
}

// judge finds out which programs of a file are accepted.
func (c *campaign) judge(ctx context.Context, f *file) {
	o, err := bpfverdict.Open(f.path)
	if err != nil {
		return
	}
	for _, l := range (*object.File)(o).Object().Link(c.model) {
		if l.Err != nil || takesObjects(l.Image.Section) {
			continue
		}
		if v, ok := verify(ctx, l.Image, c.model); ok {
			f.accepted = append(f.accepted, candidate{v, c.mute(ctx, v)})
		}
	}
}

// mute runs a program once.
func (c *campaign) mute(ctx context.Context, v machine.Verified) bool {
	m, progs, err := c.load([]machine.Verified{v}, machine.World{})
	if err != nil {
		return errors.Is(err, machine.ErrUnsupported)
	}
	insns, err := c.run(ctx, m, progs, rand.New(rand.NewPCG(0, 0)), 1)
	return insns > longRun || errors.Is(err, machine.ErrUnsupported) || errors.Is(err, context.DeadlineExceeded)
}

func verify(ctx context.Context, img *object.Image, model *kmodel.Model) (machine.Verified, bool) {
	out := verifier.Verify(ctx, img, model, verifier.Options{Facts: true, Memory: state.NewBudget(bpfverdict.DefaultMemory)})
	return machine.Verified{Image: img, Facts: out.Facts}, out.Verdict == verifier.Success
}

// takesObjects reports that the arguments of programs in that section are a kernel's objects, which cannot be made up.
func takesObjects(section string) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(section, "?"), "/")
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
func generate(rng *rand.Rand, model *kmodel.Model) (*object.Image, error) {
	src := make([]byte, 64+rng.IntN(400))
	random(rng, src)
	if rng.IntN(2) == 0 {
		p := progen.Generate(src)
		raw := object.RawProgram{Name: "generated", Type: p.Type, License: "GPL", Insns: p.Insns, Maps: plainMaps()}
		return raw.Image(model)
	}
	p, err := progen.GenerateOwnership(src, func(name string) int32 {
		id, _ := model.Types().FindFunc(name)
		return int32(id)
	})
	if err != nil {
		return nil, err
	}
	return p.Image(model)
}
