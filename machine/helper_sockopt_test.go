package machine

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestSocketOptions sets options and gets them.
func TestSocketOptions(t *testing.T) {
	m := newMachine(t, Options{World: World{Sockets: []Socket{
		{Protocol: "tcp", Local: netip.MustParseAddrPort("10.0.0.1:80"), Listen: true, Mark: 9},
		{Protocol: "udp", Local: netip.MustParseAddrPort("[::1]:53"), Listen: true},
	}}})
	var socks [2]*block
	for i := range socks {
		s, err := m.worldSocket(i)
		if err != nil {
			t.Fatal(err)
		}
		socks[i] = s.obj
	}
	tcp, udp := socks[0], socks[1]
	m.cpus[0].run = &run{}
	value := func(v int32) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(v))) }
	invalid := failure(abi.EINVAL)
	for _, c := range []struct {
		what        string
		sk          *block
		level, name int
		set         string
		want        uint64
		then        int32 // what it is afterwards
	}{
		{"SO_MARK", tcp, solSocket, 36, value(7), 0, 7},
		{"SO_KEEPALIVE is on or off", tcp, solSocket, 9, value(5), 0, 1},
		{"SO_RCVBUF is doubled", udp, solSocket, 8, value(4096), 0, 8192},
		{"SO_RCVBUF has a least", udp, solSocket, 8, value(1), 0, 2304},
		{"SO_SNDBUF has a most", udp, solSocket, 7, value(1 << 30), 0, 425984},
		{"a value of two bytes", tcp, solSocket, 36, "\x01\x02", invalid, 7},
		{"TCP_KEEPIDLE of 0", tcp, solTCP, 4, value(0), invalid, 7200},
		{"TCP_KEEPIDLE", tcp, solTCP, 4, value(60), 0, 60},
		{"TCP_NODELAY of a UDP socket", udp, solTCP, 1, value(1), invalid, 0},
		{"IPV6_TCLASS of an IPv4 socket", tcp, solIPv6, 67, value(1), invalid, 0},
		{"IPV6_TCLASS", udp, solIPv6, 67, value(3), 0, 3},
		{"no option", tcp, solSocket, 1000, value(1), invalid, 0},
		{"no level", tcp, 99, 1, value(1), invalid, 0},
	} {
		if got := calls(t, m, "setsockopt", c.sk, c.level, c.name, c.set, len(c.set)); got != c.want {
			t.Errorf("%s: set: %#x, want %#x", c.what, got, c.want)
		}
		to, err := m.mem.alloc(4, "value", place{})
		if err != nil {
			t.Fatal(err)
		}
		calls(t, m, "getsockopt", c.sk, c.level, c.name, to, 4)
		if got := int32(binary.LittleEndian.Uint32(m.mem.buf[uint32(to.addr):])); got != c.then {
			t.Errorf("%s: %d, want %d", c.what, got, c.then)
		}
	}
	for name, want := range map[string]uint64{"reno\x00": 0, "cubic\x00": 0, "bbr\x00": failure(abi.ENOENT), "x": invalid} {
		if got := calls(t, m, "setsockopt", tcp, solTCP, tcpCongestion, name, len(name)); got != want {
			t.Errorf("congestion control %q: %#x, want %#x", name, got, want)
		}
	}
	for _, o := range [][2]int{{solSocket, 25}, {solTCP, firstBPFOption}} {
		a := args{tcp.addr, uint64(o[0]), uint64(o[1]), tcp.addr, 0}
		if _, err := setSockOpt(m.cpus[0], &a); !errors.Is(err, ErrUnsupported) {
			t.Errorf("option %d of level %d: %v", o[1], o[0], err)
		}
	}
}

// TestSocketMapHelpers sends packets to sockets of maps.
func TestSocketMapHelpers(t *testing.T) {
	for _, c := range []struct {
		name, helper string
		socket       int // of the world; -1: none is in the map
		want         uint64
	}{
		{"a connection", "msg_redirect_map", 0, 1},
		{"a listener", "msg_redirect_map", 1, 0},
		{"nothing", "msg_redirect_map", -1, 0},
		{"UDP", "msg_redirect_map", 2, 0},
		{"what a stream brought, to UDP", "sk_redirect_map", 2, 1},
	} {
		m := newMachine(t, Options{World: World{Sockets: []Socket{
			{Protocol: "tcp", Local: netip.MustParseAddrPort("10.0.0.1:80"), Remote: netip.MustParseAddrPort("10.0.0.2:1000")},
			{Protocol: "tcp", Local: netip.MustParseAddrPort("10.0.0.1:80"), Listen: true},
			{Protocol: "udp", Local: netip.MustParseAddrPort("10.0.0.1:53"), Remote: netip.MustParseAddrPort("10.0.0.2:1000")},
		}}})
		mp := addMap(t, m, abi.MAP_TYPE_SOCKMAP, 4, 1)
		if c.socket >= 0 {
			if e, err := mp.impl.update(m.cpus[0], make([]byte, 4), []byte{byte(c.socket), 0, 0, 0}, 0); err != nil || e != 0 {
				t.Fatal(e, err)
			}
		}
		if got := calls(t, m, c.helper, 0, mp.obj, 0, 0); got != c.want {
			t.Errorf("%s: %s: %d, want %d", c.name, c.helper, got, c.want)
		}
	}
}
