package machine

import (
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

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

// xdpInput is what of struct xdp_md the user may give: where the packet begins and ends in the data, and the device.
type xdpInput struct{ data, end, ifindex, queue uint32 }

var xdpInputs = map[string]field[xdpInput]{
	"data":            {set: func(x *xdpInput, v uint64) { x.data = uint32(v) }, get: func(x *xdpInput) uint64 { return uint64(x.data) }},
	"data_end":        {set: func(x *xdpInput, v uint64) { x.end = uint32(v) }, get: func(x *xdpInput) uint64 { return uint64(x.end) }},
	"ingress_ifindex": {set: func(x *xdpInput, v uint64) { x.ifindex = uint32(v) }, get: func(x *xdpInput) uint64 { return uint64(x.ifindex) }},
	"rx_queue_index":  {set: func(x *xdpInput, v uint64) { x.queue = uint32(v) }, get: func(x *xdpInput) uint64 { return uint64(x.queue) }},
}

// readXDPContext reads the context that the user gives; without one the data is the packet.
func readXDPContext(r *run) (xdpInput, error) {
	x := xdpInput{end: uint32(len(r.in.Data))}
	if len(r.in.Ctx) == 0 {
		return x, nil
	}
	const maxMeta = 216 // what the headroom holds beside struct xdp_frame
	l, err := layoutOf(r.p.machine, "xdp_md", "input", xdpInputs)
	if err != nil {
		return x, err
	}
	switch ok := (structView[xdpInput]{l, &x}).fromContext(r.in.Ctx); {
	case !ok:
		return x, r.refuse("a context with other fields of struct xdp_md than data, data_end, ingress_ifindex and rx_queue_index")
	case x.data > x.end || x.end > uint32(len(r.in.Data)):
		return x, r.refuse("a packet from %d to %d in %d bytes of data", x.data, x.end, len(r.in.Data))
	case x.data%4 != 0 || x.data > maxMeta:
		return x, r.refuse("%d bytes of metadata: a multiple of 4, at most %d", x.data, maxMeta)
	case x.ifindex > loopback || x.queue > 0:
		return x, r.refuse("device %d, queue %d: the loopback device, 1, has queue 0", x.ifindex, x.queue)
	}
	return x, nil
}

// prepareXDP makes a packet of one page, and of more for what does not fit, or lies behind where the user has it end.
func prepareXDP(r *run) error {
	in, err := readXDPContext(r)
	switch {
	case err != nil:
		return err
	case in.end-in.data < ethHeader:
		return r.refuse("a packet of %d bytes: at least %d, an Ethernet header", in.end-in.data, ethHeader)
	}
	m := r.p.machine
	headroom := xdpHeadroom - in.data
	first := min(in.end, pageSize-headroom-sharedInfo)
	pkt, err := m.newPacket(r.in.Data[:first], headroom, pageSize-headroom-first)
	if err != nil {
		return err
	}
	pkt.data += in.data
	for piece := range slices.Chunk(r.in.Data[first:], pageSize) {
		if err := pkt.addPiece(piece); err != nil {
			return err
		}
		if len(pkt.pieces) > maxPieces {
			return &InputError{r.p.Name(), abi.ENOMEM, fmt.Sprintf("a packet of %d bytes: at most %d pages behind its first", len(r.in.Data), maxPieces)}
		}
	}
	l, err := layoutOf(m, "xdp_md", "", xdpFields)
	if err != nil {
		return err
	}
	r.xdp = pkt
	return r.show(l.size, structView[packet]{l, pkt})
}

func finishXDP(r *run) {
	if len(r.in.Ctx) > 0 {
		x := xdpInput{data: r.xdp.data - r.xdp.meta, end: r.xdp.end - r.xdp.meta}
		if l, err := layoutOf(r.p.machine, "xdp_md", "input", xdpInputs); err == nil {
			r.out.CtxOut = structView[xdpInput]{l, &x}.toContext()
		}
	}
	r.out.DataOut = append([]byte{}, r.xdp.all()[r.xdp.meta:r.xdp.end]...)
	for _, piece := range r.xdp.pieces {
		r.out.DataOut = append(r.out.DataOut, r.xdp.bytesOf(piece)...)
	}
}
