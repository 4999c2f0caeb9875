package kmodel

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// MaxHelper is the number of helper ids; valid ids are 1 to MaxHelper-1.
const MaxHelper = len(kdata.HelperNames)

// HelperName returns the name of a helper without its bpf_ prefix, "unknown" where there is none.
func HelperName(id int32) string {
	if id < 0 || int(id) >= MaxHelper {
		return "unknown"
	}
	return kdata.HelperNames[id]
}

// HelperSet are the prototypes one kind of program may call, by helper id.
type HelperSet [MaxHelper]*Helper

// Get returns the prototype for a helper id, nil where the program may not call it.
func (s *HelperSet) Get(id int32) *Helper {
	if id <= 0 || int(id) >= MaxHelper {
		return nil
	}
	return s[id]
}

// Helper returns what the kernel answers when a program asks for a helper: the prototype that serves
// its type and attach point, nil where it may not call it.
func (m *Model) Helper(id int32, p Prog) *Helper { return m.HelpersOf(p).Get(id) }

// HelpersOf returns all prototypes a program may call. It is computed once per kind of program.
func (m *Model) HelpersOf(p Prog) *HelperSet {
	p.GPL, p.XDPFrags = false, false
	p.AttachName = attachKey(p)
	if s, ok := m.tables.helpers.Load(p); ok {
		return s.(*HelperSet)
	}
	s, _ := m.tables.helpers.LoadOrStore(p, m.buildHelperSet(p))
	return s.(*HelperSet)
}

// attachKey drops attach names on which no helper depends, so that one table serves all of them.
func attachKey(p Prog) string {
	switch {
	case p.Type == abi.PROG_TYPE_LSM && p.Attach == abi.ATTACH_LSM_CGROUP:
		return strings.TrimPrefix(p.AttachName, "bpf_lsm_")
	case p.Type == abi.PROG_TYPE_TRACING && p.Attach == abi.ATTACH_TRACE_ITER:
		return strings.TrimPrefix(p.AttachName, "bpf_iter_")
	case p.Type == abi.PROG_TYPE_STRUCT_OPS:
		return p.AttachName
	}
	return ""
}

func (m *Model) buildHelperSet(p Prog) *HelperSet {
	protos := m.prototypes()
	set := &HelperSet{}
	denied := [MaxHelper]bool{}
	add := func(id int32, proto string) {
		if h := protos[proto]; h != nil && set[id] == nil && !denied[id] && !m.lockedDown(id) {
			c := *h
			c.ID, c.Name = id, HelperName(id)
			set[id] = &c
		}
	}
	for _, name := range m.helperTables(p) {
		for _, r := range helperRules[name] {
			id := helperID(r.helper)
			switch {
			case r.when != nil && !r.when(m, p):
			case r.proto == "":
				denied[id] = denied[id] || set[id] == nil
			default:
				add(id, r.proto)
			}
		}
		for _, e := range helperGroup(name) {
			add(e.ID, e.Proto)
		}
	}
	return set
}

// lockedDown reports whether the machine's lockdown mode refuses a helper.
func (m *Model) lockedDown(id int32) bool {
	switch HelperName(id) {
	case "probe_write_user":
		return m.Config.Lockdown == "integrity" || m.Config.Lockdown == "confidentiality"
	case "probe_read", "probe_read_str", "probe_read_kernel", "probe_read_kernel_str":
		return m.Config.Lockdown == "confidentiality"
	}
	return false
}

// syscallSleepers are the prototypes that SyscallHelpersSleep is about.
var syscallSleepers = []string{"sys_bpf", "sys_close", "btf_find_by_name_kind"}

// prototypes resolves the prototype table against the model's BTF.
func (m *Model) prototypes() map[string]*Helper {
	m.tables.protosOnce.Do(func() {
		ids := map[string]uint32{"": 0}
		idOf := func(name string) uint32 {
			id, ok := ids[name]
			if !ok {
				id, _ = m.Types.FindStruct(name)
				ids[name] = id
			}
			return id
		}
		protos := make(map[string]*Helper, len(kdata.HelperProtos))
		for i := range kdata.HelperProtos {
			p := &kdata.HelperProtos[i]
			sleeps := p.MightSleep || m.Has(SyscallHelpersSleep) && slices.Contains(syscallSleepers, p.Name)
			h := &Helper{
				Proto: p.Name, GPLOnly: p.GPLOnly, PktAccess: p.PktAccess, MightSleep: sleeps,
				AllowFastcall: p.AllowFastcall, Ret: p.Ret, RetBTFID: idOf(p.RetStruct),
			}
			for a, arg := range p.Args {
				h.Args[a], h.ArgSize[a], h.ArgBTFID[a] = arg.Type, arg.Size, idOf(arg.Struct)
			}
			protos[p.Name] = h
		}
		m.tables.protos = protos
	})
	return m.tables.protos
}

// plainHelpers lists by id the prototype named like the helper itself, or the first that starts with its name.
func (m *Model) plainHelpers() []*Helper {
	protos := m.prototypes()
	list := make([]*Helper, MaxHelper)
	for id := int32(1); int(id) < MaxHelper; id++ {
		name := HelperName(id)
		h := protos[name]
		for i := 0; h == nil && i < len(kdata.HelperProtos); i++ {
			if n := kdata.HelperProtos[i].Name; strings.Contains(n, name) {
				h = protos[n]
			}
		}
		if h != nil {
			c := *h
			c.ID, c.Name = id, name
			list[id] = &c
		}
	}
	return list
}

func helperID(name string) int32 {
	for i, n := range kdata.HelperNames {
		if n == name {
			return int32(i)
		}
	}
	return 0
}

func helperGroup(name string) []kdata.HelperEntry {
	for i := range kdata.HelperGroups {
		if kdata.HelperGroups[i].Name == name+"_func_proto" {
			return kdata.HelperGroups[i].Entries
		}
	}
	return nil
}
