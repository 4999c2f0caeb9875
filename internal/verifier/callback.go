package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// pushCallback arranges for the callback passed to be walked: one that runs during the call as a path of its own
// that comes back to the call, an asynchronous one on an empty stack (push_callback_call).
func (c *call) pushCallback(set calleeSetter) error {
	v, idx, subprog := c.v, c.v.idx, c.subprog
	caller := v.st.Cur()
	if err := v.checkSubprogArgs(subprog, &caller.Regs); err != nil {
		if !vlog.IsRefusal(err) || vlog.Errno(err) == abi.EFAULT {
			return err
		}
	}
	sub := &v.subprogs[subprog]
	sub.Callback = true
	v.noteCallback(subprog)
	if c.does(asyncCallback) {
		return c.pushAsyncCallback(set)
	}
	if !v.k.Has(kmodel.CallbackRounds) {
		return c.prepareCallback(set)
	}
	st, err := v.paths.Push(v.st, sub.Start, idx, abi.ENOMEM)
	if err != nil {
		return err
	}
	if err := v.enterFunction(subprog, idx, set, st); err != nil {
		return err
	}
	st.CallbackUnrollDepth++
	st.Frames[st.CurFrame-1].CallbackDepth++
	caller.CallbackDepth = 0
	return nil
}

// pushAsyncCallback starts a walk of its own for a callback that is run later.
func (c *call) pushAsyncCallback(set calleeSetter) error {
	v := c.v
	caller := v.st.Cur()
	sub := &v.subprogs[c.subprog]
	sub.Async = true
	st, err := v.paths.PushAsync(v.newFrame(state.MainCallsite, 0, c.subprog), sub.Start, v.idx, c.does(asyncSleeps))
	if err != nil {
		return err
	}
	if len(v.st.Marks) > 0 {
		st.MarkReads()
	}
	callee := st.Frames[0]
	callee.AsyncEntryCnt = caller.AsyncEntryCnt + 1
	return set(v, caller, callee, v.idx)
}

// loopCall is what all paths agree on about a bpf_loop call. The kernel inlines it
// if its flags are zero and its callback is one.
type loopCall struct {
	seen, inline bool
	subprog      int32
}

// checkLoop verifies bpf_loop. R1 bounds how often the callback is simulated, so it is precise.
func (c *call) checkLoop() error {
	v := c.v
	// Whether the loop can be inlined depends on flags being zero on all paths; the
	// kernel relies on R4 as long as that is open.
	loop := &v.aux[v.idx].loop
	if !loop.seen || loop.inline {
		zero := nullReg(&v.regs()[insn.R4])
		if zero {
			_ = v.precision.MarkReg(v.st, insn.R4) // nobody asks whether it could be
		}
		if !loop.seen {
			loop.seen, loop.inline, loop.subprog = true, zero, int32(c.subprog)
		} else {
			loop.inline = zero && loop.subprog == int32(c.subprog)
		}
	}
	if v.k.Has(kmodel.CallbackRounds) {
		if err := v.precision.MarkReg(v.st, insn.R1); err != nil {
			return err
		}
	}
	f := v.st.Cur()
	if !v.k.Has(kmodel.CallbackRounds) {
		return c.pushCallback(setLoopCallback)
	}
	if uint64(f.CallbackDepth) < f.Regs[insn.R1].UMax() {
		return c.pushCallback(setLoopCallback)
	}
	f.CallbackDepth = 0
	if v.Level >= 2 {
		v.Verbose("frame%d bpf_loop iteration limit reached", v.st.CurFrame)
	}
	return nil
}

var (
	zeroOrOne = state.RetRange{Min: 0, Max: 1}
	anyInt32  = state.RetRange{Min: math.MinInt32, Max: math.MaxInt32}
)

// noArgs makes the argument registers from the given one on unreadable.
func noArgs(f *state.Frame, from int) {
	for r := from; r <= insn.R5; r++ {
		f.Regs[r].MarkNotInit()
	}
}

// setMapArgs passes a map, a key and a value of it, as for (map, key, value, ...) callbacks.
func setMapArgs(v *verifier, callee *state.Frame, of *state.Reg) {
	for i, t := range [...]abi.RegType{abi.CONST_PTR_TO_MAP, abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE} {
		r := &callee.Regs[insn.R1+i]
		r.MarkPtr(t)
		r.Map = of.Map
		if v.k.Has(kmodel.CallbackMapValues) {
			r.MapUID = of.MapUID
		}
	}
	if v.k.Has(kmodel.CallbackMapValues) {
		callee.Regs[insn.R3].ID = v.newID()
	}
}

// setMapElemCallback is for bpf_for_each_map_elem(map, callback, ctx, flags).
func setMapElemCallback(v *verifier, caller, callee *state.Frame, idx int) error {
	seen := &v.aux[idx].mapSeen
	if seen.poison && !v.k.Has(kmodel.CallbackMapsMixed) {
		return v.Reject(abi.EINVAL, "tail_call abusing map_ptr")
	}
	m := v.maps[seen.index-1]
	switch m.Type {
	case abi.MAP_TYPE_HASH, abi.MAP_TYPE_PERCPU_HASH, abi.MAP_TYPE_LRU_HASH, abi.MAP_TYPE_LRU_PERCPU_HASH,
		abi.MAP_TYPE_ARRAY, abi.MAP_TYPE_PERCPU_ARRAY, abi.MAP_TYPE_RHASH:
	default:
		return v.Reject(abi.ENOTSUPP, "callback function not allowed for map")
	}
	setMapArgs(v, callee, &caller.Regs[insn.R1])
	v.pass(callee, insn.R1, caller, insn.R1)
	v.pass(callee, insn.R4, caller, insn.R3)
	noArgs(callee, insn.R5)
	callee.InCallback, callee.CallbackRet = true, zeroOrOne
	return nil
}

// setLoopCallback is for bpf_loop(count, callback, ctx, flags).
func setLoopCallback(v *verifier, caller, callee *state.Frame, _ int) error {
	callee.Regs[insn.R1].MarkUnknown()
	v.pass(callee, insn.R2, caller, insn.R3)
	noArgs(callee, insn.R3)
	callee.InCallback, callee.CallbackRet = true, zeroOrOne
	return nil
}

// setTimerCallback is for bpf_timer_set_callback(timer, callback) and bpf_wq's twin.
func setTimerCallback(v *verifier, caller, callee *state.Frame, _ int) error {
	setMapArgs(v, callee, &caller.Regs[insn.R1])
	noArgs(callee, insn.R4)
	callee.InAsyncCallback, callee.CallbackRet = true, state.RetRange{}
	return nil
}

// setTaskWorkCallback is for bpf_task_work_schedule_*(task, work, map, callback).
func setTaskWorkCallback(v *verifier, caller, callee *state.Frame, _ int) error {
	setMapArgs(v, callee, &caller.Regs[insn.R3])
	noArgs(callee, insn.R4)
	callee.InAsyncCallback, callee.CallbackRet = true, anyInt32
	return nil
}

// setFindVMACallback is for bpf_find_vma(task, addr, callback, ctx, flags).
func setFindVMACallback(v *verifier, caller, callee *state.Frame, _ int) error {
	v.pass(callee, insn.R1, caller, insn.R1)
	vma := &callee.Regs[insn.R2]
	vma.MarkPtr(abi.PTR_TO_BTF_ID)
	vma.BTF = state.TypesVmlinux
	vma.BTFID, _ = v.k.Types().FindStruct("vm_area_struct")
	v.pass(callee, insn.R3, caller, insn.R4)
	noArgs(callee, insn.R4)
	callee.InCallback, callee.CallbackRet = true, zeroOrOne
	return nil
}

// setUserRingbufCallback is for bpf_user_ringbuf_drain(map, callback, ctx, flags).
func setUserRingbufCallback(v *verifier, caller, callee *state.Frame, _ int) error {
	v.markDynptrReg(&callee.Regs[insn.R1], state.DYNPTR_TYPE_LOCAL)
	v.pass(callee, insn.R2, caller, insn.R3)
	noArgs(callee, insn.R3)
	callee.InCallback, callee.CallbackRet = true, zeroOrOne
	return nil
}

// setRbtreeAddCallback is for bpf_rbtree_add(root, node, less). Both nodes belong to the tree by then.
func setRbtreeAddCallback(v *verifier, caller, callee *state.Frame, _ int) error {
	root := &caller.Regs[insn.R1]
	off, _ := root.FixedOff()
	f := v.regRecord(root).Find(uint32(off), object.BPF_RB_ROOT)
	if f == nil || f.NodeTypeID == 0 {
		return vlog.Fail(abi.EFAULT)
	}
	for _, regno := range [...]int{insn.R1, insn.R2} {
		r := &callee.Regs[regno]
		v.markGraphNode(r, f)
		if err := v.setNonOwning(r); err != nil && !vlog.IsRefusal(err) {
			return err
		}
	}
	noArgs(callee, insn.R3)
	callee.InCallback, callee.CallbackRet = true, zeroOrOne
	return nil
}

// Callbacks of kernels that walk them once, as if the helper were a call of the function.

// prepareCallback makes the frame of the callback that is entered when the call is done.
func (c *call) prepareCallback(set calleeSetter) error {
	v := c.v
	if v.subprogs[c.subprog].Global {
		return nil // verified on its own
	}
	if !v.k.MayNest(int(v.st.CurFrame) + 2) {
		return v.Reject(abi.E2BIG, "the call stack of %d frames is too deep", v.st.CurFrame+2)
	}
	c.entered = v.newFrame(v.idx, v.st.CurFrame+1, c.subprog)
	if err := set(v, v.st.Cur(), c.entered, v.idx); err != nil {
		v.paths.Pool.FreeFrame(c.entered)
		return err
	}
	return nil
}

// enterCallback goes on in the callback, whose result decides nothing.
func (c *call) enterCallback() {
	v, callee := c.v, c.entered
	v.st.CurFrame++
	v.st.Frames[v.st.CurFrame] = callee
	if len(v.st.Marks) > 0 {
		v.st.MarkReads()
	}
	v.st.WriteRegs(v.st.CurFrame, 1<<insn.R6-1) // so what the callback reads of its arguments is not marked any further
	v.idx = v.subprogs[c.subprog].Start - 1
	v.live.Leave()
	if v.Level > 0 {
		r0 := &v.st.Frames[callee.Frameno-1].Regs[insn.R0]
		result := *r0
		r0.MarkNotInit() // the kernel has not come to what the helper returns
		v.Verbose("caller:")
		v.State(v.st, callee.Frameno-1, true)
		*r0 = result
		v.Verbose("callee:")
		v.State(v.st, callee.Frameno, true)
	}
}
