package kmodel

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// BTFWriter says which fields of kernel objects programs of one kind may store to.
type BTFWriter struct {
	// Structs are the objects that have such fields; all other stores are refused.
	Structs []string
	// Name is the struct whose members Fields are, and what messages call the object; the
	// struct's own name if "". Others have the same layout.
	Name string
	// Fields are members, as paths with dots. A trailing "+" allows stores that start
	// anywhere in the member, not only at its start.
	Fields []string
	// Silent stores are refused without a message; they may start anywhere.
	Silent bool
	// Whole objects may be overwritten.
	Whole bool
}

var (
	conntrackWriter = &BTFWriter{Structs: []string{"nf_conn", "nf_conn___init"}, Name: "nf_conn", Fields: []string{"mark"}}

	structOpsWriters = map[string][]*BTFWriter{
		"tcp_congestion_ops": {{Structs: []string{"tcp_sock"}, Fields: []string{
			"inet_conn.icsk_inet.sk.sk_pacing_rate",
			"inet_conn.icsk_inet.sk.sk_pacing_status",
			"inet_conn.icsk_ca_priv+",
			"inet_conn.icsk_ack.pending",
			"snd_cwnd", "snd_cwnd_cnt", "snd_cwnd_stamp", "snd_ssthresh", "ecn_flags", "app_limited",
		}}},
		"bpf_dummy_ops":   {{Structs: []string{"bpf_dummy_ops_state"}, Whole: true}},
		"sched_ext_ops":   {{Structs: []string{"task_struct"}, Silent: true, Fields: []string{"scx.slice", "scx.dsq_vtime", "scx.disallow"}}},
		"Qdisc_ops":       {{Structs: []string{"sk_buff"}, Fields: []string{"tstamp"}}, {Structs: []string{"Qdisc"}, Fields: []string{"limit", "q.qlen", "qstats+"}}},
		"bpf_testmod_ops": {{Structs: []string{"st_ops_args"}, Whole: true, Silent: true}},
	}
)

// BTFWriters returns what programs of p's kind may store to kernel objects; ok is
// false where they have no rules of their own, and so may only read.
func BTFWriters(p Prog) (w []*BTFWriter, ok bool) {
	switch p.Type {
	case abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT, abi.PROG_TYPE_XDP:
		return []*BTFWriter{conntrackWriter}, true
	case abi.PROG_TYPE_STRUCT_OPS:
		w, ok = structOpsWriters[p.StructOps]
		return w, ok
	}
	return nil, false
}

// Writable returns the bytes off..end of a struct that a store at off may touch; ok is
// false if none may start there.
func (w *BTFWriter) Writable(set *types.Set, id uint32, off int) (end int, ok bool) {
	s, isStruct := set.ByID(id).(*btf.Struct)
	if isStruct && w.Name != "" {
		_, s = set.FindStruct(w.Name)
	}
	if !isStruct || s == nil {
		return 0, false
	}
	if w.Whole {
		return int(s.Size), true
	}
	for _, path := range w.Fields {
		name, anywhere := strings.CutSuffix(path, "+")
		first, size, found := types.FindMember(s, name)
		if !found {
			continue
		}
		if off == first || (anywhere || w.Silent) && off >= first && off < first+size {
			return first + size, true
		}
	}
	return 0, false
}
