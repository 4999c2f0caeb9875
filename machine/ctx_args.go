package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// argument is what a program gets for an argument that the user leaves out.
type argument struct {
	addr  uint64
	owned *block // what comes with a reference; nil for what does not
}

// arguments are those of all arguments of a program: objects of the right type where none may be NULL, zeros else. The
// objects are zeros too, but tasks, which are the one that runs programs, and packets.
func (p *Program) arguments() ([]argument, error) {
	if p.args != nil {
		return p.args, nil
	}
	args := make([]argument, maxArguments/8)
	m := p.machine
	target, err := attach.Check(&vlog.Log{}, m.k, p.img, attach.Own{}, nil)
	if err != nil {
		p.args = args // the verifier says what is wrong with it
		return args, nil
	}
	if target.Proto != nil {
		p.params = len(target.Proto.Params)
	}
	set, _ := target.Returned()
	p.returns = set != nil && target.StructOps != ""
	refs := uint32(0)
	target.AcquireArgs(func() uint32 { refs++; return refs })
	for i := range args {
		f, ok := target.Access(8*i, 8, false)
		if !ok || f.Type.Base() != abi.PTR_TO_BTF_ID || f.Type&abi.PTR_MAYBE_NULL != 0 || int(f.Set) >= len(p.img.Types) {
			continue
		}
		b, err := m.someObject(types.Name(p.img.Types[f.Set].ByID(f.BTFID)))
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue
		}
		args[i].addr = b.addr
		if f.RefObjID != 0 {
			args[i].owned = b
		}
	}
	p.args = args
	return args, nil
}

// someObject is a kernel object of a type; nil for a type that the kernel's BTF has not.
func (m *Machine) someObject(typ string) (*block, error) {
	if typ == "task_struct" {
		t, err := m.current()
		if err != nil {
			return nil, err
		}
		return t.k.block, nil
	}
	if _, t := m.k.Types().FindStruct(typ); t == nil {
		return nil, nil
	}
	k, err := m.newStruct(typ)
	if err != nil {
		return nil, err
	}
	k.ofWorld(typ)
	if typ == "sk_buff" {
		packet, err := m.newPacket(make([]byte, leastPacket), skbHeadroom, sharedInfo)
		if err != nil {
			return nil, err
		}
		k.set("len", leastPacket)
		k.set("data", packet.addr(packet.data))
		k.owner = &skb{pkt: packet, mac: skbHeadroom, network: skbHeadroom, kernel: k}
	}
	return k.block, nil
}

// leastPacket is the length in bytes of a packet that nobody has given.
const leastPacket = 64

// ownArguments makes the run the owner of arguments that come with a reference.
func (r *run) ownArguments(args []argument) {
	for _, a := range args {
		if a.owned == nil {
			continue
		}
		if r.held == nil {
			r.held = map[*block]holding{}
		}
		r.held[a.owned] = holding{n: 1}
		a.owned.own.refs++
		a.owned.own.runs++
	}
}

// handOver gives the object that a program returns to who called it, where it may return one. What the machine itself runs
// belongs to no program.
func (c *CPU) handOver(r0 uint64) error {
	if c.run.p == nil || !c.run.p.returns || r0 == 0 {
		return nil
	}
	b, err := c.m.ownedAt(r0)
	if err != nil {
		return err
	}
	if err := c.give(b, r0, "returned"); err != nil {
		return err
	}
	c.m.drop(b, c.here())
	return nil
}

// contextUse is how many bytes of its context the program looks at; 0 if the verifier does not know.
func (p *Program) contextUse() (n int) {
	for i, f := range p.facts() {
		if in := &p.img.Insns[i]; f.Ptr == abi.PTR_TO_CTX {
			n = max(n, int(in.Off)+in.SizeBytes())
		}
	}
	return n
}
