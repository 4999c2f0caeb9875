package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// accessCtx verifies an access to the context.
func (v *verifier) accessCtx(m *memAccess) error {
	if err := v.checkPtrOffReg(m.reg, m.regno, false); err != nil {
		return err
	}
	f, err := v.checkCtxAccess(m)
	if err != nil {
		v.LineInfo(v.idx, "; ")
		return err
	}
	if !m.loads() {
		return nil
	}
	r := &v.regs()[m.value]
	switch {
	case f.Type != abi.SCALAR_VALUE:
		r.MarkPtr(f.Type)
		if f.Type.MaybeNull() {
			r.ID = v.newID()
		}
		if f.Type.Base() == abi.PTR_TO_BTF_ID {
			r.BTF, r.BTFID, r.RefObjID = f.Set, f.BTFID, f.RefObjID
		}
	case f.Bounded:
		// The kernel narrows the bounds the register had before the load.
		r.Type = abi.SCALAR_VALUE
		r.MeetS32(f.Ret.Min, f.Ret.Max)
	default:
		r.MarkUnknown()
	}
	return nil
}

// checkCtxAccess asks the program type's table, or BTF, what is at a place of the context (check_ctx_access).
func (v *verifier) checkCtxAccess(m *memAccess) (attach.Field, error) {
	var f attach.Field
	ok := false
	if v.ctxFromBTF() {
		f, ok = v.target.Access(m.off, m.size, m.write())
	} else if c, found := v.k.CtxAccess(v.rules, m.off, m.size, m.write()); found && !(c.NoSext && m.signExtend) {
		f, ok = attach.Field{Type: c.Type, Set: state.TypesVmlinux, BTFID: c.BTFID}, true
	}
	if !ok {
		return f, v.Reject(abi.EACCES, "invalid bpf_context access off=%d size=%d", m.off, m.size)
	}
	if f.RefObjID != 0 && !findReference(v.st, f.RefObjID) {
		return f, v.Reject(abi.EACCES, "invalid bpf_context access off=%d. Reference may already be released", m.off)
	}
	return f, nil
}

// ctxFromBTF reports that the context's fields are a kernel function's arguments, known from BTF.
func (v *verifier) ctxFromBTF() bool {
	switch v.rules.Type {
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}

func (v *verifier) ctxIsPlain() bool { return v.k.PlainContext(v.rules) }

// flowKeysSize is the size of struct bpf_flow_keys in bytes.
const flowKeysSize = 56

// accessFlowKeys verifies an access to a flow dissector's keys.
func (v *verifier) accessFlowKeys(m *memAccess) error {
	if m.off < 0 || m.off+m.size > flowKeysSize {
		return v.Reject(abi.EACCES, "invalid access to flow keys off=%d size=%d", m.off, m.size)
	}
	v.loadUnknown(m)
	return nil
}

// accessSock verifies a load of a socket's public fields.
func (v *verifier) accessSock(m *memAccess) error {
	if m.write() {
		return m.cannotWrite()
	}
	if m.reg.Smin < 0 {
		return m.negativeMin()
	}
	if !sockLoadOK(m.reg.Type, m.off, m.size) {
		return v.Reject(abi.EACCES, "R%d invalid %s access off=%d size=%d", m.regno, m.reg.Type, m.off, m.size)
	}
	if m.reg.Type == abi.PTR_TO_TCP_SOCK && (m.off == tcpBytesReceived+4 || m.off == tcpBytesAcked+4) {
		v.mem.unconverted = true
	}
	v.loadUnknown(m)
	return nil
}

// Offsets of the 8-byte fields of struct bpf_tcp_sock.
const (
	tcpBytesReceived = 80
	tcpBytesAcked    = 88
)

// sockField is a run of bytes of a socket's public struct and the loads that may start there:
// of 1, 2 ... up to narrow bytes, or of exactly whole bytes.
type sockField struct{ off, end, narrow, whole int }

// sockFields are struct bpf_sock, sockCommonFields what of it every socket has, and so on.
var (
	sockCommonFields = []sockField{
		{0, 4, 0, 4},   // bound_dev_if
		{4, 5, 4, 0},   // family
		{5, 8, 0, 4},   // inside it
		{24, 44, 4, 0}, // src_ip4, src_ip6
		{44, 45, 4, 0}, // src_port
		{45, 48, 0, 4}, // inside it
		{48, 50, 2, 4}, // dst_port, with the padding behind it
		{52, 72, 4, 0}, // dst_ip4, dst_ip6
		{72, 73, 4, 0}, // state
		{73, 76, 0, 4}, // inside it
		{76, 77, 4, 0}, // rx_queue_mapping
		{77, 80, 0, 4}, // inside it
	}
	sockFields = append([]sockField{
		{8, 9, 4, 0},   // type
		{9, 12, 0, 4},  // inside it
		{12, 13, 4, 0}, // protocol
		{13, 24, 0, 4}, // inside it, mark, priority
	}, sockCommonFields...)
	tcpSockFields = []sockField{
		{0, 80, 0, 4}, // snd_cwnd ... sacked_out
		{tcpBytesReceived, tcpBytesReceived + 1, 0, 8},
		{tcpBytesReceived + 1, tcpBytesAcked, 0, 4}, // inside it
		{tcpBytesAcked, tcpBytesAcked + 1, 0, 8},
		{89, 112, 0, 4}, // inside it, dsack_dups ... icsk_retransmits
	}
	xdpSockFields = []sockField{{0, 4, 0, 4}} // queue_id
)

// sockLoadOK reports whether size bytes at off of a socket may be loaded.
func sockLoadOK(t abi.RegType, off, size int) bool {
	var fields []sockField
	switch t {
	case abi.PTR_TO_SOCKET:
		fields = sockFields
	case abi.PTR_TO_SOCK_COMMON:
		fields = sockCommonFields
	case abi.PTR_TO_TCP_SOCK:
		fields = tcpSockFields
	case abi.PTR_TO_XDP_SOCK:
		fields = xdpSockFields
	}
	if off%size != 0 {
		return false
	}
	for _, f := range fields {
		if off >= f.off && off < f.end {
			return size <= f.narrow || size == f.whole
		}
	}
	return false
}
