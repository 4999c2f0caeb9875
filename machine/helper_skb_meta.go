package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

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
