package object

import (
	"iter"
	"maps"
	"path"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Preset is one thing that a loader changes about an object before it loads it.
type Preset interface {
	// apply changes o, which nobody else has yet; found is false where o has nothing to change.
	apply(o *Object) (found bool, err error)
	// names are what the preset could have named in o, and named what it does name.
	names(o *Object) iter.Seq[string]
	named() string
}

// With returns the object as presets change it, one after the other, and which of them found something to
// change. The error is a *LoadError.
func (o *Object) With(presets []Preset) (changed *Object, found []bool, err error) {
	if len(presets) == 0 {
		return o, nil, nil
	}
	c := o.clone()
	found = make([]bool, len(presets))
	for i, p := range presets {
		if found[i], err = p.apply(c); err != nil {
			r := asReason(err)
			return nil, nil, &LoadError{o.Name, r.text, r.errno, ""}
		}
	}
	return c, found, nil
}

// Named returns what a preset names, and all that it could have named in the object.
func (o *Object) Named(p Preset) (name string, others iter.Seq[string]) { return p.named(), p.names(o) }

// clone copies what presets change.
func (o *Object) clone() *Object {
	c := *o
	copies := map[*mapDef]*mapDef{}
	c.maps = make([]*mapDef, len(o.maps))
	for i, m := range o.maps {
		d := *m
		c.maps[i], copies[m] = &d, &d
	}
	for _, m := range c.maps {
		m.slots = slices.Clone(m.slots)
		for i := range m.slots {
			if d := copies[m.slots[i].inner]; d != nil {
				m.slots[i].inner = d
			}
		}
	}
	c.progs = make([]*Program, len(o.progs))
	for i, p := range o.progs {
		d := *p
		c.progs[i] = &d
	}
	c.constants = maps.Clone(o.constants)
	for i := range c.constants {
		c.constants[i] = slices.Clone(c.constants[i])
	}
	return &c
}

// matches reports whether a glob fits a name; path.Match's form.
func matches(glob, name string) bool {
	ok, _ := path.Match(glob, name)
	return ok
}

// checkGlob returns an error for what is no glob.
func checkGlob(glob string) error {
	if _, err := path.Match(glob, ""); err != nil {
		return fail(abi.EINVAL, "%q is no glob; use *, ? and [a-z]", glob)
	}
	return nil
}

func (o *Object) programNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range o.progs {
			if !yield(p.Name) {
				return
			}
		}
	}
}
