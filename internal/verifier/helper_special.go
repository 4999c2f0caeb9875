package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// helperSpecial applies the rules of single helpers, after the arguments were found
// to be of the right types.
func (v *verifier) helperSpecial(in *insn.Insn, meta *callMeta, fn *kmodel.Helper) error {
	regs := v.regs()
	switch meta.funcID {
	case abi.BPF_FUNC_tail_call:
		return v.checkResourceLeak(false, true, "tail_call")
	case abi.BPF_FUNC_get_local_storage:
		// It can't report an error, so it takes no flags.
		if !nullReg(&regs[insn.R2]) {
			return v.Reject(abi.EINVAL, "get_local_storage() doesn't support non-zero flags")
		}
	case abi.BPF_FUNC_for_each_map_elem:
		return v.pushCallbackCall(in, v.idx, meta.subprog, setMapElemCallback)
	case abi.BPF_FUNC_timer_set_callback:
		return v.pushCallbackCall(in, v.idx, meta.subprog, setTimerCallback)
	case abi.BPF_FUNC_find_vma:
		return v.pushCallbackCall(in, v.idx, meta.subprog, setFindVMACallback)
	case abi.BPF_FUNC_user_ringbuf_drain:
		return v.pushCallbackCall(in, v.idx, meta.subprog, setUserRingbufCallback)
	case abi.BPF_FUNC_loop:
		return v.callLoop(in, meta)
	case abi.BPF_FUNC_snprintf:
		return v.checkSnprintf()
	case abi.BPF_FUNC_dynptr_from_mem:
		if t := regs[insn.R1].Type; t != abi.PTR_TO_MAP_VALUE {
			return v.Reject(abi.EACCES, "Unsupported reg type %s for bpf_dynptr_from_mem data", t)
		}
	case abi.BPF_FUNC_set_retval:
		if v.rules.Type == abi.PROG_TYPE_LSM && v.rules.Attach == abi.ATTACH_LSM_CGROUP && v.target.ReturnsVoid() {
			return v.Reject(abi.EINVAL, "BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!")
		}
	case abi.BPF_FUNC_dynptr_data:
		return v.sliceDynptr(meta, fn)
	case abi.BPF_FUNC_dynptr_write:
		r := v.dynptrArgReg(&fn.Args)
		if r == nil {
			return vlog.Fail(abi.EFAULT)
		}
		switch dynptrTypeFlag(v.dynptrType(r)) {
		case 0:
			return vlog.Fail(abi.EFAULT)
		case abi.DYNPTR_TYPE_SKB, abi.DYNPTR_TYPE_SKB_META:
			meta.movesPacket = true
		}
	case abi.BPF_FUNC_per_cpu_ptr, abi.BPF_FUNC_this_cpu_ptr:
		r := &regs[insn.R1]
		if r.Type&abi.MEM_RCU == 0 {
			break
		}
		if !types.IsComposite(types.Resolve(orVoid(v.setOf(r).ByID(r.BTFID)))) {
			return v.Reject(abi.EFAULT, "Helper has invalid btf/btf_id in R1")
		}
		meta.cpuAlloc = true
		v.aux[v.idx].percpuAlloc = true
	}
	return nil
}

func orVoid(t btf.Type) btf.Type {
	if t == nil {
		return (*btf.Void)(nil)
	}
	return t
}

// sliceDynptr ties the memory bpf_dynptr_data returns to its dynptr.
func (v *verifier) sliceDynptr(meta *callMeta, fn *kmodel.Helper) error {
	r := v.dynptrArgReg(&fn.Args)
	if r == nil {
		return vlog.Fail(abi.EFAULT)
	}
	if meta.refObjID != 0 {
		return v.Bug("meta.ref_obj_id already set")
	}
	id, err := v.dynptrID(r)
	if err != nil {
		return v.Bug("failed to obtain dynptr id")
	}
	ref, err := v.dynptrRefObjID(r)
	if err != nil {
		return v.Bug("failed to obtain dynptr ref_obj_id")
	}
	meta.dynptrID, meta.refObjID = id, ref
	return nil
}

// loopCall is what all paths agree on about a bpf_loop call. The kernel inlines it
// if its flags are zero and its callback is one.
type loopCall struct {
	seen, inline bool
	subprog      int32
}

// callLoop verifies bpf_loop. R1 bounds how often the callback is simulated, so it is precise.
func (v *verifier) callLoop(in *insn.Insn, meta *callMeta) error {
	// Whether the loop can be inlined depends on flags being zero on all paths; the
	// kernel relies on R4 as long as that is open.
	loop := &v.aux[v.idx].loop
	if !loop.seen || loop.inline {
		zero := nullReg(&v.regs()[insn.R4])
		if zero {
			if err := v.precision.MarkReg(v.st, insn.R4); err == vlog.ErrUnsupported {
				return err
			}
		}
		if !loop.seen {
			loop.seen, loop.inline, loop.subprog = true, zero, int32(meta.subprog)
		} else {
			loop.inline = zero && loop.subprog == int32(meta.subprog)
		}
	}
	if err := v.precision.MarkReg(v.st, insn.R1); err != nil {
		return err
	}
	f := v.st.Cur()
	if uint64(f.CallbackDepth) < f.Regs[insn.R1].Umax {
		return v.pushCallbackCall(in, v.idx, meta.subprog, setLoopCallback)
	}
	f.CallbackDepth = 0
	if v.Level >= 2 {
		v.Verbose("frame%d bpf_loop iteration limit reached", v.st.CurFrame)
	}
	return nil
}

// checkGetFuncIP verifies that the program runs at the start of a function (check_get_func_ip).
func (v *verifier) checkGetFuncIP() error {
	const id = abi.BPF_FUNC_get_func_ip
	switch t := v.rules.Type; t {
	case abi.PROG_TYPE_TRACING:
		if !v.prog.HasTrampoline() {
			return v.Reject(abi.ENOTSUPP, "func %s#%d supported only for fentry/fexit/fmod_ret programs", v.helperName(id), id)
		}
		return nil
	case abi.PROG_TYPE_KPROBE:
		return nil
	default:
		return v.Reject(abi.ENOTSUPP, "func %s#%d not supported for program type %d", v.helperName(id), id, t)
	}
}
