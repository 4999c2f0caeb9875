package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// dynptrArgReg finds the dynptr among a helper's arguments.
func (c *call) dynptrArgReg() (*state.Reg, error) {
	v := c.v
	var found *state.Reg
	for i, at := range c.fn.Args {
		if at.Base() != abi.ARG_PTR_TO_DYNPTR {
			continue
		}
		if found != nil {
			return nil, v.InternalError("multiple dynptr args")
		}
		found = &v.regs()[insn.R1+i]
	}
	if found == nil {
		return nil, v.InternalError("no dynptr arg found")
	}
	return found, nil
}

// checkDynptrMem verifies that bpf_dynptr_from_mem gets memory that outlives the dynptr.
func (c *call) checkDynptrMem() error {
	if t := c.v.regs()[insn.R1].Type; t != abi.PTR_TO_MAP_VALUE {
		return c.v.Reject(abi.EACCES, "Unsupported reg type %s for bpf_dynptr_from_mem data", t)
	}
	return nil
}

// writeDynptr notes whether bpf_dynptr_write may move the packet.
func (c *call) writeDynptr() error {
	if !c.v.k.Has(kmodel.DynptrsTracked) {
		return nil // no dynptr is of a packet
	}
	r, err := c.dynptrArgReg()
	if err != nil {
		return err
	}
	switch dynptrTypeFlag(c.v.dynptrType(r)) {
	case 0:
		return vlog.Fail(abi.EFAULT)
	case abi.DYNPTR_TYPE_SKB, abi.DYNPTR_TYPE_SKB_META:
		c.movesPacket = true
	}
	return nil
}

// sliceDynptr ties the memory bpf_dynptr_data returns to its dynptr.
func (c *call) sliceDynptr() error {
	v := c.v
	r, err := c.dynptrArgReg()
	if err != nil {
		return err
	}
	if c.refObjID != 0 {
		return v.Bug("meta.ref_obj_id already set")
	}
	if !v.k.Has(kmodel.DynptrsTracked) {
		if r.Type != abi.CONST_PTR_TO_DYNPTR {
			c.refObjID = v.olderReference(r)
		}
		return nil
	}
	id, err := v.dynptrID(r)
	if err != nil {
		return v.Bug("failed to obtain dynptr id")
	}
	ref, err := v.dynptrRefObjID(r)
	if err != nil {
		return v.Bug("failed to obtain dynptr ref_obj_id")
	}
	c.dynptrID, c.refObjID = id, ref
	return nil
}

// dynptrSlice makes r0 a slice of a dynptr for reading.
func (c *call) dynptrSlice(r0 *state.Reg) error {
	if err := c.startSlice(r0); err != nil {
		return err
	}
	r0.Type |= abi.MEM_RDONLY
	return c.tieSlice(r0)
}

// dynptrSliceRdwr makes r0 a slice of a dynptr that may be written.
func (c *call) dynptrSliceRdwr(r0 *state.Reg) error {
	if err := c.startSlice(r0); err != nil {
		return err
	}
	if !c.v.mayAccessPacket(nil, writeAccess) {
		return c.v.Reject(abi.EINVAL, "the prog does not allow writes to packet data")
	}
	return c.tieSlice(r0)
}

func (c *call) startSlice(r0 *state.Reg) error {
	r0.MarkPtr(abi.PTR_TO_MEM | dynptrTypeFlag(c.dynptrType))
	if !c.constFound {
		return c.v.Bug("bpf_dynptr_slice(_rdwr) no constant size")
	}
	r0.MemSize = uint32(c.constVal)
	return nil
}

// tieSlice makes a slice live as long as its dynptr.
func (c *call) tieSlice(r0 *state.Reg) error {
	if c.dynptrID == 0 {
		return c.v.Bug("no dynptr id")
	}
	r0.DynptrID = c.dynptrID
	return nil
}
