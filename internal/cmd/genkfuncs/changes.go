package main

import (
	"log"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// changes is what a kernel has otherwise than the source: a YAML file in the kernel's folder says it.
type changes struct {
	Sets []struct {
		Name, Filter string
		Types        []string
	}
	Dropped     []string
	Removed     []string
	DeviceBound []string                       `yaml:"device_bound"`
	Kfuncs      map[string]map[string][]string // set, function, flags
}

func readChanges(file string) (c changes) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, &c, yaml.Strict())
	}
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// apply makes the changes; a set that there isn't ends the program.
func (c *changes) apply(sets []*set) []*set {
	find := func(name string) *set {
		i := slices.IndexFunc(sets, func(s *set) bool { return s.name == name })
		if i < 0 {
			log.Fatalf("changes: no set %s", name)
		}
		return sets[i]
	}
	for _, n := range c.Sets {
		if !slices.ContainsFunc(sets, func(s *set) bool { return s.name == n.Name }) {
			sets = append(sets, &set{name: n.Name, filter: n.Filter, types: n.Types})
		}
	}
	for name, kfuncs := range c.Kfuncs {
		s := find(name)
		for fn, flags := range kfuncs {
			s.kfuncs = slices.DeleteFunc(s.kfuncs, func(k kfunc) bool { return k.name == fn })
			s.kfuncs = append(s.kfuncs, kfunc{fn, flags})
		}
	}
	for _, name := range c.DeviceBound {
		find(name).deviceBound = true
	}
	sets = slices.DeleteFunc(sets, func(s *set) bool { return slices.Contains(c.Dropped, s.name) })
	for _, s := range sets {
		s.kfuncs = slices.DeleteFunc(s.kfuncs, func(k kfunc) bool { return slices.Contains(c.Removed, k.name) })
		slices.SortStableFunc(s.kfuncs, func(a, b kfunc) int { return strings.Compare(a.name, b.name) })
	}
	return sets
}
