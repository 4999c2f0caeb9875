package object

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/testing/running"
)

// TestMapsOfRunningKernel makes maps of all types, and those that either takes also with each size and flag changed alone.
func TestMapsOfRunningKernel(t *testing.T) {
	m, err := running.Model()
	if err != nil {
		t.Skip(err)
	}
	l := &linker{obj: &Object{loader: libbpf}, model: m}
	tried, made := 0, map[abi.MapType]bool{}
	try := func(def Map) (taken bool) {
		fd, errno := bpfsys.CreateMap("", uint32(def.Type), def.KeySize, def.ValueSize, def.MaxEntries, def.Flags, 0, 0, 0)
		if errno == 0 {
			bpfsys.Close(fd)
			made[def.Type] = true
		}
		tried++
		asked, want := def, abi.Errno(0)
		if f := l.admit(&def); f != nil {
			want = f.errno
		}
		if abi.Errno(errno) != want {
			t.Errorf("%v, key %d, value %d, entries %d, flags %#x: errno %d, model %d",
				asked.Type, asked.KeySize, asked.ValueSize, asked.MaxEntries, asked.Flags, errno, want)
		}
		return errno == 0 || want == 0
	}
	for typ := range abi.MapType(64) {
		switch typ {
		case abi.MAP_TYPE_ARRAY_OF_MAPS, abi.MAP_TYPE_HASH_OF_MAPS, abi.MAP_TYPE_STRUCT_OPS:
			continue // these need another map, or types
		}
		for _, s := range running.MapShapes {
			shape := Map{Type: typ, KeySize: s.Key, ValueSize: s.Value, MaxEntries: s.Entries, Flags: s.Flags}
			if try(shape) {
				for _, change := range mapChanges() {
					def := shape
					change(&def)
					try(def)
				}
			}
		}
	}
	t.Logf("%d maps tried, %d types made", tried, len(made))
	if len(made) < 15 {
		t.Error("too few types were made for that to be a question")
	}
}

// mapChanges change one thing of a map, to what is allowed and what isn't somewhere.
func mapChanges() (all []func(*Map)) {
	for _, n := range []uint32{0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 260, 261, 512, 513, 1 << 16, 5 << 20} {
		all = append(all, func(m *Map) { m.KeySize = n })
	}
	for _, n := range []uint32{0, 1, 3, 4, 5, 8, 12, 16, 31, 32, 127 * 8, 128 * 8, 127 * 32, 128 * 32, 1 << 15, 1<<15 + 1,
		1<<16 - 129, 1<<16 - 128, 1<<16 + 1, 4<<20 - 296, 4<<20 - 280, 4<<20 - 279, 4 << 20, 4<<20 + 1, 1 << 31} {
		all = append(all, func(m *Map) { m.ValueSize = n })
	}
	for _, n := range []uint32{0, 1, 2, 3, 256, 257, 4095, 4096, 8192, 3 * 4096} {
		all = append(all, func(m *Map) { m.MaxEntries = n })
	}
	for bit := range 32 {
		if bit != 16 { // BPF_F_TOKEN_FD is about who asks
			all = append(all, func(m *Map) { m.Flags ^= 1 << bit })
		}
	}
	return all
}
