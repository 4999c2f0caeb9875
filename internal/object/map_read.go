package object

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Constant reports that neither programs nor user space can change the map's values any more.
func (m *Map) Constant() bool {
	return m.Type == abi.MAP_TYPE_ARRAY && m.Frozen && m.Flags&abi.BPF_F_RDONLY_PROG != 0
}

// ReadConstant reads a number from the value of a Constant map (bpf_map_direct_read).
// ok is false where the kernel has no address for it: only arrays of one element have.
func (m *Map) ReadConstant(off, size int, signExtend bool) (val uint64, ok bool) {
	if m.MaxEntries != 1 || off < 0 || off+size > int(m.ValueSize) {
		return 0, false
	}
	var b [8]byte
	if off < len(m.Data) {
		copy(b[:size], m.Data[off:])
	}
	val = binary.LittleEndian.Uint64(b[:])
	if signExtend {
		shift := uint(64 - 8*size)
		val = uint64(int64(val<<shift) >> shift)
	}
	return val, true
}
