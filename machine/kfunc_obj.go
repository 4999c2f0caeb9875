package machine

import (
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_obj_new_impl":          objNew,
		"bpf_obj_new":               objNew,
		"bpf_obj_drop_impl":         objDrop,
		"bpf_obj_drop":              objDrop,
		"bpf_percpu_obj_new_impl":   percpuObjNew,
		"bpf_percpu_obj_new":        percpuObjNew,
		"bpf_percpu_obj_drop_impl":  objDrop,
		"bpf_percpu_obj_drop":       objDrop,
		"bpf_refcount_acquire_impl": refcountAcquire,
		"bpf_refcount_acquire":      refcountAcquire,
	})
	registerHelpers(map[string]implementation{
		"this_cpu_ptr": thisCPUPtr,
		"per_cpu_ptr":  perCPUPtr,
	})
}

// localType is the struct of the program's own whose number r1 is.
func (c *CPU) localType(id uint64) (*btf.Struct, error) {
	if set := c.prog.img.BTF; set != nil {
		if s, ok := types.Resolve(set.ByID(uint32(id))).(*btf.Struct); ok {
			return s, nil
		}
	}
	return nil, &Fault{Kind: WrongObject, Addr: id, Reason: "not the number of a struct of the program"}
}

// objNew makes an object of the struct that r1 names.
func objNew(c *CPU, a *args) (uint64, error) {
	b, err := c.newLocal(a[0], "bpf_obj_new")
	if err != nil {
		return 0, err
	}
	return b.addr, nil
}

func (c *CPU) newLocal(id uint64, how string) (*block, error) {
	t, err := c.localType(id)
	if err != nil {
		return nil, err
	}
	img := c.prog.img
	b, err := c.newOwned(t.Size, how+"(struct "+t.Name+")", img.StructMetas[uint32(id)])
	if err != nil {
		return nil, err
	}
	b.fields.types, b.own.typ, b.own.name = img.BTF, uint32(id), t.Name
	return b, nil
}

// objDrop gives up a local object that the program owns.
func objDrop(c *CPU, a *args) (uint64, error) {
	b, err := c.m.ownedAt(a[0])
	switch {
	case err != nil:
		return 0, err
	case b.own.kernel:
		return 0, &Fault{Kind: WrongObject, Addr: a[0], Object: b.info(), Reason: "not an object that bpf_obj_new has made"}
	}
	return c.r[0], c.putBack(b, a[0])
}

// putBack ends the program's ownership of an object that it has by an address.
func (c *CPU) putBack(b *block, addr uint64) error {
	if err := c.give(b, addr, "given up"); err != nil {
		return err
	}
	c.m.drop(b, c.here())
	if !b.dead && slices.Contains(b.own.others, upper(addr)) {
		c.m.spoil(b, upper(addr))
	}
	return nil
}

// refcountAcquire makes the program own an object once more.
func refcountAcquire(c *CPU, a *args) (uint64, error) {
	b, err := c.m.ownedAt(a[0])
	if err != nil {
		return 0, err
	}
	switch {
	case !b.fields.HasAny(object.BPF_REFCOUNT):
		return 0, &Fault{Kind: WrongObject, Addr: a[0], Object: b.info(), Reason: "it has no bpf_refcount"}
	case b.own.refs == 0:
		return 0, nil
	}
	return c.acquire(b), nil
}

// noAccess is memory that has an address and no content: a per-CPU object, of which each CPU has its own.
type noAccess struct{}

func (noAccess) load(uint32, uint32) (uint64, bool) { return 0, false }
func (noAccess) store(uint32, uint32, uint64) bool  { return false }

// percpuObjNew makes an object of the struct that r1 names for each CPU.
func percpuObjNew(c *CPU, a *args) (uint64, error) {
	b, err := c.newLocal(a[0], "bpf_percpu_obj_new")
	if err != nil {
		return 0, err
	}
	for range c.m.cpus {
		p, err := c.m.mem.alloc(b.size, b.name, c.here())
		if err != nil {
			return 0, err
		}
		b.own.percpu = append(b.own.percpu, p)
	}
	c.m.mem.hide(b, noAccess{})
	return b.addr, nil
}

func thisCPUPtr(c *CPU, a *args) (uint64, error) { return c.copyOf(a[0], c.id) }

// perCPUPtr is the copy that the CPU in r2 has; NULL if there is no such CPU.
func perCPUPtr(c *CPU, a *args) (uint64, error) {
	n := int(uint32(a[1]))
	if n >= len(c.m.cpus) {
		return 0, nil
	}
	return c.copyOf(a[0], n)
}

func (c *CPU) copyOf(addr uint64, cpu int) (uint64, error) {
	b := c.m.mem.blockAt(uint32(addr))
	switch {
	case b != nil && b.own != nil && b.own.percpu != nil && b.isAt(addr):
		return b.own.percpu[cpu].addr, nil
	case b != nil && cpu == 0 && len(c.m.cpus) == 1:
		return addr, nil // a variable of the kernel
	}
	return 0, unsupported("per-CPU variables of several CPUs")
}
