package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"redirect":       redirect,
		"clone_redirect": cloneRedirect,
		"redirect_peer":  redirectPeer,
		"redirect_neigh": redirectNeigh,
		"redirect_map":   redirectMap,
		"check_mtu":      checkMTU,
		"fib_lookup":     fibLookup,
	})
}

// What programs return to have a packet dropped, or sent where a helper said.
const (
	xdpAborted    = 0
	xdpRedirect   = 4
	tcActShot     = 2
	tcActRedirect = 7
)

// redirect names the device of index r1 as where the packet goes. The run's result has the answer; what is behind
// it, nobody looks at.
func redirect(c *CPU, a *args) (uint64, error) {
	const ingress = 1
	switch {
	case c.run.xdp != nil && a[1] != 0:
		return xdpAborted, nil
	case c.run.xdp != nil:
		return xdpRedirect, nil
	case a[1]&^ingress != 0:
		return tcActShot, nil
	}
	return tcActRedirect, nil
}

// cloneRedirect sends a copy of the packet to the device of index r2. Nobody is there to receive it.
func cloneRedirect(c *CPU, a *args) (uint64, error) {
	const ingress, dropped = 1, 1
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	dev, ok := c.m.world.device(uint32(a[1]))
	switch {
	case a[2]&^ingress != 0:
		return failure(abi.EINVAL), nil
	case s.gsoSize != 0:
		return failure(abi.EBADMSG), nil
	case !ok || uint32(a[1]) == 0:
		return failure(abi.EINVAL), nil
	}
	s.pkt.moved(c.here())
	switch {
	case s.mac >= s.network || s.len() == 0:
		return failure(abi.ERANGE), nil
	case a[2] == ingress && s.len() > dev.MTU+ethHeader+vlanTag:
		return dropped, nil
	}
	return 0, nil
}

func redirectPeer(_ *CPU, a *args) (uint64, error) {
	if a[1] != 0 {
		return tcActShot, nil
	}
	return tcActRedirect, nil
}

func redirectNeigh(c *CPU, a *args) (uint64, error) {
	const paramsSize = 24 // struct bpf_redir_neigh
	n := uint32(a[2])
	if _, err := c.m.mem.read(a[1], n); err != nil {
		return 0, err
	}
	if n != 0 && n < paramsSize || a[3] != 0 {
		return tcActShot, nil
	}
	return tcActRedirect, nil
}

// redirectMap sends the packet to the element r2 of a map of devices, sockets or CPUs. Where there is none it gives the
// lower bits of the flags.
func redirectMap(c *CPU, a *args) (uint64, error) {
	const actionMask, broadcast = 3, 1 << 3
	mp, err := c.m.mapAt(a[0])
	if err != nil {
		return 0, err
	}
	t, ok := mp.impl.(redirectTarget)
	switch {
	case !ok:
		return 0, unsupported("bpf_redirect_map to a map of type %s", mp.def.Type)
	case a[2]&^(actionMask|t.redirectFlags()) != 0:
		return xdpAborted, nil
	case a[2]&broadcast != 0 || t.holds(uint32(a[1])):
		return xdpRedirect, nil
	}
	return a[2] & actionMask, nil
}

// redirectTarget are maps that packets are sent to.
type redirectTarget interface {
	redirectFlags() uint64
	holds(key uint32) bool
}

// loopbackMTU is the longest packet the loopback device sends, without its Ethernet header.
const loopbackMTU = 65536

// checkMTU tells whether a packet that grew by r4 fits the device of index r2.
func checkMTU(c *CPU, a *args) (uint64, error) {
	const segments, success, fragNeeded = 1, 0, 1
	p := c.run.xdp
	if p == nil {
		s, err := c.packetOf(a[0])
		if err != nil {
			return 0, err
		}
		p = s.pkt
	} else if _, err := c.xdpOf(a[0]); err != nil {
		return 0, err
	}
	length, err := c.m.mem.load(a[2], 4)
	if err != nil {
		return 0, err
	}
	diff, flags := int32(a[3]), a[4]
	dev, ok := c.m.world.device(uint32(a[1]))
	switch {
	case c.run.xdp != nil && flags != 0, flags&^segments != 0, flags&segments != 0 && (diff != 0 || length != 0):
		return failure(abi.EINVAL), nil
	case !ok:
		return failure(abi.ENODEV), nil
	}
	n := int64(p.end - p.data)
	if length != 0 {
		n = int64(length) + ethHeader
	}
	ret := uint64(success)
	if n+int64(diff) > int64(dev.MTU)+ethHeader {
		ret = fragNeeded
	}
	return ret, c.m.mem.store(a[2], 4, uint64(dev.MTU))
}
