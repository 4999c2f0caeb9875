package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkHelperCall verifies a call of a helper at v.idx.
func (v *verifier) checkHelperCall(in *insn.Insn) error {
	id := in.Imm
	if !v.k.KnownHelper(id) {
		return v.Reject(abi.EINVAL, "invalid func %s#%d", v.HelperName(id), id)
	}
	fn := v.helperProto(id)
	if fn == nil {
		if !v.k.Has(kmodel.HelperRefusalsNamed) {
			return v.Reject(abi.EINVAL, "unknown func %s#%d", v.HelperName(id), id)
		}
		return v.Reject(abi.EINVAL, "program of this type cannot use helper %s#%d", v.HelperName(id), id)
	}
	c := &v.call
	*c = call{v: v, in: in, fn: fn, rule: helperRule(id)}
	c.movesPacket = c.does(movesPacket)
	if err := c.checkCallable(); err != nil {
		return err
	}
	v.aux[v.idx].nonSleepable = v.aux[v.idx].nonSleepable || !v.maySleepHere()
	if err := c.checkHelperArgs(); err != nil {
		return err
	}
	v.scratchCallerSaved(v.st, v.st.CurFrame)
	if err := c.setHelperResult(); err != nil {
		return err
	}
	if err := c.checkMapKind(); err != nil {
		return err
	}
	if err := c.run(c.rule.after); err != nil {
		return err
	}
	if c.movesPacket {
		v.forgetPackets()
	}
	if c.entered != nil {
		c.enterCallback()
	}
	return nil
}

// checkHelperArgs verifies the arguments and does what is to be done before the helper runs.
func (c *call) checkHelperArgs() error {
	for i := range c.fn.Args {
		if err := c.checkHelperArg(i); err != nil {
			return err
		}
	}
	if err := c.recordMap(); err != nil {
		return err
	}
	if err := c.v.fillStack(c.rawRegno, c.rawSize); err != nil {
		return err
	}
	if c.newDynptr != 0 {
		if err := c.makeOlderDynptr(); err != nil {
			return err
		}
	}
	if c.releaseRegno != 0 {
		if err := c.releaseArg(); err != nil {
			return err
		}
	}
	if c.rule.callback != nil {
		if err := c.pushCallback(c.rule.callback); err != nil {
			return err
		}
	}
	return c.run(c.rule.before)
}

// helperProto is the prototype that serves the program, nil where it may not call the helper.
func (v *verifier) helperProto(id int32) *kmodel.Helper {
	if v.helpers == nil {
		v.helpers = v.k.HelpersOf(v.rules)
	}
	return v.k.Helper(v.helpers, v.rules, id)
}

// checkCallable verifies that the helper may be called by the program and here.
func (c *call) checkCallable() error {
	v := c.v
	if c.fn.GPLOnly && !v.prog.GPL {
		return v.Reject(abi.EINVAL, "cannot call GPL-restricted function from non-GPL compatible program")
	}
	if !v.k.HelperFits(c.fn, v.rules) {
		return v.Reject(abi.EINVAL, "helper call is not allowed in probe")
	}
	if !c.fn.MightSleep {
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
	return v.Reject(abi.EINVAL, "sleepable helper %s#%d in %s", c.name(), c.fn.ID, why)
}

// recordMap notes which map the instruction works on and refuses changing one that programs
// may only read (record_func_map).
func (c *call) recordMap() error {
	if !c.does(recordsMap) {
		return nil
	}
	if c.mapIndex == 0 {
		return c.v.Bug("expected map for helper call")
	}
	if c.passedMap().Flags&abi.BPF_F_RDONLY_PROG != 0 && c.does(changesMap) {
		return c.v.Reject(abi.EACCES, "write into map forbidden")
	}
	seen := &c.v.aux[c.v.idx].mapSeen
	if seen.index == 0 {
		seen.index = int32(c.mapIndex)
	} else if seen.index != int32(c.mapIndex) {
		seen.index, seen.poison = int32(c.mapIndex), true
	}
	return nil
}

// checkMapKind verifies that the helper works on that type of map (check_map_func_compatibility).
func (c *call) checkMapKind() error {
	if c.mapIndex == 0 {
		return nil
	}
	v, id, m := c.v, c.fn.ID, c.passedMap()
	if !v.k.MapHelperCompatible(m.Type, id, v.rules) {
		sockets := m.Type == abi.MAP_TYPE_SOCKMAP || m.Type == abi.MAP_TYPE_SOCKHASH
		changes := id == abi.BPF_FUNC_map_update_elem || id == abi.BPF_FUNC_map_delete_elem
		if sockets && changes {
			v.Verbose("cannot update sockmap in this context")
		}
		return v.Reject(abi.EINVAL, "cannot pass map_type %d into func %s#%d", m.Type, c.name(), id)
	}
	return nil
}

// releaseArg gives back what the release argument carries.
func (c *call) releaseArg() error {
	r := &c.v.regs()[c.releaseRegno]
	var err error
	switch {
	case c.fn.Args[c.releaseRegno-insn.R1].Base() == abi.ARG_PTR_TO_DYNPTR:
		err = c.v.unmarkDynptr(r)
	case c.kptr != nil && c.refObjID != 0:
		err = c.v.stashReference(c.refObjID)
	case c.refObjID != 0:
		err = c.v.releaseReference(c.refObjID)
	case !nullReg(r):
		err = vlog.Fail(abi.EINVAL)
	}
	if vlog.IsRefusal(err) {
		return c.v.Reject(vlog.Errno(err), "func %s#%d reference has not been acquired before", c.name(), c.fn.ID)
	}
	return err
}
