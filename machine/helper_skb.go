package machine

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"skb_load_bytes":          skbLoadBytes,
		"skb_load_bytes_relative": skbLoadBytesRelative,
		"skb_store_bytes":         skbStoreBytes,
		"skb_pull_data":           skbPullData,
		"skb_change_tail":         skbChangeTail,
		"skb_change_head":         skbChangeHead,
		"skb_change_proto":        skbChangeProto,
		"skb_change_type":         skbChangeType,
		"skb_adjust_room":         skbAdjustRoom,
		"get_hash_recalc":         getHashRecalc,
		"set_hash":                setHash,
		"set_hash_invalid":        setHashInvalid,
	})
}

// packetOf is the packet that an address, of the context or the kernel's struct, stands for.
func (c *CPU) packetOf(ctx uint64) (*skb, error) {
	if s := c.run.skb; s != nil && (c.run.ctx.addr == ctx || s.kernel.block != nil && s.kernel.addr == ctx) {
		return s, nil
	}
	if b := c.m.mem.liveAt(ctx); b != nil {
		if s, ok := b.owner.(*skb); ok {
			return s, nil
		}
	}
	return nil, &Fault{Kind: BadAccess, Addr: ctx, Reason: "not the address of a packet's context"}
}

// onPacket makes a helper of a function of the packet and what follows it in the registers. It returns an Errno.
func onPacket(f func(c *CPU, s *skb, a *args) abi.Errno) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		s, err := c.packetOf(a[0])
		if err != nil {
			return 0, err
		}
		return failure(f(c, s, a)), nil
	}
}

// maxPacket is the longest that a packet may become, in bytes (SKB_MAX_ALLOC).
const maxPacket = 16000

// skbLoadBytes copies r4 bytes of the packet at r2 to r3, zeros where there are none.
func skbLoadBytes(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	if c.run.p.img.Type == abi.PROG_TYPE_FLOW_DISSECTOR {
		return s.copyOut(c, a, 0, 0, 0) // there is memory, but no packet
	}
	return s.copyOut(c, a, 0, s.len(), math.MaxInt32)
}

// skbLoadBytesRelative counts r2 from the header in r5.
func skbLoadBytesRelative(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	const mac, net = 0, 1
	p := s.pkt
	switch a[4] {
	case mac:
		return s.copyOut(c, a, int64(s.mac)-int64(p.data), s.len(), math.MaxUint16)
	case net:
		return s.copyOut(c, a, int64(s.network)-int64(p.data), s.len(), math.MaxUint16)
	}
	return s.copyOut(c, a, 0, 0, 0)
}

// copyOut copies r4 bytes at r2 bytes from start on to r3, if they lie in the packet.
func (s *skb) copyOut(c *CPU, a *args, start int64, end, most uint32) (uint64, error) {
	off, n := uint32(a[1]), uint32(a[3])
	to, err := c.m.mem.write(a[2], n)
	if err != nil {
		return 0, err
	}
	at := start + int64(off)
	if most == 0 || off > most || at+int64(n) > int64(end) || int64(s.pkt.data)+at < 0 {
		clear(to)
		return failure(abi.EFAULT), nil
	}
	copy(to, s.pkt.all()[int64(s.pkt.data)+at:])
	return 0, nil
}

// Flags of skb_store_bytes.
const (
	BPF_F_RECOMPUTE_CSUM  = 1 << 0
	BPF_F_INVALIDATE_HASH = 1 << 1
)

func skbStoreBytes(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	return failure(s.write(c, uint64(uint32(a[1])), from, a[4])), nil
}

// write changes the packet. Pointers into it are stale then.
func (s *skb) write(c *CPU, off uint64, from []byte, flags uint64) abi.Errno {
	switch {
	case flags&^(BPF_F_RECOMPUTE_CSUM|BPF_F_INVALIDATE_HASH) != 0:
		return abi.EINVAL
	case off > math.MaxInt32 || off+uint64(len(from)) > uint64(s.len()):
		return abi.EFAULT
	}
	copy(s.pkt.bytes()[off:], from)
	s.pkt.moved(c.here())
	if flags&BPF_F_INVALIDATE_HASH != 0 {
		s.hash, s.hashed = 0, false
	}
	return 0
}

// skbPullData makes the packet's first r2 bytes accessible: here all always are.
func skbPullData(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	s.pkt.moved(c.here())
	s.direct = true
	if uint32(a[1]) > s.len() {
		return failure(abi.ENOMEM), nil
	}
	return 0, nil
}

var skbChangeTail = onPacket(func(c *CPU, s *skb, a *args) abi.Errno {
	n := uint32(a[1])
	if a[2] != 0 || n > maxPacket || int64(n) < int64(s.network)-int64(s.pkt.data) {
		return abi.EINVAL
	}
	s.direct = true
	return s.resize(c, 0, int64(n)-int64(s.len()))
})

var skbChangeHead = onPacket(func(c *CPU, s *skb, a *args) abi.Errno {
	n := uint32(a[1])
	if a[2] != 0 || uint64(n)+uint64(s.len()) > maxPacket {
		return abi.EINVAL
	}
	if e := s.resize(c, int64(n), 0); e != 0 {
		return e
	}
	s.direct = true
	clear(s.pkt.bytes()[:n])
	s.mac = s.pkt.data
	return 0
})

var skbChangeType = onPacket(func(_ *CPU, s *skb, a *args) abi.Errno {
	const otherHost = 3 // the last that may be changed, from or to
	if s.pktType > otherHost || uint32(a[1]) > otherHost {
		return abi.EINVAL
	}
	s.pktType = uint8(a[1])
	return 0
})

// Lengths of headers in bytes.
const (
	ipv4Header = 20
	ipv6Header = 40
	tcpHeader  = 20
)

// skbChangeProto makes room for another network header in the place of this one.
var skbChangeProto = onPacket(func(c *CPU, s *skb, a *args) abi.Errno {
	from, to := bigToHost(s.protocol), bigToHost(uint16(a[1]))
	var e abi.Errno
	switch {
	case a[2] != 0:
		return abi.EINVAL
	case from == ethIP && to == ethIPv6:
		e = s.insert(c, s.macLen(), ipv6Header-ipv4Header)
	case from == ethIPv6 && to == ethIP:
		e = s.remove(c, s.macLen(), ipv6Header-ipv4Header)
	default:
		return abi.ENOTSUPP
	}
	if e == 0 {
		s.protocol = uint16(a[1])
		s.hash, s.hashed = 0, false
	}
	return e
})

// macLen is the length of what lies before the network header.
func (s *skb) macLen() uint32 { return s.network - s.mac }

// Flags and modes of skb_adjust_room.
const (
	BPF_ADJ_ROOM_NET            = 0
	BPF_ADJ_ROOM_MAC            = 1
	BPF_F_ADJ_ROOM_FIXED_GSO    = 1 << 0
	BPF_F_ADJ_ROOM_ENCAP_L3_IP4 = 1 << 1
	BPF_F_ADJ_ROOM_ENCAP_L3_IP6 = 1 << 2
	BPF_F_ADJ_ROOM_ENCAP_L4_GRE = 1 << 3
	BPF_F_ADJ_ROOM_ENCAP_L4_UDP = 1 << 4
	BPF_F_ADJ_ROOM_NO_CSUM      = 1 << 5
	BPF_F_ADJ_ROOM_ENCAP_L2_ETH = 1 << 6
	BPF_F_ADJ_ROOM_DECAP_IPV4   = 1 << 7
	BPF_F_ADJ_ROOM_DECAP_IPV6   = 1 << 8
	adjRoomL2Shift              = 56 // of an inner Ethernet header's length

	adjRoomEncap3 = BPF_F_ADJ_ROOM_ENCAP_L3_IP4 | BPF_F_ADJ_ROOM_ENCAP_L3_IP6
	adjRoomDecap  = BPF_F_ADJ_ROOM_DECAP_IPV4 | BPF_F_ADJ_ROOM_DECAP_IPV6
	adjRoomFlags  = BPF_F_ADJ_ROOM_DECAP_IPV6<<1 - 1 | 0xff<<adjRoomL2Shift
)

// netHeader is the length of the network header, without options; ok is false for other protocols.
func (s *skb) netHeader() (n uint32, ok bool) {
	switch bigToHost(s.protocol) {
	case ethIP:
		return ipv4Header, true
	case ethIPv6:
		return ipv6Header, true
	}
	return 0, false
}

var skbAdjustRoom = onPacket(func(c *CPU, s *skb, a *args) abi.Errno {
	diff, flags := int32(a[1]), a[3]
	n := uint32(max(diff, -diff))
	header, isIP := s.netHeader()
	switch {
	case flags&^adjRoomFlags != 0:
		return abi.EINVAL
	case n > 0xfff:
		return abi.EFAULT
	case !isIP:
		return abi.ENOTSUPP
	}
	at, least := s.macLen(), header
	switch uint32(a[2]) {
	case BPF_ADJ_ROOM_NET:
		at += header
	case BPF_ADJ_ROOM_MAC:
	default:
		return abi.ENOTSUPP
	}
	switch decap := flags & adjRoomDecap; {
	case decap == 0:
	case diff >= 0 || decap == adjRoomDecap:
		return abi.EINVAL
	case decap == BPF_F_ADJ_ROOM_DECAP_IPV4:
		least = ipv4Header
	default:
		least = ipv6Header
	}
	s.direct = true
	left := s.pkt.end - s.network
	if diff < 0 {
		switch {
		case n >= left || left-n < least:
			return abi.ENOTSUPP
		case flags&^(BPF_F_ADJ_ROOM_FIXED_GSO|adjRoomDecap|BPF_F_ADJ_ROOM_NO_CSUM) != 0:
			return abi.EINVAL
		}
		e := s.remove(c, at, n)
		if e == 0 {
			s.outer(flags&BPF_F_ADJ_ROOM_DECAP_IPV4 != 0, flags&BPF_F_ADJ_ROOM_DECAP_IPV6 != 0)
		}
		return e
	}
	if s.len()+n > maxPacket {
		return abi.ENOTSUPP
	}
	return s.grow(c, at, n, flags)
})

// grow makes room for headers at an offset.
func (s *skb) grow(c *CPU, at, n uint32, flags uint64) abi.Errno {
	encap := flags & adjRoomEncap3
	inner := uint32(flags >> adjRoomL2Shift)
	switch {
	case encap == 0:
	case encap == adjRoomEncap3,
		flags&BPF_F_ADJ_ROOM_ENCAP_L4_GRE != 0 && flags&BPF_F_ADJ_ROOM_ENCAP_L4_UDP != 0,
		flags&BPF_F_ADJ_ROOM_ENCAP_L2_ETH != 0 && inner < ethHeader:
		return abi.EINVAL
	case s.encapsulated:
		return abi.EALREADY
	case inner > n:
		return abi.EINVAL
	}
	if e := s.insert(c, at, n); e != 0 || encap == 0 {
		return e
	}
	s.encapsulated = true
	s.outer(encap == BPF_F_ADJ_ROOM_ENCAP_L3_IP4, encap == BPF_F_ADJ_ROOM_ENCAP_L3_IP6)
	return 0
}

// outer makes the protocol that of the outer header.
func (s *skb) outer(v4, v6 bool) {
	switch {
	case v4:
		s.protocol = bigToHost(ethIP)
	case v6:
		s.protocol = bigToHost(ethIPv6)
	}
}

// insert makes room for n bytes, zeros, at an offset. What lies before it moves to the front.
func (s *skb) insert(c *CPU, at, n uint32) abi.Errno {
	if e := s.resize(c, int64(n), 0); e != 0 {
		return e
	}
	b := s.pkt.bytes()
	copy(b, b[n:n+at])
	clear(b[at : at+n])
	s.mac -= n
	s.network -= n
	return 0
}

// remove takes n bytes out at an offset.
func (s *skb) remove(c *CPU, at, n uint32) abi.Errno {
	if at+n > s.len() {
		return abi.ENOMEM
	}
	b := s.pkt.bytes()
	copy(b[n:], b[:at])
	s.mac += n
	s.network += n
	return s.resize(c, -int64(n), 0)
}

// resize makes the packet longer at its front and end, or shorter. New bytes at the end are zeros.
func (s *skb) resize(c *CPU, front, back int64) abi.Errno {
	moved, err := s.pkt.resize(front, back, c.here())
	if err != nil {
		return abi.ENOMEM
	}
	s.mac += moved
	s.network += moved
	return 0
}

// getHashRecalc works the hash out if there is none.
func getHashRecalc(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	if !s.hashed {
		s.hash, s.hashed = s.flowHash(), true
	}
	return uint64(s.hash), nil
}

// flowHash is a number that packets of one flow share and that is not 0. What a kernel computes depends on a
// random number of its own.
func (s *skb) flowHash() uint32 {
	n := min(s.len(), ipv6Header+4)
	h := uint32(2166136261)
	for _, b := range s.pkt.bytes()[:n] {
		h = (h ^ uint32(b)) * 16777619
	}
	return max(h, 1)
}

var setHash = onPacket(func(_ *CPU, s *skb, a *args) abi.Errno {
	s.hash, s.hashed = uint32(a[1]), true
	return 0
})

var setHashInvalid = onPacket(func(_ *CPU, s *skb, _ *args) abi.Errno {
	s.hash, s.hashed = 0, false
	return 0
})
