package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"skb_load_bytes": skbLoadBytes,
	})
}

// packetOf is the packet that r1, the context, stands for.
func (c *CPU) packetOf(ctx uint64) (*skb, error) {
	if c.run.skb == nil || c.run.ctx.addr != ctx {
		return nil, &Fault{Kind: BadAccess, Addr: ctx, Reason: "not the address of a packet's context"}
	}
	return c.run.skb, nil
}

// skbLoadBytes copies r4 bytes of the packet at r2 to r3, zeros where there are none.
func skbLoadBytes(c *CPU, a *args) (uint64, error) {
	s, err := c.packetOf(a[0])
	if err != nil {
		return 0, err
	}
	off, n := uint32(a[1]), uint32(a[3])
	to, err := c.m.mem.write(a[2], n)
	if err != nil {
		return 0, err
	}
	if off > s.len() || n > s.len()-off {
		clear(to)
		return failure(abi.EFAULT), nil
	}
	copy(to, s.pkt.bytes()[off:])
	return 0, nil
}
