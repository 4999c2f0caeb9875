package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func init() {
	registerIterator("task_vma", newVMAIterator)
	registerKfuncs(map[string]implementation{"bpf_iter_task_vma_release": releaseVMA})
}

// vmaIterator goes through the areas of a process's memory. Each time it gives the same struct, with what the area is.
type vmaIterator struct {
	left []VMA
	k    kstruct
	mm   uint64
	held bool // the area is the program's, as proposed: until the next one, or until it gives it back
}

// newVMAIterator gives the areas of the task r2 from the one with the address r3, or the next above it, on.
func newVMAIterator(c *CPU, a *args) (uint64, error) {
	i, tasks, err := c.m.taskAt(a[1])
	if err != nil {
		return 0, err
	}
	it := iterator{kind: "task_vma"}
	t := &tasks[i]
	switch {
	case len(c.irqs) > 0:
		return c.newIterator(a[0], it, narrow(abi.EBUSY))
	case t.mm == 0:
		return c.newIterator(a[0], it, narrow(abi.ENOENT))
	}
	v := &vmaIterator{left: t.VMAs, mm: t.mm}
	for len(v.left) > 0 && v.left[0].End <= a[2] {
		v.left = v.left[1:]
	}
	if v.k, err = c.m.newStruct("vm_area_struct"); err != nil {
		return 0, err
	}
	it.state, it.next, it.destroy = v, v.next, func(c *CPU) error {
		v.giveBack(c)
		c.m.mem.release(v.k.block, c.here())
		return nil
	}
	return c.newIterator(a[0], it, 0)
}

func (v *vmaIterator) next(c *CPU) (uint64, error) {
	v.giveBack(c)
	if len(v.left) == 0 {
		return 0, nil
	}
	area := v.left[0]
	v.left = v.left[1:]
	flags, _ := area.flags()
	v.k.set("vm_start", area.Start)
	v.k.set("vm_end", area.End)
	v.k.set("vm_flags", flags)
	v.k.set("vm_pgoff", area.Page)
	v.k.set("vm_mm", v.mm)
	v.k.set("vm_file", 0)
	if area.File != "" {
		f, err := c.m.kernelFile(area.File)
		if err != nil {
			return 0, err
		}
		v.k.set("vm_file", f.addr)
	}
	if c.m.k.Has(kmodel.IterAcquire) {
		v.held = true
		c.areas++
	}
	return v.k.addr, nil
}

// giveBack ends the program's right to the area that it was given last, if it has one. Its address is stale then.
func (v *vmaIterator) giveBack(c *CPU) {
	if v.held {
		v.held = false
		c.areas--
		c.m.mem.renew(v.k.block, v.k.birth)
	}
}

// releaseVMA gives back the area that the iterator r1 gave last.
func releaseVMA(c *CPU, a *args) (uint64, error) {
	it, err := c.iteratorAt(a[0], "task_vma")
	if err != nil {
		return 0, err
	}
	v, ok := it.state.(*vmaIterator)
	if !ok || !v.held {
		return 0, &Fault{Kind: NotOwned, Addr: a[0], Reason: "the iterator has given no area, or the program has given it back"}
	}
	v.giveBack(c)
	return c.r[0], nil
}
