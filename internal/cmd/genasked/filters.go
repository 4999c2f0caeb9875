package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// filters are what the functions let through that narrow who may call the kernel functions of a set, and which types of
// programs share what is registered.
func (g *generator) filters() ([]byte, error) {
	sets, err := g.im.KfuncSets()
	if err != nil {
		return nil, err
	}
	hooks := g.hooks(sets)
	byFilter, types := map[string][]string{}, map[string][]abi.ProgType{}
	for _, s := range sets {
		if s.Filter == "" {
			continue
		}
		for _, k := range s.Kfuncs {
			byFilter[s.Filter] = append(byFilter[s.Filter], k.Name)
		}
		for _, h := range hooks {
			if slices.ContainsFunc(h, func(t abi.ProgType) bool { return slices.Contains(s.Types, t) }) {
				types[s.Filter] = append(types[s.Filter], h...)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString("// kfuncHooks are the types of programs that share what is registered for one of them.\nvar kfuncHooks = [][]abi.ProgType{\n")
	for _, types := range hooks {
		var names []string
		for _, t := range types {
			names = append(names, progType(t))
		}
		fmt.Fprintf(&b, "{%s},\n", strings.Join(names, ", "))
	}
	b.WriteString("}\n\n// kfuncFilters are the programs that may call kernel functions which not all of their type may.\n")
	b.WriteString("var kfuncFilters = map[string][]kdata.KfuncFilter{\n")
	for _, f := range slices.Sorted(maps.Keys(byFilter)) {
		names := byFilter[f]
		fmt.Fprintf(&b, "%q: {\n", f)
		for _, r := range g.each(func(k *asked.Kind) string {
			var may []string
			if !slices.Contains(types[f], k.Type) {
				return ""
			}
			for _, n := range k.Kfuncs {
				if slices.Contains(names, n) {
					may = append(may, n)
				}
			}
			return quoted(may)
		}) {
			fmt.Fprintf(&b, "{When: %s, Names: []string{%s}},\n", r.when, r.value)
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// each are rows of which any that applies counts: values that are not empty, of whole types where all of a type agree.
func (g *generator) each(value func(*asked.Kind) string) []row {
	byType := map[abi.ProgType][]*asked.Kind{}
	for i := range g.answers.Kinds {
		k := &g.answers.Kinds[i]
		byType[k.Type] = append(byType[k.Type], k)
	}
	var out []row
	for _, t := range slices.Sorted(maps.Keys(byType)) {
		kinds := byType[t]
		first := value(kinds[0])
		if !slices.ContainsFunc(kinds, func(k *asked.Kind) bool { return value(k) != first }) {
			if first != "" {
				out = append(out, row{g.when(cond{typ: t}), first})
			}
			continue
		}
		var conds []cond
		var values []string
		for _, k := range kinds {
			c := condOf(k)
			c.sleepable = false
			v := value(k)
			if k.Type == abi.PROG_TYPE_LSM && k.Attach == abi.ATTACH_LSM_MAC {
				// Only some hooks were asked: what most may, others than these may too.
				if v != mostOf(hooksOf(kinds), value) {
					continue
				}
				for _, o := range hooksOf(kinds) {
					if value(o) != v {
						c.notNames = append(c.notNames, o.Name)
					}
				}
			}
			if v != "" && !slices.ContainsFunc(conds, func(o cond) bool { return g.when(o) == g.when(c) }) {
				conds, values = addCond(conds, values, c, v)
			}
		}
		for i := range conds {
			conds[i].attach = slices.Compact(conds[i].attach)
			out = append(out, row{g.when(conds[i]), values[i]})
		}
	}
	return out
}

// hooksOf are the kinds of programs that sleep and implement a security hook; only they may call all that hooks' may.
func hooksOf(kinds []*asked.Kind) (list []*asked.Kind) {
	for _, k := range kinds {
		if k.Attach == abi.ATTACH_LSM_MAC && k.Sleepable {
			list = append(list, k)
		}
	}
	return list
}

// hooks are groups of types: those for which any set is registered, and with them the types whose programs may call the
// same functions though nothing is registered for them.
func (g *generator) hooks(sets []*kimage.KfuncSet) [][]abi.ProgType {
	registered := map[abi.ProgType]bool{}
	own := map[string]bool{} // functions that tell types apart: not of filters, not for all, not for programs that sleep alone
	for _, s := range sets {
		for _, t := range s.Types {
			registered[t] = true
		}
		for _, k := range s.Kfuncs {
			if s.Filter == "" && !slices.Contains(s.Types, abi.PROG_TYPE_UNSPEC) && abi.KfuncFlags(k.Flags)&abi.KF_SLEEPABLE == 0 {
				own[k.Name] = true
			}
		}
	}
	// What each type may call beyond what all may, filters aside.
	may := map[abi.ProgType]map[string]bool{}
	for i := range g.answers.Kinds {
		k := &g.answers.Kinds[i]
		if may[k.Type] == nil {
			may[k.Type] = map[string]bool{}
		}
		for _, n := range k.Kfuncs {
			if own[n] {
				may[k.Type][n] = true
			}
		}
	}
	// What every type seems to be allowed is refused for another reason before.
	for n := range own {
		if !slices.ContainsFunc(slices.Collect(maps.Values(may)), func(names map[string]bool) bool { return !names[n] }) {
			for _, names := range may {
				delete(names, n)
			}
		}
	}
	groups := map[string][]abi.ProgType{}
	for t, names := range may {
		if len(names) > 0 || registered[t] {
			key := strings.Join(slices.Sorted(maps.Keys(names)), " ")
			if len(names) == 0 {
				key = t.String()
			}
			groups[key] = append(groups[key], t)
		}
	}
	out := slices.Collect(maps.Values(groups))
	for _, types := range out {
		slices.Sort(types)
	}
	slices.SortFunc(out, func(a, b []abi.ProgType) int { return cmp.Compare(a[0], b[0]) })
	return out
}
