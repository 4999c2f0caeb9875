// Package v5_10 is Linux 5.10 as Debian builds it, 5.10.223-1: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v5_10

import (
	_ "embed"
	"maps"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/5.10 -base 7.3 -package v5_10"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/5.10 -package v5_10"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "5.10", Measured: "5.10.223",
	Arch:    "amd64",
	Config:  kdata.Debian,
	Engine:  kdata.Engine{Loops: kdata.LoopUnrolled, Precision: kdata.PrecisionInFrame, Liveness: kdata.LivenessMarks, Log: kdata.LogWhole},
	BTFBase: "7.3",
	BTF:     btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   tables(),
	Borrowed: v6_18.Kernel.Release,
}

// tcpWriters is what programs that control congestion store to.
var tcpWriters = []kdata.BTFWriter{{Structs: []string{"tcp_sock"}, Fields: []string{
	"inet_conn.icsk_inet.sk.sk_pacing_rate", "inet_conn.icsk_inet.sk.sk_pacing_status", "inet_conn.icsk_ca_priv+",
	"inet_conn.icsk_ack.pending", "snd_cwnd", "snd_cwnd_cnt", "snd_ssthresh", "ecn_flags",
}}}

// releasing are the prototypes with a mark on what is given back, which the kernel tells by the helper's number.
func releasing(protos []kdata.HelperProto) []kdata.HelperProto {
	for i := range protos {
		switch p := &protos[i]; p.Name {
		case "sk_release", "ringbuf_submit", "ringbuf_discard":
			p.Args[0].Type |= abi.ArgType(abi.OBJ_RELEASE)
		}
	}
	return protos
}

const maxStack = 512 // bytes, MAX_BPF_STACK

// tables are the kernel's own, as far as they are known.
func tables() kdata.Tables {
	t := kdata.WithReplacing(overlay(v6_18.Kernel.Tables))
	t.Maps = t.Maps.Until(abi.MAP_TYPE_INODE_STORAGE, helperNames)
	for typ, rule := range t.MapRules {
		switch {
		case rule.Hashed:
			rule.PercpuMax = rule.ValueMax
			rule.KeyMost, rule.ValueMax = maxStack, kdata.MaxAlloc-maxStack-48-1 // less struct htab_elem
		case typ == abi.MAP_TYPE_ARRAY, typ == abi.MAP_TYPE_PERCPU_ARRAY:
			rule.PercpuMax, rule.ValueMax = rule.ValueMax, kdata.MaxAlloc
		case typ == abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, typ == abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
			rule.ValueMax = 4096 // a page
		}
		t.MapRules[typ] = rule
	}
	t.HelperProtos = releasing(t.HelperProtos)
	t.AttachedTo = attachLimits
	t.CtxTypes = slices.DeleteFunc(slices.Clone(t.CtxTypes), func(c kdata.CtxType) bool {
		return c.Prog == abi.PROG_TYPE_NETFILTER || c.Prog == abi.PROG_TYPE_SYSCALL
	})
	t.Fields, t.Tags, t.FuncTags = fields, nil, nil
	t.LSMSleepable = []string{"bpf_lsm_bprm_committed_creds"}                                     // btf_sleepable_lsm_hooks
	t.SleepableMaps = []abi.MapType{abi.MAP_TYPE_HASH, abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_LRU_HASH} // check_map_prog_compatibility
	t.Moves = maps.Clone(t.Moves)
	t.Moves[abi.PTR_TO_FLOW_KEYS] = kdata.MoveAny
	t.HelperChains = slices.Clone(t.HelperChains)
	for i := range t.HelperChains {
		// An attach type that the kernel does not know is none to it.
		if w := &t.HelperChains[i].When; slices.Equal(w.Types, []abi.ProgType{abi.PROG_TYPE_KPROBE}) && slices.Equal(w.Attach, []abi.AttachType{0}) {
			w.Attach = []abi.AttachType{0, abi.ATTACH_TRACE_UPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_SESSION}
		}
	}
	// The one security hook that programs may sleep in was not asked.
	lsm := slices.IndexFunc(t.HelperChains, func(c kdata.HelperChain) bool { return slices.Equal(c.When.Types, []abi.ProgType{abi.PROG_TYPE_LSM}) })
	sleeps := t.HelperChains[lsm]
	sleeps.When.Sleepable, sleeps.Groups = true, append(slices.Clone(sleeps.Groups), "copy_from_user")
	t.HelperChains = slices.Insert(t.HelperChains, lsm, sleeps)
	for i := range t.StructOps {
		if s := &t.StructOps[i]; s.Name == "tcp_congestion_ops" {
			s.Writers = tcpWriters
		}
	}
	return t
}
