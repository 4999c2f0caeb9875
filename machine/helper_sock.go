package machine

import (
	"bytes"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"sk_fullsock":              skFullsock,
		"tcp_sock":                 skcToTCP,
		"get_listener_sock":        getListenerSock,
		"sk_lookup_tcp":            skLookup(ipprotoTCP),
		"skc_lookup_tcp":           skLookup(ipprotoTCP),
		"sk_lookup_udp":            skLookup(ipprotoUDP),
		"sk_release":               skRelease,
		"skc_to_tcp_sock":          skcToTCP,
		"skc_to_tcp6_sock":         skcToTCP,
		"skc_to_udp6_sock":         skcToUDP6,
		"skc_to_tcp_timewait_sock": skcToNone,
		"skc_to_tcp_request_sock":  skcToNone,
		"skc_to_unix_sock":         skcToNone,
		"skc_to_mptcp_sock":        skcToNone,
		"tcp_check_syncookie":      tcpCheckSyncookie,
		"tcp_gen_syncookie":        tcpGenSyncookie,
		"get_socket_cookie":        getSocketCookie,
	})
}

// IP protocols.
const (
	ipprotoTCP = 6
	ipprotoUDP = 17
)

// Socket states.
const (
	tcpEstablished = 1
	tcpTimeWait    = 6
	tcpListen      = 10
	tcpNewSynRecv  = 12
)

// socketAt is the socket at an address; nil for NULL.
func (c *CPU) socketAt(addr uint64) (*socket, error) {
	if addr == 0 {
		return nil, nil
	}
	b := c.m.mem.blockAt(uint32(addr))
	if b != nil && b.isAt(addr) {
		if v, ok := b.view.(structView[socket]); ok {
			return v.s, nil
		}
	}
	return nil, &Fault{Kind: BadAccess, Addr: addr, Reason: "not the address of a socket"}
}

// full reports a socket with all its fields, not the rest of a connection or the beginning of one.
func (s *socket) full() bool { return s.state != tcpTimeWait && s.state != tcpNewSynRecv }

// onSocket makes a helper that gives its socket in r1 if it passes a test, and NULL otherwise.
func onSocket(ok func(*socket) bool) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		s, err := c.socketAt(a[0])
		if err != nil || s == nil || !ok(s) {
			return 0, err
		}
		return a[0], nil
	}
}

var (
	skFullsock      = onSocket((*socket).full)
	getListenerSock = onSocket(func(s *socket) bool { return s.state == tcpListen })
)

var (
	skcToTCP  = missing("TCP", func(s *socket) bool { return s.full() && s.protocol == ipprotoTCP })
	skcToUDP6 = missing("UDP", func(s *socket) bool { return s.full() && s.protocol == ipprotoUDP && s.family == afInet6 })
	skcToNone = onSocket(func(*socket) bool { return false }) // no socket of a machine is one
)

// missing makes a helper that gives its socket in r1 as one of a protocol, if it is one. Those have what the machine has not.
func missing(protocol string, is func(*socket) bool) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		s, err := c.socketAt(a[0])
		if err != nil || s == nil || !is(s) {
			return 0, err
		}
		return 0, unsupported("fields of a %s socket", protocol)
	}
}

// tuple lengths in bytes: addresses and ports of source and destination (struct bpf_sock_tuple).
const (
	tuple4 = 12
	tuple6 = 36
)

// skLookup finds a socket of the world by the tuple in r2: source address, destination, source port, destination port.
func skLookup(protocol uint8) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		n := uint32(a[2])
		tuple, err := c.m.mem.read(a[1], n)
		if err != nil {
			return 0, err
		}
		const noFlags, currentNetns = 0, -1
		if a[4] != noFlags || n != tuple4 && n != tuple6 || int32(a[3]) < 0 && int32(a[3]) != currentNetns {
			return 0, nil
		}
		for i := range c.m.world.Sockets {
			w := &c.m.world.Sockets[i]
			if !w.matches(protocol, tuple) {
				continue
			}
			s, err := c.m.worldSocket(i)
			if err != nil {
				return 0, err
			}
			return c.acquire(s.obj), nil
		}
		return 0, nil
	}
}

// matches reports whether a packet with that tuple belongs to the socket.
func (w *Socket) matches(protocol uint8, tuple []byte) bool {
	local, remote := w.local(), w.remote()
	if w.protocol() != protocol || len(local.ip) != (len(tuple)-4)/2 {
		return false
	}
	n := len(local.ip)
	src, dst := tuple[:n], tuple[n:2*n]
	srcPort, dstPort := tuple[2*n:2*n+2], tuple[2*n+2:]
	if !bytes.Equal(dst, local.ip) && !local.any() || !bytes.Equal(dstPort, local.port) {
		return false
	}
	return w.Listen || bytes.Equal(src, remote.ip) && bytes.Equal(srcPort, remote.port)
}

// skRelease gives a socket back.
func skRelease(c *CPU, a *args) (uint64, error) {
	b, err := c.m.objectAt(a[0], "sock")
	if err != nil {
		return 0, err
	}
	return 0, c.putBack(b, a[0])
}

// segment is the socket r1, and the IP and TCP headers at r2 and r4 of r3 and r5 bytes.
func (c *CPU) segment(a *args) (s *socket, ip, th []byte, err error) {
	if s, err = c.socketAt(a[0]); err != nil {
		return nil, nil, nil, err
	}
	if ip, err = c.m.mem.read(a[1], uint32(a[2])); err != nil {
		return nil, nil, nil, err
	}
	th, err = c.m.mem.read(a[3], uint32(a[4]))
	return s, ip, th, err
}

// tcpCheckSyncookie checks the cookie of an acknowledgement. No listener of the machine ever sent one.
func tcpCheckSyncookie(c *CPU, a *args) (uint64, error) {
	s, _, th, err := c.segment(a)
	if err != nil {
		return 0, err
	}
	if s == nil || len(th) < tcpHeader || s.state != tcpListen || s.protocol != ipprotoTCP {
		return failure(abi.EINVAL), nil
	}
	return failure(abi.ENOENT), nil
}

// tcpGenSyncookie makes the cookie for the answer to a SYN. A listener makes none unless its queue is full, and the queues of
// the machine's are empty.
func tcpGenSyncookie(c *CPU, a *args) (uint64, error) {
	const syn, others = 1 << 1, 1<<0 | 1<<2 | 1<<4 // FIN, RST, ACK
	s, ip, th, err := c.segment(a)
	if err != nil {
		return 0, err
	}
	switch {
	case s == nil, len(th) < tcpHeader || len(th) != int(th[12]>>4)*4, s.protocol != ipprotoTCP || s.state != tcpListen,
		th[13]&syn == 0 || th[13]&others != 0, len(ip) < ipv4Header:
		return failure(abi.EINVAL), nil
	}
	switch ip[0] >> 4 {
	case 4:
	case 6:
		if len(ip) < ipv6Header || s.family != afInet6 {
			return failure(abi.EINVAL), nil
		}
	default:
		return failure(abi.EPROTONOSUPPORT), nil
	}
	return failure(abi.ENOENT), nil
}

// getSocketCookie gives a number that no other socket has.
func getSocketCookie(c *CPU, a *args) (uint64, error) {
	if c.run.ctx != nil && c.run.ctx.addr == a[0] {
		switch {
		case c.run.skb != nil:
			return c.run.skb.sk.cookie(c.m), nil
		case c.run.user != nil && c.run.user.sk != nil:
			return c.run.user.sk.cookie(c.m), nil
		}
	}
	s, err := c.socketAt(a[0])
	if err != nil || s == nil {
		return 0, err
	}
	return s.cookie(c.m), nil
}

func (s *socket) cookie(m *Machine) uint64 {
	if s.number == 0 {
		m.cookies++
		s.number = m.cookies
	}
	return s.number
}
