package machine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// calls calls kernel functions and helpers with numbers and the addresses of memory that holds the given bytes.
func calls(t *testing.T, m *Machine, fn string, what ...any) uint64 {
	t.Helper()
	var a args
	for i, v := range what {
		switch v := v.(type) {
		case string:
			b, err := m.mem.alloc(uint32(len(v))+1, "text", place{})
			if err != nil {
				t.Fatal(err)
			}
			copy(m.mem.buf[uint32(b.addr):], v)
			a[i] = b.addr
		case *block:
			if v != nil {
				a[i] = v.addr
			}
		case int:
			a[i] = uint64(v)
		}
	}
	f := kfuncTable[fn]
	if f == nil {
		f = helperTable[fn]
	}
	got, err := f(m.cpus[0], &a)
	if err != nil {
		t.Fatalf("%s: %v", fn, err)
	}
	return got
}

// addMap gives a machine a map of keys of 4 bytes.
func addMap(t *testing.T, m *Machine, typ abi.MapType, valueSize, entries uint32) *Map {
	t.Helper()
	mp, err := m.mapOf(&object.Map{Name: "map", Type: typ, KeySize: 4, ValueSize: valueSize, MaxEntries: entries})
	if err != nil {
		t.Fatal(err)
	}
	return mp
}

// TestCpumask does with sets of five CPUs what there is to do with them.
func TestCpumask(t *testing.T) {
	m := newMachine(t, Options{World: World{CPUs: 5}})
	set := func(cpus ...int) *block {
		k, err := m.newStruct("bpf_cpumask")
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range cpus {
			calls(t, m, "bpf_cpumask_set_cpu", i, k.block)
		}
		return k.block
	}
	for _, c := range []struct {
		fn   string
		x, y *block
		want uint64
	}{
		{"first", set(2, 4), nil, 2},
		{"first", set(), nil, 5},
		{"first_zero", set(0, 1, 3), nil, 2},
		{"first_and", set(1, 2, 4), set(0, 2, 4), 2},
		{"weight", set(0, 4, 7, 99), nil, 2}, // there is no CPU 7
		{"empty", set(), nil, 1},
		{"full", set(0, 1, 2, 3, 4), nil, 1},
		{"full", set(0, 1, 2, 3), nil, 0},
		{"equal", set(1, 3), set(3, 1), 1},
		{"subset", set(1), set(1, 2), 1},
		{"subset", set(1, 2), set(1), 0},
		{"intersects", set(1, 2), set(3, 4), 0},
	} {
		if got := calls(t, m, "bpf_cpumask_"+c.fn, c.x, c.y); got != c.want {
			t.Errorf("%s: %d, want %d", c.fn, got, c.want)
		}
	}
	to := set()
	for fn, want := range map[string]uint64{"and": 0b00100, "or": 0b10111, "xor": 0b10011} {
		calls(t, m, "bpf_cpumask_"+fn, to, set(0, 2, 4), set(1, 2))
		if got := number(m.mem.buf[uint32(to.addr):][:8]); got != want {
			t.Errorf("%s: %b, want %b", fn, got, want)
		}
	}
	to = set(2, 4)
	if was := calls(t, m, "bpf_cpumask_test_and_clear_cpu", 4, to); was != 1 || calls(t, m, "bpf_cpumask_test_cpu", 4, to) != 0 {
		t.Error("a CPU that is taken out is still there, or was not before")
	}
	for _, want := range []uint64{1, 4, 1} { // one after the other
		if got := calls(t, m, "bpf_cpumask_any_distribute", set(1, 4)); got != want {
			t.Errorf("the next CPU is %d, want %d", got, want)
		}
	}
	if got := calls(t, m, "bpf_cpumask_populate", to, "\x0f", 1); got != narrow(abi.EACCES) {
		t.Errorf("a set of one byte: %#x", got)
	}
	if calls(t, m, "bpf_cpumask_populate", to, "\x29-------", 8); calls(t, m, "bpf_cpumask_weight", to) != 2 {
		t.Error("0, 3 and 5, of which there is none, are not two")
	}
}

// TestStrings: positions, orders and errors of functions about strings.
func TestStrings(t *testing.T) {
	m := newMachine(t, Options{})
	for _, c := range []struct {
		fn   string
		args []any
		want int64
	}{
		{"strlen", []any{"hello"}, 5},
		{"strnlen", []any{"hello", 3}, 3},
		{"strcmp", []any{"abc", "abd"}, -1},
		{"strcmp", []any{"abc", "ab"}, 1},
		{"strcmp", []any{"abc", "ABC"}, 1},
		{"strcasecmp", []any{"abC", "ABc"}, 0},
		{"strncasecmp", []any{"abX", "ABy", 2}, 0},
		{"strchr", []any{"hello", 'l'}, 2},
		{"strchr", []any{"hello", 0}, 5},
		{"strchr", []any{"hello", 'x'}, -int64(abi.ENOENT)},
		{"strnchr", []any{"hello", 2, 'l'}, -int64(abi.ENOENT)},
		{"strchrnul", []any{"hello", 'x'}, 5},
		{"strrchr", []any{"hello", 'l'}, 3},
		{"strspn", []any{"hello", "leh"}, 4},
		{"strcspn", []any{"hello", "lo"}, 2},
		{"strstr", []any{"hello world", "o w"}, 4},
		{"strstr", []any{"hello", ""}, 0},
		{"strnstr", []any{"hello", "llo", 4}, -int64(abi.ENOENT)},
		{"strnstr", []any{"hello", "llo", 5}, 2},
		{"strcasestr", []any{"hello", "LL"}, 2},
		{"strlen", []any{0}, -int64(abi.ERANGE)},
	} {
		args := c.args
		for i, v := range args {
			if r, ok := v.(rune); ok {
				args[i] = int(r)
			}
		}
		if got := int64(int32(calls(t, m, "bpf_"+c.fn, args...))); got != c.want {
			t.Errorf("%s %v: %d, want %d", c.fn, c.args, got, c.want)
		}
	}
	unterminated, err := m.mem.alloc(8, "text", place{})
	if err != nil {
		t.Fatal(err)
	}
	copy(m.mem.buf[uint32(unterminated.addr):], "12345678")
	if got := calls(t, m, "bpf_strlen", unterminated); got != narrow(abi.EFAULT) {
		t.Errorf("a string that does not end: %#x", got)
	}
	for text, want := range map[string]uint64{"": 0, "4321": 4, "21x": narrow(abi.EFAULT)} {
		if got := calls(t, m, "bpf_strspn", text, unterminated); got != want {
			t.Errorf("what %q has of a set that does not end: %#x, want %#x", text, got, want)
		}
	}
	// What is asked for each byte of a long string does not walk the whole of another again.
	long := strings.Repeat("a", maxString-1)
	if got := calls(t, m, "bpf_strspn", long, strings.Repeat("b", maxString-2)+"a"); got != maxString-1 {
		t.Errorf("a long string, all of whose bytes are at the end of a long set: %d", got)
	}
}

// TestSocketMap puts sockets into a map of one.
func TestSocketMap(t *testing.T) {
	m := newMachine(t, Options{World: World{Sockets: []Socket{
		{Protocol: "tcp", Local: netip.MustParseAddrPort("10.0.0.1:80"), Listen: true},
		{Protocol: "udp", Local: netip.MustParseAddrPort("10.0.0.1:53"), Listen: true},
	}}})
	mp, err := m.mapOf(&object.Map{Name: "socks", Type: abi.MAP_TYPE_SOCKHASH, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := mp.impl.(*socketMap)
	tcp, err := m.worldSocket(0)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := m.newSocket()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		key   string
		sk    *socket
		flags uint64
		want  abi.Errno
	}{
		{"0000", nil, 0, abi.EINVAL},
		{"0000", bare, 0, abi.EOPNOTSUPP}, // that of a packet of a run
		{"0000", tcp, BPF_EXIST, abi.ENOENT},
		{"0000", tcp, 0, 0},
		{"0000", tcp, BPF_NOEXIST, abi.EEXIST},
		{"1111", tcp, 0, abi.E2BIG},
		{"0000", tcp, 4, abi.EINVAL},
	} {
		if got, err := s.put([]byte(c.key), c.sk, c.flags); got != c.want || err != nil {
			t.Errorf("%d: %v, %v, want %v", i, got, err, c.want)
		}
	}
	mine := *bare
	mine.protocol = ipprotoUDP
	if _, err := s.put([]byte("0000"), &mine, 0); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a socket that goes with its run: %v", err)
	}
}
