package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"skb_vlan_push": onPacket(skbVLANPush),
		"skb_vlan_pop":  onPacket(skbVLANPop),
	})
}

// The outermost tag of a packet lies beside it, those below in it.
const (
	ethVLAN   = 0x8100
	ethQinQ   = 0x88a8
	vlanTag   = 4  // bytes
	vlanPlace = 12 // where in an Ethernet header a tag is
)

func isVLAN(protocol uint16) bool {
	return protocol == bigToHost(ethVLAN) || protocol == bigToHost(ethQinQ)
}

// skbVLANPush tags the packet with r3, of protocol r2.
func skbVLANPush(c *CPU, s *skb, a *args) abi.Errno {
	protocol := uint16(a[1])
	if !isVLAN(protocol) {
		protocol = bigToHost(ethVLAN)
	}
	if s.vlanProto != 0 {
		if e := s.insert(c, vlanPlace, vlanTag); e != 0 {
			return e
		}
		tag := s.pkt.bytes()[vlanPlace:]
		binary.LittleEndian.PutUint16(tag, s.vlanProto)
		binary.BigEndian.PutUint16(tag[2:], s.vlanTCI)
		s.protocol = s.vlanProto
	}
	s.vlanProto, s.vlanTCI = protocol, uint16(a[2])
	s.pkt.moved(c.here())
	s.direct = true
	return 0
}

// skbVLANPop takes a tag off the packet, and puts the one below, if there is one, beside it.
func skbVLANPop(c *CPU, s *skb, _ *args) abi.Errno {
	s.pkt.moved(c.here())
	s.direct = true
	if s.vlanProto != 0 {
		s.vlanProto, s.vlanTCI = 0, 0
	} else {
		if !isVLAN(s.protocol) {
			return 0
		}
		if _, e := s.untag(c); e != 0 {
			return e
		}
	}
	if !isVLAN(s.protocol) {
		return 0
	}
	protocol := s.protocol
	tci, e := s.untag(c)
	if e == 0 {
		s.vlanProto, s.vlanTCI = protocol, tci
	}
	return e
}

// untag takes the outermost tag out of the packet's bytes.
func (s *skb) untag(c *CPU) (tci uint16, e abi.Errno) {
	if s.len() < ethHeader+vlanTag {
		return 0, abi.ENOMEM
	}
	tag := s.pkt.bytes()[vlanPlace:]
	tci = binary.BigEndian.Uint16(tag[2:])
	s.protocol = bigToHost(etherType(s.pkt.bytes()[vlanPlace+vlanTag:]))
	network := s.network
	if e := s.remove(c, vlanPlace, vlanTag); e != 0 {
		return 0, e
	}
	s.network = max(network, s.pkt.data+ethHeader)
	return tci, 0
}
