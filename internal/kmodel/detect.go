package kmodel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Detection says how a model was made of a kernel's types alone.
type Detection struct {
	Release string     // the mainline release that they fit best, or that the user named
	Nearest string     // the model whose tables were taken, less what the types lack
	Seen    FeatureSet // features that the types show to be there or not; the others are the release's
}

// cookies shows a kernel that tells programs a number which they are attached with.
const cookies mark = "value bpf_func_id.BPF_FUNC_get_attach_cookie"

// derivedMark is in the names of models that were made of types.
const derivedMark = "-derived"

// Detect makes a model of a kernel that has none from its types: its features are what they show, else its release's, and
// its tables are those of the nearest model. The name is that of a mainline release, with features switched if wanted as
// for Load; without a release the types tell it. The models of the releases without are not looked at.
func Detect(vmlinux *types.Set, name string, without ...string) (*Model, error) {
	release, changes := splitName(name)
	opts, err := parseChanges(strings.TrimPrefix(changes, derivedMark))
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", name, err)
	}
	switch {
	case release == "":
		if release = releaseOf(vmlinux); release == "" {
			return nil, fmt.Errorf("%w: the types are those of a kernel before %s", ErrUnknownModel, releases[0].name)
		}
	case !IsRelease(release):
		return nil, fmt.Errorf("%w %q: name a mainline release, such as %s", ErrUnknownModel, release, releases[0].name)
	}
	near := nearestKernels(release, without)
	k := *near[0]
	d := &Detection{Release: release, Nearest: k.Release}
	k.Release, k.Borrowed, k.Measured, k.Updates, k.Machines = release, d.Nearest, "", nil, nil
	has := featuresOf(release)
	for _, f := range features {
		switch f.BTF.in(vmlinux) {
		case present:
			has, d.Seen = has.Union(Of(f.Feature)), d.Seen.Union(Of(f.Feature))
		case absent:
			has, d.Seen = has.Minus(Of(f.Feature)), d.Seen.Union(Of(f.Feature))
		}
	}
	k.Engine = engineOf(vmlinux)
	fit(&k.Tables, vmlinux, has, near[1:])
	m, err := New(&k)
	if err != nil {
		return nil, err
	}
	m = m.With(WithTypes(vmlinux), func(m *Model) {
		m.features, m.detection, m.kconfig = has, d, withVersion(m.kconfig, release, cookies.in(vmlinux) == present)
	})
	return m.With(append(opts, Named(release+derivedMark+strings.TrimPrefix(changes, derivedMark)))...), nil
}

// nearestKernels are the kernels that have models, the nearest to a release first: the next newer one, whose tables have all
// that the kernel may have, then those on either side.
func nearestKernels(release string, without []string) []*kdata.Kernel {
	all := slices.DeleteFunc(slices.Clone(kernels.All), func(k *kdata.Kernel) bool { return slices.Contains(without, k.Release) })
	slices.SortFunc(all, func(a, b *kdata.Kernel) int { return compareVersions(a.Release, b.Release) })
	at := slices.IndexFunc(all, func(k *kdata.Kernel) bool { return compareVersions(k.Release, release) >= 0 })
	if at < 0 {
		at = len(all)
	}
	var near []*kdata.Kernel
	for older, newer := at-1, at; older >= 0 || newer < len(all); older, newer = older-1, newer+1 {
		if newer < len(all) {
			near = append(near, all[newer])
		}
		if older >= 0 {
			near = append(near, all[older])
		}
	}
	return near
}
