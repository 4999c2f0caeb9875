package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"csum_level":         csumLevel,
		"skb_set_tstamp":     skbSetTstamp,
		"skb_set_tunnel_key": skbSetTunnelKey,
		"skb_get_tunnel_key": skbGetTunnelKey,
		"skb_set_tunnel_opt": skbSetTunnelOpt,
		"skb_get_tunnel_opt": skbGetTunnelOpt,
		"skb_get_xfrm_state": skbGetXfrmState,
		"skb_ecn_set_ce":     skbECNSetCE,
		"get_route_realm":    ofPacket(0), // it has no route
		"get_socket_uid":     ofPacket(0), // its socket is the kernel's
		"skb_cgroup_classid": ofPacket(0),
	})
}

// ofPacket makes a helper that gives a number that is the same for all packets of a run.
func ofPacket(n uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		_, err := c.packetOf(a[0])
		return n, err
	}
}

// skbGetXfrmState gives how the packet was encrypted: not at all.
func skbGetXfrmState(c *CPU, a *args) (uint64, error) {
	if _, err := c.packetOf(a[0]); err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[2], uint32(a[3]))
	clear(to)
	return failure(abi.EINVAL), err
}

// skbECNSetCE tells the packet's receiver of congestion, if its sender wants to know; it returns 1 if it is told.
func skbECNSetCE(c *CPU, a *args) (uint64, error) {
	const notCapable, congested = 0, 3
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	if isVLAN(s.protocol) {
		return 0, unsupported("bpf_skb_ecn_set_ce of a packet with a VLAN tag in it")
	}
	n, isIP := s.netHeader()
	if !isIP || s.len() < n || s.network+n > s.pkt.end {
		return 0, nil
	}
	ip := s.pkt.all()[s.network:]
	if bigToHost(s.protocol) == ethIPv6 {
		if ip[1]>>4&congested == notCapable {
			return 0, nil
		}
		ip[1] |= congested << 4
		return 1, nil
	}
	switch ip[1] & congested {
	case notCapable:
		return 0, nil
	case congested:
		return 1, nil
	}
	// The checksum is corrected by what was added.
	sum := uint32(binary.BigEndian.Uint16(ip[10:])) + 0xffff - uint32(congested-ip[1]&congested)
	binary.BigEndian.PutUint16(ip[10:], uint16(sum+sum>>16))
	ip[1] |= congested
	return 1, nil
}

// csumLevel is about how many checksums a device has found right: of the packets of a run none.
var csumLevel = onPacket(func(_ *CPU, _ *skb, a *args) abi.Errno {
	const query, reset = 0, 3
	switch {
	case a[1] == query:
		return abi.EACCES
	case a[1] > reset:
		return abi.EINVAL
	}
	return 0
})

// skbSetTstamp sets when the packet is to leave, by the clock r3.
var skbSetTstamp = onPacket(func(_ *CPU, s *skb, a *args) abi.Errno {
	const realtime, tai = 0, 2
	clock := uint32(a[2])
	switch {
	case s.protocol != bigToHost(ethIP) && s.protocol != bigToHost(ethIPv6):
		return abi.EOPNOTSUPP
	case clock > tai, clock != realtime && a[1] == 0:
		return abi.EINVAL
	}
	s.tstamp, s.tstampType = a[1], uint8(clock)
	return 0
})

// Where members of struct bpf_tunnel_key lie, in bytes, which shorter ones end at: older programs know no more.
const (
	tunnelRemote6 = 8 // behind remote_ipv4
	tunnelExt     = 22
	tunnelLabel   = 24
	tunnelLocal   = 28
	tunnelKeySize = 44
)

// skbSetTunnelKey says by which tunnel a packet is to be sent: r2, of r3 bytes.
func skbSetTunnelKey(c *CPU, a *args) (uint64, error) {
	const ipv6, flags = 1 << 0, 1<<0 | 1<<1 | 1<<2 | 1<<3 | 1<<4
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	key, err := c.m.mem.read(a[1], uint32(a[2]))
	if err != nil {
		return 0, err
	}
	switch len(key) {
	case tunnelRemote6, tunnelExt, tunnelLabel, tunnelLocal, tunnelKeySize:
		key = append(append([]byte{}, key...), make([]byte, tunnelKeySize-len(key))...)
	default:
		return failure(abi.EINVAL), nil
	}
	noLabel := number(key[tunnelLabel:tunnelLocal]) == 0
	if a[3]&^flags != 0 || number(key[tunnelExt:tunnelLabel]) != 0 || a[3]&ipv6 == 0 && !noLabel {
		return failure(abi.EINVAL), nil
	}
	s.tunnel = true
	return 0, nil
}

// skbGetTunnelKey gives by which tunnel the packet came: by none.
func skbGetTunnelKey(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[1], uint32(a[2]))
	switch {
	case err != nil:
		return 0, err
	case s.tunnel:
		return 0, unsupported("bpf_skb_get_tunnel_key of a tunnel that the program has set")
	}
	clear(to)
	return failure(abi.EINVAL), nil
}

// skbSetTunnelOpt sets options of the tunnel that the program has said the packet is to be sent by.
func skbSetTunnelOpt(c *CPU, a *args) (uint64, error) {
	const most = 255
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[1], uint32(a[2]))
	switch {
	case err != nil:
		return 0, err
	case !s.tunnel || len(from)%4 != 0:
		return failure(abi.EINVAL), nil
	case len(from) > most:
		return failure(abi.ENOMEM), nil
	}
	s.tunnelOpts = append([]byte{}, from...)
	return 0, nil
}

// skbGetTunnelOpt gives those options, and how many bytes they have.
func skbGetTunnelOpt(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[1], uint32(a[2]))
	if err != nil {
		return 0, err
	}
	clear(to)
	switch {
	case s.tunnelOpts == nil:
		return failure(abi.ENOENT), nil
	case len(to) < len(s.tunnelOpts):
		return failure(abi.ENOMEM), nil
	}
	return uint64(copy(to, s.tunnelOpts)), nil
}
