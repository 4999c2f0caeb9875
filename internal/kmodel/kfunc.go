package kmodel

import (
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Kfunc is a kernel function registered for programs.
type Kfunc struct {
	Name   string
	Module string // "vmlinux" or the module's name
	ID     uint32 // of the function in that BTF
	Flags  abi.KfuncFlags
	// DeviceBound: only XDP programs bound to a device may call it, and loading any other fails at once.
	DeviceBound bool

	uses []kfuncUse
}

// kfuncUse is one registration.
type kfuncUse struct {
	hooks        hookSet
	modifyReturn bool                // fmod_ret programs may attach
	filter       []kdata.KfuncFilter // nil: for all
}

// hookSet are the groups of program types that kernel functions are registered for, a bit each.
type hookSet uint32

// hookCommon is what is registered for all programs.
const hookCommon hookSet = 1

// addKfuncs indexes what is registered by function name: one function may be in several sets.
func (x *index) addKfuncs(t *kdata.Tables) {
	for _, s := range t.KfuncSets {
		use := kfuncUse{filter: t.KfuncFilters[s.Filter], modifyReturn: s.ModifyReturn}
		for _, typ := range s.Types {
			use.hooks |= x.hooksOf(typ)
		}
		for _, d := range s.Kfuncs {
			k := x.kfuncs[d.Name]
			if k == nil {
				k = &Kfunc{Name: d.Name, Flags: d.Flags}
				x.kfuncs[d.Name] = k
			}
			k.DeviceBound = k.DeviceBound || s.DeviceBound
			k.uses = append(k.uses, use)
		}
	}
}

// hooksOf are the groups that a program type is in; PROG_TYPE_UNSPEC stands for all types.
func (x *index) hooksOf(typ abi.ProgType) hookSet {
	if typ == abi.PROG_TYPE_UNSPEC {
		return hookCommon
	}
	return x.hooks[typ]
}

// modifyReturn returns the function that fmod_ret programs may attach to, nil if it is none.
func (m *Model) modifyReturn(fn string) *Kfunc {
	k := m.overlay[fn]
	if k == nil {
		k = m.index.kfuncs[fn]
	}
	if k == nil || !slices.ContainsFunc(k.uses, func(u kfuncUse) bool { return u.modifyReturn }) {
		return nil
	}
	return k
}

// LockSafeKfunc reports whether the fixed list of kernels without KfuncSpinlockSafe lets a vmlinux
// function be called while a lock is held.
func (m *Model) LockSafeKfunc(name string) bool {
	if m.notes() {
		m.note("LockSafeKfunc", name)
	}
	feature, ok := m.t.LockSafe[name]
	return ok && (feature == "" || m.hasNamed(feature))
}

// Kfunc returns what is registered under the id of a function in a BTF: vmlinux or one of the
// model's modules. It is nil for functions no program may call.
func (m *Model) Kfunc(set *types.Set, id uint32) *Kfunc {
	if set == nil || !set.Kernel {
		return nil
	}
	m.sawTypes()
	if m.heard == set {
		set = m.types
	}
	key := kfuncKey{set, id}
	if k, ok := m.cache.kfuncs.Load(key); ok {
		return k.(*Kfunc)
	}
	k := m.findKfunc(set, id)
	m.cache.kfuncs.Store(key, k)
	return k
}

type kfuncKey struct {
	set *types.Set
	id  uint32
}

func (m *Model) findKfunc(set *types.Set, id uint32) *Kfunc {
	fn, ok := set.ByID(id).(*btf.Func)
	if !ok {
		return nil
	}
	var c Kfunc
	if k := m.overlay[fn.Name]; k != nil && (k.Module == "" || k.Module == set.Name) {
		if !k.callable() {
			return nil
		}
		c = *k
	} else {
		if f, ok := m.t.KfuncFeatures[fn.Name]; ok && !m.hasNamed(f) {
			return nil
		}
		k := m.index.kfuncs[fn.Name]
		if k == nil || !k.callable() {
			return m.proposedKfunc(set, fn.Name, id)
		}
		c = *k
		c.Flags |= m.proposedFlags(fn.Name)
		if _, listed := m.t.LockSafe[fn.Name]; m.Has(KfuncSpinlockSafe) && listed {
			c.Flags |= abi.KF_SPINLOCK_SAFE
		}
	}
	c.ID, c.Module = id, set.Name
	if m.Has(KfuncTrustedArgs) {
		c.Flags |= abi.KF_TRUSTED_ARGS
	}
	return &c
}

// callable reports a function registered for calls, not for fmod_ret alone.
func (k *Kfunc) callable() bool {
	return slices.ContainsFunc(k.uses, func(u kfuncUse) bool { return u.hooks != 0 })
}

// KfuncAllowed reports whether a program may call the function. For EXT programs ask with the type of the
// program they replace.
func (m *Model) KfuncAllowed(k *Kfunc, p Prog) bool {
	if k == nil {
		return false
	}
	hooks := hookCommon | m.index.hooks[p.Type]
	for _, u := range k.uses {
		if u.hooks&hooks != 0 && m.passes(u.filter, k.Name, p) {
			return true
		}
	}
	return false
}

// passes reports whether a filter lets a program call a function.
func (m *Model) passes(filter []kdata.KfuncFilter, name string, p Prog) bool {
	return filter == nil || slices.ContainsFunc(filter, func(f kdata.KfuncFilter) bool {
		return m.applies(&f.When, p) && (f.Names == nil || slices.Contains(f.Names, name))
	})
}
