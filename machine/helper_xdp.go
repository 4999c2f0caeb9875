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
	if len(p.pieces) > 0 {
		return p.adjustPieces(off)
	}
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
	return uint64(p.total()), nil
}

// xdpPart is the packet, which of its bytes r2 and r4 mean, and the error where it has not so many.
func (c *CPU) xdpPart(a *args) (p *packet, off, n uint32, e abi.Errno, err error) {
	p, err = c.xdpOf(a[0])
	if err != nil {
		return nil, 0, 0, 0, err
	}
	off, n = uint32(a[1]), uint32(a[3])
	return p, off, n, p.partErrno(uint64(off), uint64(n)), nil
}

func xdpLoadBytes(c *CPU, a *args) (uint64, error) {
	p, off, n, e, err := c.xdpPart(a)
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[2], n)
	if err != nil || e != 0 {
		return failure(e), err
	}
	p.copyOut(off, to)
	return 0, nil
}

func xdpStoreBytes(c *CPU, a *args) (uint64, error) {
	p, off, n, e, err := c.xdpPart(a)
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[2], n)
	if err != nil || e != 0 {
		return failure(e), err
	}
	p.copyIn(off, from)
	return 0, nil
}
