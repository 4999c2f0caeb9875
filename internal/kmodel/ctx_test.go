package kmodel

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

func TestCtxAccess(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	hookState, _ := m.Types().FindStruct("nf_hook_state")
	for _, tt := range []struct {
		name      string
		p         Prog
		off, size int
		write, ok bool
		typ       abi.RegType
		btf       uint32
		noSext    bool
	}{
		{"skb len", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 0, 4, false, true, abi.SCALAR_VALUE, 0, false},
		{"skb len byte", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 1, 1, false, true, abi.SCALAR_VALUE, 0, false},
		{"skb len unaligned", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 1, 2, false, false, 0, 0, false},
		{"skb len write", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 0, 4, true, false, 0, 0, false},
		{"skb mark write", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 8, 4, true, true, abi.SCALAR_VALUE, 0, false},
		{"skb mark write, socket", Prog{Type: abi.PROG_TYPE_SOCKET_FILTER}, 8, 4, true, false, 0, 0, false},
		{"skb data", Prog{Type: abi.PROG_TYPE_SCHED_CLS}, 76, 4, false, true, abi.PTR_TO_PACKET, 0, true},
		{"skb data, socket", Prog{Type: abi.PROG_TYPE_SOCKET_FILTER}, 76, 4, false, false, 0, 0, false},
		{"xdp data_end", Prog{Type: abi.PROG_TYPE_XDP, Attach: abi.ATTACH_XDP}, 4, 4, false, true, abi.PTR_TO_PACKET_END, 0, true},
		{"xdp egress", Prog{Type: abi.PROG_TYPE_XDP, Attach: abi.ATTACH_XDP}, 20, 4, false, false, 0, 0, false},
		{"xdp egress, devmap", Prog{Type: abi.PROG_TYPE_XDP, Attach: abi.ATTACH_XDP_DEVMAP}, 20, 4, false, true, abi.SCALAR_VALUE, 0, false},
		{"bind4 in bind6", Prog{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_INET6_BIND}, 4, 4, false, false, 0, 0, false},
		{"tracepoint", Prog{Type: abi.PROG_TYPE_TRACEPOINT}, 8, 8, false, true, abi.SCALAR_VALUE, 0, false},
		{"tracepoint head", Prog{Type: abi.PROG_TYPE_TRACEPOINT}, 0, 8, false, false, 0, 0, false},
		{"netfilter state", Prog{Type: abi.PROG_TYPE_NETFILTER, Attach: abi.ATTACH_NETFILTER}, 0, 8, false, true, abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, hookState, false},
		{"syscall", Prog{Type: abi.PROG_TYPE_SYSCALL}, 40, 8, true, true, abi.SCALAR_VALUE, 0, false},
		{"negative", Prog{Type: abi.PROG_TYPE_SYSCALL}, -8, 8, true, false, 0, 0, false},
		{"tracing", Prog{Type: abi.PROG_TYPE_TRACING}, 0, 8, false, false, 0, 0, false},
	} {
		f, ok := m.CtxAccess(tt.p, tt.off, tt.size, tt.write)
		if ok != tt.ok || ok && (f.Type != tt.typ || f.BTFID != tt.btf || f.NoSext != tt.noSext) {
			t.Errorf("%s: %+v, %v", tt.name, f, ok)
		}
	}
}

func TestCtxTypes(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for typ, want := range map[abi.ProgType][2]string{
		abi.PROG_TYPE_SCHED_CLS:  {"__sk_buff", "sk_buff"},
		abi.PROG_TYPE_XDP:        {"xdp_md", "xdp_buff"},
		abi.PROG_TYPE_KPROBE:     {"bpf_user_pt_regs_t", "pt_regs"},
		abi.PROG_TYPE_PERF_EVENT: {"bpf_perf_event_data", "bpf_perf_event_data_kern"},
	} {
		c, ok := m.CtxType(Prog{Type: typ})
		kern := types.Name(m.Types().ByID(m.KernCtx(Prog{Type: typ})))
		if !ok || c.User != want[0] || kern != want[1] {
			t.Errorf("%v: %+v, in the kernel %s", typ, c, kern)
		}
	}
	if c, ok := m.CtxType(Prog{Type: abi.PROG_TYPE_TRACING}); !ok || c.User != "" {
		t.Errorf("tracing: %+v", c)
	}
}

// What is listed of contexts to spare reading a kernel's BTF is what the BTF has, of each kernel.
func TestCtxTypesAreThoseOfBTF(t *testing.T) {
	for _, k := range kernels.All {
		m, err := Load(k.Release)
		if err != nil {
			t.Fatal(err)
		}
		if len(k.CtxTypes) == 0 {
			t.Errorf("%s lists none: its BTF is read for nearly every program", k.Release)
		}
		for typ := range abi.ProgType(64) {
			got, ok := m.CtxType(Prog{Type: typ})
			if want, known := m.ReadCtxType(Prog{Type: typ}); got != want || ok != known {
				t.Errorf("%s, %v: %+v, %v; the BTF has %+v, %v", k.Release, typ, got, ok, want, known)
			}
		}
	}
}
