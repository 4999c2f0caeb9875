package kmodel

import (
	"slices"
	"strings"
)

// Where programs may attach is known to kernels by function name.

// lsmDisabledHooks are security hooks that programs may not implement: their results
// carry more than an error number.
var lsmDisabledHooks = []string{
	"bpf_lsm_audit_rule_match",
	"bpf_lsm_getprocattr",
	"bpf_lsm_getselfattr",
	"bpf_lsm_inode_copy_up_xattr",
	"bpf_lsm_inode_getsecurity",
	"bpf_lsm_inode_listsecurity",
	"bpf_lsm_inode_need_killpriv",
	"bpf_lsm_ismaclabel",
	"bpf_lsm_key_getsecurity",
	"bpf_lsm_setprocattr",
	"bpf_lsm_vm_enough_memory",
}

// lsmSleepableHooks are security hooks that are called where sleeping is allowed.
var lsmSleepableHooks = []string{
	"bpf_lsm_bpf",
	"bpf_lsm_bpf_map",
	"bpf_lsm_bpf_map_create",
	"bpf_lsm_bpf_map_free",
	"bpf_lsm_bpf_prog",
	"bpf_lsm_bpf_prog_free",
	"bpf_lsm_bpf_prog_load",
	"bpf_lsm_bpf_token_capable",
	"bpf_lsm_bpf_token_cmd",
	"bpf_lsm_bpf_token_create",
	"bpf_lsm_bpf_token_free",
	"bpf_lsm_bprm_check_security",
	"bpf_lsm_bprm_committed_creds",
	"bpf_lsm_bprm_committing_creds",
	"bpf_lsm_bprm_creds_for_exec",
	"bpf_lsm_bprm_creds_from_file",
	"bpf_lsm_capget",
	"bpf_lsm_capset",
	"bpf_lsm_cred_prepare",
	"bpf_lsm_file_ioctl",
	"bpf_lsm_file_lock",
	"bpf_lsm_file_open",
	"bpf_lsm_file_post_open",
	"bpf_lsm_file_receive",
	"bpf_lsm_inet_conn_established",
	"bpf_lsm_inode_create",
	"bpf_lsm_inode_free_security",
	"bpf_lsm_inode_getattr",
	"bpf_lsm_inode_getxattr",
	"bpf_lsm_inode_mknod",
	"bpf_lsm_inode_need_killpriv",
	"bpf_lsm_inode_post_removexattr",
	"bpf_lsm_inode_post_setxattr",
	"bpf_lsm_inode_readlink",
	"bpf_lsm_inode_removexattr",
	"bpf_lsm_inode_rename",
	"bpf_lsm_inode_rmdir",
	"bpf_lsm_inode_setattr",
	"bpf_lsm_inode_setxattr",
	"bpf_lsm_inode_symlink",
	"bpf_lsm_inode_unlink",
	"bpf_lsm_kernel_module_request",
	"bpf_lsm_kernel_read_file",
	"bpf_lsm_kernfs_init_security",
	"bpf_lsm_mmap_file",
	"bpf_lsm_netlink_send",
	"bpf_lsm_path_chmod",
	"bpf_lsm_path_chown",
	"bpf_lsm_path_link",
	"bpf_lsm_path_mkdir",
	"bpf_lsm_path_notify",
	"bpf_lsm_path_rename",
	"bpf_lsm_path_rmdir",
	"bpf_lsm_path_symlink",
	"bpf_lsm_path_truncate",
	"bpf_lsm_path_unlink",
	"bpf_lsm_release_secctx",
	"bpf_lsm_sb_alloc_security",
	"bpf_lsm_sb_eat_lsm_opts",
	"bpf_lsm_sb_kern_mount",
	"bpf_lsm_sb_mount",
	"bpf_lsm_sb_remount",
	"bpf_lsm_sb_set_mnt_opts",
	"bpf_lsm_sb_show_options",
	"bpf_lsm_sb_statfs",
	"bpf_lsm_sb_umount",
	"bpf_lsm_settime",
	"bpf_lsm_socket_accept",
	"bpf_lsm_socket_bind",
	"bpf_lsm_socket_connect",
	"bpf_lsm_socket_create",
	"bpf_lsm_socket_getpeername",
	"bpf_lsm_socket_getpeersec_dgram",
	"bpf_lsm_socket_getsockname",
	"bpf_lsm_socket_getsockopt",
	"bpf_lsm_socket_listen",
	"bpf_lsm_socket_post_create",
	"bpf_lsm_socket_recvmsg",
	"bpf_lsm_socket_sendmsg",
	"bpf_lsm_socket_shutdown",
	"bpf_lsm_socket_socketpair",
	"bpf_lsm_syslog",
	"bpf_lsm_task_alloc",
	"bpf_lsm_task_prctl",
	"bpf_lsm_task_setscheduler",
	"bpf_lsm_task_to_inode",
	"bpf_lsm_userns_create",
}

// lsmInternal are functions named like security hooks that are none.
var lsmInternal = []string{
	"bpf_lsm_find_cgroup_shim",
	"bpf_lsm_func_proto",
	"bpf_lsm_get_retval_range",
	"bpf_lsm_has_d_inode_locked",
	"bpf_lsm_hook_returns_errno",
	"bpf_lsm_init",
	"bpf_lsm_is_sleepable_hook",
	"bpf_lsm_is_trusted",
	"bpf_lsm_verify_prog",
}

// lsmUntrustedHooks are security hooks whose objects are not fully set up or being freed.
var lsmUntrustedHooks = []string{
	"bpf_lsm_bpf_map_free",
	"bpf_lsm_bpf_prog_free",
	"bpf_lsm_file_alloc_security",
	"bpf_lsm_file_free_security",
	"bpf_lsm_sk_alloc_security",
	"bpf_lsm_sk_free_security",
	"bpf_lsm_task_free",
}

// noReturn are functions that never return, so nothing can run when they do.
var noReturn = []string{
	"__ia32_sys_exit",
	"__ia32_sys_exit_group",
	"__kunit_abort",
	"__module_put_and_kthread_exit",
	"__x64_sys_exit",
	"__x64_sys_exit_group",
	"do_exit",
	"do_group_exit",
	"kthread_complete_and_exit",
	"kthread_exit",
	"kunit_try_catch_throw",
	"make_task_dead",
}

// traceDenied are functions that the tracing machinery calls itself.
var traceDenied = []string{
	"___migrate_enable",
	"__rcu_read_lock",
	"__rcu_read_unlock",
	"migrate_disable",
	"migrate_enable",
	"preempt_count_add",
	"preempt_count_sub",
	"rcu_read_unlock_strict",
}

// errorInjected are functions outside the system calls that are prepared to return an injected error.
var errorInjected = []string{
	"__filemap_add_folio",
	"page_pool_alloc_netmems",
	"should_fail_alloc_page",
	"should_fail_bio",
	"should_fail_net_realloc_skb",
	"should_failslab",
}

// errorInjectedAtomic are those of them that may be called where sleeping is not allowed.
var errorInjectedAtomic = []string{"__filemap_add_folio", "should_fail_alloc_page", "should_failslab"}

// LSMHook reports a function that stands for a security hook.
func (m *Model) LSMHook(fn string) bool {
	return strings.HasPrefix(fn, "bpf_lsm_") && !slices.Contains(lsmInternal, fn)
}

// LSMHookDisabled reports a security hook that programs may not implement.
func (m *Model) LSMHookDisabled(fn string) bool {
	return slices.Contains(lsmDisabledHooks, fn) || fn == "bpf_lsm_file_alloc_security" && m.Has(FileAllocHookDisabled)
}

// LSMHookSleepable reports a security hook whose programs may sleep.
func (m *Model) LSMHookSleepable(fn string) bool { return slices.Contains(lsmSleepableHooks, fn) }

// LSMHookTrusted reports a security hook whose arguments are valid objects.
func (m *Model) LSMHookTrusted(fn string) bool { return !slices.Contains(lsmUntrustedHooks, fn) }

// NeverReturns reports a function that programs can't follow on its way out.
func (m *Model) NeverReturns(fn string) bool { return slices.Contains(noReturn, fn) }

// TraceDenied reports a function that programs may not trace.
func (m *Model) TraceDenied(fn string) bool { return slices.Contains(traceDenied, fn) }

// injectable reports a function that may be made to return an error: all system calls among them.
func (m *Model) injectable(fn string) bool {
	if !m.Config.ErrorInjection {
		return false
	}
	for _, prefix := range []string{"__x64_sys_", "__ia32_sys_", "__ia32_compat_sys_", "__x64_compat_sys_"} {
		if strings.HasPrefix(fn, prefix) {
			return true
		}
	}
	return slices.Contains(errorInjected, fn)
}

// TraceSleepable reports a function whose tracing programs may sleep.
func (m *Model) TraceSleepable(fn string) bool {
	_, sleepable := modifyReturnKfunc(fn)
	return sleepable || m.injectable(fn) && !slices.Contains(errorInjectedAtomic, fn)
}

// ReturnModifiable reports a function whose result programs may replace.
func (m *Model) ReturnModifiable(fn string) bool {
	listed, _ := modifyReturnKfunc(fn)
	return listed || m.injectable(fn) || strings.HasPrefix(fn, "security_")
}

// structOpsMembers are the functions of kernel structs that programs may implement.
// The value says whether such a program may sleep.
var structOpsMembers = map[string]map[string]bool{
	"bpf_dummy_ops": {"test_1": false, "test_2": false, "test_sleepable": true},
	"tcp_congestion_ops": {
		"ssthresh": true, "cong_avoid": true, "set_state": true, "cwnd_event": true, "in_ack_event": true,
		"pkts_acked": true, "min_tso_segs": true, "cong_control": true, "undo_cwnd": true, "sndbuf_expand": true,
		"init": true, "release": true,
	},
	"Qdisc_ops": {"enqueue": true, "dequeue": true, "init": true, "reset": true, "destroy": true},
}

// schedExtSleepable are the functions of sched_ext_ops that may sleep.
var schedExtSleepable = []string{
	"cgroup_exit", "cgroup_init", "cgroup_prep_move", "cpu_offline", "cpu_online", "exit", "init", "init_task",
	"sub_attach", "sub_detach",
}

// StructOpsMember says whether programs may implement a member of a kernel struct, and
// whether these may sleep. Structs of which nothing is known allow all members.
func (m *Model) StructOpsMember(name, member string) (supported, sleepable bool) {
	if name == "sched_ext_ops" {
		return true, slices.Contains(schedExtSleepable, member)
	}
	members, known := structOpsMembers[name]
	if !known {
		return true, true
	}
	sleepable, supported = members[member]
	return supported, sleepable
}
