package kmodel

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

// newest is the newest kernel that has nothing of another.
func newest(t *testing.T) *Model {
	t.Helper()
	m, err := Load(Default())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Prototypes are in order and have sane arguments.
func TestHelperPrototypes(t *testing.T) {
	for _, k := range kernels.All {
		for i, p := range k.HelperProtos {
			if i > 0 && k.HelperProtos[i-1].Name >= p.Name {
				t.Errorf("%s out of order", p.Name)
			}
			for a, arg := range p.Args {
				if arg.Type == 0 && a < 4 && p.Args[a+1].Type != 0 {
					t.Errorf("%s: argument %d is missing", p.Name, a+1)
				}
				if arg.Type.HasAll(abi.MEM_FIXED_SIZE) != (arg.Size != 0) {
					t.Errorf("%s: argument %d: size %d", p.Name, a+1, arg.Size)
				}
				if b := arg.Type.Base(); b == abi.ARG_CONST_SIZE || b == abi.ARG_CONST_SIZE_OR_ZERO {
					if a == 0 || p.Args[a-1].Type.Base() != abi.ARG_PTR_TO_MEM {
						t.Errorf("%s: size %d without memory", p.Name, a+1)
					}
				}
				if arg.Type.HasAll(abi.MEM_RDONLY) && arg.Type.HasAll(abi.MEM_WRITE) {
					t.Errorf("%s: argument %d is read-only and written", p.Name, a+1)
				}
			}
		}
	}
}

// Every helper has a name of its own and serves some program.
func TestHelpersAreOffered(t *testing.T) {
	for _, k := range kernels.All {
		ids := map[string]int32{}
		offered := make([]bool, len(k.HelperNames))
		for id, name := range k.HelperNames {
			if old, twice := ids[name]; name == "" || twice {
				t.Errorf("%s: helper %d and %d: name %q", k.Release, old, id, name)
			}
			ids[name] = int32(id)
		}
		for _, g := range k.HelperGroups {
			for _, e := range g.Entries {
				offered[e.ID] = true
			}
		}
		for _, rules := range k.HelperRules {
			for _, r := range rules {
				offered[ids[r.Helper]] = true
			}
		}
		for id := 1; id < len(offered); id++ {
			// A kernel may be built without what a helper is for.
			built := slices.ContainsFunc(k.HelperProtos, func(p kdata.HelperProto) bool { return p.Name == k.HelperNames[id] })
			if !offered[id] && built {
				t.Errorf("%s: %s is offered to no program", k.Release, k.HelperNames[id])
			}
		}
	}
	m := newest(t)
	if m.HelperName(0) != "unspec" || m.HelperName(-1) != "unknown" || m.HelperName(1<<20) != "unknown" || m.KnownHelper(1<<20) {
		t.Error("names out of range")
	}
}

// Structs that prototypes name are in the kernel's BTF.
func TestHelperStructs(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.t.HelperProtos {
		names := []string{p.RetStruct}
		for _, a := range p.Args {
			names = append(names, a.Struct)
		}
		for _, n := range names {
			// tcp6_sock and mptcp_sock belong to options a kernel may lack.
			if id, _ := m.Types().FindStruct(n); n != "" && id == 0 {
				t.Logf("%s: no struct %s", p.Name, n)
			}
		}
	}
	task, _ := m.Types().FindStruct("task_struct")
	h := m.HelpersOf(Prog{Type: abi.PROG_TYPE_KPROBE}).Get(m.HelperID("get_task_stack"))
	if h == nil || m.StructID(h.ArgStruct[0]) != task || task == 0 {
		t.Errorf("get_task_stack: %+v", h)
	}
}

func TestHelperVariants(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	m = m.OnMachine("6.18.44") // which is locked
	for _, tt := range []struct {
		p           Prog
		name, proto string
	}{
		{Prog{Type: abi.PROG_TYPE_KPROBE}, "get_stackid", "get_stackid"},
		{Prog{Type: abi.PROG_TYPE_TRACEPOINT}, "get_stackid", "get_stackid_tp"},
		{Prog{Type: abi.PROG_TYPE_PERF_EVENT}, "get_stackid", "get_stackid_pe"},
		{Prog{Type: abi.PROG_TYPE_RAW_TRACEPOINT}, "perf_event_output", "perf_event_output_raw_tp"},
		{Prog{Type: abi.PROG_TYPE_XDP}, "perf_event_output", "xdp_event_output"},
		{Prog{Type: abi.PROG_TYPE_SCHED_CLS}, "sk_lookup_tcp", "tc_sk_lookup_tcp"},
		{Prog{Type: abi.PROG_TYPE_XDP}, "sk_lookup_tcp", "xdp_sk_lookup_tcp"},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SKB}, "sk_lookup_tcp", "sk_lookup_tcp"},
		{Prog{Type: abi.PROG_TYPE_XDP}, "skb_store_bytes", ""},
		{Prog{Type: abi.PROG_TYPE_KPROBE}, "probe_write_user", ""},
		{Prog{Type: abi.PROG_TYPE_KPROBE}, "override_return", ""},
		{Prog{Type: abi.PROG_TYPE_KPROBE, Sleepable: true}, "get_stack", "get_stack_sleepable"},
		{Prog{Type: abi.PROG_TYPE_KPROBE, Attach: abi.ATTACH_TRACE_UPROBE_SESSION}, "get_func_ip", "get_func_ip_uprobe_multi"},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER, AttachName: "tcp"}, "setsockopt", "sk_setsockopt"},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER, AttachName: "task"}, "setsockopt", ""},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY}, "seq_write", ""},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY}, "get_func_arg", "get_func_arg"},
		{Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_RAW_TP}, "get_func_arg", ""},
		{Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_CGROUP, AttachName: "bpf_lsm_sock_graft"}, "setsockopt", "sk_setsockopt"},
		{Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_CGROUP, AttachName: "socket_post_create"}, "setsockopt", "unlocked_sk_setsockopt"},
		{Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_MAC, AttachName: "socket_post_create"}, "setsockopt", ""},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SOCKOPT, Attach: abi.ATTACH_CGROUP_SETSOCKOPT}, "setsockopt", "sk_setsockopt"},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SOCKOPT, Attach: abi.ATTACH_CGROUP_GETSOCKOPT}, "setsockopt", ""},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_INET4_CONNECT}, "bind", "bind"},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_INET4_BIND}, "bind", ""},
		{Prog{Type: abi.PROG_TYPE_CGROUP_SKB, Attach: abi.ATTACH_CGROUP_INET_EGRESS}, "set_retval", ""},
		{Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "bpf_dummy_ops", AttachName: "test_1"}, "map_lookup_elem", ""},
		{Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "tcp_congestion_ops", AttachName: "init"}, "setsockopt", "sk_setsockopt"},
		{Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "tcp_congestion_ops", AttachName: "release"}, "setsockopt", ""},
	} {
		got := ""
		if h := m.HelpersOf(tt.p).Get(m.HelperID(tt.name)); h != nil {
			got = h.Proto
		}
		if got != tt.proto {
			t.Errorf("%s for %+v: %q, want %q", tt.name, tt.p, got, tt.proto)
		}
	}
	free := m.With(WithConfig(Config{Lockdown: "none", KprobeOverride: true}))
	for _, name := range []string{"probe_write_user", "override_return"} {
		if free.HelpersOf(Prog{Type: abi.PROG_TYPE_KPROBE}).Get(m.HelperID(name)) == nil {
			t.Errorf("no %s without lockdown", name)
		}
	}
	secret := m.With(WithConfig(Config{Lockdown: "confidentiality"}))
	if secret.HelpersOf(Prog{Type: abi.PROG_TYPE_KPROBE}).Get(m.HelperID("probe_read_kernel")) != nil {
		t.Error("probe_read_kernel under lockdown=confidentiality")
	}
}

// What a kernel was built without could not be asked of it; where the configuration says that it is there, it is.
func TestBuiltWith(t *testing.T) {
	probe := Prog{Type: abi.PROG_TYPE_KPROBE}
	for _, name := range Names() {
		m, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Profiles() {
			h := m.With(WithConfig(p.Config)).HelpersOf(probe).Get(m.HelperID("override_return"))
			if (h != nil) != p.Config.KprobeOverride {
				t.Errorf("%s @%s: bpf_override_return %v", name, p.Name, h)
			}
		}
		if m.Config() != m.Profiles()[0].Config {
			t.Errorf("%s is not set up as @%s", name, m.Profiles()[0].Name)
		}
	}
}

// Programs that replace the result of a security hook call what others at the hook do, and return what they like; 5.10.223 and
// 6.1.176 say so too.
func TestReplacesResults(t *testing.T) {
	for _, name := range Names() {
		m, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		replaces := Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_MODIFY_RETURN, AttachName: "security_file_permission"}
		follows := Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FEXIT, AttachName: "security_file_permission"}
		if !m.ReturnModifiable(replaces.AttachName) {
			t.Errorf("%s: the result of %s can't be replaced", name, replaces.AttachName)
		}
		if r := m.RetRange(replaces, false); r.Checked || r.Unsupported {
			t.Errorf("%s: %+v", name, r)
		}
		for id := range int32(len(m.HelpersOf(follows))) {
			if a, b := m.HelpersOf(replaces).Get(id), m.HelpersOf(follows).Get(id); (a == nil) != (b == nil) {
				t.Errorf("%s: helper %d: %v, when it follows: %v", name, id, a, b)
			}
		}
	}
}

// Every kfunc that the BTF tags is registered, with no flag that contradicts its name.
func TestKfuncTable(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	tagged := 0
	for typ, err := range m.Types().Spec().All() {
		if err != nil {
			t.Fatal(err)
		}
		f, ok := typ.(*btf.Func)
		if !ok || !slices.Contains(f.Tags, "bpf_kfunc") {
			continue
		}
		tagged++
		k := m.index.kfuncs[f.Name]
		if k == nil {
			t.Errorf("%s is not registered", f.Name)
			continue
		}
		if (k.Flags&abi.KF_FASTCALL != 0) != slices.Contains(f.Tags, "bpf_fastcall") {
			t.Errorf("%s: KF_FASTCALL differs from the BTF tags %v", f.Name, f.Tags)
		}
		for suffix, flag := range map[string]abi.KfuncFlags{"_new": abi.KF_ITER_NEW, "_next": abi.KF_ITER_NEXT, "_destroy": abi.KF_ITER_DESTROY} {
			if strings.HasPrefix(f.Name, "bpf_iter_") && strings.HasSuffix(f.Name, suffix) != (k.Flags&flag != 0) {
				t.Errorf("%s: flags %b", f.Name, k.Flags)
			}
		}
		proto := f.Type.(*btf.FuncProto)
		if _, ptr := btf.UnderlyingType(proto.Return).(*btf.Pointer); !ptr && k.Flags&abi.KF_ACQUIRE != 0 {
			t.Errorf("%s acquires, but returns no pointer", f.Name)
		}
	}
	if tagged < 200 {
		t.Errorf("%d tagged functions", tagged)
	}
}

func TestKfuncAllowed(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		p    Prog
		ok   bool
	}{
		{"bpf_rcu_read_lock", Prog{Type: abi.PROG_TYPE_SOCKET_FILTER}, true},
		{"bpf_obj_new_impl", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, true},
		{"bpf_obj_new_impl", Prog{Type: abi.PROG_TYPE_SOCKET_FILTER}, false},
		{"bpf_obj_new_impl", Prog{Type: abi.PROG_TYPE_LSM}, true},
		{"bpf_path_d_path", Prog{Type: abi.PROG_TYPE_LSM}, true},
		{"bpf_path_d_path", Prog{Type: abi.PROG_TYPE_TRACING}, false},
		{"bpf_sock_destroy", Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER}, true},
		{"bpf_sock_destroy", Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY}, false},
		{"bpf_session_cookie", Prog{Type: abi.PROG_TYPE_KPROBE, Attach: abi.ATTACH_TRACE_KPROBE_SESSION}, true},
		{"bpf_session_cookie", Prog{Type: abi.PROG_TYPE_KPROBE, Attach: abi.ATTACH_TRACE_KPROBE_MULTI}, false},
		{"bpf_qdisc_skb_drop", Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "Qdisc_ops", AttachName: "enqueue"}, true},
		{"bpf_qdisc_skb_drop", Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "Qdisc_ops", AttachName: "dequeue"}, false},
		{"bpf_qdisc_skb_drop", Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "tcp_congestion_ops", AttachName: "init"}, false},
	} {
		if got := m.KfuncAllowed(m.index.kfuncs[tt.name], tt.p); got != tt.ok {
			t.Errorf("%s for %+v: %v", tt.name, tt.p, got)
		}
	}
	if m.KfuncAllowed(nil, Prog{}) {
		t.Error("nil is allowed")
	}
	safe := m.With(Enable(Of(KfuncSpinlockSafe)))
	stream, _ := safe.Types().FindFunc("bpf_stream_vprintk_impl")
	if k := safe.Kfunc(safe.Types(), stream); k == nil || k.Flags&abi.KF_SPINLOCK_SAFE == 0 || m.LockSafeKfunc(k.Name) {
		t.Errorf("bpf_stream_vprintk_impl: %+v", k)
	}
	id, _ := safe.Types().FindFunc("bpf_list_front")
	if k := safe.Kfunc(safe.Types(), id); k == nil || k.Flags&abi.KF_SPINLOCK_SAFE == 0 {
		t.Errorf("bpf_list_front: %+v", k)
	}
	if k := m.Kfunc(m.Types(), id); k == nil || k.Flags&abi.KF_SPINLOCK_SAFE != 0 {
		t.Errorf("bpf_list_front without the feature: %+v", k)
	}
}

// Context layouts are in order, and rows of one layout never disagree on what a load gives.
func TestCtxTables(t *testing.T) {
	for _, k := range kernels.All {
		for i, layout := range k.CtxLayouts {
			for j, f := range layout {
				if f.Count == 0 || f.Size == 0 || f.Off%f.Size != 0 || f.Read == kdata.CtxNone && f.Write == kdata.CtxNone {
					t.Errorf("%s: layout %d: %+v", k.Release, i, f)
				}
				if j > 0 && layout[j-1].Off > f.Off {
					t.Errorf("%s: layout %d: offset %d out of order", k.Release, i, f.Off)
				}
			}
		}
	}
}
