package machine

import (
	"encoding/binary"
	"net/netip"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Offsets in struct bpf_fib_lookup, and its size.
const (
	fibFamily  = 0
	fibIfindex = 8
	fibDst     = 32
	fibMACs    = 52 // source, then destination
	fibSize    = 64
)

// Results of fib_lookup.
const (
	fibSuccess     = 0
	fibNotFwded    = 4
	fibFwdDisabled = 5
	fibNoNeigh     = 7
)

// fibLookup finds out, by the world's routes, where a packet goes that r2, of r3 bytes, describes.
func fibLookup(c *CPU, a *args) (uint64, error) {
	const allFlags, skipNeigh = 1<<6 - 1, 1 << 2
	n := uint32(a[2])
	p, err := c.m.mem.write(a[1], n)
	if err != nil {
		return 0, err
	}
	if n < fibSize || a[3]&^allFlags != 0 {
		return failure(abi.EINVAL), nil
	}
	var dst netip.Addr
	switch p[fibFamily] {
	case afInet:
		dst = netip.AddrFrom4([4]byte(p[fibDst:]))
	case afInet6:
		dst = netip.AddrFrom16([16]byte(p[fibDst:]))
	default:
		return failure(abi.EAFNOSUPPORT), nil
	}
	w := &c.m.world
	index := binary.LittleEndian.Uint32(p[fibIfindex:])
	if _, ok := w.device(index); !ok || index == 0 {
		return failure(abi.ENODEV), nil
	}
	if !w.Forwarding {
		return fibFwdDisabled, nil
	}
	r := w.route(dst)
	if r == nil {
		return fibNotFwded, nil
	}
	binary.LittleEndian.PutUint32(p[fibIfindex:], r.Ifindex)
	if a[3]&skipNeigh != 0 {
		return fibSuccess, nil
	}
	if r.Neighbour == nil {
		return fibNoNeigh, nil
	}
	copy(p[fibMACs:], r.Source[:])
	copy(p[fibMACs+len(r.Source):], r.Neighbour[:])
	return fibSuccess, nil
}

// route is the route to an address with the longest prefix, nil if there is none.
func (w *World) route(dst netip.Addr) *Route {
	var best *Route
	for i := range w.Routes {
		r := &w.Routes[i]
		if r.Prefix.Contains(dst) && (best == nil || r.Prefix.Bits() > best.Prefix.Bits()) {
			best = r
		}
	}
	return best
}
