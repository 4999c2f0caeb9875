package kmodel

import (
	"maps"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// fit makes the tables of another kernel those of one that has these types: less the helpers and maps that it lacks, and
// with the functions that only other kernels have.
func fit(t *kdata.Tables, set *types.Set, has FeatureSet, others []*kdata.Kernel) {
	if n := enumEnd(set, "bpf_func_id", "__BPF_FUNC_MAX_ID"); n > 0 && n < len(t.HelperNames) {
		dropHelpers(t, n)
	}
	dropProtos(t, set)
	fitContexts(t, set)
	if n := enumEnd(set, "bpf_prog_type", "__MAX_BPF_PROG_TYPE"); n > 0 {
		t.ProgTypes = abi.ProgType(n - 1)
	}
	if n := enumEnd(set, "bpf_attach_type", "__MAX_BPF_ATTACH_TYPE"); n > 0 {
		t.AttachTypes = abi.AttachType(n - 1)
	}
	last := ^abi.MapType(0)
	if n := enumEnd(set, "bpf_map_type", "__MAX_BPF_MAP_TYPE"); n > 0 {
		last = abi.MapType(n - 1)
	}
	t.Maps = t.Maps.Until(last, t.HelperNames)
	if funcTags.in(set) != present {
		t.FuncTags = nil
	}
	if sleepableHooks.in(set) != present {
		t.LSMSleepable = slices.DeleteFunc(slices.Clone(t.LSMSleepable), func(hook string) bool { return hook != firstSleepableHook })
	}
	modifiable := returnSets.in(set) == present
	if !modifiable {
		t.KfuncSets = slices.DeleteFunc(slices.Clone(t.KfuncSets), func(s kdata.KfuncSet) bool { return s.ModifyReturn })
	}
	t.Fields = slices.DeleteFunc(slices.Clone(t.Fields), func(f kdata.SpecialField) bool { return len(set.Named(f.Name)) == 0 })
	if !has.Has(TrustedPointers) {
		t.HelperProtos = slices.Clone(t.HelperProtos)
		for i := range t.HelperProtos {
			t.HelperProtos[i].Ret &^= abi.RetType(abi.PTR_TRUSTED)
		}
	}
	for _, k := range others {
		addKfuncs(t, set, k, modifiable)
	}
}

const (
	// funcTags shows a kernel that reads the tags of global functions' arguments.
	funcTags mark = "member bpf_subprog_arg_info.arg_type"
	// sleepableHooks shows one that lists the security hooks whose programs may sleep; before, there was one.
	sleepableHooks mark = "func bpf_lsm_is_sleepable_hook"
	// returnSets shows one in which sets list functions whose result programs may replace.
	returnSets mark = "func register_btf_fmodret_id_set"
)

const firstSleepableHook = "bpf_lsm_bprm_committed_creds"

// enumEnd is the number behind an enum's last value, not counting the one that says where it ends; 0 where there is none.
func enumEnd(set *types.Set, name, end string) (n int) {
	_, e := types.Find[*btf.Enum](set, name)
	if e == nil {
		return 0
	}
	for _, v := range e.Values {
		if v.Name != end {
			n = max(n, int(v.Value)+1)
		}
	}
	return n
}

// dropHelpers leaves the helpers with ids below n.
func dropHelpers(t *kdata.Tables, n int) {
	gone := t.HelperNames[n:]
	t.HelperNames = t.HelperNames[:n]
	t.HelperGroups = slices.Clone(t.HelperGroups)
	for i := range t.HelperGroups {
		g := &t.HelperGroups[i]
		g.Entries = slices.DeleteFunc(slices.Clone(g.Entries), func(e kdata.HelperEntry) bool { return int(e.ID) >= n })
	}
	isGone := func(name string) bool { return slices.Contains(gone, name) }
	t.HelperRules = maps.Clone(t.HelperRules)
	for g, rules := range t.HelperRules {
		t.HelperRules[g] = slices.DeleteFunc(slices.Clone(rules), func(r kdata.HelperRule) bool { return isGone(r.Helper) })
	}
	t.Lockdown = maps.Clone(t.Lockdown)
	maps.DeleteFunc(t.Lockdown, func(name, _ string) bool { return isGone(name) })
}

// laterProtos brought helpers to programs that could not call them before. Each has a function of its own.
var laterProtos = []string{
	"sk_storage_get_tracing", "sk_storage_delete_tracing", "get_socket_ptr_cookie",
	"sk_setsockopt", "sk_getsockopt", "unlocked_sk_setsockopt", "unlocked_sk_getsockopt",
	"get_netns_cookie", "get_netns_cookie_sockopt", "get_netns_cookie_sock_ops", "get_netns_cookie_sk_msg",
	"get_func_ip_uprobe_multi",
}

// dropProtos leaves out what the types show to have come later.
func dropProtos(t *kdata.Tables, set *types.Set) {
	later := slices.DeleteFunc(slices.Clone(laterProtos), func(p string) bool { return hasFunc(set, "bpf_"+p) == present })
	isLater := func(e kdata.HelperEntry) bool { return slices.Contains(later, e.Proto) }
	t.HelperGroups = slices.Clone(t.HelperGroups)
	for i := range t.HelperGroups {
		g := &t.HelperGroups[i]
		g.Entries = slices.DeleteFunc(slices.Clone(g.Entries), isLater)
	}
}

// addKfuncs adds the functions that the types have and only another kernel's tables know, those whose result programs may
// replace if that is wanted.
func addKfuncs(t *kdata.Tables, set *types.Set, other *kdata.Kernel, modifiable bool) {
	known := map[string]bool{}
	for _, s := range t.KfuncSets {
		for _, f := range s.Kfuncs {
			known[f.Name] = true
		}
	}
	hooked := func(typ abi.ProgType) bool {
		return typ == abi.PROG_TYPE_UNSPEC || slices.ContainsFunc(t.KfuncHooks, func(hook []abi.ProgType) bool { return slices.Contains(hook, typ) })
	}
	knowsOps := func(name string) bool {
		return name == "" || slices.ContainsFunc(t.StructOps, func(s kdata.StructOps) bool { return s.Name == name })
	}
	t.KfuncSets = slices.Clone(t.KfuncSets)
	t.KfuncFilters = maps.Clone(t.KfuncFilters)
	for _, s := range other.KfuncSets {
		s.Kfuncs = slices.DeleteFunc(slices.Clone(s.Kfuncs), func(f kdata.Kfunc) bool { return known[f.Name] || hasFunc(set, f.Name) != present })
		s.Types = slices.DeleteFunc(slices.Clone(s.Types), func(typ abi.ProgType) bool { return !hooked(typ) })
		if len(s.Kfuncs) == 0 || len(s.Types) == 0 && !(s.ModifyReturn && modifiable) {
			continue
		}
		if rows, ok := other.KfuncFilters[s.Filter]; ok {
			s.Filter = other.Release + " " + s.Filter
			t.KfuncFilters[s.Filter] = slices.DeleteFunc(slices.Clone(rows), func(f kdata.KfuncFilter) bool { return !knowsOps(f.When.StructOps) })
		}
		t.KfuncSets = append(t.KfuncSets, s)
	}
}
