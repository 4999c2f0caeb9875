// Package v6_1 is Linux 6.1 as Debian builds it, 6.1.176-1: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v6_1

import (
	_ "embed"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/6.1 -base 7.3 -package v6_1"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/6.1 -package v6_1"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "6.1", Measured: "6.1.176",
	Updates: []string{"long-jumps", "jump-operands-ordered", "lower-bits", "ranges-forgotten", "partial-writes-told", "packet-ends-compared", "loop-backtracking"},
	Arch:    "amd64",
	Config:  kdata.Debian,
	Engine:  kdata.Engine{Loops: kdata.LoopUnrolled, Precision: kdata.PrecisionInFrame, Liveness: kdata.LivenessMarks, Log: kdata.LogChanges},
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

// tables are the kernel's own, as far as they are known.
func tables() kdata.Tables {
	t := kdata.WithReplacing(overlay(v6_18.Kernel.Tables))
	t.Maps = t.Maps.Until(abi.MAP_TYPE_USER_RINGBUF, helperNames)
	t.CtxTypes = slices.DeleteFunc(slices.Clone(t.CtxTypes), func(c kdata.CtxType) bool { return c.Prog == abi.PROG_TYPE_NETFILTER })
	t.Fields, t.Tags, t.FuncTags = fields, tags, nil
	for i := range t.HelperChains {
		// An attach type that the kernel does not know is none to it.
		if w := &t.HelperChains[i].When; slices.Equal(w.Types, []abi.ProgType{abi.PROG_TYPE_KPROBE}) && slices.Equal(w.Attach, []abi.AttachType{0}) {
			w.Attach = []abi.AttachType{0, abi.ATTACH_TRACE_UPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_SESSION}
		}
	}
	for i := range t.StructOps {
		if s := &t.StructOps[i]; s.Name == "tcp_congestion_ops" {
			s.Writers = tcpWriters
		}
	}
	return t
}
