package machine

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// recorded are the types of programs whose context is a struct that user space fills in, and the struct. Which fields there are
// for the program, and which it may write, the kernel's tables say.
var recorded = map[abi.ProgType]string{
	abi.PROG_TYPE_CGROUP_DEVICE:    "bpf_cgroup_dev_ctx",
	abi.PROG_TYPE_CGROUP_SOCK:      "bpf_sock",
	abi.PROG_TYPE_CGROUP_SOCK_ADDR: "bpf_sock_addr",
	abi.PROG_TYPE_CGROUP_SOCKOPT:   "bpf_sockopt",
	abi.PROG_TYPE_CGROUP_SYSCTL:    "bpf_sysctl",
	abi.PROG_TYPE_SK_LOOKUP:        "bpf_sk_lookup",
	abi.PROG_TYPE_SK_MSG:           "sk_msg_md",
	abi.PROG_TYPE_SK_REUSEPORT:     "sk_reuseport_md",
	abi.PROG_TYPE_SOCK_OPS:         "bpf_sock_ops",
}

func init() {
	for t := range recorded {
		registerEntry(entry{prepare: prepareContext, finish: finishContext}, t)
	}
}

// userContext is such a context. A pointer in it is not what lies there: the machine knows it.
type userContext struct {
	k      *kmodel.Model
	prog   kmodel.Prog
	bytes  []byte
	t      *btf.Struct
	data   *packet // what data, optval and their ends point to; nil for none
	from   uint32  // where of it the program sees it begin, and end
	to     uint32
	pieces []uint32 // lengths of the pieces that data lies in, as the helpers of messages have cut it; nil for one
	sk     *socket  // nil for none
	sysctl *sysctl
}

// prepareContext takes the context as the user gives it; what is left out is zeros.
func prepareContext(r *run) error {
	m := r.p.machine
	_, t := m.k.Types().FindStruct(recorded[r.p.img.Type])
	if t == nil {
		return unsupported("struct %s, which the kernel's BTF has not", recorded[r.p.img.Type])
	}
	if uint32(len(r.in.Ctx)) > t.Size {
		return r.refuse("a context of %d bytes: at most %d, a struct %s", len(r.in.Ctx), t.Size, t.Name)
	}
	u := &userContext{k: m.k, prog: attach.Rules(m.k, r.p.img), bytes: make([]byte, t.Size), t: t}
	copy(u.bytes, r.in.Ctx)
	var err error
	if u.data, err = m.newPacket(r.in.Data, 0, 0); err != nil {
		return err
	}
	u.to = u.data.end
	r.user = u
	switch r.p.img.Type {
	case abi.PROG_TYPE_CGROUP_SYSCTL:
		u.sysctl = &sysctl{Sysctl: m.world.Sysctl, next: r.in.Data}
	case abi.PROG_TYPE_SK_LOOKUP:
		if err := u.checkLookup(r); err != nil {
			return err
		}
	default:
		if err := u.addSocket(r); err != nil {
			return err
		}
	}
	return r.show(t.Size, u)
}

// member are the bytes of a member of the context; nil if it has none of that name.
func (u *userContext) member(name string) []byte {
	mb, off := findMember(u.t, name)
	if mb == nil {
		return nil
	}
	n, err := btf.Sizeof(mb.Type)
	if err != nil || int(off)+n > len(u.bytes) {
		return nil
	}
	return u.bytes[off : int(off)+n]
}

func (u *userContext) number(name string) uint64 {
	if b := u.member(name); isNumber(len(b)) {
		return number(b)
	}
	return 0
}

// addSocket makes the socket that the context is about, with what the context says of it.
func (u *userContext) addSocket(r *run) (err error) {
	if u.sk, err = r.p.machine.newSocket(); err != nil {
		return err
	}
	r.own(u.sk.obj)
	s := u.sk
	s.family, s.typ, s.protocol = uint16(u.number("family")), uint16(u.number("type")), uint16(u.number("protocol"))
	if state := u.number("state"); state != 0 {
		s.state = uint8(state)
	}
	copy(s.src[:], u.member("local_ip4"))
	copy(s.dst[:], u.member("remote_ip4"))
	copy(s.v6src[:], u.member("local_ip6"))
	copy(s.v6dst[:], u.member("remote_ip6"))
	s.srcPort = uint16(u.number("local_port"))
	if p := u.member("remote_port"); len(p) == 4 {
		s.dstPort = uint16(number(p) >> 16)
	}
	return nil
}

func (u *userContext) load(off, size uint32) (uint64, bool) {
	f, ok := u.k.CtxAccess(u.prog, int(off), int(size), false)
	if !ok || int(off+size) > len(u.bytes) {
		return 0, false
	}
	switch f.Type.Base() {
	case abi.PTR_TO_PACKET:
		return u.data.addr(u.from), true
	case abi.PTR_TO_PACKET_END:
		return u.data.addr(u.to), true
	case abi.PTR_TO_SOCKET, abi.PTR_TO_SOCK_COMMON, abi.PTR_TO_TCP_SOCK:
		return u.socket(), true
	}
	return number(u.bytes[off : off+size]), true
}

// socket is the address of the context's socket; 0 for none, or one that is not whole yet.
func (u *userContext) socket() uint64 {
	if full := u.member("is_fullsock"); u.sk == nil || full != nil && number(full) == 0 {
		return 0
	}
	return u.sk.obj.addr
}

func (u *userContext) store(off, size uint32, val uint64) bool {
	if _, ok := u.k.CtxAccess(u.prog, int(off), int(size), true); !ok || int(off+size) > len(u.bytes) {
		return false
	}
	putNumber(u.bytes[off:off+size], val)
	return true
}

func finishContext(r *run) {
	u := r.user
	if u.prog.Type == abi.PROG_TYPE_SK_LOOKUP {
		u.finishLookup(r)
	}
	r.out.CtxOut = u.bytes
	switch {
	case u.sysctl != nil && u.sysctl.changed:
		r.out.DataOut = u.sysctl.next
	case len(r.in.Data) > 0:
		r.out.DataOut = append([]byte{}, u.data.bytes()...)
	}
}

// userContextAt is the context of one of these types of programs at an address.
func (c *CPU) userContextAt(addr uint64) (*userContext, error) {
	if u := c.run.user; u != nil && c.run.ctx.addr == addr {
		return u, nil
	}
	return nil, &Fault{Kind: BadAccess, Addr: addr, Reason: "not the address of the program's context"}
}
