package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerEntry(entry{packet: true, prepare: prepareSKB, finish: finishSKB},
		abi.PROG_TYPE_SOCKET_FILTER, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT, abi.PROG_TYPE_CGROUP_SKB,
		abi.PROG_TYPE_LWT_IN, abi.PROG_TYPE_LWT_OUT, abi.PROG_TYPE_LWT_XMIT, abi.PROG_TYPE_LWT_SEG6LOCAL)
}

// skbHeadroom is the room before a packet that tests run on, in bytes.
const skbHeadroom = 64

// Ethernet protocols, in the machine's order of bytes.
const (
	ethIP    = 0x0800
	ethIPv6  = 0x86dd
	eth802_2 = 0x0004
	eth802_3 = 0x0001
	ethMin   = 0x0600 // the least number that is a protocol and no length
)

// skb is a packet with what the kernel knows of it (struct sk_buff).
type skb struct {
	pkt          *packet
	direct       bool   // programs may read the packet through data and data_end
	mac          uint32 // offset of the Ethernet header in the packet's memory
	network      uint32 // offset of the network header in the packet's memory
	protocol     uint16 // as in the packet: big-endian
	pktType      uint8
	mark         uint32
	priority     uint32
	queue        uint16
	vlanTCI      uint16
	vlanProto    uint16 // big-endian; 0 for no tag beside the packet
	tcIndex      uint16
	classID      uint16
	iif          uint32
	ifindex      uint32
	hwtstamp     uint64
	hash         uint32
	hashed       bool // hash is valid
	encapsulated bool
	tunnel       bool // a program has said by which tunnel to send it
	tunnelOpts   []byte
	cb           [20]byte
	tstamp       uint64
	tstampType   uint8
	wireLen      uint32
	gsoSegs      uint32
	gsoSize      uint16
	sk           *socket
	flowKeys     *block
	kernel       kstruct // as the kernel has it, once a program looks
}

func (s *skb) len() uint32 { return s.pkt.end - s.pkt.data }

// bigToHost reads a number as it lies in the packet.
func bigToHost(v uint16) uint16 { return v<<8 | v>>8 }

// skbFields are the fields of struct __sk_buff.
var skbFields = map[string]field[skb]{
	"len":             {get: func(s *skb) uint64 { return uint64(s.len()) }},
	"pkt_type":        {get: func(s *skb) uint64 { return uint64(s.pktType) }},
	"mark":            {get: func(s *skb) uint64 { return uint64(s.mark) }, set: func(s *skb, v uint64) { s.mark = uint32(v) }},
	"queue_mapping":   {get: func(s *skb) uint64 { return uint64(s.queue) }, set: setQueue},
	"protocol":        {get: func(s *skb) uint64 { return uint64(s.protocol) }},
	"vlan_present":    {get: vlanPresent},
	"vlan_tci":        {get: func(s *skb) uint64 { return uint64(s.vlanTCI) }},
	"vlan_proto":      {get: func(s *skb) uint64 { return uint64(s.vlanProto) }},
	"priority":        {get: func(s *skb) uint64 { return uint64(s.priority) }, set: func(s *skb, v uint64) { s.priority = uint32(v) }},
	"ingress_ifindex": {get: func(s *skb) uint64 { return uint64(s.iif) }},
	"ifindex":         {get: func(s *skb) uint64 { return uint64(s.ifindex) }},
	"tc_index":        {get: func(s *skb) uint64 { return uint64(s.tcIndex) }, set: func(s *skb, v uint64) { s.tcIndex = uint16(v) }},
	"cb":              {bytes: func(s *skb) []byte { return s.cb[:] }},
	"hash":            {get: func(s *skb) uint64 { return uint64(s.hash) }},
	"tc_classid":      {get: func(s *skb) uint64 { return uint64(s.classID) }, set: func(s *skb, v uint64) { s.classID = uint16(v) }},
	"data":            {get: func(s *skb) uint64 { return s.pkt.addr(s.pkt.data) }},
	"data_end":        {get: skbDataEnd},
	"data_meta":       {get: func(s *skb) uint64 { return s.pkt.addr(s.pkt.meta) }},
	"napi_id":         {get: func(*skb) uint64 { return 0 }},
	"family":          {get: func(s *skb) uint64 { return uint64(s.sk.family) }},
	"remote_ip4":      {get: func(s *skb) uint64 { return number(s.sk.dst[:4]) }},
	"local_ip4":       {get: func(s *skb) uint64 { return number(s.sk.src[:4]) }},
	"remote_ip6":      {bytes: func(s *skb) []byte { return s.sk.dst6() }},
	"local_ip6":       {bytes: func(s *skb) []byte { return s.sk.src6() }},
	"remote_port":     {get: func(s *skb) uint64 { return uint64(s.sk.dstPort) << 16 }},
	"local_port":      {get: func(s *skb) uint64 { return uint64(s.sk.srcPort) }},
	"tstamp":          {get: func(s *skb) uint64 { return s.tstamp }, set: func(s *skb, v uint64) { s.tstamp = v }},
	"wire_len":        {get: func(s *skb) uint64 { return uint64(s.wireLen) }},
	"gso_segs":        {get: func(s *skb) uint64 { return uint64(s.gsoSegs) }},
	"sk":              {get: func(s *skb) uint64 { return s.sk.obj.addr }},
	"gso_size":        {get: func(s *skb) uint64 { return uint64(s.gsoSize) }},
	"tstamp_type":     {get: func(s *skb) uint64 { return uint64(s.tstampType) }},
	"hwtstamp":        {get: func(s *skb) uint64 { return s.hwtstamp }},
	"flow_keys":       {get: func(s *skb) uint64 { return s.flowKeys.addr }},
}

// setQueue ignores the number that stands for no queue.
func setQueue(s *skb, v uint64) {
	const noQueue = 0xffff
	if v < noQueue {
		s.queue = uint16(v)
	}
}

func vlanPresent(s *skb) uint64 {
	if s.vlanProto != 0 {
		return 1
	}
	return 0
}

// skbDataEnd is where the packet ends, where the kernel has worked it out; else what its place holds: zeros.
func skbDataEnd(s *skb) uint64 {
	if !s.direct {
		return 0
	}
	return s.pkt.addr(s.pkt.end)
}

func prepareSKB(r *run) error {
	switch {
	case len(r.in.Data) < ethHeader:
		return r.refuse("a packet of %d bytes: at least %d, an Ethernet header", len(r.in.Data), ethHeader)
	case len(r.in.Data) > pageSize-skbHeadroom-sharedInfo:
		return r.refuse("a packet of %d bytes: at most %d", len(r.in.Data), pageSize-skbHeadroom-sharedInfo)
	}
	m := r.p.machine
	pkt, err := m.newPacket(r.in.Data, skbHeadroom, sharedInfo)
	if err != nil {
		return err
	}
	s := &skb{pkt: pkt, ifindex: loopback, mac: skbHeadroom, network: skbHeadroom + ethHeader}
	s.readEthernet(r.in.Data)
	if s.sk, err = m.newSocket(); err != nil {
		return err
	}
	r.own(s.sk.obj)
	if err := s.readAddresses(r); err != nil {
		return err
	}
	switch r.p.img.Type {
	case abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT:
		s.direct = true
	case abi.PROG_TYPE_LWT_IN, abi.PROG_TYPE_LWT_OUT, abi.PROG_TYPE_LWT_XMIT:
		s.direct = true
		s.pull(ethHeader)
	default:
		s.pull(ethHeader)
	}
	s.wireLen = s.len()
	if len(r.in.Ctx) > 0 {
		if err := s.takeContext(r); err != nil {
			return err
		}
	}
	l, err := layoutOf(m, "__sk_buff", "", skbFields)
	if err != nil {
		return err
	}
	r.skb = s
	return r.show(l.size, structView[skb]{l, s})
}

// pull takes n bytes off the packet's front.
func (s *skb) pull(n uint32) {
	s.pkt.data += n
	s.pkt.meta = s.pkt.data
	s.pkt.moved(place{})
}

// readEthernet finds out protocol and addressee (eth_type_trans).
func (s *skb) readEthernet(data []byte) {
	const host, broadcast, multicast, other = 0, 1, 2, 3
	dst := [6]byte(data)
	switch {
	case dst == [6]byte{}: // the loopback device's own
		s.pktType = host
	case dst == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}:
		s.pktType = broadcast
	case dst[0]&1 != 0:
		s.pktType = multicast
	default:
		s.pktType = other
	}
	s.protocol = bigToHost(etherType(data[12:]))
}

// etherType is the protocol of what follows a header whose last two bytes, a protocol or a length, data begins with.
func etherType(data []byte) uint16 {
	proto := binary.BigEndian.Uint16(data)
	switch {
	case proto >= ethMin:
		return proto
	case len(data) >= 4 && data[2] == 0xff && data[3] == 0xff:
		return eth802_3
	}
	return eth802_2
}

// readAddresses gives the packet's socket the addresses of the packet.
func (s *skb) readAddresses(r *run) error {
	ip := r.in.Data[ethHeader:]
	switch bigToHost(s.protocol) {
	case ethIP:
		if len(ip) < 20 {
			return r.refuse("an IPv4 packet of %d bytes: at least 20, its header", len(ip))
		}
		s.sk.family = afInet
		copy(s.sk.src[:], ip[12:16])
		copy(s.sk.dst[:], ip[16:20])
	case ethIPv6:
		if len(ip) < 40 {
			return r.refuse("an IPv6 packet of %d bytes: at least 40, its header", len(ip))
		}
		s.sk.family = afInet6
		copy(s.sk.v6src[:], ip[8:24])
		copy(s.sk.v6dst[:], ip[24:40])
	}
	return nil
}

// skbInputs are the fields of struct __sk_buff that the user may give.
var skbInputs = map[string]field[skb]{
	"mark":            skbFields["mark"],
	"priority":        skbFields["priority"],
	"ingress_ifindex": {get: skbFields["ingress_ifindex"].get, set: func(s *skb, v uint64) { s.iif = uint32(v) }},
	"ifindex":         {get: skbFields["ifindex"].get, set: func(s *skb, v uint64) { s.ifindex = uint32(v) }},
	"cb":              skbFields["cb"],
	"tstamp":          skbFields["tstamp"],
	"wire_len":        {get: skbFields["wire_len"].get, set: func(s *skb, v uint64) { s.wireLen = uint32(v) }},
	"gso_segs":        {get: skbFields["gso_segs"].get, set: func(s *skb, v uint64) { s.gsoSegs = uint32(v) }},
	"gso_size":        {get: skbFields["gso_size"].get, set: func(s *skb, v uint64) { s.gsoSize = uint16(v) }},
	"hwtstamp":        {get: skbFields["hwtstamp"].get, set: func(s *skb, v uint64) { s.hwtstamp = v }},
}

// takeContext takes the fields that the user gives.
func (s *skb) takeContext(r *run) error {
	const maxWire, maxSegs = 65536, 65535
	l, err := layoutOf(r.p.machine, "__sk_buff", "input", skbInputs)
	if err != nil {
		return err
	}
	if !(structView[skb]{l, s}).fromContext(r.in.Ctx) {
		return r.refuse("a context with other fields of struct __sk_buff than mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, gso_segs, gso_size and hwtstamp")
	}
	if s.wireLen == 0 {
		s.wireLen = s.len()
	}
	if s.ifindex == 0 {
		s.ifindex = loopback
	}
	_, known := r.p.machine.world.device(s.ifindex)
	switch {
	case s.wireLen < s.len() || s.wireLen > maxWire:
		return r.refuse("wire_len %d: from the packet's length, %d, to %d", s.wireLen, s.len(), maxWire)
	case s.gsoSegs > maxSegs:
		return r.refuse("gso_segs %d: at most %d", s.gsoSegs, maxSegs)
	case !known:
		return r.refuse("ifindex %d: the world has no such device", s.ifindex)
	}
	return nil
}

func finishSKB(r *run) {
	if len(r.in.Ctx) > 0 {
		if l, err := layoutOf(r.p.machine, "__sk_buff", "input", skbInputs); err == nil {
			r.out.CtxOut = structView[skb]{l, r.skb}.toContext()
		}
	}
	p := r.skb.pkt
	if t := r.p.img.Type; t != abi.PROG_TYPE_SCHED_CLS && t != abi.PROG_TYPE_SCHED_ACT {
		r.out.DataOut = append(make([]byte, ethHeader), p.bytes()...)
		return
	}
	r.out.DataOut = append([]byte{}, p.bytes()...)
}
