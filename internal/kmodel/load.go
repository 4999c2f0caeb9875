package kmodel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

// builtin are the models that ship with the program, by name, each made when first asked for.
var builtin = func() map[string]func() (*Model, error) {
	all := make(map[string]func() (*Model, error), len(kernels.All))
	for _, k := range slices.Concat(kernels.All, kernels.Others) {
		all[nameOn(k.Arch, k.Release)] = sync.OnceValues(func() (*Model, error) { return New(k) })
	}
	return all
}()

// nameOn is what a release's model for a machine is called.
func nameOn(arch, release string) string {
	if arch == kdata.Arches[0].Name {
		return release
	}
	return release + "@" + arch
}

// New makes a model of a snapshot. Names in its tables that nothing answers for are an error.
func New(k *kdata.Kernel) (*Model, error) {
	fail := func(err error) (*Model, error) { return nil, fmt.Errorf("model %s: %w", k.Release, err) }
	arch, err := archNamed(k.Arch)
	if err != nil {
		return fail(err)
	}
	if k.Engine.Loops >= kdata.NumLoopRules {
		return fail(fmt.Errorf("loop rules %d are not known", k.Engine.Loops))
	}
	if k.Engine.Precision >= kdata.NumPrecisionRules {
		return fail(fmt.Errorf("precision rules %d are not known", k.Engine.Precision))
	}
	if k.Engine.Liveness >= kdata.NumLivenessRules {
		return fail(fmt.Errorf("liveness rules %d are not known", k.Engine.Liveness))
	}
	if k.Engine.Log >= kdata.NumLogRules {
		return fail(fmt.Errorf("log rules %d are not known", k.Engine.Log))
	}
	x, err := newIndex(&k.Tables)
	if err != nil {
		return fail(err)
	}
	has := featuresOf(k.Release)
	for _, name := range k.Updates {
		more, err := ParseFeature(name)
		if err != nil {
			return fail(err)
		}
		has = has.Union(more)
	}
	m := &Model{
		name: nameOn(k.Arch, k.Release), release: k.Release, arch: arch, engine: k.Engine, features: has, types: builtinTypes(k), config: k.Config,
		machines: k.Machines, borrowed: k.Borrowed, measured: k.Measured,
		kconfig: decodeKconfig(k.Kconfig), symbols: decodeSymbols(k.Symbols), ctxTypes: k.CtxTypes, t: &k.Tables, index: x,
	}
	m.finish()
	return m, nil
}

// On returns the model of the same kernel for another machine, with the same features and configuration; ok is false where there is none.
// A model that was given types is for the machine that those are of, whatever is asked.
func (m *Model) On(arch string) (other *Model, ok bool) {
	if m.arch.Name == arch || m.own {
		return m, true
	}
	name := nameOn(arch, m.release)
	load, ok := builtin[name]
	if !ok {
		return nil, false
	}
	other, err := load()
	if err != nil {
		return nil, false
	}
	if len(m.changes) == 0 && m.config == other.config {
		return other, true
	}
	return other.With(func(c *Model) {
		c.features, c.changes, c.config = m.features, m.changes, m.config
		c.name = name + strings.TrimPrefix(m.name, nameOn(m.arch.Name, m.release))
	}), true
}

// archNamed finds a machine whose rules are known.
func archNamed(name string) (*kdata.Arch, error) {
	var known []string
	for i := range kdata.Arches {
		if kdata.Arches[i].Name == name {
			return &kdata.Arches[i], nil
		}
		known = append(known, kdata.Arches[i].Name)
	}
	return nil, fmt.Errorf("architecture %q is not supported (there is %s)", name, strings.Join(known, ", "))
}

// ErrUnknownModel is returned by Load for a name that is no model.
var ErrUnknownModel = errors.New("unknown kernel model")

// Names lists the models that Load knows.
func Names() []string {
	names := make([]string, 0, len(builtin))
	for _, k := range kernels.All {
		names = append(names, k.Release)
	}
	slices.SortFunc(names, compareVersions)
	return names
}

// Default is the newest model that has nothing of another kernel's.
var Default = sync.OnceValue(func() string {
	name := ""
	for _, k := range kernels.All {
		if k.Borrowed == "" && (name == "" || compareVersions(k.Release, name) > 0) {
			name = k.Release
		}
	}
	return name
})

// Load returns the model of that name, "6.18", or for another machine than amd64 "6.18@arm64", or with features switched: "6.18+kptr-xchg-locked",
// "6.18-iter-num-under-lock+sleepable-messages". The model is decoded once and shared.
func Load(name string) (*Model, error) {
	base, changes := splitName(name)
	load, ok := builtin[base]
	if !ok {
		return nil, fmt.Errorf("%w %q (known: %s)", ErrUnknownModel, base, strings.Join(Names(), ", "))
	}
	m, err := load()
	if err != nil || changes == "" {
		return m, err
	}
	opts, err := parseChanges(changes)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", name, err)
	}
	return m.With(append(opts, Named(name))...), nil
}

// splitName parts a model's name from the features that are switched.
func splitName(name string) (base, changes string) {
	if i := strings.IndexAny(name, "+-"); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

// parseChanges reads "+feature" and "-feature" in a row. Feature names contain dashes themselves, so the
// longest known name wins.
func parseChanges(s string) ([]Option, error) {
	var opts []Option
	for s != "" {
		sign, rest := s[0], s[1:]
		end := len(rest)
		if i := strings.IndexByte(rest, '+'); i >= 0 {
			end = i
		}
		var set FeatureSet
		var err error
		for {
			if set, err = ParseFeature(rest[:end]); err == nil {
				break
			}
			cut := strings.LastIndexByte(rest[:end], '-')
			if cut <= 0 {
				return nil, err
			}
			end = cut
		}
		if sign == '+' {
			opts = append(opts, Enable(set))
		} else {
			opts = append(opts, Disable(set))
		}
		s = rest[end:]
	}
	return opts, nil
}
