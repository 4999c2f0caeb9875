package verifier

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// callMeta collects what the arguments of a helper call say about the call.
// kfunc calls have their own and pass this one to shared memory checks.
type callMeta struct {
	mapIndex     int // 1+index of the map argument, 0 none
	mapUID       uint32
	rawMode      bool
	pktAccess    bool
	releaseRegno int
	regno        int // uninitialised memory argument: register
	accessSize   int // ... and bytes the helper writes
	memSize      int
	msizeMax     uint64
	refObjID     uint32
	dynptrID     uint32
	funcID       int32
	retSet       uint8
	retBTFID     uint32
	subprog      int
	kptrField    *object.Field
	constMapKey  int64 // -1 unknown
	// cpuAlloc: the call turns a percpu object of the program into this CPU's.
	cpuAlloc bool
	// movesPacket: packet pointers are stale after the call.
	movesPacket bool
}

// helperTraits are facts about single helpers that no prototype tells.
type helperTraits uint8

const (
	acquires   helperTraits = 1 << iota // the result is a new reference
	casts                               // the result shares the argument's reference
	recordsMap                          // the map is noted for inlining
	changesMap                          // not for maps that programs may only read
)

// helperTraitsOf are the traits of every helper that has some, by id.
var helperTraitsOf = [...]helperTraits{
	abi.BPF_FUNC_tail_call:                recordsMap,
	abi.BPF_FUNC_sk_lookup_tcp:            acquires,
	abi.BPF_FUNC_sk_lookup_udp:            acquires,
	abi.BPF_FUNC_skc_lookup_tcp:           acquires,
	abi.BPF_FUNC_ringbuf_reserve:          acquires,
	abi.BPF_FUNC_kptr_xchg:                acquires,
	abi.BPF_FUNC_tcp_sock:                 casts,
	abi.BPF_FUNC_sk_fullsock:              casts,
	abi.BPF_FUNC_skc_to_tcp_sock:          casts,
	abi.BPF_FUNC_skc_to_tcp6_sock:         casts,
	abi.BPF_FUNC_skc_to_udp6_sock:         casts,
	abi.BPF_FUNC_skc_to_mptcp_sock:        casts,
	abi.BPF_FUNC_skc_to_tcp_timewait_sock: casts,
	abi.BPF_FUNC_skc_to_tcp_request_sock:  casts,
	abi.BPF_FUNC_dynptr_data:              casts,
	abi.BPF_FUNC_map_lookup_elem:          recordsMap,
	abi.BPF_FUNC_map_update_elem:          recordsMap | changesMap,
	abi.BPF_FUNC_map_delete_elem:          recordsMap | changesMap,
	abi.BPF_FUNC_map_push_elem:            recordsMap | changesMap,
	abi.BPF_FUNC_map_pop_elem:             recordsMap | changesMap,
	abi.BPF_FUNC_map_peek_elem:            recordsMap,
	abi.BPF_FUNC_redirect_map:             recordsMap,
	abi.BPF_FUNC_map_lookup_percpu_elem:   recordsMap,
	abi.BPF_FUNC_for_each_map_elem:        recordsMap,
}

// helperHas reports whether the helper has any of the traits.
func helperHas(id int32, t helperTraits) bool {
	return id >= 0 && int(id) < len(helperTraitsOf) && helperTraitsOf[id]&t != 0
}

// helperName is the helper's name as the kernel logs it.
func (v *verifier) helperName(id int32) string {
	name := v.k.HelperName(id)
	if name == "unknown" {
		return name
	}
	return "bpf_" + name
}

// checkHelperCall verifies a call of a helper at v.idx.
func (v *verifier) checkHelperCall(in *insn.Insn) error {
	id := in.Imm
	if !v.k.KnownHelper(id) {
		return v.Reject(abi.EINVAL, "invalid func %s#%d", v.helperName(id), id)
	}
	fn := v.helperProto(id)
	if fn == nil {
		return v.Reject(abi.EINVAL, "program of this type cannot use helper %s#%d", v.helperName(id), id)
	}
	if err := v.helperCallable(fn); err != nil {
		return err
	}
	v.aux[v.idx].nonSleepable = v.aux[v.idx].nonSleepable || !v.maySleepHere()

	meta := callMeta{funcID: id, pktAccess: fn.PktAccess, movesPacket: movesPacket(id)}
	for i := range fn.Args {
		if err := v.checkFuncArg(i, &meta, fn); err != nil {
			return err
		}
	}
	if err := v.recordFuncMap(&meta); err != nil {
		return err
	}
	if err := v.recordFuncKey(&meta); err != nil {
		return err
	}
	// What the helper writes becomes known data, byte by byte.
	for i := 0; i < meta.accessSize; i++ {
		m := v.newAccess(meta.regno, i, 1, writeAccess)
		if err := v.access(&m); err != nil {
			return err
		}
	}
	if meta.releaseRegno != 0 {
		if err := v.releaseArg(&meta, fn); err != nil {
			return err
		}
	}
	if err := v.helperSpecial(in, &meta, fn); err != nil {
		return err
	}
	for r := insn.R0; r <= insn.R5; r++ {
		markNotInit(&v.regs()[r])
		v.ScratchReg(r)
	}
	if err := v.setReturn(&meta, fn); err != nil {
		return err
	}
	if err := v.checkMapFuncCompatibility(meta.mapIndex, id); err != nil {
		return err
	}
	switch id {
	case abi.BPF_FUNC_get_func_ip:
		if err := v.checkGetFuncIP(); err != nil {
			return err
		}
	case abi.BPF_FUNC_tail_call:
		return v.afterTailCall()
	}
	if meta.movesPacket {
		v.clearAllPktPointers()
	}
	return nil
}

// helperProto is the prototype that serves the program, nil where it may not call the helper.
func (v *verifier) helperProto(id int32) *kmodel.Helper {
	if v.helpers == nil {
		v.helpers = v.k.HelpersOf(v.rules)
	}
	return v.helpers.Get(id)
}

// helperCallable verifies that the helper may be called by the program and here.
func (v *verifier) helperCallable(fn *kmodel.Helper) error {
	if fn.GPLOnly && !v.prog.GPL {
		return v.Reject(abi.EINVAL, "cannot call GPL-restricted function from non-GPL compatible program")
	}
	if !v.helperAllowed(fn) {
		return v.Reject(abi.EINVAL, "helper call is not allowed in probe")
	}
	if !fn.MightSleep {
		return nil
	}
	why := v.atomicRegion()
	if !v.k.Has(kmodel.SleepableMessages) {
		if !v.inSleepable() {
			return v.Reject(abi.EINVAL, "helper call might sleep in a non-sleepable prog")
		}
		if why == regionLock {
			return nil
		}
	}
	if why == regionNone {
		return nil
	}
	return v.Reject(abi.EINVAL, "sleepable helper %s#%d in %s", v.helperName(fn.ID), fn.ID, why)
}

// dPathCallers are the functions inside which bpf_d_path can't recurse into what its caller holds.
var dPathCallers = []string{"security_file_permission", "security_inode_getattr", "security_file_open",
	"security_path_truncate", "vfs_truncate", "vfs_fallocate", "dentry_open", "vfs_getattr", "filp_close"}

// helperAllowed asks the rules of single helpers about where the program is attached.
func (v *verifier) helperAllowed(fn *kmodel.Helper) bool {
	switch fn.ID {
	case abi.BPF_FUNC_d_path:
		switch {
		case v.prog.Type == abi.PROG_TYPE_TRACING && v.rules.Attach == abi.ATTACH_TRACE_ITER:
			return true
		case v.prog.Type == abi.PROG_TYPE_LSM:
			return v.prog.Type == abi.PROG_TYPE_LSM && v.k.LSMHookSleepable(v.target.Name)
		}
		return slices.Contains(dPathCallers, v.target.Name)
	case abi.BPF_FUNC_ima_inode_hash, abi.BPF_FUNC_ima_file_hash:
		return v.prog.Type == abi.PROG_TYPE_LSM && v.k.LSMHookSleepable(v.target.Name)
	case abi.BPF_FUNC_sk_storage_get, abi.BPF_FUNC_sk_storage_delete:
		if !strings.HasSuffix(fn.Proto, "_tracing") {
			return true
		}
		if v.img.AttachProg != nil {
			return false
		}
		switch v.rules.Attach {
		case abi.ATTACH_TRACE_ITER, abi.ATTACH_TRACE_RAW_TP:
			return true
		case abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT:
			return !strings.HasPrefix(v.target.Name, "bpf_sk_storage")
		}
		return false
	}
	return true
}

// recordFuncMap notes which map the instruction works on and refuses changing one that programs
// may only read (record_func_map).
func (v *verifier) recordFuncMap(meta *callMeta) error {
	if !helperHas(meta.funcID, recordsMap) {
		return nil
	}
	if meta.mapIndex == 0 {
		return v.Bug("expected map for helper call")
	}
	if v.maps[meta.mapIndex-1].Flags&object.BPF_F_RDONLY_PROG != 0 && helperHas(meta.funcID, changesMap) {
		return v.Reject(abi.EACCES, "write into map forbidden")
	}
	seen := &v.aux[v.idx].mapSeen
	if seen.index == 0 {
		seen.index = int32(meta.mapIndex)
	} else if seen.index != int32(meta.mapIndex) {
		seen.index, seen.poison = int32(meta.mapIndex), true
	}
	return nil
}

// recordFuncKey notes the index of a tail call, if it is the same on all paths (record_func_key).
func (v *verifier) recordFuncKey(meta *callMeta) error {
	if meta.funcID != abi.BPF_FUNC_tail_call {
		return nil
	}
	m := v.maps[meta.mapIndex-1]
	if m.Type != abi.MAP_TYPE_PROG_ARRAY {
		v.Printf("expected prog array map for tail call") // the kernel ends no line here
		return vlog.Fail(abi.EINVAL)
	}
	r, key := &v.regs()[insn.R3], &v.aux[v.idx].mapKeyState
	if !constantReg(r) || r.Var.Value >= uint64(m.MaxEntries) {
		key.seen, key.poison = true, true
		return nil
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
	return nil
}

// releaseArg gives back what the release argument carries.
func (v *verifier) releaseArg(meta *callMeta, fn *kmodel.Helper) error {
	r := &v.regs()[meta.releaseRegno]
	var err error
	switch {
	case fn.Args[meta.releaseRegno-insn.R1].Base() == abi.ARG_PTR_TO_DYNPTR:
		err = v.unmarkDynptr(r)
	case meta.funcID == abi.BPF_FUNC_kptr_xchg && meta.refObjID != 0:
		err = v.stashReference(meta.refObjID)
	case meta.refObjID != 0:
		err = v.releaseReference(meta.refObjID)
	case !nullReg(r):
		err = vlog.Fail(abi.EINVAL)
	}
	if n := vlog.Errno(err); n != 0 {
		return v.Reject(n, "func %s#%d reference has not been acquired before", v.helperName(fn.ID), fn.ID)
	}
	return err
}

// stashReference hands a reference to a kptr field. Copies of the pointer die, but for
// percpu objects that RCU still protects.
func (v *verifier) stashReference(id uint32) error {
	if err := releaseReferenceNoMark(v.st, id); err != nil {
		return err
	}
	rcu := v.inRCU()
	v.st.EachReg(0, func(_ *state.Frame, r *state.Reg) {
		if r.RefObjID != id {
			return
		}
		if rcu && r.Type&abi.MEM_ALLOC != 0 && r.Type&abi.MEM_PERCPU != 0 {
			r.RefObjID = 0
			r.Type = r.Type&^abi.MEM_ALLOC | abi.MEM_RCU
			return
		}
		invalidateReg(r)
	})
	return nil
}

// afterTailCall goes on after a tail call, which returns only if it failed. In a subprogram the
// program called instead may also have ended, and with it the subprogram.
func (v *verifier) afterTailCall() error {
	if v.st.CurFrame == 0 {
		return nil
	}
	v.ScratchReg(insn.R0)
	if _, err := v.pushStack(v.idx+1, v.idx, abi.EFAULT); err != nil {
		return err
	}
	v.clearAllPktPointers()
	markUnknown(&v.regs()[insn.R0])
	if err := v.leaveFunction(); err != nil {
		return err
	}
	v.idx-- // the walk steps to the next instruction after a call
	v.clearAllPktPointers()
	return nil
}

// clearAllPktPointers invalidates packet pointers after the packet may have moved.
func (v *verifier) clearAllPktPointers() {
	v.st.EachReg(0, func(_ *state.Frame, r *state.Reg) {
		switch r.Type.Base() {
		case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET_END:
			invalidateReg(r)
		case abi.PTR_TO_MEM:
			if r.Type&(abi.DYNPTR_TYPE_SKB|abi.DYNPTR_TYPE_XDP|abi.DYNPTR_TYPE_SKB_META) != 0 {
				invalidateReg(r)
			}
		}
	})
}
