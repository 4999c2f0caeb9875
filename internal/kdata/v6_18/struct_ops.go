// The kernel structs that programs may implement, read from the struct bpf_struct_ops and the get_func_proto,
// is_valid_access, btf_struct_access and check_member functions of Linux 6.18.

package v6_18

import "github.com/bpfverdict/bpfverdict/internal/kdata"

var structOps = []kdata.StructOps{
	{
		Name: "bpf_dummy_ops", Members: map[string]bool{"test_1": false, "test_2": false, "test_sleepable": true},
		Writers: []kdata.BTFWriter{{Structs: []string{"bpf_dummy_ops_state"}, Whole: true}},
	},
	{
		Name: "tcp_congestion_ops", Members: map[string]bool{
			"ssthresh": true, "cong_avoid": true, "set_state": true, "cwnd_event": true, "in_ack_event": true,
			"pkts_acked": true, "min_tso_segs": true, "cong_control": true, "undo_cwnd": true, "sndbuf_expand": true,
			"init": true, "release": true,
		},
		Helpers: []string{"bpf_tcp_ca_get", "bpf_base", "bpf_everywhere"},
		Seen:    map[string]string{"sock": "tcp_sock"},
		Writers: []kdata.BTFWriter{{Structs: []string{"tcp_sock"}, Fields: []string{
			"inet_conn.icsk_inet.sk.sk_pacing_rate",
			"inet_conn.icsk_inet.sk.sk_pacing_status",
			"inet_conn.icsk_ca_priv+",
			"inet_conn.icsk_ack.pending",
			"snd_cwnd", "snd_cwnd_cnt", "snd_cwnd_stamp", "snd_ssthresh", "ecn_flags", "app_limited",
		}}},
	},
	{
		Name:    "Qdisc_ops",
		Given:   []string{"enqueue"},
		Members: map[string]bool{"enqueue": true, "dequeue": true, "init": true, "reset": true, "destroy": true},
		Helpers: []string{"bpf_base", "bpf_everywhere"},
		Args:    []kdata.StructOpsArg{{Member: "enqueue", Arg: 2, Struct: "bpf_sk_buff_ptr"}},
		Writers: []kdata.BTFWriter{
			{Structs: []string{"sk_buff"}, Fields: []string{"tstamp"}},
			{Structs: []string{"Qdisc"}, Fields: []string{"limit", "q.qlen", "qstats+"}},
		},
	},
	{
		Name: "sched_ext_ops", AnyMember: true, Members: map[string]bool{
			"cgroup_exit": true, "cgroup_init": true, "cgroup_prep_move": true, "cpu_offline": true, "cpu_online": true,
			"exit": true, "init": true, "init_task": true, "sub_attach": true, "sub_detach": true,
		},
		Helpers: []string{"bpf_base", "bpf_everywhere"},
		Writers: []kdata.BTFWriter{{Structs: []string{"task_struct"}, Silent: true, Fields: []string{"scx.slice", "scx.dsq_vtime", "scx.disallow"}}},
	},
}
