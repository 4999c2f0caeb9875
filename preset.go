package bpfverdict

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/near"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// Set sets a global variable before programs are loaded, as a loader does: a constant that way decides what
// code is walked. The name may have members and elements, "cfg.ports[2]"; the value is an integer, a bool, or
// a string with a number or the name of an enumerator, all as veristat's -G has them.
func Set(name string, value any) Option {
	text := fmt.Sprint(value)
	if b, ok := value.(bool); ok {
		text = map[bool]string{false: "0", true: "1"}[b]
	}
	return presetOption("variable", name, []string{text}, func() (object.Preset, error) { return object.SetVar(name, text) })
}

// SetAllBools sets every constant to true that is a bool; Set, if given later, changes some back.
func SetAllBools() Option {
	return presetOption("constant of type bool", "", []string{}, func() (object.Preset, error) { return object.SetAllBools(), nil })
}

// ChangeMap changes the maps of a name, which may be a glob, before they are created. The settings are
// separated by commas: type=percpu_hash, key_size=N, value_size=N, max_entries=N, map_flags=N, and last, for a
// map of maps, inner=NAME, another map of the object, or inner=TYPE,KEY_SIZE,VALUE_SIZE,MAX_ENTRIES.
func ChangeMap(name, settings string) Option {
	return presetOption("map", name, []string{settings}, func() (object.Preset, error) { return object.ChangeMap(name, settings) })
}

// SetType gives the programs a type whose name or section fits a glob: a type such as sched_cls, or a section
// name that libbpf knows, such as tcx/ingress or fentry/do_unlinkat.
func SetType(glob, programType string) Option {
	return presetOption("program or section", glob, []string{programType}, func() (object.Preset, error) { return object.SetType(glob, programType) })
}

// SetTarget makes the programs of a name, which may be a glob, attach to target: a function, hook or tracepoint
// of the kernel.
func SetTarget(program, target string) Option {
	return presetOption("program", program, []string{"target", target}, func() (object.Preset, error) { return object.SetTarget(program, target) })
}

// SetTargetProgram makes the programs of a name, which may be a glob, attach to a program of the object into: freplace
// programs replace a function of it, fentry and fexit programs trace it. An empty function is the one that the section
// of the program names, or the target program itself.
func SetTargetProgram(program string, into *Object, target, function string) Option {
	return presetOption("program", program, nil, func() (object.Preset, error) {
		return object.SetProgTarget(program, into.file().Object(), target, function)
	})
}

// SetFlags loads the programs of a name, which may be a glob, with flags: sleepable or xdp_has_frags.
func SetFlags(program string, flags ...string) Option {
	return presetOption("program", program, append([]string{"flags"}, flags...), func() (object.Preset, error) { return object.SetFlags(program, flags...) })
}

// Change returns the objects as Set, SetAllBools, ChangeMap, SetType, SetTarget, SetTargetProgram and SetFlags among the options change
// them; other options change nothing. The errors are *PresetErrors, joined: an option that can't change an object, or finds
// nothing to change in any.
func Change(objects []*Object, opts ...Option) ([]*Object, error) {
	r := &run{options: newOptions(opts)}
	errs := r.presetErrs
	out := make([]*Object, len(objects))
	for i, o := range objects {
		obj, err := r.preset(o)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out[i] = (*Object)(object.NewFile(o.Name(), obj))
	}
	errs = slices.AppendSeq(errs, r.missed())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// A PresetError is an option that changes objects and can't: Set, SetAllBools, ChangeMap, SetType, SetTarget,
// SetTargetProgram or SetFlags.
type PresetError struct {
	Name   string // what the option names; empty for SetAllBools
	Object string // the object that it can't change, empty for all
	Reason string
}

func (e *PresetError) Error() string {
	text := e.Reason
	if e.Object != "" {
		text = e.Object + ": " + text
	}
	return report.Escape(text)
}

// preset is one change, and what it has found so far.
type preset struct {
	object.Preset
	what, name string
	said       []string // all of it, to tell it from others; nil where words can't

	mu    sync.Mutex
	asked bool // of some object
	found bool
	names []string // the likeliest names of the objects that have nothing of this one
}

// presetOption is a change of what is called name; values are the rest of what was said, nil where words can't tell it.
func presetOption(what, name string, values []string, parse func() (object.Preset, error)) Option {
	p, err := parse()
	name = strings.TrimSpace(name)
	return func(o *options) {
		if err != nil {
			o.presetErrs = append(o.presetErrs, &PresetError{Name: name, Reason: err.Error()})
			return
		}
		var said []string
		if values != nil {
			said = append([]string{what, name}, values...)
		}
		o.presets = append(o.presets, &preset{Preset: p, what: what, name: name, said: said})
	}
}

// preset returns the object as the presets change it.
func (r *run) preset(o *Object) (*object.Object, error) {
	if len(r.presets) == 0 {
		return o.file().Object(), nil
	}
	changes := make([]object.Preset, len(r.presets))
	for i, p := range r.presets {
		changes[i] = p.Preset
	}
	obj, found, err := o.file().Object().With(changes)
	if le := new(object.LoadError); errors.As(err, &le) {
		return nil, &PresetError{Object: o.Name(), Reason: le.Reason}
	}
	for i, p := range r.presets {
		p.note(o.file().Object(), found[i])
	}
	return obj, nil
}

// note notes whether an object has what the preset changes.
func (p *preset) note(o *object.Object, found bool) {
	like := ""
	if !found {
		like = near.Name(o.Named(p.Preset))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.found = true, p.found || found
	if like != "" && !slices.Contains(p.names, like) {
		p.names = append(p.names, like)
	}
}

// missed are the errors for presets that no object has anything for.
func (r *run) missed() iter.Seq[error] {
	return func(yield func(error) bool) {
		for _, p := range r.presets {
			if p.found || !p.asked {
				continue
			}
			reason := "no " + p.what
			if p.name != "" {
				reason += fmt.Sprintf(" %q", p.name)
			}
			reason += " in what was given"
			slices.Sort(p.names)
			reason += near.Hint(p.name, slices.Values(p.names))
			if !yield(&PresetError{Name: p.name, Reason: reason}) {
				return
			}
		}
	}
}
