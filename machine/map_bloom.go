package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_BLOOM_FILTER: newBloom})
}

// bloom knows which values were pushed. A kernel's may also take others for them; this one never does.
type bloom struct {
	noMap
	values map[string]bool
}

func newBloom(*Map) (mapImpl, error) { return &bloom{values: map[string]bool{}}, nil }

func (b *bloom) push(value []byte, flags uint64) abi.Errno {
	if flags != BPF_ANY {
		return abi.EINVAL
	}
	b.values[string(value)] = true
	return 0
}

func (b *bloom) update(_ *CPU, _, value []byte, flags uint64) (abi.Errno, error) {
	return b.push(value, flags), nil
}

// pop tells whether the value was pushed; values are never taken out.
func (b *bloom) pop(value []byte, take bool) abi.Errno {
	switch {
	case take:
		return abi.EOPNOTSUPP
	case !b.values[string(value)]:
		return abi.ENOENT
	}
	return 0
}
