// Package facts answers what a refused program's author asks next, from the tables of the models: who may call a
// function, since when a kernel has it, which section sleeps, what may be returned.
package facts

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// HelperCallers names the sections whose programs may call a helper, given without bpf_. A section that stands for
// all of its type's is named alone. Nil if there is no such helper, or nobody may call it.
func HelperCallers(k *kmodel.Model, helper string) []string {
	id := k.HelperID(strings.TrimPrefix(helper, "bpf_"))
	return callers(k, func(p kmodel.Prog) bool {
		h := k.HelpersOf(p).Get(id)
		return id > 0 && h != nil && (p.Sleepable || !h.MightSleep)
	})
}

// HelperNeedsGPL reports whether only programs under a licence compatible with the GPL may call a helper.
func HelperNeedsGPL(k *kmodel.Model, helper string) bool {
	id := k.HelperID(strings.TrimPrefix(helper, "bpf_"))
	return id > 0 && slices.ContainsFunc(object.Sections(), func(s object.Section) bool {
		h := k.HelpersOf(prog(s)).Get(id)
		return h != nil && h.GPLOnly
	})
}

// KfuncCallers names the sections whose programs may call a kernel function; nil for none.
func KfuncCallers(k *kmodel.Model, fn *kmodel.Kfunc) []string {
	return callers(k, func(p kmodel.Prog) bool {
		return fn != nil && k.KfuncAllowed(fn, p) && (p.Sleepable || fn.Flags&abi.KF_SLEEPABLE == 0)
	})
}

// kfunc finds a kernel function that programs may call, nil if the kernel has none of that name.
func kfunc(k *kmodel.Model, name string) *kmodel.Kfunc {
	id, fn := k.Types().FindFunc(name)
	if fn == nil {
		return nil
	}
	return k.Kfunc(k.Types(), id)
}

func prog(s object.Section) kmodel.Prog {
	return kmodel.Prog{Type: s.Type, Attach: s.Attach, Sleepable: s.Sleepable, GPL: true}
}

// sections are the kinds of programs that a kernel loads. Those that attach to many functions are left out: they may
// what those for one may.
func sections(k *kmodel.Model) []object.Section {
	return slices.DeleteFunc(object.Sections(), func(s object.Section) bool {
		return s.Sleepable && !loadsSleeping(k, s) || s.Attach.One() != s.Attach || !k.AttachKnown(s.Attach)
	})
}

// loadsSleeping reports whether a kernel loads programs of a section that sleep.
func loadsSleeping(k *kmodel.Model, s object.Section) bool {
	return s.Type == abi.PROG_TYPE_SYSCALL || k.MayBeSleepable(prog(s))
}

// callers names the sections whose programs may do something. Where all of a type's may, one stands for them: the
// one without an attach type, or the shortest; those of tracing and security programs differ too much for that.
func callers(k *kmodel.Model, may func(kmodel.Prog) bool) []string {
	byType := map[abi.ProgType][]object.Section{}
	var order []abi.ProgType
	for _, s := range sections(k) {
		if byType[s.Type] == nil {
			order = append(order, s.Type)
		}
		byType[s.Type] = append(byType[s.Type], s)
	}
	var names []string
	for _, t := range order {
		all := byType[t]
		allowed := slices.DeleteFunc(slices.Clone(all), func(s object.Section) bool { return !may(prog(s)) })
		if len(allowed) < len(all) || t == abi.PROG_TYPE_TRACING || t == abi.PROG_TYPE_LSM {
			names = append(names, kinds(allowed)...)
		} else if i := slices.IndexFunc(all, func(s object.Section) bool { return s.Attach == 0 }); i >= 0 {
			names = append(names, all[i].Name)
		} else {
			names = append(names, slices.MinFunc(all, func(a, b object.Section) int { return len(a.Name) - len(b.Name) }).Name)
		}
	}
	return names
}

// kinds names sections, a sleepable one only if its other form isn't there.
func kinds(sections []object.Section) []string {
	var names []string
	for _, s := range sections {
		plain, sleeps := strings.CutSuffix(s.Name, ".s")
		if !sleeps || !slices.ContainsFunc(sections, func(o object.Section) bool { return o.Name == plain }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// SleepableSection returns the section's form that may sleep on a kernel, such as "fentry.s/f" for "fentry/f"; false if
// there is none. A section that sleeps already is its own.
func SleepableSection(k *kmodel.Model, section string) (string, bool) {
	s, ok := object.FindSection(section)
	if !ok {
		return "", false
	}
	if s.Sleepable {
		return section, true
	}
	i := slices.IndexFunc(object.Sections(), func(o object.Section) bool {
		return o.Sleepable && loadsSleeping(k, o) && o.Type == s.Type && o.Attach == s.Attach && o.Name == s.Name+".s"
	})
	if i < 0 {
		return "", false
	}
	return strings.Replace(section, s.Name, s.Name+".s", 1), true
}
