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
	Types  []abi.ProgType // who may call it; none means all
	// Prototype is its C declaration, "u64 name(struct task_struct *p, u32 n)", where no BTF has it.
	Prototype string
	Line      int // in the file, for messages
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
	"FORBID_FAULT": abi.KF_FORBID_FAULT,
	// the name the flag had at first
	"SPIN_LOCK": abi.KF_SPINLOCK_SAFE,
}

// ParseKfuncFlag returns the flag of a name, written with or without KF_.
func ParseKfuncFlag(name string) (abi.KfuncFlags, bool) {
	f, ok := kfuncFlagNames[strings.TrimPrefix(name, "KF_")]
	return f, ok
}

// WithKfuncs returns a copy of the model with kernel functions added or changed. Functions with a prototype
// become part of a module's BTF made for them.
func (m *Model) WithKfuncs(list []KfuncOverlay) (*Model, error) {
	overlay := maps.Clone(m.overlay)
	if overlay == nil {
		overlay = map[string]*Kfunc{}
	}
	protos := map[string][]KfuncOverlay{}
	var order []string
	for _, o := range list {
		use := kfuncUse{hooks: hookCommon}
		if len(o.Types) > 0 {
			use.hooks = 0
			for _, t := range o.Types {
				use.hooks |= m.index.hooks[t]
			}
		}
		overlay[o.Name] = &Kfunc{Name: o.Name, Module: o.Module, Flags: o.Flags, uses: []kfuncUse{use}}
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
		c.overlay, c.own = overlay, true
		c.modules = append(slices.Clip(c.modules), sets...)
		c.given("kfuncs", digest(fmt.Appendf(nil, "%+v", list)))
	}), nil
}
