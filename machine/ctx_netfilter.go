package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerEntry(entry{packet: true, prepare: prepareNetfilter}, abi.PROG_TYPE_NETFILTER)
}

// prepareNetfilter gives the program the kernel's structs: a packet on its way out, over IPv4.
func prepareNetfilter(r *run) error {
	switch {
	case len(r.in.Data) < ipv4Header:
		return r.refuse("a packet of %d bytes: at least %d, an IPv4 header", len(r.in.Data), ipv4Header)
	case len(r.in.Data) > pageSize-skbHeadroom-sharedInfo:
		return r.refuse("a packet of %d bytes: at most %d", len(r.in.Data), pageSize-skbHeadroom-sharedInfo)
	case len(r.in.Ctx) > 0:
		return unsupported("a context for netfilter programs")
	}
	const localOut, ipv4 = 3, 2
	m := r.p.machine
	state, err := m.newStruct("nf_hook_state")
	if err != nil {
		return err
	}
	state.set("hook", localOut)
	state.set("pf", ipv4)
	packet, err := m.newPacket(r.in.Data, skbHeadroom, sharedInfo)
	if err != nil {
		return err
	}
	r.skb = &skb{pkt: packet, mac: skbHeadroom, network: skbHeadroom, protocol: bigToHost(ethIP)}
	kernel, err := m.newStruct("sk_buff")
	if err != nil {
		return err
	}
	kernel.set("len", uint64(len(r.in.Data)))
	kernel.set("protocol", uint64(r.skb.protocol))
	kernel.set("data", packet.addr(packet.data))
	r.skb.kernel = kernel
	ctx, err := m.newStruct("bpf_nf_ctx")
	if err != nil {
		return err
	}
	ctx.set("state", state.addr)
	ctx.set("skb", kernel.addr)
	r.ctx = r.own(ctx.block)
	r.own(state.block)
	r.own(kernel.block)
	return nil
}
