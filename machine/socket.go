package machine

// Address families.
const (
	afInet  = 2
	afInet6 = 10
)

// tcpClose is the state of a socket that was never connected.
const tcpClose = 7

// socket is a socket as programs see it (struct bpf_sock). Addresses are as in packets.
type socket struct {
	obj          *block
	kernel       kstruct // as the kernel has it, once a program looks
	family       uint16
	typ          uint16
	protocol     uint16
	state        uint8
	bound        uint32
	mark         uint32
	priority     uint32
	src, dst     [4]byte
	v6src, v6dst [16]byte
	srcPort      uint16
	dstPort      uint16 // big-endian
	rxQueue      int32
	number       uint64 // its cookie; 0 until somebody asks
	options      map[sockOption]int32
	congestion   string // control of it; "" for the first
	world        bool   // it stays; others go with the run
}

func (s *socket) src6() []byte { return s.v6src[:] }
func (s *socket) dst6() []byte { return s.v6dst[:] }

// socketFields are the fields of struct bpf_sock.
var socketFields = map[string]field[socket]{
	"bound_dev_if":     {get: func(s *socket) uint64 { return uint64(s.bound) }},
	"family":           {get: func(s *socket) uint64 { return uint64(s.family) }},
	"type":             {get: func(s *socket) uint64 { return uint64(s.typ) }},
	"protocol":         {get: func(s *socket) uint64 { return uint64(s.protocol) }},
	"mark":             {get: func(s *socket) uint64 { return uint64(s.mark) }},
	"priority":         {get: func(s *socket) uint64 { return uint64(s.priority) }},
	"src_ip4":          {get: func(s *socket) uint64 { return number(s.src[:]) }},
	"src_ip6":          {bytes: (*socket).src6},
	"src_port":         {get: func(s *socket) uint64 { return uint64(s.srcPort) }},
	"dst_port":         {get: func(s *socket) uint64 { return uint64(s.dstPort) }, pad: 2},
	"dst_ip4":          {get: func(s *socket) uint64 { return number(s.dst[:]) }},
	"dst_ip6":          {bytes: (*socket).dst6},
	"state":            {get: func(s *socket) uint64 { return uint64(s.state) }},
	"rx_queue_mapping": {get: func(s *socket) uint64 { return uint64(uint32(s.rxQueue)) }},
}

// newSocket makes a socket that is connected to nothing.
func (m *Machine) newSocket() (*socket, error) {
	s := &socket{state: tcpClose, rxQueue: -1}
	l, err := layoutOf(m, "bpf_sock", "", socketFields)
	if err != nil {
		return nil, err
	}
	if s.obj, err = m.mem.allocView(l.size, structView[socket]{l, s}, "socket"); err != nil {
		return nil, err
	}
	s.obj.ofWorld("sock")
	return s, nil
}

// worldSocket is the i-th socket of the world, made when it is first found.
func (m *Machine) worldSocket(i int) (*socket, error) {
	if s := m.sockets[i]; s != nil {
		return s, nil
	}
	s, err := m.newSocket()
	if err != nil {
		return nil, err
	}
	const stream, datagram = 1, 2
	w := &m.world.Sockets[i]
	s.protocol, s.mark, s.world = uint16(w.protocol()), w.Mark, true
	s.typ, s.state = stream, tcpEstablished
	if s.protocol == ipprotoUDP {
		s.typ = datagram
	}
	if w.Listen {
		s.state = tcpListen
	}
	local, remote := w.local(), w.remote()
	s.srcPort, s.dstPort = w.Local.Port(), bigToHost(w.Remote.Port())
	s.family = afInet6
	copy(s.v6src[:], local.ip)
	copy(s.v6dst[:], remote.ip)
	if w.Local.Addr().Is4() {
		s.family = afInet
		s.v6src, s.v6dst = [16]byte{}, [16]byte{}
		copy(s.src[:], local.ip)
		copy(s.dst[:], remote.ip)
	}
	m.sockets[i] = s
	return s, nil
}

// asKernel is the socket as the kernel has it (struct sock), made when a program first looks.
func (s *socket) asKernel(m *Machine) (uint64, error) {
	if s.kernel.block == nil {
		k, err := m.newStruct("sock")
		if err != nil {
			return 0, err
		}
		k.set("__sk_common.skc_family", uint64(s.family))
		k.set("__sk_common.skc_state", uint64(s.state))
		k.set("__sk_common.skc_num", uint64(s.srcPort))
		k.set("__sk_common.skc_dport", uint64(s.dstPort))
		k.set("__sk_common.skc_rcv_saddr", number(s.src[:]))
		k.set("__sk_common.skc_daddr", number(s.dst[:]))
		copy(k.field("__sk_common.skc_v6_rcv_saddr"), s.v6src[:])
		copy(k.field("__sk_common.skc_v6_daddr"), s.v6dst[:])
		k.set("sk_protocol", uint64(s.protocol))
		k.set("sk_type", uint64(s.typ))
		k.set("sk_mark", uint64(s.mark))
		k.set("sk_priority", uint64(s.priority))
		s.kernel = k
	}
	return s.kernel.addr, nil
}
