package machine

import "github.com/bpfverdict/bpfverdict/internal/types"

func init() {
	registerKfuncs(map[string]implementation{"bpf_rdonly_cast": castReadOnly})
}

// castReadOnly gives the object r1 as the struct of type r2 of the kernel's BTF: the same address, unless the machine
// has shown another side of the object until now.
func castReadOnly(c *CPU, a *args) (uint64, error) {
	b := c.m.mem.blockAt(uint32(a[0]))
	if b == nil || b.addr != a[0] || b.view == nil {
		return a[0], nil
	}
	name := types.Name(c.m.k.Types().ByID(uint32(a[1])))
	if v, ok := b.view.(structView[socket]); ok && name == "sock" {
		return v.s.asKernel(c.m)
	}
	return 0, unsupported("bpf_rdonly_cast of %s to struct %s", b.name, name)
}
