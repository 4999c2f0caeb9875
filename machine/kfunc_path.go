package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_path_d_path": func(c *CPU, a *args) (uint64, error) { return c.path(a, narrow) },
	})
	registerHelpers(map[string]implementation{
		"d_path": func(c *CPU, a *args) (uint64, error) { return c.path(a, failure) },
	})
}

// path writes the name of the file whose struct path is at r1 to r2, of r3 bytes. It returns its length with the zero.
func (c *CPU) path(a *args, failed func(abi.Errno) uint64) (uint64, error) {
	to, err := c.m.mem.write(a[1], uint32(a[2]))
	if err != nil {
		return 0, err
	}
	b := c.m.mem.blockAt(uint32(a[0]))
	var f *File
	if b != nil && !b.dead && b.isAt(a[0]-uint64(uint32(a[0])-uint32(b.addr))) {
		f, _ = b.owner.(*File)
	}
	switch {
	case f == nil:
		return 0, unsupported("the path of what is no file of the world")
	case len(to) <= len(f.Name):
		return failed(abi.ENAMETOOLONG), nil
	}
	copy(to, f.Name)
	to[len(f.Name)] = 0
	return uint64(len(f.Name)) + 1, nil
}
