package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerEntry(entry{packet: true, prepare: prepareFlow, finish: finishFlow}, abi.PROG_TYPE_FLOW_DISSECTOR)
}

// flowFields is what of struct __sk_buff a flow dissector has: it may run on bare memory.
var flowFields = map[string]field[skb]{
	"data":      skbFields["data"],
	"data_end":  skbFields["data_end"],
	"flow_keys": skbFields["flow_keys"],
}

// Offsets in struct bpf_flow_keys, and its size.
const (
	flowNHOff = 0
	flowTHOff = 2
	flowProto = 10
	flowSize  = 56
)

// prepareFlow gives the program a packet without anything the kernel knows of it, and keys to fill.
func prepareFlow(r *run) error {
	switch {
	case len(r.in.Data) < ethHeader:
		return r.refuse("a packet of %d bytes: at least %d, an Ethernet header", len(r.in.Data), ethHeader)
	case len(r.in.Data) > pageSize:
		return r.refuse("a packet of %d bytes: at most %d", len(r.in.Data), pageSize)
	case len(r.in.Ctx) > 0:
		return unsupported("a context for flow dissectors")
	}
	m := r.p.machine
	pkt, err := m.newPacket(r.in.Data, 0, 0)
	if err != nil {
		return err
	}
	s := &skb{pkt: pkt, direct: true}
	if s.flowKeys, err = m.mem.alloc(flowSize, "flow keys", place{}); err != nil {
		return err
	}
	keys := m.mem.buf[uint32(r.own(s.flowKeys).addr):]
	binary.LittleEndian.PutUint16(keys[flowNHOff:], ethHeader)
	binary.LittleEndian.PutUint16(keys[flowTHOff:], ethHeader)
	copy(keys[flowProto:], r.in.Data[ethHeader-2:ethHeader])
	l, err := layoutOf(m, "__sk_buff", "flow dissector", flowFields)
	if err != nil {
		return err
	}
	r.skb = s
	return r.show(l.size, structView[skb]{l, s})
}

// finishFlow gives the keys, with the offsets brought into the packet.
func finishFlow(r *run) {
	off := uint32(r.skb.flowKeys.addr)
	keys := append([]byte{}, r.p.machine.mem.buf[off:off+flowSize]...)
	most := uint16(len(r.in.Data))
	nhoff := min(max(binary.LittleEndian.Uint16(keys[flowNHOff:]), ethHeader), most)
	binary.LittleEndian.PutUint16(keys[flowNHOff:], nhoff)
	binary.LittleEndian.PutUint16(keys[flowTHOff:], min(max(binary.LittleEndian.Uint16(keys[flowTHOff:]), nhoff), most))
	r.out.DataOut = keys
}
