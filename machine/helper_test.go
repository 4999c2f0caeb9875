package machine

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// TestHelpers calls helpers as programs do; text that is passed lies on the stack.
func TestHelpers(t *testing.T) {
	inner := &object.Map{Name: "inner", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 1}
	maps := []*object.Map{
		{Name: "queue", Type: abi.MAP_TYPE_QUEUE, ValueSize: 8, MaxEntries: 2},
		{Name: "ring", Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096},
		{Name: "outer", Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, ValueSize: 4, MaxEntries: 2, Inner: inner,
			Slots: []object.Slot{{Index: 1, Map: inner}}},
		{Name: "sockets", Type: abi.MAP_TYPE_SK_STORAGE, KeySize: 4, ValueSize: 8},
		{Name: "events", Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, KeySize: 4, ValueSize: 4, MaxEntries: 1},
	}
	world := World{
		Task:       Task{PID: 7, TGID: 5, Comm: "test", Cgroup: 5},
		Cgroups:    []Cgroup{{ID: 4}, {ID: 5, Parent: 4}},
		Forwarding: true,
		Routes:     []Route{{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Ifindex: 4}},
		Devices:    []Device{{Ifindex: 4, MTU: 100}},
		Sockets:    []Socket{{Protocol: "tcp", Local: netip.MustParseAddrPort("0.0.0.0:80"), Listen: true, Mark: 9}},
	}
	for _, c := range []struct {
		name string
		typ  abi.ProgType
		text string
		want int64
	}{
		{"csum_diff of what is added", abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -8) = 0x00020001
			r1 = 0
			r2 = 0
			r3 = r10
			r3 += -8
			r4 = 4
			r5 = 0xffff
			call csum_diff
			exit`, 3},
		{"no device has found a checksum of the packet right", abi.PROG_TYPE_SCHED_CLS, `
			r2 = 0
			call csum_level
			exit`, -int64(abi.EACCES)},
		{"a time to leave by the monotonic clock is not 0", abi.PROG_TYPE_SCHED_CLS, `
			r2 = 0
			r3 = 1
			call skb_set_tstamp
			exit`, -int64(abi.EOPNOTSUPP)}, // neither IPv4 nor IPv6
		{"a packet came by no tunnel", abi.PROG_TYPE_SCHED_CLS, `
			*(u64 *)(r10 -8) = -1
			r2 = r10
			r2 += -8
			r3 = 8
			r4 = 0
			call skb_get_tunnel_key
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit`, -int64(abi.EINVAL)},
		{"a tunnel's key has sizes of its own", abi.PROG_TYPE_SCHED_CLS, `
			*(u64 *)(r10 -8) = 0
			r2 = r10
			r2 += -8
			r3 = 7
			r4 = 0
			call skb_set_tunnel_key
			exit`, -int64(abi.EINVAL)},
		{"a packet belongs to the cgroup of the task", abi.PROG_TYPE_SCHED_CLS, `
			r6 = r1
			call skb_cgroup_id
			r7 = r0
			r7 *= 100
			r1 = r6
			r2 = 1
			call skb_ancestor_cgroup_id
			r7 += r0
			r7 *= 100
			r1 = r6
			r2 = 3
			call skb_ancestor_cgroup_id
			r0 += r7
			exit`, 5_04_00},
		{"a packet that no device brought is given no socket", abi.PROG_TYPE_SCHED_CLS, `
			r2 = 0
			r3 = 0
			call sk_assign
			exit`, -int64(abi.EOPNOTSUPP)},
		{"strtol stops at what is no digit", abi.PROG_TYPE_SYSCALL, `
			r1 = 0x783231342d ll // "-412x"
			*(u64 *)(r10 -8) = r1
			r1 = r10
			r1 += -8
			r2 = 6
			r3 = 10
			r4 = r10
			r4 += -16
			call strtol
			r0 <<= 32
			r1 = *(u64 *)(r10 -16)
			r0 -= r1
			exit`, 4<<32 + 412},
		{"strtoul refuses a sign", abi.PROG_TYPE_SYSCALL, `
			*(u64 *)(r10 -8) = 0x312d // "-1"
			r1 = r10
			r1 += -8
			r2 = 3
			r3 = 0
			r4 = r10
			r4 += -16
			call strtoul
			exit`, -int64(abi.EINVAL)},
		{"a queue gives what came first, and refuses more than it holds", abi.PROG_TYPE_SCHED_CLS, `
			r6 = 1
			again:
			*(u64 *)(r10 -8) = r6
			r1 = map[0] ll
			r2 = r10
			r2 += -8
			r3 = 0
			call map_push_elem
			r7 = r0
			r6 += 1
			if r6 < 4 goto again
			r1 = map[0] ll
			r2 = r10
			r2 += -8
			call map_pop_elem
			r0 = *(u64 *)(r10 -8)
			r0 += r7
			exit`, 1 - int64(abi.E2BIG)},
		{"a reserved record is submitted", abi.PROG_TYPE_SCHED_CLS, `
			r1 = map[1] ll
			r2 = 16
			r3 = 0
			call ringbuf_reserve
			*(u64 *)(r0 +8) = 1
			r1 = r0
			r2 = 0
			call ringbuf_submit
			r1 = map[1] ll
			r2 = 0
			call ringbuf_query
			exit`, 24},
		{"a ring buffer is full", abi.PROG_TYPE_SCHED_CLS, `
			r1 = map[1] ll
			r2 = 4096
			r3 = 0
			call ringbuf_reserve
			exit`, 0},
		{"a map in a map", abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -4) = 1
			r1 = map[2] ll
			r2 = r10
			r2 += -4
			call map_lookup_elem
			r1 = r0
			*(u32 *)(r10 -4) = 0
			r2 = r10
			r2 += -4
			call map_lookup_elem
			*(u64 *)(r0 +0) = 6
			r0 = *(u64 *)(r0 +0)
			exit`, 6},
		{"nobody has opened the event", abi.PROG_TYPE_SCHED_CLS, `
			r2 = map[4] ll
			r3 = 0
			r4 = r10
			r4 += -8
			r5 = 8
			call perf_event_output
			exit`, -int64(abi.ENOENT)},
		{"storage of the packet's socket is kept", abi.PROG_TYPE_SCHED_CLS, `
			r6 = *(u64 *)(r1 +168)
			*(u64 *)(r10 -8) = 5
			r1 = map[3] ll
			r2 = r6
			r3 = r10
			r3 += -8
			r4 = 1
			call sk_storage_get
			r0 = *(u64 *)(r0 +0)
			exit`, 5},
		{"task", abi.PROG_TYPE_SYSCALL, "call get_current_pid_tgid \n exit", 5<<32 | 7},
		{"comm", abi.PROG_TYPE_SYSCALL, `
			r1 = r10
			r1 += -16
			r2 = 16
			call get_current_comm
			r0 = *(u64 *)(r10 -16)
			exit`, 0x74736574},
		{"fields of the task's struct", abi.PROG_TYPE_SYSCALL, `
			call get_current_task
			r3 = r0
			r1 = r10
			r1 += -8
			r2 = 8
			call probe_read_kernel
			exit`, 0},
		{"a probed address that is none", abi.PROG_TYPE_SYSCALL, `
			r1 = r10
			r1 += -8
			r2 = 8
			r3 = 0x1234
			call probe_read_kernel
			exit`, -int64(abi.ERANGE)},
		{"a listening socket is found", abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -16) = 0x0100000a
			*(u32 *)(r10 -12) = 0x0200000a
			*(u16 *)(r10 -8) = 0x3930
			*(u16 *)(r10 -6) = 0x5000
			r2 = r10
			r2 += -16
			r3 = 12
			r4 = -1
			r5 = 0
			call sk_lookup_tcp
			r6 = *(u32 *)(r0 +16)
			r1 = r0
			call sk_release
			r0 = r6
			exit`, 9},
		{"what fits a device", abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -4) = 0
			r2 = 4
			r3 = r10
			r3 += -4
			r4 = 51
			r5 = 0
			call check_mtu
			r0 <<= 32
			r1 = *(u32 *)(r10 -4)
			r0 += r1
			exit`, 1<<32 + 100},
		{"no such device", abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -4) = 0
			r2 = 5
			r3 = r10
			r3 += -4
			r4 = 0
			r5 = 0
			call check_mtu
			exit`, -int64(abi.ENODEV)},
		{"loop of too many rounds", abi.PROG_TYPE_SYSCALL, "r1 = 0x800001 \n r2 = 0 \n r3 = 0 \n r4 = 0 \n call loop \n exit", -int64(abi.E2BIG)},
		{"front of an XDP packet", abi.PROG_TYPE_XDP, `
			r6 = r1
			r2 = -8
			call xdp_adjust_head
			r1 = r6
			call xdp_get_buff_len
			exit`, 72},
		{"an XDP packet shorter than a header", abi.PROG_TYPE_XDP, "r2 = -51 \n call xdp_adjust_tail \n exit", -int64(abi.EINVAL)},
		{"room behind the network header", abi.PROG_TYPE_SCHED_CLS, `
			r6 = r1
			r2 = 8
			r3 = 1
			r4 = 0
			call skb_adjust_room
			r7 = r0
			r0 = *(u32 *)(r6 +0)
			r0 += r7
			exit`, 64 - int64(abi.ENOTSUPP)},
		{"a longer packet", abi.PROG_TYPE_SCHED_CLS, `
			r6 = r1
			r2 = 4000
			r3 = 0
			call skb_change_tail
			r0 = *(u32 *)(r6 +0)
			exit`, 4000},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := assemble(t, newMachine(t, Options{World: world}), c.typ, c.text, maps...)
			in := Input{}
			if p.TakesPacket() {
				in.Data = make([]byte, 64)
			}
			res, err := p.Run(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if int64(res.R0) != c.want && int64(int32(res.R0)) != c.want {
				t.Errorf("r0 = %#x (%d), want %d", res.R0, int64(res.R0), c.want)
			}
		})
	}
}

// TestSockets breaks what holds for sockets that were looked up.
func TestSockets(t *testing.T) {
	const lookup = `
		*(u64 *)(r10 -16) = 0
		*(u32 *)(r10 -8) = 0x50000000
		r2 = r10
		r2 += -16
		r3 = 12
		r4 = -1
		r5 = 0
		call sk_lookup_tcp
		`
	world := World{Sockets: []Socket{{Protocol: "tcp", Local: netip.MustParseAddrPort("0.0.0.0:80"), Listen: true}}}
	for _, c := range []struct {
		name, text string
		kind       FaultKind
	}{
		{"forgotten", lookup + "r0 = 0 \n exit", Leak},
		{"released twice", lookup + "r6 = r0 \n r1 = r0 \n call sk_release \n r1 = r6 \n call sk_release \n exit", UseAfterFree},
		{"used after its release", lookup + "r6 = r0 \n r1 = r0 \n call sk_release \n r0 = *(u32 *)(r6 +16) \n exit", UseAfterFree},
		{"not looked up", "r1 = *(u64 *)(r1 +168) \n call sk_release \n exit", NotOwned},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := runIn(t, newMachine(t, Options{World: world}), c.text)
			if f := new(Fault); !errors.As(err, &f) || f.Kind != c.kind {
				t.Errorf("%+v\nwant: %s", err, c.kind)
			}
		})
	}
}

// TestCsumDiffUnfolded has a kernel from before 6.13.
func TestCsumDiffUnfolded(t *testing.T) {
	m := newMachine(t, Options{})
	m.k = m.k.With(kmodel.Disable(kmodel.Of(kmodel.CsumDiffFolded)))
	res, err := runIn(t, m, `
		*(u32 *)(r10 -8) = 0x00020001
		r1 = 0
		r2 = 0
		r3 = r10
		r3 += -8
		r4 = 4
		r5 = 0xffff
		call csum_diff
		exit`)
	if err != nil || res.R0 != 0x30000 {
		t.Errorf("%#x, %v", res.R0, err)
	}
}

func TestPrintk(t *testing.T) {
	m := newMachine(t, Options{})
	b, err := m.mem.alloc(8, "text", place{})
	if err != nil {
		t.Fatal(err)
	}
	copy(m.mem.buf[uint32(b.addr):], "map\x00")
	c := m.cpus[0]
	for _, tc := range []struct {
		format string
		values []uint64
		want   string
		errno  abi.Errno
	}{
		{"%d %u", []uint64{1<<32 - 1, 1<<32 - 1}, "-1 4294967295", 0},
		{"%llx %5d|%-5d|%05d", []uint64{1 << 40, 3, 3, 3}, "10000000000     3|3    |00003", 0},
		{"%s%%%c", []uint64{b.addr, 'x'}, "map%x", 0},
		{"%s", []uint64{0}, "", 0},
		{"%d", nil, "", abi.EINVAL},
		{"%y", []uint64{1}, "", abi.EINVAL},
		{"%", []uint64{1}, "", abi.EINVAL},
	} {
		got, errno, err := c.format([]byte(tc.format), tc.values)
		if got != tc.want || errno != tc.errno || err != nil {
			t.Errorf("%q: %q, %v, %v; want %q, %v", tc.format, got, errno, err, tc.want, tc.errno)
		}
	}
	if _, _, err := c.format([]byte("%pB"), []uint64{0}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%%pB: %v", err)
	}
}

// TestStalePacketPointer keeps a pointer over a helper that moves the packet.
func TestStalePacketPointer(t *testing.T) {
	_, err := runText(t, `
		r6 = *(u32 *)(r1 +76)
		r2 = 32
		r3 = 0
		call skb_change_tail
		r0 = *(u8 *)(r6 +0)
		exit`)
	f := new(Fault)
	if !errors.As(err, &f) || f.Kind != UseAfterFree || f.Object.Name != "packet" || f.Insn != 4 {
		t.Errorf("%+v", err)
	}
}

// TestArena reads and writes pages by user addresses.
func TestArena(t *testing.T) {
	m := newMachine(t, Options{})
	def := &object.Map{Name: "arena", Type: abi.MAP_TYPE_ARENA, MaxEntries: 4, MapExtra: 1 << 44}
	mp, err := m.mapOf(def)
	if err != nil {
		t.Fatal(err)
	}
	a := mp.impl.(*arena)
	c := m.cpus[0]
	pages := func(addr, n uint64) uint64 {
		got, err := arenaAllocPages(c, &args{mp.obj.addr, addr, n, 0, 0})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := pages(0, 2)
	if err := m.mem.store(first+pageSize-4, 8, 0x1122334455667788); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[uint64]uint64{
		first + pageSize - 4:         0x1122334455667788, // over the border of two pages
		uint64(uint32(first)) + 4096: 0x11223344,         // the lower half alone
		first + 2*pageSize:           0,                  // no page
		first + 1<<20:                0,                  // beyond the arena
		uint64(uint32(first)) - 8:    0,                  // before it
	} {
		got, err := m.mem.load(addr, 8)
		if err != nil || got != want {
			t.Errorf("%#x: %#x, %v; want %#x", addr, got, err, want)
		}
	}
	if got := pages(0, 3); got != 0 {
		t.Errorf("three pages of the two that are left: %#x", got)
	}
	if got := pages(a.base+3*pageSize, 1); got != a.base+3*pageSize {
		t.Errorf("the last page: %#x", got)
	}
	if _, err := arenaFreePages(c, &args{mp.obj.addr, first, 1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.mem.load(first, 8); got != 0 {
		t.Errorf("a freed page holds %#x", got)
	}
}

// TestLRU fills an LRU hash: the element used longest ago goes.
func TestLRU(t *testing.T) {
	m := newMachine(t, Options{})
	mp, err := m.mapOf(&object.Map{Name: "lru", Type: abi.MAP_TYPE_LRU_HASH, KeySize: 1, ValueSize: 1, MaxEntries: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []byte{1, 2} {
		if err := mp.Update([]byte{k}, []byte{k}); err != nil {
			t.Fatal(err)
		}
	}
	mp.Lookup([]byte{1})
	if err := mp.Update([]byte{3}, []byte{3}); err != nil {
		t.Fatal(err)
	}
	var left []byte
	for k := range byte(4) {
		if _, ok := mp.Lookup([]byte{k}); ok {
			left = append(left, k)
		}
	}
	if !slices.Equal(left, []byte{1, 3}) {
		t.Errorf("left: %v", left)
	}
}

// TestLongestPrefix looks up addresses in a table of networks.
func TestLongestPrefix(t *testing.T) {
	m := newMachine(t, Options{})
	mp, err := m.mapOf(&object.Map{Name: "nets", Type: abi.MAP_TYPE_LPM_TRIE, KeySize: 8, ValueSize: 1, MaxEntries: 3})
	if err != nil {
		t.Fatal(err)
	}
	key := func(prefix string) []byte {
		p := netip.MustParsePrefix(prefix)
		return append([]byte{byte(p.Bits()), 0, 0, 0}, p.Addr().AsSlice()...)
	}
	for net, v := range map[string]byte{"10.0.0.0/8": 8, "10.1.0.0/12": 12, "10.0.2.128/25": 25} {
		if err := mp.Update(key(net), []byte{v}); err != nil {
			t.Fatal(err)
		}
	}
	if err := mp.Update(key("10.0.0.0/31"), []byte{1}); !errors.Is(err, abi.ENOSPC) {
		t.Errorf("a fourth of three: %v", err)
	}
	if err := mp.Update(key("10.9.9.9/8"), []byte{9}); err != nil {
		t.Errorf("the same network by another address: %v", err)
	}
	if err := mp.Update([]byte{33, 0, 0, 0, 1, 2, 3, 4}, []byte{1}); !errors.Is(err, abi.EINVAL) {
		t.Errorf("33 bits of 32: %v", err)
	}
	for addr, want := range map[string]byte{"10.200.0.1/32": 9, "10.15.0.1/32": 12, "10.0.2.200/32": 25, "10.0.2.127/32": 12, "10.0.2.128/24": 12} {
		if v, ok := mp.Lookup(key(addr)); !ok || v[0] != want {
			t.Errorf("%s: %v, want %d", addr, v, want)
		}
	}
	if v, ok := mp.Lookup(key("11.0.0.0/32")); ok {
		t.Errorf("outside all: %v", v)
	}
}

// TestBloom pushes one value of two.
func TestBloom(t *testing.T) {
	m := newMachine(t, Options{})
	mp, err := m.mapOf(&object.Map{Name: "seen", Type: abi.MAP_TYPE_BLOOM_FILTER, ValueSize: 4, MaxEntries: 8})
	if err != nil {
		t.Fatal(err)
	}
	if err := mp.Update(nil, []byte{1, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	b := mp.impl.(*bloom)
	for want, e := range map[byte]abi.Errno{1: 0, 2: abi.ENOENT} {
		if got := b.pop([]byte{want, 0, 0, 0}, false); got != e {
			t.Errorf("%d: %v, want %v", want, got, e)
		}
	}
	if got := b.pop([]byte{1, 0, 0, 0}, true); got != abi.EOPNOTSUPP {
		t.Errorf("taken out: %v", got)
	}
}
