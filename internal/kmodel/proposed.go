package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// overlayModule names the BTF made for functions that the kernel itself would have.
const overlayModule = "overlay"

// proposedKfuncs are functions that come with a feature and that no kernel's BTF has.
var proposedKfuncs = map[Feature]KfuncOverlay{
	TaskVMASplit: {
		Name: "bpf_iter_task_vma_release", Module: overlayModule, Flags: abi.KF_RELEASE,
		Prototype: "void bpf_iter_task_vma_release(struct bpf_iter_task_vma *it__iter)",
	},
}

// propose adds the declarations of proposed functions to the modules, where the
// kernel's BTF allows it.
func (m *Model) propose() {
	for f, o := range proposedKfuncs {
		if !m.Has(f) || m.declares(o.Name) {
			continue
		}
		set, err := declareModule(m.types, overlayModule, []KfuncOverlay{o})
		if err == nil {
			m.modules = append(slices.Clip(m.modules), set)
		}
	}
}

func (m *Model) declares(name string) bool {
	if id, _ := m.types.FindFunc(name); id != 0 {
		return true
	}
	for _, s := range m.modules {
		if id, _ := s.FindFunc(name); id != 0 {
			return true
		}
	}
	return false
}

// proposedKfunc is a function of that name which a feature brings, nil without it.
func (m *Model) proposedKfunc(set *types.Set, name string, id uint32) *Kfunc {
	for f, o := range proposedKfuncs {
		if o.Name == name && set.Proposed && m.Has(f) {
			return &Kfunc{Name: name, Module: set.Name, ID: id, Flags: o.Flags, uses: []kfuncUse{{hooks: hookCommon}}}
		}
	}
	return nil
}

// proposedFlags are the flags features add to a function the kernel has: walking memory
// areas hands each out to be released, and holds a lock under which nothing may sleep.
func (m *Model) proposedFlags(name string) abi.KfuncFlags {
	var flags abi.KfuncFlags
	if name == "bpf_iter_task_vma_next" && m.Has(TaskVMASplit) && m.Has(IterAcquire) {
		flags = abi.KF_ACQUIRE
		if m.Has(ForbidSleep) {
			flags |= abi.KF_FORBID_FAULT
		}
	}
	return flags
}
