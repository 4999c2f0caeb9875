package machine

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// called are the helpers and kernel functions that programs of the kernel's selftests call which BPF_PROG_TEST_RUN can run: all
// that the programs of conformance/testrun call, and more. Two numbers of helpers in these are no helpers, and never reached.
const called = `
	ringbuf_discard strncmp ringbuf_reserve_dynptr ringbuf_discard_dynptr skb_load_bytes_relative get_current_task_btf
	task_storage_get task_storage_delete skb_change_proto sk_assign l3_csum_replace probe_read_kernel_str skb_change_type
	redirect_peer ktime_get_tai_ns
	msg_push_data msg_pop_data msg_pull_data getsockopt setsockopt sk_select_reuseport sk_redirect_map msg_redirect_hash
	clone_redirect skb_vlan_push skb_vlan_pop perf_event_read_value read_branch_records task_pt_regs get_ns_current_pid_tgid
	map_lookup_elem get_prandom_u32 tail_call ktime_get_ns spin_lock spin_unlock map_update_elem map_delete_elem skb_load_bytes
	get_current_pid_tgid sk_release sk_lookup_tcp sk_fullsock get_current_task check_mtu kptr_xchg skb_store_bytes probe_read_user
	csum_diff get_current_comm probe_read_user_str perf_event_output get_local_storage get_smp_processor_id get_stackid redirect
	skc_lookup_tcp skb_pull_data probe_read_kernel dynptr_from_mem tcp_check_syncookie tcp_sock redirect_neigh fib_lookup
	skb_adjust_room sk_lookup_udp get_stack ringbuf_output ringbuf_reserve ringbuf_submit sk_storage_get for_each_map_elem
	dynptr_write dynptr_data dynptr_read map_lookup_percpu_elem csum_update strtoul loop jiffies64 skb_change_head
	get_listener_sock skc_to_tcp_sock skc_to_tcp_request_sock get_hash_recalc csum_level skb_set_tunnel_key sk_cgroup_id
	sk_ancestor_cgroup_id skb_ancestor_cgroup_id skb_set_tstamp tcp_gen_syncookie get_attach_cookie map_push_elem map_pop_elem
	map_peek_elem trace_printk trace_vprintk snprintf
	bpf_obj_drop_impl bpf_throw bpf_obj_new_impl bpf_rbtree_add_impl bpf_list_push_front_impl bpf_list_push_back_impl
	bpf_list_pop_front bpf_list_pop_back bpf_refcount_acquire_impl bpf_dynptr_from_skb bpf_rbtree_first bpf_rbtree_remove
	bpf_iter_bits_new bpf_iter_bits_next bpf_iter_bits_destroy bpf_dynptr_slice bpf_dynptr_slice_rdwr bpf_arena_alloc_pages
	bpf_arena_free_pages bpf_crypto_ctx_create bpf_crypto_ctx_release bpf_crypto_encrypt bpf_crypto_decrypt bpf_dynptr_adjust
	bpf_dynptr_clone bpf_dynptr_is_rdonly bpf_dynptr_size bpf_rdonly_cast bpf_cast_to_kern_ctx bpf_preempt_disable
	bpf_preempt_enable bpf_kfunc_call_test_release`

// families are the kernel functions about ownership, locks, iterators and dynptrs by how their names begin, and of CPUs and
// strings.
var families = []string{
	"bpf_obj_", "bpf_percpu_obj_", "bpf_refcount_", "bpf_list_", "bpf_rbtree_", "bpf_res_spin_", "bpf_rcu_", "bpf_preempt_",
	"bpf_local_irq_", "bpf_iter_", "bpf_dynptr_", "bpf_wq_", "bpf_task_", "bpf_cgroup_", "bpf_cpumask_", "bpf_str", "bpf_probe_read_", "bpf_copy_from_user_", "bpf_ct_", "bpf_skb_ct_", "bpf_xdp_ct_",
}

// lacking are those of the families that a machine has not, each with the reason.
var lacking = map[string]string{
	"bpf_cgroup_read_xattr":    "the world's cgroups have no extended attributes",
	"bpf_ct_set_nat_info":      "which port another address gets, the kernel chooses",
	"bpf_iter_scx_dsq_new":     "queues of a scheduler, which only sched_ext programs have: they are not run",
	"bpf_iter_scx_dsq_next":    "likewise",
	"bpf_iter_scx_dsq_destroy": "likewise",
	"bpf_stream_vprintk_impl":  "a program's streams are read by nobody",
	"bpf_stream_vprintk":       "likewise",
	"bpf_stream_print_stack":   "likewise",
}

// lackingHelpers are the helpers that a machine has not, by the reason.
var lackingHelpers = map[string]string{
	"a machine's events take output and count nothing":           "perf_prog_read_value",
	"registers of the function at hand, which is none":           "override_return get_func_ip get_func_ret get_task_stack",
	"the socket of a context ends with its run":                  "sock_map_update sock_hash_update",
	"devices of a world have no addresses":                       "bind",
	"what routes encapsulate":                                    "lwt_push_encap lwt_seg6_store_bytes lwt_seg6_adjust_srh lwt_seg6_action",
	"infrared receivers":                                         "rc_repeat rc_keydown rc_pointer_rel",
	"TCP itself, its options and the secrets of its cookies":     "tcp_send_ack load_hdr_opt store_hdr_opt reserve_hdr_opt tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6",
	"files that iterators are read by":                           "seq_printf seq_write seq_printf_btf",
	"values printed by their types":                              "snprintf_btf",
	"programs that are executed, and how the kernel measures":    "bprm_opts_set ima_inode_hash ima_file_hash",
	"descriptors, and what they stand for":                       "sock_from_file sys_bpf sys_close",
	"where functions lie and what numbers types have in modules": "kallsyms_lookup_name btf_find_by_name_kind",
	"an area of a task's memory, which bpf_iter_task_vma gives":  "find_vma",
}

// TestHelpersLacking: each helper is there, or a reason why not.
func TestHelpersLacking(t *testing.T) {
	reason := map[string]string{}
	for why, names := range lackingHelpers {
		for name := range strings.FieldsSeq(names) {
			reason[name] = why
		}
	}
	k, err := kernel.Load("7.3")
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	for id := int32(1); ; id++ {
		name := (*kmodel.Model)(k).HelperName(id)
		if name == "unknown" {
			break
		}
		there++
		if has, why := helperTable[name] != nil, reason[name]; has == (why != "") {
			t.Errorf("%s: there: %v, reason why not: %q", name, has, why)
		}
		delete(reason, name)
	}
	if there < 200 {
		t.Errorf("only %d helpers", there)
	}
	for name := range reason {
		t.Errorf("%s is no helper", name)
	}
}

// TestWorkList: what programs that can be run call is there, and whole families of kernel functions.
func TestWorkList(t *testing.T) {
	for name := range strings.FieldsSeq(called) {
		if helperTable[name] == nil && kfuncTable[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	unused := map[string]bool{}
	for name := range lacking {
		unused[name] = true
	}
	for _, release := range []string{"6.18", "7.3"} {
		k, err := kernel.Load(release)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, name := range kfuncsOf((*kmodel.Model)(k)) {
			for _, begin := range families {
				if !strings.HasPrefix(name, begin) {
					continue
				}
				n++
				delete(unused, name)
				if has, why := kfuncTable[name] != nil, lacking[name]; has == (why != "") {
					t.Errorf("%s of %s: there: %v, reason why not: %q", name, release, has, why)
				}
			}
		}
		if n < 100 {
			t.Errorf("%s: only %d kernel functions in all families", release, n)
		}
	}
	for name := range unused {
		t.Errorf("%s is of no kernel that was looked at", name)
	}
}

// kfuncsOf are the names of the kernel functions that programs may call.
func kfuncsOf(k *kmodel.Model) (names []string) {
	set := k.Types()
	for id := uint32(1); set.ByID(id) != nil; id++ {
		if f, ok := set.ByID(id).(*btf.Func); ok && k.Kfunc(set, id) != nil {
			names = append(names, f.Name)
		}
	}
	return names
}
