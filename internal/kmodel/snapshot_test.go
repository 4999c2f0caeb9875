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

// TestAnotherKernel makes a kernel of the newest one's data with one row of each table changed: every answer follows the
// data of the model that is asked, and the old model's stay.
func TestAnotherKernel(t *testing.T) {
	old := newest(t)
	before := make([]any, len(changedTables))
	for i, c := range changedTables {
		before[i] = c.ask(old)
	}
	k := *kernels.All[slices.IndexFunc(kernels.All, func(k *kdata.Kernel) bool { return k.Release == old.Name() })]
	k.Release = "99.1"
	for _, c := range changedTables {
		c.change(&k)
	}
	m, err := New(&k)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range changedTables {
		if got := c.ask(m); got != c.want || got == before[i] {
			t.Errorf("%s: the changed kernel says %v, want %v, which the old one must not say (%v)", c.table, got, c.want, before[i])
		}
		if got := c.ask(old); got != before[i] {
			t.Errorf("%s: the old kernel now says %v, it said %v", c.table, got, before[i])
		}
	}
}

var (
	xdp     = Prog{Type: abi.PROG_TYPE_XDP}
	fentry  = Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY, AttachName: "schedule"}
	tracers = []kdata.When{{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}}}
)

// set puts a row into a copy of a table.
func set[K comparable, V any](table *map[K]V, key K, row V) {
	*table = maps.Clone(*table)
	(*table)[key] = row
}

// changedTables are a change of each table and a question whose answer it changes, to want.
var changedTables = []struct {
	table  string
	change func(*kdata.Kernel)
	ask    func(*Model) any
	want   any
}{
	{"helpers", func(k *kdata.Kernel) {
		k.HelperNames = append(slices.Clone(k.HelperNames), "new_helper")
		k.HelperProtos = append(slices.Clone(k.HelperProtos), kdata.HelperProto{Name: "new_helper", Ret: abi.RET_INTEGER})
		set(&k.HelperRules, "xdp", []kdata.HelperRule{{Helper: "new_helper", Proto: "new_helper"}})
	}, func(m *Model) any { return m.HelpersOf(xdp).Get(m.HelperID("new_helper")) != nil }, true},
	{"helpers that sleep", func(k *kdata.Kernel) { set(&k.SleepWith, "xdp_redirect_map", "kptr-xchg-local") },
		func(m *Model) any { return m.prototypes()["xdp_redirect_map"].MightSleep }, true},
	{"helpers by attachment", func(k *kdata.Kernel) { set(&k.AttachedTo, "d_path", []kdata.AttachRule{{When: tracers[0]}}) },
		func(m *Model) any { return m.HelperFits(m.prototypes()["d_path"], fentry) }, true},
	{"kfuncs", func(k *kdata.Kernel) {
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
	}, func(m *Model) any {
		lock, _ := m.Types().FindFunc("bpf_rcu_read_lock")
		return m.Kfunc(m.Types(), lock).Flags&abi.KF_SLEEPABLE != 0
	}, true},
	{"contexts", func(k *kdata.Kernel) {
		set(&k.CtxFixed, abi.PROG_TYPE_XDP, []kdata.CtxField{{Off: 40, Size: 8, Count: 1, Read: kdata.CtxExact, Type: abi.SCALAR_VALUE}})
	}, func(m *Model) any { _, ok := m.CtxAccess(xdp, 40, 8, false); return ok }, true},
	{"helpers of maps", func(k *kdata.Kernel) { set(&k.HelpersOfMap, abi.MAP_TYPE_HASH, []string{"map_update_elem"}) },
		func(m *Model) any {
			return m.MapHelperCompatible(abi.MAP_TYPE_HASH, m.HelperID("map_lookup_elem"), xdp)
		}, false},
	{"maps", func(k *kdata.Kernel) { set(&k.MapRules, abi.MAP_TYPE_ARRAY, kdata.MapRule{KeyMin: 8}) },
		func(m *Model) any { r, _ := m.MapRule(abi.MAP_TYPE_ARRAY); return r.KeyMin }, uint32(8)},
	{"special fields", func(k *kdata.Kernel) {
		k.Fields = append(slices.Clone(k.Fields), kdata.SpecialField{Name: "bpf_new", Size: 2})
	},
		func(m *Model) any { f, _ := m.SpecialField("bpf_new"); return f.Size }, uint32(2)},
	{"tagged fields", func(k *kdata.Kernel) { k.Tags = k.Tags[:1] },
		func(m *Model) any { _, ok := m.TaggedField("uptr"); return ok }, false},
	{"destructors", func(k *kdata.Kernel) { set(&k.Destructors, "sock", "sock_put") },
		func(m *Model) any { fn, _ := m.Destructor("sock"); return fn }, "sock_put"},
	{"moves", func(k *kdata.Kernel) { set(&k.Moves, abi.PTR_TO_FLOW_KEYS, kdata.MoveAny) },
		func(m *Model) any { return m.PointerMoves(abi.PTR_TO_FLOW_KEYS) }, kdata.MoveAny},
	{"sockets", func(k *kdata.Kernel) {
		set(&k.SockFields, abi.PTR_TO_XDP_SOCK, []kdata.SockField{{Off: 4, End: 8, Whole: 4}})
	},
		func(m *Model) any { _, ok := m.SockField(abi.PTR_TO_XDP_SOCK, 4, 4); return ok }, true},
	{"flow keys", func(k *kdata.Kernel) { k.FlowKeysSize = 64 }, func(m *Model) any { return m.FlowKeysSize() }, 64},
	{"sleepable programs", func(k *kdata.Kernel) { k.Sleepable = []kdata.When{{Types: []abi.ProgType{abi.PROG_TYPE_XDP}}} },
		func(m *Model) any { return m.MayBeSleepable(xdp) }, true},
	{"licences", func(k *kdata.Kernel) { k.GPLCompatible = []string{"MIT"} },
		func(m *Model) any { return m.GPLCompatible("MIT") }, true},
	{"traced functions", func(k *kdata.Kernel) { k.TraceArgs = 14 },
		func(m *Model) any { n, _ := m.TraceLimits(); return n }, 14},
	{"functions that never return", func(k *kdata.Kernel) { k.NoReturn = []string{"schedule"} },
		func(m *Model) any { return m.NeverReturns("schedule") }, true},
	{"names of parameters", func(k *kdata.Kernel) { set(&k.Suffixes, "__new", kdata.ParamUninit) },
		func(m *Model) any { return m.ParamMarks("x__new") }, kdata.ParamUninit},
	{"types of parameters", func(k *kdata.Kernel) { set(&k.Pointees, "bpf_new", kdata.ParamTimer) },
		func(m *Model) any { return m.PointeeMark("bpf_new") }, kdata.ParamTimer},
	{"tags of global functions", func(k *kdata.Kernel) { k.FuncTags = nil },
		func(m *Model) any { return m.FuncTag("arena") }, kdata.FuncTag(0)},
	{"projections", func(k *kdata.Kernel) { set(&k.Projections, "xdp_md", "new_buff") },
		func(m *Model) any { return m.Projection("xdp_md") }, "new_buff"},
	{"struct_ops", func(k *kdata.Kernel) {
		k.StructOps = append(slices.Clone(k.StructOps), kdata.StructOps{
			Name: "new_ops", Args: []kdata.StructOpsArg{{Member: "run", Arg: 1, Struct: "sock"}}, Seen: map[string]string{"sock": "tcp_sock"},
		})
	}, func(m *Model) any {
		return m.StructOpsArg("new_ops", "run", 1) + m.StructOpsSeen("new_ops", "sock")
	}, "socktcp_sock"},
	{"returned values", func(k *kdata.Kernel) {
		k.Returns = []kdata.ReturnRule{{RetRange: kdata.RetRange{Min: 3, Max: 4, Checked: true}}}
	}, func(m *Model) any { return m.RetRange(xdp, false).Min }, int32(3)},
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
		`x: no feature "magic"`:      func(k *kdata.Kernel) { k.LockSafe = map[string]string{"x": "magic"} },
		`xdp: no helper "x"`:         func(k *kdata.Kernel) { k.HelperRules = map[string][]kdata.HelperRule{"xdp": {{Helper: "x"}}} },
		`no group of helpers "xdp2"`: func(k *kdata.Kernel) { k.HelperChains = []kdata.HelperChain{{Groups: []string{"xdp2"}}} },
		`limits by attachment: no prototype "x"`: func(k *kdata.Kernel) {
			k.AttachedTo = map[string][]kdata.AttachRule{"x": nil}
		},
		`tag: no feature "magic"`:         func(k *kdata.Kernel) { k.Tags = []kdata.SpecialField{{Name: "tag", Feature: "magic"}} },
		`lockdown: no mode "total"`:       func(k *kdata.Kernel) { k.Lockdown = map[string]string{"probe_read": "total"} },
		`map type 1: no helper "x"`:       func(k *kdata.Kernel) { k.HelpersOfMap = map[abi.MapType][]string{abi.MAP_TYPE_HASH: {"x"}} },
		"contexts: no layout 1000":        func(k *kdata.Kernel) { k.CtxUses = []kdata.CtxUse{{Layout: 1000}} },
		"loop rules 99 are not known":     func(k *kdata.Kernel) { k.Engine.Loops = 99 },
		"liveness rules 99 are not known": func(k *kdata.Kernel) { k.Engine.Liveness = 99 },
		"unknown feature \"rcu-nest\"":    func(k *kdata.Kernel) { k.Updates = []string{"rcu-nest"} },
		"log rules 99 are not known":      func(k *kdata.Kernel) { k.Engine.Log = 99 },
		"precision rules 99 are not":      func(k *kdata.Kernel) { k.Engine.Precision = 99 },
		`"riscv64" is not supported`:      func(k *kdata.Kernel) { k.Arch = "riscv64" },
		`tcp_congestion_ops: no group `:   func(k *kdata.Kernel) { k.HelperGroups = nil },
	} {
		k := *kernels.All[slices.IndexFunc(kernels.All, func(k *kdata.Kernel) bool { return k.Release == Default() })]
		change(&k)
		if _, err := New(&k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
