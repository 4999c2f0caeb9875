package machine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestSocketHelpers gives helpers a listener and a socket of another protocol.
func TestSocketHelpers(t *testing.T) {
	m := newMachine(t, Options{World: World{Sockets: []Socket{
		{Protocol: "tcp", Local: netip.MustParseAddrPort("10.0.0.1:80"), Listen: true},
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
	ip := func(version byte) string { return string([]byte{version<<4 | 5}) + strings.Repeat("\x00", 19) }
	header := func(words, flags byte) string {
		return strings.Repeat("\x00", 12) + string([]byte{words << 4, flags}) + strings.Repeat("\x00", 6)
	}
	const syn, ack = 1 << 1, 1 << 4
	none, invalid := failure(abi.ENOENT), failure(abi.EINVAL)
	for _, c := range []struct {
		what string
		fn   string
		args []any
		want uint64
	}{
		{"no cookie was ever sent", "tcp_check_syncookie", []any{tcp, ip(4), 20, header(5, ack), 20}, none},
		{"a header that is cut", "tcp_check_syncookie", []any{tcp, ip(4), 20, header(5, ack), 19}, invalid},
		{"no TCP socket", "tcp_check_syncookie", []any{udp, ip(4), 20, header(5, ack), 20}, invalid},
		{"a listener whose queue is empty", "tcp_gen_syncookie", []any{tcp, ip(4), 20, header(5, syn), 20}, none},
		{"no SYN", "tcp_gen_syncookie", []any{tcp, ip(4), 20, header(5, ack), 20}, invalid},
		{"a header longer than what is there", "tcp_gen_syncookie", []any{tcp, ip(4), 20, header(6, syn), 20}, invalid},
		{"IPv6, to a socket of IPv4", "tcp_gen_syncookie", []any{tcp, ip(6), 20, header(5, syn), 20}, invalid},
		{"no IP", "tcp_gen_syncookie", []any{tcp, ip(7), 20, header(5, syn), 20}, failure(abi.EPROTONOSUPPORT)},
		{"UDP is no TCP", "tcp_sock", []any{udp}, 0},
		{"UDP is no TCP", "skc_to_tcp6_sock", []any{udp}, 0},
		{"TCP is no UDP", "skc_to_udp6_sock", []any{tcp}, 0},
		{"nothing is a UNIX socket", "skc_to_unix_sock", []any{udp}, 0},
		{"NULL is no socket", "skc_to_tcp_sock", []any{0}, 0},
		{"a socket of the world", "sk_cgroup_id", []any{tcp}, rootCgroup},
		{"the root's level", "sk_ancestor_cgroup_id", []any{tcp, 0}, rootCgroup},
		{"a level below all", "sk_ancestor_cgroup_id", []any{tcp, 1 << 20}, 0},
		{"a level above all", "sk_ancestor_cgroup_id", []any{tcp, -1}, 0},
		{"NULL has no cgroup", "sk_ancestor_cgroup_id", []any{0, 0}, 0},
	} {
		if got := calls(t, m, c.fn, c.args...); got != c.want {
			t.Errorf("%s: %s: %#x, want %#x", c.what, c.fn, got, c.want)
		}
	}
	for fn, sock := range map[string]*block{"tcp_sock": tcp, "skc_to_tcp_sock": tcp, "skc_to_udp6_sock": udp} {
		if got, err := helperTable[fn](m.cpus[0], &args{sock.addr}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %#x, %v; the machine has no such fields", fn, got, err)
		}
	}
}
