package kmodel

import (
	"fmt"
	"slices"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// builtinTypes are a snapshot's types, read when first asked for. That they can be read is tested.
func builtinTypes(k *kdata.Kernel) *types.Set {
	return vmlinux(func() types.Loaded {
		raw, err := builtinBTF(k)
		if err == nil {
			var l types.Loaded
			if l, err = loadBTF(raw); err == nil {
				return l
			}
		}
		panic(fmt.Errorf("model %s: %w", k.Release, err))
	})
}

// builtinBTF is a snapshot's raw BTF.
func builtinBTF(k *kdata.Kernel) ([]byte, error) {
	if k.BTFBase == "" {
		return btfpack.Decompress(k.BTF)
	}
	whole, ok := wholeBTF[k.BTFBase]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownModel, k.BTFBase)
	}
	base, err := whole()
	if err != nil {
		return nil, err
	}
	return btfpack.Apply(k.BTF, base)
}

// wholeBTF is the raw BTF that others are differences from, by release.
var wholeBTF = func() map[string]func() ([]byte, error) {
	whole := map[string]func() ([]byte, error){}
	for _, k := range kernels.All {
		if k.BTFBase == "" {
			whole[k.Release] = sync.OnceValues(func() ([]byte, error) { return btfpack.Decompress(k.BTF) })
		}
	}
	return whole
}()

// RawBTF is the raw BTF of the kernel that a model is of, "6.18" or "6.18@arm64".
func RawBTF(name string) ([]byte, error) {
	for _, k := range slices.Concat(kernels.All, kernels.Others) {
		if nameOn(k.Arch, k.Release) == name {
			return builtinBTF(k)
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownModel, name)
}
