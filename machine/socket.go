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
	"dst_port":         {get: func(s *socket) uint64 { return uint64(s.dstPort) }},
	"dst_ip4":          {get: func(s *socket) uint64 { return number(s.dst[:]) }},
	"dst_ip6":          {bytes: (*socket).dst6},
	"state":            {get: func(s *socket) uint64 { return uint64(s.state) }},
	"rx_queue_mapping": {get: func(s *socket) uint64 { return uint64(uint32(s.rxQueue)) }},
}

// newSocket makes a socket that is connected to nothing.
func (m *Machine) newSocket() (*socket, error) {
	s := &socket{state: tcpClose, rxQueue: -1}
	l, err := layoutOf(m, "bpf_sock", socketFields)
	if err != nil {
		return nil, err
	}
	s.obj, err = m.mem.allocView(l.size, structView[socket]{l, s}, "socket", place{})
	return s, err
}
