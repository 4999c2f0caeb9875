package kmodel

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// nameCheck finds the names in a kernel's tables that nothing answers for.
type nameCheck struct {
	*index
	t      *kdata.Tables
	protos map[string]bool
	errs   []error
}

// checkNames returns an error for every name that nothing answers for.
func checkNames(t *kdata.Tables, x *index) error {
	c := &nameCheck{index: x, t: t, protos: map[string]bool{"": true}}
	for _, p := range t.HelperProtos {
		c.protos[p.Name] = true
	}
	c.checkGroups()
	c.checkChains()
	c.checkKfuncs()
	c.checkFeatures()
	c.checkMaps()
	for _, u := range t.CtxUses {
		if u.Layout < 0 || u.Layout >= len(t.CtxLayouts) {
			c.bad("contexts: no layout %d", u.Layout)
		}
	}
	return errors.Join(c.errs...)
}

func (c *nameCheck) bad(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *nameCheck) helper(name, where string) {
	if c.helperIDs[name] == 0 {
		c.bad("%s: no helper %q", where, name)
	}
}

func (c *nameCheck) proto(name, where string) {
	if !c.protos[name] {
		c.bad("%s: no prototype %q", where, name)
	}
}

func (c *nameCheck) feature(name, where string) {
	if _, ok := featureNamed(name); name != "" && !ok {
		c.bad("%s: no feature %q", where, name)
	}
}

func (c *nameCheck) when(w *kdata.When, where string) {
	c.feature(w.Feature, where)
	c.feature(w.NoFeature, where)
	if w.StructOps != "" && c.structOps[w.StructOps] == nil {
		c.bad("%s: no struct_ops %q", where, w.StructOps)
	}
}

func (c *nameCheck) chain(groups []string, where string) {
	for _, g := range groups {
		if c.groups[g] == nil && c.t.HelperRules[g] == nil {
			c.bad("%s: no group of helpers %q", where, g)
		}
	}
}

func (c *nameCheck) checkGroups() {
	for _, g := range c.t.HelperGroups {
		for _, e := range g.Entries {
			c.proto(e.Proto, g.Name)
			if e.ID <= 0 || int(e.ID) >= len(c.t.HelperNames) {
				c.bad("%s: no helper %d", g.Name, e.ID)
			}
		}
	}
	for g, rules := range c.t.HelperRules {
		for i := range rules {
			c.helper(rules[i].Helper, g)
			c.proto(rules[i].Proto, g)
			c.when(&rules[i].When, g)
		}
	}
	for p, rules := range c.t.AttachedTo {
		c.proto(p, "limits by attachment")
		for i := range rules {
			c.when(&rules[i].When, p)
		}
	}
	for p, f := range c.t.SleepWith {
		c.proto(p, "prototypes that sleep")
		c.feature(f, p)
	}
	for name, mode := range c.t.Lockdown {
		c.helper(name, "lockdown")
		if !slices.Contains(lockdownModes, mode) {
			c.bad("lockdown: no mode %q", mode)
		}
	}
}

func (c *nameCheck) checkChains() {
	for g, w := range c.t.GroupWhen {
		c.chain([]string{g}, "conditions of groups")
		c.when(&w, g)
	}
	for i := range c.t.HelperChains {
		c.chain(c.t.HelperChains[i].Groups, "chains of groups")
		c.when(&c.t.HelperChains[i].When, "chains of groups")
	}
	for _, s := range c.t.StructOps {
		c.chain(s.Helpers, s.Name)
	}
}

func (c *nameCheck) checkKfuncs() {
	for _, s := range c.t.KfuncSets {
		if s.Filter != "" && c.t.KfuncFilters[s.Filter] == nil {
			c.bad("%s: no filter %q", s.Name, s.Filter)
		}
		for _, typ := range s.Types {
			if typ != abi.PROG_TYPE_UNSPEC && c.hooks[typ] == 0 {
				c.bad("%s: nothing is registered for program type %v", s.Name, typ)
			}
		}
	}
	for filter, rows := range c.t.KfuncFilters {
		for i := range rows {
			c.when(&rows[i].When, filter)
		}
	}
}

func (c *nameCheck) checkFeatures() {
	for _, f := range slices.Concat(c.t.Fields, c.t.Tags) {
		c.feature(f.Feature, f.Name)
	}
	for i := range c.t.Attach.Sleepable {
		c.when(&c.t.Attach.Sleepable[i], "programs that may sleep")
	}
	for _, features := range []map[string]string{c.t.KfuncFeatures, c.t.LockSafe, c.t.LSMDisabledBy} {
		for name, f := range features {
			c.feature(f, name)
		}
	}
}

func (c *nameCheck) checkMaps() {
	for mt, names := range c.t.HelpersOfMap {
		for _, n := range names {
			c.helper(n, fmt.Sprintf("map type %d", mt))
		}
	}
	for n := range c.t.MapsOfHelper {
		c.helper(n, "map types of helpers")
	}
}
