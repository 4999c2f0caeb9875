package machine

import "fmt"

// Kernel objects that programs can own: laid out by the kernel's BTF, and counted like local ones. What belongs to the world,
// as its tasks do, the world owns once more, so no program can free it.

// counted are the kernel functions by which programs come to own a kernel object once more, and give it up.
var counted = []struct{ typ, acquire, release string }{
	{"task_struct", "bpf_task_acquire", "bpf_task_release"},
	{"cgroup", "bpf_cgroup_acquire", "bpf_cgroup_release"},
	{"bpf_cpumask", "bpf_cpumask_acquire", "bpf_cpumask_release"},
	{"bpf_crypto_ctx", "bpf_crypto_ctx_acquire", "bpf_crypto_ctx_release"},
	{"file", "", "bpf_put_file"},
	{"nf_conn", "", "bpf_ct_release"},
	{"prog_test_ref_kfunc", "", "bpf_kfunc_call_test_release"},
	{"prog_test_member", "", "bpf_kfunc_call_memb_release"},
}

func init() {
	for _, k := range counted {
		family := map[string]implementation{k.release: releaseObject(k.typ)}
		if k.acquire != "" {
			family[k.acquire] = acquireObject(k.typ)
		}
		registerKfuncs(family)
	}
}

// newObject makes a kernel object that the run at hand owns.
func (c *CPU) newObject(typ string) (kstruct, error) {
	k, err := c.m.newStruct(typ)
	if err != nil {
		return k, err
	}
	k.birth = c.here()
	k.own = &ownership{kernel: true, name: typ}
	c.m.owned[k.block] = true
	c.take(k.block)
	return k, nil
}

// ofWorld makes a block a kernel object that the world owns: it stays.
func (b *block) ofWorld(typ string) {
	b.own = &ownership{kernel: true, name: typ, refs: 1, published: true, state: "the world's"}
}

// objectAt is the kernel object of a type at an address.
func (m *Machine) objectAt(addr uint64, typ string) (*block, error) {
	b, err := m.ownedAt(addr)
	switch {
	case err != nil:
		return nil, err
	case !b.own.kernel || b.own.name != typ:
		return nil, &Fault{Kind: WrongObject, Addr: addr, Object: b.info(), Reason: fmt.Sprintf("not a struct %s", typ)}
	}
	return b, nil
}

func acquireObject(typ string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		b, err := c.m.objectAt(a[0], typ)
		if err != nil || b.own.refs == 0 {
			return 0, err
		}
		return c.acquire(b), nil
	}
}

// acquire makes the run at hand own an object once more, by an address of its own.
func (c *CPU) acquire(b *block) uint64 {
	c.take(b)
	return b.at(c.fresh(b), 0)
}

func releaseObject(typ string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		b, err := c.m.objectAt(a[0], typ)
		if err != nil {
			return 0, err
		}
		return c.r[0], c.putBack(b, a[0])
	}
}
