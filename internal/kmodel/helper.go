package kmodel

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// Helper is the prototype of a helper function.
type Helper struct {
	ID            int32
	Name          string // "map_lookup_elem", without the bpf_ prefix
	Proto         string // which of the helper's prototypes, "get_stackid_tp"
	GPLOnly       bool
	PktAccess     bool // takes direct packet pointers
	MightSleep    bool
	AllowFastcall bool
	Ret           abi.RetType
	RetStruct     string // for RET_PTR_TO_BTF_ID: the kernel struct, "" where it depends on the call
	Args          [5]abi.ArgType
	ArgSize       [5]uint32 // for ARG with MEM_FIXED_SIZE: bytes
	ArgStruct     [5]string // for ARG_PTR_TO_BTF_ID: the kernel struct, "" for any
}

// HelperSet are the prototypes one kind of program may call, by helper id.
type HelperSet []*Helper

// Get returns the prototype for a helper id, nil where the program may not call it.
func (s HelperSet) Get(id int32) *Helper {
	if id <= 0 || int(id) >= len(s) {
		return nil
	}
	return s[id]
}

// KnownHelper reports a helper id that the kernel has, callable or not. Id 0 is one of them.
func (m *Model) KnownHelper(id int32) bool {
	if m.notes() {
		m.note("KnownHelper", id)
	}
	return id >= 0 && int(id) < len(m.t.HelperNames)
}

// HelperName returns the name of a helper without its bpf_ prefix, "unknown" where there is none.
func (m *Model) HelperName(id int32) string {
	if m.notes() {
		m.note("HelperName", id)
	}
	if !m.KnownHelper(id) {
		return "unknown"
	}
	return m.t.HelperNames[id]
}

// HelperID returns the id of a helper by its name without bpf_, 0 where there is none.
func (m *Model) HelperID(name string) int32 {
	if m.notes() {
		m.note("HelperID", name)
	}
	return m.index.helperIDs[name]
}

// Helper returns the prototype by which a program may call a helper, of the set that HelpersOf returns for it.
func (m *Model) Helper(s HelperSet, p Prog, id int32) *Helper {
	if m.notes() {
		m.note("helper", p, id)
	}
	return s.Get(id)
}

// HelpersOf returns all prototypes a program may call. It is computed once per kind of program.
func (m *Model) HelpersOf(p Prog) HelperSet {
	p.GPL, p.XDPFrags = false, false
	p.AttachName = attachKey(p)
	if s, ok := m.cache.helpers.Load(p); ok {
		return s.(HelperSet)
	}
	s, _ := m.cache.helpers.LoadOrStore(p, m.buildHelperSet(p))
	return s.(HelperSet)
}

func (m *Model) buildHelperSet(p Prog) HelperSet {
	protos := m.prototypes()
	set := make(HelperSet, len(m.t.HelperNames))
	denied := make([]bool, len(set))
	add := func(id int32, proto string) {
		if h := protos[proto]; h != nil && set[id] == nil && !denied[id] && !m.lockedDown(id) {
			c := *h
			c.ID, c.Name = id, m.HelperName(id)
			set[id] = &c
		}
	}
	for _, group := range m.helperGroups(p) {
		for i := range m.t.HelperRules[group] {
			r := &m.t.HelperRules[group][i]
			id := m.HelperID(r.Helper)
			switch {
			case !m.applies(&r.When, p):
			case r.Proto == "":
				denied[id] = denied[id] || set[id] == nil
			default:
				add(id, r.Proto)
			}
		}
		for _, e := range m.index.groups[group] {
			add(e.ID, e.Proto)
		}
	}
	return set
}

// helperGroups are the groups that a program's calls are looked up in; the first answer counts.
func (m *Model) helperGroups(p Prog) (groups []string) {
	for _, g := range m.helperChain(p) {
		if w, ok := m.t.GroupWhen[g]; !ok || m.applies(&w, p) {
			groups = append(groups, g)
		}
	}
	return groups
}

// helperChain is the chain for a program: that of the struct whose function it is, where it has one, or the first that
// applies.
func (m *Model) helperChain(p Prog) []string {
	if m.index.structOps[p.StructOps] == nil && m.moduleOps(p.StructOps) {
		p.StructOps, p.AttachName = baseOps, ""
	}
	if ops := m.index.structOps[p.StructOps]; p.Type == abi.PROG_TYPE_STRUCT_OPS && ops != nil && ops.Helpers != nil {
		return ops.Helpers
	}
	for i := range m.t.HelperChains {
		if c := &m.t.HelperChains[i]; m.applies(&c.When, p) {
			return c.Groups
		}
	}
	return nil
}

// lockdownModes are a machine's modes, each refusing what those before do.
var lockdownModes = []string{"none", "integrity", "confidentiality"}

// lockedDown reports whether the machine's lockdown mode refuses a helper.
func (m *Model) lockedDown(id int32) bool {
	from, limited := m.t.Lockdown[m.HelperName(id)]
	return limited && slices.Index(lockdownModes, m.config.Lockdown) >= slices.Index(lockdownModes, from)
}

// prototypes are the prototype table by name.
func (m *Model) prototypes() map[string]*Helper {
	m.cache.protosOnce.Do(func() {
		protos := make(map[string]*Helper, len(m.t.HelperProtos))
		for i := range m.t.HelperProtos {
			p := &m.t.HelperProtos[i]
			sleeps := p.MightSleep || m.hasNamed(m.t.SleepWith[p.Name])
			h := &Helper{
				Proto: p.Name, GPLOnly: p.GPLOnly, PktAccess: p.PktAccess, MightSleep: sleeps,
				AllowFastcall: p.AllowFastcall, Ret: p.Ret, RetStruct: p.RetStruct,
			}
			for a, arg := range p.Args {
				h.Args[a], h.ArgSize[a], h.ArgStruct[a] = arg.Type, arg.Size, arg.Struct
			}
			protos[p.Name] = h
		}
		m.cache.protos = protos
	})
	return m.cache.protos
}

// StructID is the id of a kernel struct in vmlinux, 0 where there is none of that name.
func (m *Model) StructID(name string) uint32 {
	if name == "" {
		return 0
	}
	m.sawTypes()
	if id, ok := m.cache.structs.Load(name); ok {
		return id.(uint32)
	}
	id, _ := m.types.FindStruct(name)
	m.cache.structs.Store(name, id)
	return id
}

// HelperFits reports whether a program may call a helper by what it attaches to.
func (m *Model) HelperFits(h *Helper, p Prog) bool {
	if m.notes() {
		m.note("HelperFits", h, p)
	}
	rules, limited := m.t.AttachedTo[h.Proto]
	return !limited || slices.ContainsFunc(rules, func(r kdata.AttachRule) bool {
		return m.applies(&r.When, p) &&
			(r.Functions == nil || slices.Contains(r.Functions, p.AttachName)) &&
			(r.NotOf == "" || !strings.HasPrefix(p.AttachName, r.NotOf)) &&
			(!r.SleepableHook || m.LSMHookSleepable(p.AttachName))
	})
}
