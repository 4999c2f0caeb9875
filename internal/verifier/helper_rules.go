package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// helperTable has a row for every helper of which its prototype does not say all.
var helperTable = map[int32]rule{
	// Maps
	abi.BPF_FUNC_map_lookup_elem:        {traits: recordsMap | looksUp},
	abi.BPF_FUNC_map_update_elem:        {traits: recordsMap | changesMap},
	abi.BPF_FUNC_map_delete_elem:        {traits: recordsMap | changesMap},
	abi.BPF_FUNC_map_push_elem:          {traits: recordsMap | changesMap},
	abi.BPF_FUNC_map_pop_elem:           {traits: recordsMap | changesMap},
	abi.BPF_FUNC_map_peek_elem:          {traits: recordsMap | peeks},
	abi.BPF_FUNC_map_lookup_percpu_elem: {traits: recordsMap},
	abi.BPF_FUNC_redirect_map:           {traits: recordsMap},
	abi.BPF_FUNC_for_each_map_elem:      {traits: recordsMap | syncCallback, callback: setMapElemCallback},
	abi.BPF_FUNC_get_local_storage:      {before: (*call).checkStorageFlags},
	abi.BPF_FUNC_kptr_xchg:              {traits: acquires | exchangesKptr, underLock: with(kmodel.KptrXchgUnderLock)},

	// Other callbacks, locks
	abi.BPF_FUNC_loop:               {traits: syncCallback, before: (*call).checkLoop},
	abi.BPF_FUNC_find_vma:           {traits: syncCallback, callback: setFindVMACallback},
	abi.BPF_FUNC_user_ringbuf_drain: {traits: syncCallback, callback: setUserRingbufCallback},
	abi.BPF_FUNC_timer_set_callback: {traits: asyncCallback, callback: setTimerCallback},
	abi.BPF_FUNC_spin_lock:          {locks: lockTake},
	abi.BPF_FUNC_spin_unlock:        {locks: lockGive, underLock: always},

	// Sockets
	abi.BPF_FUNC_sk_lookup_tcp:            {traits: acquires},
	abi.BPF_FUNC_sk_lookup_udp:            {traits: acquires},
	abi.BPF_FUNC_skc_lookup_tcp:           {traits: acquires},
	abi.BPF_FUNC_sk_release:               {traits: anySocket},
	abi.BPF_FUNC_tcp_sock:                 {traits: casts},
	abi.BPF_FUNC_sk_fullsock:              {traits: casts},
	abi.BPF_FUNC_skc_to_tcp_sock:          {traits: casts},
	abi.BPF_FUNC_skc_to_tcp6_sock:         {traits: casts},
	abi.BPF_FUNC_skc_to_udp6_sock:         {traits: casts},
	abi.BPF_FUNC_skc_to_mptcp_sock:        {traits: casts},
	abi.BPF_FUNC_skc_to_tcp_timewait_sock: {traits: casts},
	abi.BPF_FUNC_skc_to_tcp_request_sock:  {traits: casts},

	// Dynptrs, memory, numbers
	abi.BPF_FUNC_ringbuf_reserve:       {traits: acquires},
	abi.BPF_FUNC_dynptr_from_mem:       {before: (*call).checkDynptrMem},
	abi.BPF_FUNC_dynptr_write:          {before: (*call).writeDynptr},
	abi.BPF_FUNC_dynptr_data:           {traits: casts, before: (*call).sliceDynptr},
	abi.BPF_FUNC_per_cpu_ptr:           {before: (*call).thisCPU},
	abi.BPF_FUNC_this_cpu_ptr:          {before: (*call).thisCPU},
	abi.BPF_FUNC_snprintf:              {before: (*call).checkSnprintf},
	abi.BPF_FUNC_get_stack:             {refine: (*call).lengthOrErrno},
	abi.BPF_FUNC_get_task_stack:        {refine: (*call).lengthOrErrno},
	abi.BPF_FUNC_probe_read_str:        {refine: (*call).lengthOrErrno},
	abi.BPF_FUNC_probe_read_kernel_str: {refine: (*call).lengthOrErrno},
	abi.BPF_FUNC_probe_read_user_str:   {refine: (*call).lengthOrErrno},
	abi.BPF_FUNC_get_smp_processor_id:  {refine: (*call).cpuNumber},

	// Where the program is attached
	abi.BPF_FUNC_set_retval:  {before: (*call).checkSetRetval},
	abi.BPF_FUNC_get_retval:  {refine: (*call).hookResult},
	abi.BPF_FUNC_get_func_ip: {after: (*call).checkFuncIP},

	// A tail call moves packets too, as the next program may do anything.
	abi.BPF_FUNC_tail_call: {traits: recordsMap | movesPacket, before: (*call).checkTailCall, after: (*call).afterTailCall},

	abi.BPF_FUNC_clone_redirect:       {traits: movesPacket},
	abi.BPF_FUNC_l3_csum_replace:      {traits: movesPacket},
	abi.BPF_FUNC_l4_csum_replace:      {traits: movesPacket},
	abi.BPF_FUNC_lwt_push_encap:       {traits: movesPacket},
	abi.BPF_FUNC_lwt_seg6_action:      {traits: movesPacket},
	abi.BPF_FUNC_lwt_seg6_adjust_srh:  {traits: movesPacket},
	abi.BPF_FUNC_lwt_seg6_store_bytes: {traits: movesPacket},
	abi.BPF_FUNC_msg_pop_data:         {traits: movesPacket},
	abi.BPF_FUNC_msg_pull_data:        {traits: movesPacket},
	abi.BPF_FUNC_msg_push_data:        {traits: movesPacket},
	abi.BPF_FUNC_skb_adjust_room:      {traits: movesPacket},
	abi.BPF_FUNC_skb_change_head:      {traits: movesPacket},
	abi.BPF_FUNC_skb_change_proto:     {traits: movesPacket},
	abi.BPF_FUNC_skb_change_tail:      {traits: movesPacket},
	abi.BPF_FUNC_skb_pull_data:        {traits: movesPacket},
	abi.BPF_FUNC_skb_store_bytes:      {traits: movesPacket},
	abi.BPF_FUNC_skb_vlan_pop:         {traits: movesPacket},
	abi.BPF_FUNC_skb_vlan_push:        {traits: movesPacket},
	abi.BPF_FUNC_store_hdr_opt:        {traits: movesPacket},
	abi.BPF_FUNC_xdp_adjust_head:      {traits: movesPacket},
	abi.BPF_FUNC_xdp_adjust_meta:      {traits: movesPacket},
	abi.BPF_FUNC_xdp_adjust_tail:      {traits: movesPacket},
}

func init() {
	for id := range helperTable {
		for int(id) >= len(helperRules) {
			helperRules = append(helperRules, rule{})
		}
		helperRules[id] = helperTable[id]
	}
}

// checkStorageFlags verifies bpf_get_local_storage, which can't report an error, so it takes no flags.
func (c *call) checkStorageFlags() error {
	if !nullReg(&c.v.regs()[insn.R2]) {
		return c.v.Reject(abi.EINVAL, "get_local_storage() doesn't support non-zero flags")
	}
	return nil
}

// checkSetRetval verifies that there is a return value to replace, and on newer kernels what it is replaced by.
func (c *call) checkSetRetval() error {
	v := c.v
	bounded := v.k.Has(kmodel.RetvalBounded)
	r := &v.regs()[insn.R1]
	if bounded && r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "R%d is not a scalar", insn.R1)
	}
	if v.rules.Type == abi.PROG_TYPE_LSM && v.rules.Attach == abi.ATTACH_LSM_CGROUP && v.target.ReturnsVoid() {
		return v.Reject(abi.EINVAL, "BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!")
	}
	want, some := v.hookResults()
	if !bounded || !some {
		return nil
	}
	if err := v.precision.MarkReg(v.st, insn.R1); err != nil {
		return err
	}
	if !v.retWithin(want, r, true) {
		return v.rejectScalar(r, want, "At bpf_set_retval", "R1")
	}
	return nil
}

// hookResults is what the hook of a cgroup program may return; some is false where that is anything.
func (v *verifier) hookResults() (want state.RetRange, some bool) {
	switch {
	case v.rules.Type == abi.PROG_TYPE_CGROUP_SOCKOPT && v.rules.Attach == abi.ATTACH_CGROUP_GETSOCKOPT:
		return want, false
	case v.rules.Type != abi.PROG_TYPE_LSM || v.rules.Attach != abi.ATTACH_LSM_CGROUP:
		return state.RetRange{Min: -abi.MAX_ERRNO}, true
	}
	lo, hi := v.k.LSMReturnRange(v.rules.AttachName)
	return state.RetRange{Min: lo, Max: hi}, !v.target.ReturnsVoid()
}

// checkFuncIP verifies that the program runs at the start of a function (check_get_func_ip).
func (c *call) checkFuncIP() error {
	v := c.v
	switch t := v.rules.Type; {
	case t == abi.PROG_TYPE_TRACING && v.prog.HasTrampoline(), t == abi.PROG_TYPE_KPROBE:
		return nil
	case t == abi.PROG_TYPE_TRACING:
		if v.k.Has(kmodel.SessionsNamed) {
			return v.Reject(abi.ENOTSUPP, "func %s#%d supported only for fentry/fexit/fsession/fmod_ret programs", c.name(), c.fn.ID)
		}
		return v.Reject(abi.ENOTSUPP, "func %s#%d supported only for fentry/fexit/fmod_ret programs", c.name(), c.fn.ID)
	default:
		return v.Reject(abi.ENOTSUPP, "func %s#%d not supported for program type %d", c.name(), c.fn.ID, t)
	}
}

// thisCPU notes that what is returned is one CPU's copy of a percpu object of the program.
func (c *call) thisCPU() error {
	v := c.v
	r := &v.regs()[insn.R1]
	if r.Type&abi.MEM_RCU == 0 {
		return nil
	}
	if !types.IsComposite(types.Resolve(orVoid(v.setOf(r).ByID(r.BTFID)))) {
		return v.Reject(abi.EFAULT, "Helper has invalid btf/btf_id in R1")
	}
	c.cpuAlloc = true
	v.aux[v.idx].percpuAlloc = true
	return nil
}

// checkTailCall verifies a tail call and notes its index, if that is the same on all paths (record_func_key).
func (c *call) checkTailCall() error {
	v, m := c.v, c.passedMap()
	if m.Type != abi.MAP_TYPE_PROG_ARRAY {
		if !v.k.Has(kmodel.ConversionBugWording) {
			return v.Reject(abi.EINVAL, "kernel subsystem misconfigured verifier")
		}
		v.Printf("expected prog array map for tail call") // the kernel ends no line here
		return vlog.Fail(abi.EINVAL)
	}
	r, key := &v.regs()[insn.R3], &v.aux[v.idx].mapKeyState
	if !constantReg(r) || r.Var.Value >= uint64(m.MaxEntries) {
		key.seen, key.poison = true, true
		return v.checkResourceLeak(byTailCall, true)
	}
	if err := v.precision.MarkReg(v.st, insn.R3); err != nil {
		return err
	}
	switch {
	case !key.seen:
		key.seen, key.key = true, r.Var.Value
	case key.key != r.Var.Value:
		key.poison = true
	}
	return v.checkResourceLeak(byTailCall, true)
}

// afterTailCall goes on after a tail call, which returns only if it failed. In a subprogram the
// program called instead may also have ended, and with it the subprogram.
func (c *call) afterTailCall() error {
	v := c.v
	if len(v.subprogs) > 1 && !v.k.Config().JIT {
		return v.Reject(abi.EINVAL, "mixing of tail_calls and bpf-to-bpf calls is not supported")
	}
	switch {
	case !v.k.Has(kmodel.TailCallReturns):
		c.movesPacket = v.k.Has(kmodel.PacketMovesFollowed)
		return nil
	case v.st.CurFrame == 0:
		c.movesPacket = false // the program ends there, or goes on with the packet it had
		return nil
	case v.st.Cur().InCallback && v.k.Has(kmodel.ImplicitExits):
		return v.Reject(abi.EINVAL, "cannot tail call within callback")
	}
	v.ScratchReg(insn.R0)
	if _, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.EFAULT); err != nil {
		return err
	}
	v.forgetPackets()
	v.regs()[insn.R0].MarkUnknown()
	if err := v.leaveFunction(); err != nil {
		return err
	}
	v.idx-- // the walk steps to the next instruction after a call
	return nil
}
