package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_dynptr_from_skb":      dynptrFromSKB,
		"bpf_dynptr_from_skb_meta": dynptrFromSKBMeta,
		"bpf_dynptr_from_xdp":      dynptrFromXDP,
	})
}

// packetDynptr makes r3 the dynptr d, if the flags in r2 are none; one that can't be written in programs that may not.
func (c *CPU) packetDynptr(a *args, d dynptr) (uint64, error) {
	if a[1] != 0 {
		return narrow(abi.EINVAL), c.newDynptr(a[2], dynptr{})
	}
	d.readOnly = !c.m.k.MayAccessPacket(attach.Rules(c.m.k, c.prog.img), true)
	return 0, c.newDynptr(a[2], d)
}

func dynptrFromSKB(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	return c.packetDynptr(a, dynptr{data: skbData{s}, size: uint64(s.len())})
}

func dynptrFromSKBMeta(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	return c.packetDynptr(a, dynptr{data: metaData{s}, size: uint64(s.pkt.data - s.pkt.meta)})
}

func dynptrFromXDP(c *CPU, a *args) (uint64, error) {
	p, err := c.xdpOf(a[0])
	if err != nil {
		return 0, err
	}
	return c.packetDynptr(a, dynptr{data: xdpData{p}, size: uint64(p.total())})
}

// skbData is a packet from its data on, as long as it is at the moment.
type skbData struct{ *skb }

func (s skbData) load(_ *CPU, off uint64, to []byte) (abi.Errno, error) {
	if off+uint64(len(to)) > uint64(s.len()) {
		clear(to)
		return abi.EFAULT, nil
	}
	copy(to, s.pkt.bytes()[off:])
	return 0, nil
}

func (s skbData) store(c *CPU, off uint64, from []byte, flags uint64) (abi.Errno, error) {
	return s.write(c, off, from, flags), nil
}

func (s skbData) slice(_ *CPU, off, n uint64) (uint64, error) {
	if off+n > uint64(s.len()) {
		return 0, nil
	}
	return s.pkt.addr(s.pkt.data + uint32(off)), nil
}

func (skbData) whole() bool { return false }

// metaData is what lies before a packet's data, for programs to leave something for others.
type metaData struct{ *skb }

func (s metaData) bytes(off, n uint64) []byte {
	meta := s.pkt.all()[s.pkt.meta:s.pkt.data]
	if off+n > uint64(len(meta)) {
		return nil
	}
	return meta[off : off+n]
}

func (s metaData) load(_ *CPU, off uint64, to []byte) (abi.Errno, error) {
	copy(to, s.bytes(off, uint64(len(to))))
	return 0, nil
}

func (s metaData) store(_ *CPU, off uint64, from []byte, flags uint64) (abi.Errno, error) {
	if flags != 0 {
		return abi.EINVAL, nil
	}
	copy(s.bytes(off, uint64(len(from))), from)
	return 0, nil
}

func (s metaData) slice(_ *CPU, off, _ uint64) (uint64, error) {
	return s.pkt.addr(s.pkt.meta + uint32(off)), nil
}

func (metaData) whole() bool { return true }

// xdpData is a packet in an XDP program.
type xdpData struct{ *packet }

func (x xdpData) load(_ *CPU, off uint64, to []byte) (abi.Errno, error) {
	e := x.partErrno(off, uint64(len(to)))
	if e == 0 {
		x.copyOut(uint32(off), to)
	}
	return e, nil
}

func (x xdpData) store(_ *CPU, off uint64, from []byte, flags uint64) (abi.Errno, error) {
	if flags != 0 {
		return abi.EINVAL, nil
	}
	e := x.partErrno(off, uint64(len(from)))
	if e == 0 {
		x.copyIn(uint32(off), from)
	}
	return e, nil
}

func (x xdpData) slice(_ *CPU, off, n uint64) (uint64, error) {
	if x.partErrno(off, n) != 0 {
		return 0, nil
	}
	return x.pointer(uint32(off), uint32(n)), nil
}

func (xdpData) whole() bool { return false }
