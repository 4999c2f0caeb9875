package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"xdp_adjust_head":  onXDP(xdpAdjustHead),
		"xdp_adjust_tail":  onXDP(xdpAdjustTail),
		"xdp_adjust_meta":  onXDP(xdpAdjustMeta),
		"xdp_get_buff_len": xdpGetBuffLen,
		"xdp_load_bytes":   xdpLoadBytes,
		"xdp_store_bytes":  xdpStoreBytes,
	})
}

// xdpFrame is what the kernel keeps at the very front of a packet's memory, in bytes (struct xdp_frame).
const xdpFrame = 40

func (c *CPU) xdpOf(ctx uint64) (*packet, error) {
	if c.run.xdp == nil || c.run.ctx.addr != ctx {
		return nil, &Fault{Kind: BadAccess, Addr: ctx, Reason: "not the address of an XDP context"}
	}
	return c.run.xdp, nil
}

// onXDP makes a helper of a function that changes where a packet begins or ends by r2.
func onXDP(f func(p *packet, offset int64) abi.Errno) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		p, err := c.xdpOf(a[0])
		if err != nil {
			return 0, err
		}
		e := f(p, int64(int32(a[1])))
		p.moved(c.here())
		return failure(e), nil
	}
}

func xdpAdjustHead(p *packet, off int64) abi.Errno {
	meta := p.data - p.meta
	data := int64(p.data) + off
	if data < xdpFrame+int64(meta) || data > int64(p.end)-ethHeader {
		return abi.EINVAL
	}
	copy(p.all()[data-int64(meta):data], p.all()[p.meta:p.data])
	p.data = uint32(data)
	p.meta = p.data - meta
	return 0
}

func xdpAdjustTail(p *packet, off int64) abi.Errno {
	end := int64(p.end) + off
	if end > pageSize-sharedInfo || end < int64(p.data)+ethHeader {
		return abi.EINVAL
	}
	if off > 0 {
		clear(p.all()[p.end:end])
	}
	p.end = uint32(end)
	return 0
}

func xdpAdjustMeta(p *packet, off int64) abi.Errno {
	const most = 255
	meta := int64(p.meta) + off
	n := int64(p.data) - meta
	switch {
	case meta < xdpFrame || meta > int64(p.data):
		return abi.EINVAL
	case n%4 != 0 || n > most:
		return abi.EACCES
	}
	p.meta = uint32(meta)
	return 0
}

func xdpGetBuffLen(c *CPU, a *args) (uint64, error) {
	p, err := c.xdpOf(a[0])
	if err != nil {
		return 0, err
	}
	return uint64(p.end - p.data), nil
}

// xdpPart are the r4 bytes at r2 of the packet, nil where it has not so many.
func (c *CPU) xdpPart(a *args) ([]byte, error) {
	p, err := c.xdpOf(a[0])
	if err != nil {
		return nil, err
	}
	off, n := uint64(uint32(a[1])), uint64(uint32(a[3]))
	if off > 0xffff || n > 0xffff || off+n > uint64(p.end-p.data) {
		return nil, nil
	}
	return p.bytes()[off : off+n], nil
}

func xdpLoadBytes(c *CPU, a *args) (uint64, error) {
	part, err := c.xdpPart(a)
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	if part == nil {
		return failure(abi.EINVAL), nil
	}
	copy(to, part)
	return 0, nil
}

func xdpStoreBytes(c *CPU, a *args) (uint64, error) {
	part, err := c.xdpPart(a)
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	if part == nil {
		return failure(abi.EINVAL), nil
	}
	copy(part, from)
	return 0, nil
}
