package kmodel

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

func TestAttachTargets(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	c := m.Config()
	c.ErrorInjection = true
	inject := m.With(WithConfig(c))
	for _, tt := range []struct {
		m                     *Model
		fn                    string
		sleepable, modifiable bool
	}{
		{m, "__x64_sys_getpgid", false, false},
		{inject, "__x64_sys_getpgid", true, true},
		{inject, "should_failslab", false, true},
		{inject, "tcp_v4_connect", false, false},
		{m, "bpf_fentry_test1", true, true},
		{m, "bpf_modify_return_test", false, true},
		{m, "security_file_open", false, true},
	} {
		if s, r := tt.m.TraceSleepable(tt.fn), tt.m.ReturnModifiable(tt.fn); s != tt.sleepable || r != tt.modifiable {
			t.Errorf("%s with error injection %v: sleepable %v, modifiable %v", tt.fn, tt.m.Config().ErrorInjection, s, r)
		}
	}
	if m.LSMHookDisabled("bpf_lsm_file_alloc_security") || !m.LSMHookDisabled("bpf_lsm_getprocattr") {
		t.Error("disabled hooks")
	}
	if !m.With(Enable(Of(FileAllocHookDisabled))).LSMHookDisabled("bpf_lsm_file_alloc_security") {
		t.Error("file_alloc_security is not disabled by its feature")
	}
}

func TestLSMTables(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, list := range [][]string{m.t.LSMDisabled, m.t.LSMSleepable, m.t.LSMUntrusted} {
		for _, hook := range list {
			if id, _ := m.Types().FindFunc(hook); id != 0 {
				known++
			} else {
				t.Logf("this kernel lacks %s", hook)
			}
		}
	}
	if known < 100 {
		t.Errorf("only %d of the hooks are in the BTF", known)
	}
}

func TestAttachListsAreSorted(t *testing.T) {
	for _, k := range kernels.All {
		for name, list := range map[string][]string{
			"LSMDisabled": k.LSMDisabled, "LSMSleepable": k.LSMSleepable, "LSMUntrusted": k.LSMUntrusted, "LSMInternal": k.LSMInternal,
			"LSMBool": k.LSMBool, "NoReturn": k.NoReturn, "TraceDenied": k.TraceDenied, "ErrorInjected": k.ErrorInjected,
			"ErrorInjectedAtomic": k.ErrorInjectedAtomic, "SyscallPrefixes": k.SyscallPrefixes,
		} {
			if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
				t.Errorf("%s: %s is not sorted, or names a function twice", k.Release, name)
			}
		}
	}
}

// What is named like a hook but none takes a program or a log, never only the kernel's objects.
func TestLSMInternalFunctions(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	hooks := 0
	for typ := range m.Types().Spec().All() {
		fn, ok := typ.(*btf.Func)
		if !ok || !strings.HasPrefix(fn.Name, "bpf_lsm_") || !m.LSMHook(fn.Name) {
			continue
		}
		hooks++
		for _, p := range fn.Type.(*btf.FuncProto).Params {
			if ptr, ok := btf.UnderlyingType(p.Type).(*btf.Pointer); ok && btf.UnderlyingType(ptr.Target).TypeName() == "bpf_verifier_log" {
				t.Errorf("%s takes a verifier's log, so it is no hook", fn.Name)
			}
		}
	}
	if hooks < 200 {
		t.Errorf("%d hooks", hooks)
	}
	if m.LSMHook("bpf_lsm_verify_prog") || m.LSMHook("vfs_read") || !m.LSMHook("bpf_lsm_file_open") {
		t.Error("hooks are told apart by more than their name")
	}
}

// A program that is handed a reference can't just return, so no kernel was asked of it.
func TestGivenMembers(t *testing.T) {
	for _, name := range []string{"6.17", "7.3"} {
		m, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if ok, sleeps := m.StructOpsMember("Qdisc_ops", "enqueue"); !ok || !sleeps {
			t.Errorf("%s: enqueue: %v, sleeps: %v", name, ok, sleeps)
		}
		if ok, _ := m.StructOpsMember("Qdisc_ops", "peek"); ok {
			t.Errorf("%s: peek may be implemented", name)
		}
		for fn, in := range map[string]string{"bpf_qdisc_skb_drop": "enqueue", "bpf_qdisc_bstats_update": "dequeue"} {
			for _, member := range []string{"enqueue", "dequeue"} {
				p := Prog{Type: abi.PROG_TYPE_STRUCT_OPS, StructOps: "Qdisc_ops", AttachName: member}
				if got := m.KfuncAllowed(m.index.kfuncs[fn], p); got != (member == in) {
					t.Errorf("%s: %s may call %s: %v", name, member, fn, got)
				}
			}
		}
	}
}

func TestStructOpsMembers(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	members := []struct {
		ops, member          string
		supported, sleepable bool
	}{
		{"bpf_dummy_ops", "test_1", true, false},
		{"bpf_dummy_ops", "test_sleepable", true, true},
		{"tcp_congestion_ops", "ssthresh", true, true},
		{"tcp_congestion_ops", "get_info", false, false},
		{"sched_ext_ops", "init", true, true},
		{"sched_ext_ops", "enqueue", true, false},
		{"Qdisc_ops", "enqueue", true, true},
		{"some_module_ops", "anything", false, false},
	}
	for _, tt := range members {
		supported, sleepable := m.StructOpsMember(tt.ops, tt.member)
		if supported != tt.supported || sleepable != tt.sleepable {
			t.Errorf("%s.%s: supported %v, sleepable %v", tt.ops, tt.member, supported, sleepable)
		}
	}
}

// Programs, and what they attach to, that a kernel does not know are not looked at.
func TestLoads(t *testing.T) {
	for _, c := range []struct {
		kernel string
		prog   Prog
		want   bool
	}{
		{"5.10", Prog{Type: abi.PROG_TYPE_SK_LOOKUP, Attach: abi.ATTACH_SK_LOOKUP}, true},
		{"5.10", Prog{Type: abi.PROG_TYPE_SYSCALL}, false},
		{"6.1", Prog{Type: abi.PROG_TYPE_SYSCALL}, true},
		{"6.1", Prog{Type: abi.PROG_TYPE_NETFILTER}, false},
		{"6.1", Prog{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_UNIX_CONNECT}, false},
		{"6.12", Prog{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_UNIX_CONNECT}, true},
		{"6.1", Prog{Type: abi.PROG_TYPE_KPROBE, Attach: abi.ATTACH_TRACE_UPROBE_SESSION}, true}, // it is told later
	} {
		m, err := Load(c.kernel)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Loads(c.prog); got != c.want {
			t.Errorf("%s loads %+v: %v", c.kernel, c.prog, got)
		}
	}
}
