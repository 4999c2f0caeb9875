package kmodel

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

// TestAnotherKernel makes a kernel of the newest one's data with one helper, one kfunc flag, one context field and one
// map rule changed: all four answers follow the data of the model that is asked, and the old model's stay.
func TestAnotherKernel(t *testing.T) {
	old := newest(t)
	k := *kernels.All[slices.IndexFunc(kernels.All, func(k *kdata.Kernel) bool { return k.Release == old.Name() })]
	k.Release = "99.1"

	k.HelperNames = append(slices.Clone(k.HelperNames), "new_helper")
	id := int32(len(k.HelperNames) - 1)
	k.HelperProtos = append(slices.Clone(k.HelperProtos), kdata.HelperProto{Name: "new_helper", Ret: abi.RET_INTEGER})
	k.HelperRules = maps.Clone(k.HelperRules)
	k.HelperRules["xdp"] = []kdata.HelperRule{{Helper: "new_helper", Proto: "new_helper"}}

	k.KfuncSets = slices.Clone(k.KfuncSets)
	for i := range k.KfuncSets {
		s := &k.KfuncSets[i]
		s.Kfuncs = slices.Clone(s.Kfuncs)
		for j := range s.Kfuncs {
			if s.Kfuncs[j].Name == "bpf_rcu_read_lock" {
				s.Kfuncs[j].Flags |= abi.KF_SLEEPABLE
			}
		}
	}

	k.CtxFixed = maps.Clone(k.CtxFixed)
	k.CtxFixed[abi.PROG_TYPE_XDP] = []kdata.CtxField{{Off: 40, Size: 8, Count: 1, Read: kdata.CtxExact, Type: abi.SCALAR_VALUE}}

	k.HelpersOfMap = maps.Clone(k.HelpersOfMap)
	k.HelpersOfMap[abi.MAP_TYPE_HASH] = []string{"new_helper"}

	m, err := New(&k)
	if err != nil {
		t.Fatal(err)
	}
	type answers struct {
		name                      string
		helper, sleeps, ctx, map_ bool
	}
	ask := func(m *Model) answers {
		xdp := Prog{Type: abi.PROG_TYPE_XDP}
		lock, _ := m.Types().FindFunc("bpf_rcu_read_lock")
		_, ctx := m.CtxAccess(xdp, 40, 8, false)
		return answers{
			m.Name(), m.HelpersOf(xdp).Get(id) != nil, m.Kfunc(m.Types(), lock).Flags&abi.KF_SLEEPABLE != 0, ctx,
			m.MapHelperCompatible(abi.MAP_TYPE_HASH, m.HelperID("map_lookup_elem"), xdp),
		}
	}
	if got, want := ask(m), (answers{"99.1", true, true, true, false}); got != want {
		t.Errorf("the changed kernel says %+v, want %+v", got, want)
	}
	if got, want := ask(old), (answers{old.Name(), false, false, false, true}); got != want {
		t.Errorf("the old kernel says %+v, want %+v", got, want)
	}
}

// TestUnknownNames: a row that is not understood must not let programs through, so its kernel is no model.
func TestUnknownNames(t *testing.T) {
	for want, change := range map[string]func(*kdata.Kernel){
		`no filter "nobody"`: func(k *kdata.Kernel) {
			k.KfuncSets = append(slices.Clone(k.KfuncSets), kdata.KfuncSet{Name: "x", Filter: "nobody"})
		},
		"x: nothing is registered for program type ext": func(k *kdata.Kernel) {
			k.KfuncSets = append(slices.Clone(k.KfuncSets), kdata.KfuncSet{Name: "x", Types: []abi.ProgType{abi.PROG_TYPE_EXT}})
		},
		`no struct_ops "no_ops"`: func(k *kdata.Kernel) {
			k.KfuncFilters = map[string][]kdata.KfuncFilter{"x": {{When: kdata.When{StructOps: "no_ops"}}}}
		},
		`x: no feature "magic"`:         func(k *kdata.Kernel) { k.LockSafe = map[string]string{"x": "magic"} },
		`xdp: no helper "x"`:            func(k *kdata.Kernel) { k.HelperRules = map[string][]kdata.HelperRule{"xdp": {{Helper: "x"}}} },
		`no group of helpers "xdp2"`:    func(k *kdata.Kernel) { k.HelperChains = []kdata.HelperChain{{Groups: []string{"xdp2"}}} },
		`lockdown: no mode "total"`:     func(k *kdata.Kernel) { k.Lockdown = map[string]string{"probe_read": "total"} },
		`map type 1: no helper "x"`:     func(k *kdata.Kernel) { k.HelpersOfMap = map[abi.MapType][]string{abi.MAP_TYPE_HASH: {"x"}} },
		"contexts: no layout 1000":      func(k *kdata.Kernel) { k.CtxUses = []kdata.CtxUse{{Layout: 1000}} },
		`"riscv64" is not supported`:    func(k *kdata.Kernel) { k.Arch = "riscv64" },
		`tcp_congestion_ops: no group `: func(k *kdata.Kernel) { k.HelperGroups = nil },
	} {
		k := *kernels.All[0]
		change(&k)
		if _, err := New(&k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
