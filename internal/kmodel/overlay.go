package kmodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// KfuncOverlay adds a kernel function to a model, or changes one.
type KfuncOverlay struct {
	Name   string
	Module string // whose function it is; "" for vmlinux, or where there is a prototype for a module "overlay"
	Flags  abi.KfuncFlags
	Types  []abi.ProgType // who may call it; none means all, as PROG_TYPE_UNSPEC does
	// Prototype is its C declaration, "u64 name(struct task_struct *p, u32 n)", where no BTF has it.
	Prototype string
	// What it is instead of a function that programs call, or with Types as well: one that fmod_ret programs attach to; the
	// destructor of a struct, which frees objects that maps own.
	ModifyReturn bool
	Destroys     string
	Line         int // in the file, for messages
}

// OverlayError says what is wrong with an overlay, and where.
type OverlayError struct {
	Line int
	Text string
}

func (e *OverlayError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

var kfuncFlagNames = map[string]abi.KfuncFlags{
	"ACQUIRE": abi.KF_ACQUIRE, "RELEASE": abi.KF_RELEASE, "RET_NULL": abi.KF_RET_NULL, "TRUSTED_ARGS": abi.KF_TRUSTED_ARGS,
	"SLEEPABLE": abi.KF_SLEEPABLE, "DESTRUCTIVE": abi.KF_DESTRUCTIVE, "RCU": abi.KF_RCU, "ITER_NEW": abi.KF_ITER_NEW,
	"ITER_NEXT": abi.KF_ITER_NEXT, "ITER_DESTROY": abi.KF_ITER_DESTROY, "RCU_PROTECTED": abi.KF_RCU_PROTECTED,
	"FASTCALL": abi.KF_FASTCALL, "ARENA_RET": abi.KF_ARENA_RET, "ARENA_ARG1": abi.KF_ARENA_ARG1, "ARENA_ARG2": abi.KF_ARENA_ARG2,
	"IMPLICIT_ARGS": abi.KF_IMPLICIT_ARGS, "SPINLOCK_SAFE": abi.KF_SPINLOCK_SAFE, "FORBID_SLEEP": abi.KF_FORBID_SLEEP,
	"FORBID_FAULT": abi.KF_FORBID_FAULT, "PERFMON": abi.KF_PERFMON, oldSpinlockSafe: abi.KF_SPINLOCK_SAFE,
}

// oldSpinlockSafe is the name that SPINLOCK_SAFE had at first.
const oldSpinlockSafe = "SPIN_LOCK"

// ParseKfuncFlag returns the flag of a name, written with or without KF_.
func ParseKfuncFlag(name string) (abi.KfuncFlags, bool) {
	f, ok := kfuncFlagNames[strings.TrimPrefix(name, "KF_")]
	return f, ok
}

// register adds functions to a model that is being made.
func (m *Model) register(list []KfuncOverlay) {
	overlay, destructors := map[string]*Kfunc{}, map[string]string{}
	maps.Copy(overlay, m.overlay)
	maps.Copy(destructors, m.destructors)
	for _, o := range list {
		use := kfuncUse{modifyReturn: o.ModifyReturn}
		if len(o.Types) == 0 && !o.ModifyReturn && o.Destroys == "" {
			use.hooks = hookCommon
		}
		for _, t := range o.Types {
			use.hooks |= m.index.hooksOf(t)
		}
		overlay[o.Name] = &Kfunc{Name: o.Name, Module: o.Module, Flags: o.Flags, uses: []kfuncUse{use}}
		if o.Destroys != "" {
			destructors[o.Destroys] = o.Name
		}
	}
	m.overlay, m.destructors, m.own = overlay, destructors, true
}

// WithKfuncs returns a copy of the model with kernel functions added or changed. Functions with a prototype
// become part of a module's BTF made for them.
func (m *Model) WithKfuncs(list []KfuncOverlay) (*Model, error) {
	protos := map[string][]KfuncOverlay{}
	var order []string
	for _, o := range list {
		if o.Prototype != "" {
			if protos[o.Module] == nil {
				order = append(order, o.Module)
			}
			protos[o.Module] = append(protos[o.Module], o)
		}
	}
	var sets []*types.Set
	for _, module := range order {
		set, err := declareModule(m.types, module, protos[module])
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return m.With(func(c *Model) {
		c.register(list)
		c.modules = append(slices.Clip(c.modules), sets...)
		c.given("kfuncs", digest(fmt.Appendf(nil, "%+v", list)))
	}), nil
}
