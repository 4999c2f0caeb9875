package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
)

// row says of programs that meet a condition, as Go source, what they have in common.
type row struct {
	when, value string
}

// cond are the conditions of a row.
type cond struct {
	typ       abi.ProgType
	attach    []abi.AttachType
	names     []string
	notNames  []string
	structOps string
	sleepable bool
}

// condOf is the condition that only this kind meets, as far as tables know it.
func condOf(k *asked.Kind) cond {
	c := cond{typ: k.Type, structOps: k.StructOps}
	switch {
	case k.Type == abi.PROG_TYPE_STRUCT_OPS:
		c.names = []string{k.Name}
		return c // a member's programs may sleep or not, and may do the same
	case k.Type == abi.PROG_TYPE_LSM && k.Attach == abi.ATTACH_LSM_CGROUP, k.Type == abi.PROG_TYPE_TRACING && k.Attach == abi.ATTACH_TRACE_ITER:
		c.names = []string{k.Name}
	}
	c.attach, c.sleepable = []abi.AttachType{k.Attach}, k.Sleepable
	return c
}

// rows are what kinds have in common, so that the first row that applies is right for each kind: for each type of
// programs those that are exceptions, then what most of the type have, or what others is said to have. An empty value
// is one too.
func (g *generator) rows(value func(*asked.Kind) string, others map[abi.ProgType]string) []row {
	type family struct {
		typ       abi.ProgType
		structOps string
	}
	kinds := map[family][]*asked.Kind{}
	for i := range g.answers.Kinds {
		k := &g.answers.Kinds[i]
		f := family{k.Type, k.StructOps}
		kinds[f] = append(kinds[f], k)
	}
	families := slices.SortedFunc(maps.Keys(kinds), func(a, b family) int {
		return cmp.Or(cmp.Compare(a.typ, b.typ), strings.Compare(a.structOps, b.structOps))
	})
	var special []row
	var general []cond
	var generalValues []string
	for _, f := range families {
		common, ok := others[f.typ]
		if !ok {
			common = mostOf(kinds[f], value)
		}
		conds, values := exceptions(kinds[f], value, common)
		for i := range conds {
			special = append(special, row{g.when(conds[i]), values[i]})
		}
		general = append(general, cond{typ: f.typ, structOps: f.structOps})
		generalValues = append(generalValues, common)
	}
	return append(special, g.merged(general, generalValues)...)
}

// exceptions are the kinds of one type that have another value than most, those of more conditions first. What most kinds
// of an attach type have is said of the attach type, whatever the name of what they attach to and whether they sleep.
func exceptions(kinds []*asked.Kind, value func(*asked.Kind) string, common string) (conds []cond, values []string) {
	for _, k := range kinds {
		v, c := value(k), condOf(k)
		if k.Type != abi.PROG_TYPE_STRUCT_OPS {
			of, asleep := attachedAs(kinds, k.Attach, value)
			switch {
			case v == of:
				c.names, c.sleepable = nil, false
			case k.Sleepable && v == asleep:
				c.names = nil
			default:
				c.sleepable = c.sleepable && slices.ContainsFunc(kinds, func(o *asked.Kind) bool {
					return !o.Sleepable && o.Attach == k.Attach && o.Name == k.Name && value(o) != v
				})
			}
			if v == of && v == common {
				continue
			}
		} else if v == common {
			continue
		}
		if !slices.ContainsFunc(conds, func(o cond) bool { return o.covers(c) }) {
			conds, values = addCond(conds, values, c, v)
		}
	}
	order := make([]int, len(conds))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(conds[b].weight(), conds[a].weight()) })
	sortedConds, sortedValues := make([]cond, len(conds)), make([]string, len(conds))
	for i, at := range order {
		sortedConds[i], sortedValues[i] = conds[at], values[at]
	}
	return sortedConds, sortedValues
}

// merged are rows of whole types, one for all that have the same value.
func (g *generator) merged(conds []cond, values []string) []row {
	var out []row
	done := map[string]bool{}
	for i, c := range conds {
		switch {
		case c.structOps != "":
			out = append(out, row{g.when(c), values[i]})
		case !done[values[i]]:
			done[values[i]] = true
			var types []string
			for j, o := range conds {
				if o.structOps == "" && values[j] == values[i] {
					types = append(types, progType(o.typ))
				}
			}
			out = append(out, row{"kdata.When{Types: []abi.ProgType{" + strings.Join(types, ", ") + "}}", values[i]})
		}
	}
	return out
}

// attachedAs is what most kinds of an attach type have that do not sleep, and what most have that do.
func attachedAs(kinds []*asked.Kind, at abi.AttachType, value func(*asked.Kind) string) (awake, asleep string) {
	var by [2][]*asked.Kind
	for _, k := range kinds {
		if k.Attach == at && k.Sleepable {
			by[1] = append(by[1], k)
		} else if k.Attach == at {
			by[0] = append(by[0], k)
		}
	}
	for i := range by {
		if len(by[i]) == 0 {
			by[i] = by[1-i]
		}
	}
	return mostOf(by[0], value), mostOf(by[1], value)
}

// mostOf is the value of most kinds, of several the first's.
func mostOf(kinds []*asked.Kind, value func(*asked.Kind) string) string {
	count := map[string]int{}
	for _, k := range kinds {
		count[value(k)]++
	}
	best := value(kinds[0])
	for _, k := range kinds {
		if v := value(k); count[v] > count[best] {
			best = v
		}
	}
	return best
}

// covers reports a condition that another has within its lists.
func (c *cond) covers(o cond) bool {
	return c.typ == o.typ && c.structOps == o.structOps && c.sleepable == o.sleepable &&
		len(o.attach) == 1 && slices.Contains(c.attach, o.attach[0]) &&
		(len(c.names) == 0 && len(o.names) == 0 || len(o.names) == 1 && slices.Contains(c.names, o.names[0]))
}

func (c *cond) weight() (n int) {
	for _, is := range []bool{c.sleepable, len(c.names) > 0, len(c.attach) > 0} {
		if is {
			n++
		}
	}
	return n
}

// addCond adds a condition, to another of the same value where one of its lists can be made longer.
func addCond(conds []cond, values []string, c cond, v string) ([]cond, []string) {
	for i := range conds {
		o := &conds[i]
		if values[i] != v || o.sleepable != c.sleepable || o.typ != c.typ || o.structOps != c.structOps {
			continue
		}
		switch {
		case slices.Equal(o.attach, c.attach) && len(o.names) > 0 && len(c.names) > 0:
			o.names = slices.Compact(slices.Sorted(slices.Values(append(o.names, c.names...))))
			return conds, values
		case len(o.names) == 0 && len(c.names) == 0:
			o.attach = append(o.attach, c.attach...)
			return conds, values
		}
	}
	return append(conds, c), append(values, v)
}

// when writes a condition as a kdata.When.
func (g *generator) when(c cond) string {
	var parts []string
	if c.structOps == "" {
		parts = append(parts, "Types: []abi.ProgType{"+progType(c.typ)+"}")
	} else {
		parts = append(parts, fmt.Sprintf("StructOps: %q", c.structOps))
	}
	if len(c.attach) > 0 {
		var names []string
		for _, at := range c.attach {
			names = append(names, g.attachName(c.typ, at))
		}
		parts = append(parts, "Attach: []abi.AttachType{"+strings.Join(names, ", ")+"}")
	}
	if len(c.names) > 0 {
		parts = append(parts, fmt.Sprintf("Names: []string{%s}", quoted(c.names)))
	}
	if len(c.notNames) > 0 {
		parts = append(parts, fmt.Sprintf("NotNames: []string{%s}", quoted(c.notNames)))
	}
	if c.sleepable {
		parts = append(parts, "Sleepable: true")
	}
	return "kdata.When{" + strings.Join(parts, ", ") + "}"
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, ", ")
}

func progType(t abi.ProgType) string { return "abi.PROG_TYPE_" + strings.ToUpper(t.String()) }

// attachName is an attach type as package abi has it. Of types that use none it is a number.
func (g *generator) attachName(typ abi.ProgType, at abi.AttachType) string {
	name := g.attach[at]
	if at == 0 && typ != abi.PROG_TYPE_CGROUP_SKB || name == "" {
		return fmt.Sprint(uint32(at))
	}
	return "abi.ATTACH_" + strings.TrimPrefix(name, "BPF_")
}
