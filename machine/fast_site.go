package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// describe says of each instruction how compiled code does it.
func (u *compiled) describe(facts []verifier.Fact, r *run) (*jit.Program, error) {
	insns := u.p.img.Insns
	code := &jit.Program{Name: u.p.Name(), Insns: insns, Funcs: []int{0}, Sites: make([]jit.Site, len(insns)), CPU: u.c.id, Shared: len(u.p.machine.cpus) > 1}
	for pc := range insns {
		in := &insns[pc]
		if in.IsPseudoCall() || in.IsPseudoFunc() {
			code.Funcs = append(code.Funcs, pc+1+int(in.Imm))
		}
		site := jit.Site{Dead: !facts[pc].Reached}
		switch class := in.Class(); {
		case site.Dead:
		case in.IsLdImm64():
			site.Imm = u.p.ops[pc].imm
		case u.p.ops[pc].code == opCast:
			site.Imm = u.p.machine.castBase(uint64(in.Imm))
		case class == insn.LDX:
			u.load(&site, in, facts[pc].Ptr, r)
		case class == insn.ST, class == insn.STX:
			site.Access = accessThrough(facts[pc].Ptr)
			if in.Mode() == insn.ATOMIC && facts[pc].Ptr == abi.NOT_INIT || facts[pc].Ptr == abi.PTR_TO_CTX && !hasView(r) {
				site.Access = jit.Plain
			}
		case in.IsHelperCall(), in.IsKfuncCall():
			f := u.p.callees[u.p.ops[pc].imm]
			if done := fastCalls[f.name]; done != nil && !f.injected {
				site.Call = done(u.p, &facts[pc])
			}
		}
		code.Sites[pc] = site
	}
	if u.calls("kfunc bpf_throw") {
		code.Funcs = append(code.Funcs, program.ExceptionCallback(u.p.img)) // 0 for none, which is there already
	}
	slices.Sort(code.Funcs)
	code.Funcs = slices.Compact(code.Funcs)
	return code, u.reserve(code)
}

// hasView reports whether the context of a run is a view.
func hasView(r *run) bool { return r.ctx != nil && r.ctx.view != nil }

// load finds out how a load is done. What can be loaded from a context that is a view is kept in a slot.
func (u *compiled) load(site *jit.Site, in *insn.Insn, ptr abi.RegType, r *run) {
	site.Access = accessThrough(ptr)
	if ptr != abi.PTR_TO_CTX {
		return
	}
	if !hasView(r) {
		site.Access = jit.Plain
		return
	}
	s := slot{in.Off, uint32(in.SizeBytes()), in.Mode() == insn.MEMSX}
	if _, err := u.p.machine.mem.load(r.ctx.addr+uint64(int64(s.off)), s.size); err != nil {
		return
	}
	n := slices.Index(u.slots, s)
	if n < 0 {
		n = len(u.slots)
		u.slots = append(u.slots, s)
	}
	site.Access, site.Slot = jit.Slotted, uint32(n)*8
}

// reserve gives the slots memory.
func (u *compiled) reserve(code *jit.Program) error {
	if len(u.slots) == 0 {
		return nil
	}
	var err error
	if u.table, err = u.p.machine.mem.alloc(uint32(len(u.slots))*8, "context of compiled "+u.p.Name(), place{}); err != nil {
		return err
	}
	for i := range code.Sites {
		if s := &code.Sites[i]; s.Access == jit.Slotted {
			s.Slot += uint32(u.table.addr)
		}
	}
	return nil
}

// accessThrough says how an access through a type of pointer is done.
func accessThrough(ptr abi.RegType) jit.Access {
	switch ptr.Base() {
	case abi.PTR_TO_STACK, abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MAP_KEY, abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		return jit.Plain
	case abi.PTR_TO_MEM:
		if ptr&abi.PTR_UNTRUSTED == 0 {
			return jit.Plain
		}
	case abi.PTR_TO_BTF_ID:
		if ptr&abi.MEM_ALLOC != 0 && ptr&(abi.PTR_UNTRUSTED|abi.MEM_PERCPU) == 0 {
			return jit.Plain
		}
	}
	return jit.Hosted
}

// fastCalls are the helpers and kernel functions that compiled code does without the host, by callee.name; nil asks
// the host.
var fastCalls = map[string]func(*Program, *verifier.Fact) jit.Call{
	"helper bpf_loop":            fastLoop,
	"helper bpf_tail_call":       func(*Program, *verifier.Fact) jit.Call { return jit.TailCall{} },
	"helper bpf_map_lookup_elem": fastLookup,
	"helper bpf_map_update_elem": fastUpdate,
}

func fastLoop(_ *Program, f *verifier.Fact) jit.Call {
	if f.Callback < 0 {
		return nil
	}
	return jit.Loop{Callback: f.Callback}
}

func fastLookup(p *Program, f *verifier.Fact) jit.Call {
	if f.Map < 0 {
		return nil
	}
	switch impl := p.maps[f.Map].impl.(type) {
	case *array:
		if len(impl.values) == 1 {
			return jit.ArrayLookup{Values: impl.values[0].addr, Stride: impl.stride, Entries: impl.mp.def.MaxEntries}
		}
	case *hash:
		if impl.table != nil {
			return jit.HashLookup{Table: impl.table}
		}
	}
	return nil
}

func fastUpdate(p *Program, f *verifier.Fact) jit.Call {
	if f.Map < 0 || len(p.machine.cpus) > 1 { // two CPUs may update a key at the same time
		return nil
	}
	if h, ok := p.maps[f.Map].impl.(*hash); ok && h.table != nil && h.mp.def.ValueSize <= jit.MaxHashValue {
		return jit.HashUpdate{Table: h.table, ValueSize: h.mp.def.ValueSize}
	}
	return nil
}
