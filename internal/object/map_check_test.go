package object

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// The kernel answers with a number; what it looked at is told.
func TestMapFaults(t *testing.T) {
	l := &linker{obj: &Object{loader: libbpf}, model: model(t)}
	for _, c := range []struct {
		m     Map
		errno abi.Errno
		why   string // "" for a good map
	}{
		{Map{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 1}, 0, ""},
		{Map{Type: 9999}, abi.EINVAL, "has no maps of type 9999"},
		{Map{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8}, abi.EINVAL, "max_entries is 0"},
		{Map{Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4095}, abi.EINVAL, "a power of 2 of bytes, and whole pages of 4096"},
		{Map{Type: abi.MAP_TYPE_ARRAY, KeySize: 8, ValueSize: 8, MaxEntries: 1}, abi.EINVAL, "its keys have 8 bytes, and those of a map of type array have 4"},
		{Map{Type: abi.MAP_TYPE_LPM_TRIE, KeySize: 8, ValueSize: 8, MaxEntries: 1}, abi.EINVAL, "needs the flags 0x1"},
		{Map{Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, ValueSize: 4, MaxEntries: 1}, abi.EINVAL, "nothing says of what kind"},
		{Map{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8 << 20, MaxEntries: 1}, abi.E2BIG, "more than the kernel allocates at once"},
		{Map{Type: abi.MAP_TYPE_PERCPU_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 1, Flags: abi.BPF_F_NUMA_NODE}, abi.EINVAL, "it has the flags 0x4"},
		{Map{Type: abi.MAP_TYPE_CPUMAP, KeySize: 4, ValueSize: 4, MaxEntries: 1 << 20}, abi.E2BIG, "this kernel is built for"},
		{Map{Type: abi.MAP_TYPE_LPM_TRIE, KeySize: 8, ValueSize: 4 << 20, MaxEntries: 1, Flags: abi.BPF_F_NO_PREALLOC}, abi.EINVAL, "its values have 4194304 bytes"},
		{Map{Type: abi.MAP_TYPE_BLOOM_FILTER, ValueSize: 4<<20 + 1, MaxEntries: 1}, abi.E2BIG, "its values have 4194305 bytes"},
		{Map{Type: abi.MAP_TYPE_LRU_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 1, Flags: abi.BPF_F_NO_PREALLOC}, abi.ENOTSUPP, "allocated in advance"},
	} {
		f := l.admit(&c.m)
		if (f == nil) != (c.why == "") || f != nil && (f.errno != c.errno || !strings.Contains(f.why, c.why)) {
			t.Errorf("%+v: %+v, want %v %q", c.m, f, c.errno, c.why)
		}
	}
}

// What maps can be made changed from release to release.
func TestMapFaultsByKernel(t *testing.T) {
	rhash := Map{Type: abi.MAP_TYPE_RHASH, KeySize: 4, ValueSize: 8, MaxEntries: 8, Flags: abi.BPF_F_NO_PREALLOC}
	ofMaps := Map{Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, ValueSize: 4, MaxEntries: 1}
	locked := Map{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 4, MaxEntries: 1, Record: &Record{Mask: BPF_SPIN_LOCK}}
	percpu := Map{Type: abi.MAP_TYPE_PERCPU_HASH, KeySize: 8, ValueSize: 1<<15 + 1, MaxEntries: 1}
	ops := Map{Type: abi.MAP_TYPE_STRUCT_OPS, KeySize: 4, MaxEntries: 1}
	with := func(m Map, change func(*Map)) Map { change(&m); return m }
	for _, c := range []struct {
		kernel string
		m      Map
		errno  abi.Errno
		why    string // "" for a good map
	}{
		{"6.18", Map{Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096, Flags: abi.BPF_F_RB_OVERWRITE}, abi.EINVAL, "it has the flags 0x80000"},
		{"6.19", Map{Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096, Flags: abi.BPF_F_RB_OVERWRITE}, 0, ""},
		{"6.19", Map{Type: abi.MAP_TYPE_USER_RINGBUF, MaxEntries: 4096, Flags: abi.BPF_F_RB_OVERWRITE}, abi.EINVAL, "it has the flags 0x80000"},
		{"6.1", with(ofMaps, func(m *Map) { m.Inner = &locked }), abi.ENOTSUPP, "values hold a struct bpf_spin_lock"},
		{"6.12", with(ofMaps, func(m *Map) { m.Inner = &locked }), 0, ""},
		{"6.1", with(ops, func(m *Map) { m.Flags = abi.BPF_F_LINK }), abi.EINVAL, "it has the flags 0x2000"},
		{"6.12", with(ops, func(m *Map) { m.Flags = abi.BPF_F_LINK }), 0, ""},
		{"5.10", Map{Type: abi.MAP_TYPE_HASH, KeySize: 513, ValueSize: 8, MaxEntries: 1}, abi.E2BIG, "its keys have 513 bytes"},
		{"6.1", Map{Type: abi.MAP_TYPE_HASH, KeySize: 513, ValueSize: 8, MaxEntries: 1}, 0, ""},
		{"5.10", Map{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 4<<20 + 1, MaxEntries: 1}, abi.E2BIG, "its values have 4194305 bytes"},
		{"6.1", Map{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 4<<20 + 1, MaxEntries: 1}, 0, ""},
		{"5.10", with(percpu, func(m *Map) { m.Type, m.KeySize = abi.MAP_TYPE_PERCPU_ARRAY, 4 }), abi.ENOMEM, "allocates 32768 at most for each CPU"},
		{"5.10", percpu, abi.ENOMEM, "its values have 32769 bytes"},
		{"5.10", with(percpu, func(m *Map) { m.Flags = abi.BPF_F_NO_PREALLOC }), 0, ""},
		{"5.10", with(percpu, func(m *Map) { m.ValueSize = 4 << 20 }), abi.E2BIG, "its values have 4194304 bytes"},
		{"6.1", percpu, abi.E2BIG, "its values have 32769 bytes"},
		{"5.10", Map{Type: abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, KeySize: 8, ValueSize: 4097}, abi.E2BIG, "its values have 4097 bytes"},
		{"6.1", Map{Type: abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, KeySize: 8, ValueSize: 4097}, 0, ""},
		{"6.12", Map{Type: abi.MAP_TYPE_SOCKHASH, KeySize: 513, ValueSize: 4, MaxEntries: 1}, abi.E2BIG, "its keys have 513 bytes"},
		{"6.18", Map{Type: abi.MAP_TYPE_INSN_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: 1}, abi.EINVAL, "has no maps of type 34"},
		{"6.19", Map{Type: abi.MAP_TYPE_INSN_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: 1}, 0, ""},
		{"6.19", Map{Type: abi.MAP_TYPE_INSN_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 1}, abi.EINVAL, "its values have 8 bytes"},
		{"7.1", rhash, abi.EINVAL, "has no maps of type 35"},
		{"7.2", rhash, 0, ""},
		{"7.3", with(rhash, func(m *Map) { m.MapExtra = 8 }), 0, ""},
		{"7.3", with(rhash, func(m *Map) { m.MapExtra = 9 }), abi.EINVAL, "map_extra"},
		{"7.3", with(rhash, func(m *Map) { m.MapExtra = 1 << 16 }), abi.E2BIG, "map_extra"},
		{"7.3", with(rhash, func(m *Map) { m.Flags = 0 }), abi.EINVAL, "needs the flags 0x1"},
		{"7.3", with(rhash, func(m *Map) { m.KeySize = 1 << 16 }), abi.E2BIG, "its keys have 65536 bytes"},
		{"7.3", with(rhash, func(m *Map) { m.MaxEntries = 1<<31 + 1 }), abi.E2BIG, "max_entries is 2147483649"},
	} {
		k, err := kmodel.Load(c.kernel)
		if err != nil {
			t.Fatal(err)
		}
		f := (&linker{obj: &Object{loader: libbpf}, model: k}).admit(&c.m)
		if (f == nil) != (c.why == "") || f != nil && (f.errno != c.errno || !strings.Contains(f.why, c.why)) {
			t.Errorf("%s: %+v: %+v, want %v %q", c.kernel, c.m, f, c.errno, c.why)
		}
	}
}

// Of several fields that a map can't hold, always the same one is named.
func TestMapFaultIsSteady(t *testing.T) {
	l := &linker{obj: &Object{loader: libbpf}, model: model(t)}
	rec := &Record{Mask: BPF_SPIN_LOCK | BPF_TIMER | BPF_WORKQUEUE | BPF_KPTR_REF}
	for range 20 {
		f := l.checkSpecial(&Map{Type: abi.MAP_TYPE_QUEUE}, rec)
		if f == nil || f.errno != abi.EOPNOTSUPP || !strings.Contains(f.why, "a struct bpf_spin_lock") {
			t.Fatalf("%+v", f)
		}
	}
}

// A draft tells where the object refers to what it can't have, in another of its programs if not in this one.
func TestDraft(t *testing.T) {
	o, err := Load("../../diagnosis/testdata/programs/BV2201.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range o.Link(model(t)) {
		e, ok := l.Err.(*LinkError)
		if !ok {
			t.Fatalf("%s: %v", l.Program.Name, l.Err)
		}
		if len(e.Draft.Insns) == 0 || len(e.Draft.Debug.Lines) == 0 || len(e.Draft.Refs) == 0 || len(e.Args) != 1 {
			t.Errorf("%s: %+v", l.Program.Name, e)
		}
		for _, r := range e.Draft.Refs {
			if here := r.Function == l.Program.Name; (r.Insn >= 0) != here || r.Line == nil || r.Kind != RefExtern || r.Name == "" {
				t.Errorf("%s: %+v", l.Program.Name, r)
			}
		}
	}
}
