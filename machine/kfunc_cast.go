package machine

import "github.com/bpfverdict/bpfverdict/internal/types"

func init() {
	registerKfuncs(map[string]implementation{"bpf_rdonly_cast": castReadOnly, "bpf_cast_to_kern_ctx": castToKernel})
}

// castToKernel gives the context r1 as the kernel has it.
func castToKernel(c *CPU, a *args) (uint64, error) {
	switch r := c.run; {
	case r.ctx == nil || r.ctx.addr != a[0]:
		return 0, &Fault{Kind: BadAccess, Addr: a[0], Reason: "not the address of the program's context"}
	case r.skb != nil && r.skb.pkt != nil && r.ctx.view != nil:
		return r.skb.asKernel(c.m, r)
	case r.ctx.view == nil:
		return a[0], nil // it lies there as in the kernel
	}
	return 0, unsupported("bpf_cast_to_kern_ctx in a program of type %s", c.prog.img.Type)
}

// asKernel is the packet as the kernel has it now (struct sk_buff).
func (s *skb) asKernel(m *Machine, r *run) (uint64, error) {
	if s.kernel.block == nil {
		k, err := m.newStruct("sk_buff")
		if err != nil {
			return 0, err
		}
		s.kernel = k
		r.own(k.block)
	}
	k := s.kernel
	k.set("len", uint64(s.len()))
	k.set("data", s.pkt.addr(s.pkt.data))
	k.set("mark", uint64(s.mark))
	k.set("priority", uint64(s.priority))
	k.set("protocol", uint64(s.protocol))
	k.set("hash", uint64(s.hash))
	k.set("queue_mapping", uint64(s.queue))
	k.set("vlan_proto", uint64(s.vlanProto))
	k.set("vlan_tci", uint64(s.vlanTCI))
	k.set("skb_iif", uint64(s.iif))
	k.set("tstamp", s.tstamp)
	return k.addr, nil
}

// castReadOnly gives the object r1 as the struct of type r2 of the kernel's BTF: the same address, unless the machine
// has shown another side of the object until now.
func castReadOnly(c *CPU, a *args) (uint64, error) {
	b := c.m.mem.blockAt(uint32(a[0]))
	if b == nil || b.addr != a[0] || b.view == nil {
		return a[0], nil
	}
	name := types.Name(c.m.k.Types().ByID(uint32(a[1])))
	if v, ok := b.view.(structView[socket]); ok && name == "sock" {
		return v.s.asKernel(c.m)
	}
	return 0, unsupported("bpf_rdonly_cast of %s to struct %s", b.name, name)
}
