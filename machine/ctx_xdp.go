package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerEntry(entry{packet: true, prepare: prepareXDP, finish: finishXDP}, abi.PROG_TYPE_XDP)
}

// Room around packets, in bytes, and the least that counts as a packet.
const (
	xdpHeadroom = 256
	pageSize    = 4096
	sharedInfo  = 320 // struct skb_shared_info, at the end of every packet's memory
	ethHeader   = 14
)

// xdpFields are the fields of struct xdp_md. The loopback device is what a test runs on.
var xdpFields = map[string]field[packet]{
	"data":            {get: func(p *packet) uint64 { return p.addr(p.data) }},
	"data_end":        {get: func(p *packet) uint64 { return p.addr(p.end) }},
	"data_meta":       {get: func(p *packet) uint64 { return p.addr(p.meta) }},
	"ingress_ifindex": {get: func(*packet) uint64 { return loopback }},
	"rx_queue_index":  {get: func(*packet) uint64 { return 0 }},
	"egress_ifindex":  {get: func(*packet) uint64 { return 0 }},
}

// loopback is the interface index of the device that tests run on.
const loopback = 1

func prepareXDP(r *run) error {
	const most = pageSize - xdpHeadroom - sharedInfo
	switch {
	case len(r.in.Data) < ethHeader:
		return r.refuse("a packet of %d bytes: at least %d, an Ethernet header", len(r.in.Data), ethHeader)
	case len(r.in.Data) > most:
		return unsupported("XDP packets of more than %d bytes", most)
	case len(r.in.Ctx) > 0:
		return unsupported("a context for XDP programs")
	}
	m := r.p.machine
	pkt, err := m.newPacket(r.in.Data, xdpHeadroom, pageSize-xdpHeadroom-uint32(len(r.in.Data)))
	if err != nil {
		return err
	}
	l, err := layoutOf(m, "xdp_md", "", xdpFields)
	if err != nil {
		return err
	}
	r.xdp = pkt
	if r.ctx, err = m.mem.allocView(l.size, structView[packet]{l, pkt}, "context"); err == nil {
		r.own(r.ctx)
	}
	return err
}

func finishXDP(r *run) {
	r.out.DataOut = append([]byte{}, r.xdp.all()[r.xdp.meta:r.xdp.end]...)
}
