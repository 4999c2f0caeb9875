package object

import (
	"iter"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// changeMap changes the definition of maps.
type changeMap struct {
	glob    string
	changes []func(*mapDef)
	inner   string // name of the map that is the example of what a map-in-map holds; empty for none
}

// mapSettings are what can be changed about a map, under libbpf's names.
var mapSettings = map[string]func(m *mapDef, v uint32){
	"key_size":   func(m *mapDef, v uint32) { m.key = v },
	"value_size": func(m *mapDef, v uint32) { m.value = v },
	"map_flags":  func(m *mapDef, v uint32) { m.flags = v },
	"max_entries": func(m *mapDef, v uint32) {
		if m.entries = v; ringbuf(m.typ) {
			m.entries = ringbufSize(v)
		}
	},
}

// ChangeMap changes the maps whose name fits the glob, as settings say: type=hash, key_size=N, value_size=N,
// max_entries=N and map_flags=N, separated by commas; and at the end inner=NAME, another map of the object, or
// inner=TYPE,KEY_SIZE,VALUE_SIZE,MAX_ENTRIES.
func ChangeMap(glob, settings string) (Preset, error) {
	c := &changeMap{glob: glob}
	for rest := settings; rest != ""; {
		var one string
		if strings.HasPrefix(rest, "inner=") {
			one, rest = rest, ""
		} else {
			one, rest, _ = strings.Cut(rest, ",")
		}
		if err := c.add(one); err != nil {
			return nil, err
		}
	}
	if len(c.changes) == 0 && c.inner == "" {
		return nil, fail(abi.EINVAL, "nothing to change: use such as max_entries=1024")
	}
	return c, checkGlob(glob)
}

// add takes one setting.
func (c *changeMap) add(setting string) error {
	key, val, _ := strings.Cut(setting, "=")
	switch key {
	case "type":
		t, ok := abi.MapTypeNamed(val)
		if !ok {
			return fail(abi.EINVAL, "no map type %q: use bpftool's names, such as percpu_hash", val)
		}
		c.changes = append(c.changes, func(m *mapDef) { m.typ = t })
		return nil
	case "inner":
		if val == "" {
			return fail(abi.EINVAL, "inner=: name a map of the object, or give TYPE,KEY_SIZE,VALUE_SIZE,MAX_ENTRIES")
		}
		if !strings.Contains(val, ",") {
			c.inner = val
			return nil
		}
		inner, err := parseInner(val)
		c.changes = append(c.changes, func(m *mapDef) { m.setInner(inner) })
		return err
	}
	set := mapSettings[key]
	if set == nil {
		return fail(abi.EINVAL, "no setting %q: there are type, key_size, value_size, max_entries, map_flags and inner", key)
	}
	n, err := strconv.ParseUint(val, 0, 32)
	if err != nil {
		return fail(abi.EINVAL, "%s=%s: use a number of 32 bits", key, val)
	}
	c.changes = append(c.changes, func(m *mapDef) { set(m, uint32(n)) })
	return nil
}

// parseInner reads "hash,4,8,1024".
func parseInner(s string) (*mapDef, error) {
	m := &mapDef{create: true}
	parts := strings.Split(s, ",")
	numbers := []*uint32{&m.key, &m.value, &m.entries}
	var ok bool
	if m.typ, ok = abi.MapTypeNamed(parts[0]); !ok || len(parts) != 1+len(numbers) {
		return nil, fail(abi.EINVAL, "inner=%s: use TYPE,KEY_SIZE,VALUE_SIZE,MAX_ENTRIES, such as hash,4,8,1024", s)
	}
	for i, n := range numbers {
		v, err := strconv.ParseUint(parts[1+i], 0, 32)
		if err != nil {
			return nil, fail(abi.EINVAL, "inner=%s: %q is no number of 32 bits", s, parts[1+i])
		}
		*n = uint32(v)
	}
	if ringbuf(m.typ) {
		m.entries = ringbufSize(m.entries)
	}
	return m, nil
}

// setInner gives a map-in-map the example of what it holds.
func (m *mapDef) setInner(example *mapDef) {
	inner := *example
	inner.name, inner.section = m.name+".inner", m.section
	m.inner = &inner
}

func (c *changeMap) apply(o *Object) (found bool, err error) {
	for _, m := range o.maps {
		if !m.goesBy(c.glob) {
			continue
		}
		found = true
		if m.kind != mapUser || m.ops != nil {
			return found, fail(abi.EINVAL, "map '%s': its definition is the program's data, not a loader's", m.name)
		}
		for _, change := range c.changes {
			change(m)
		}
		if c.inner != "" {
			example := o.mapNamed(c.inner)
			if example == nil || example == m || example.inner != nil {
				return found, fail(abi.EINVAL, "map '%s': no map '%s' that could be what it holds", m.name, c.inner)
			}
			m.setInner(example)
		}
		if m.inner != nil && !mapInMap(m.typ) {
			return found, fail(abi.EINVAL, "map '%s': only a map of maps has an inner map", m.name)
		}
	}
	return found, nil
}

// goesBy reports whether a glob fits a map's name, or its section's.
func (m *mapDef) goesBy(glob string) bool {
	return matches(glob, m.name) || m.real != "" && matches(glob, m.real)
}

func (o *Object) mapNamed(name string) *mapDef {
	for _, m := range o.maps {
		if m.name == name {
			return m
		}
	}
	return nil
}

func (c *changeMap) named() string { return c.glob }

func (c *changeMap) names(o *Object) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range o.maps {
			if !yield(m.name) {
				return
			}
		}
	}
}
