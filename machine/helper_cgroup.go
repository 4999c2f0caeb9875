package machine

func init() {
	own := func(of func(*CPU, uint64) (uint64, error)) implementation {
		return func(c *CPU, a *args) (uint64, error) { return of(c, a[0]) }
	}
	ancestor := func(of func(*CPU, uint64) (uint64, error)) implementation {
		return func(c *CPU, a *args) (uint64, error) {
			id, err := of(c, a[0])
			if err != nil || id == 0 {
				return 0, err
			}
			return c.m.ancestor(id, int32(a[1]))
		}
	}
	registerHelpers(map[string]implementation{
		"skb_cgroup_id":          own((*CPU).packetCgroup),
		"skb_ancestor_cgroup_id": ancestor((*CPU).packetCgroup),
		"sk_cgroup_id":           own((*CPU).socketCgroup),
		"sk_ancestor_cgroup_id":  ancestor((*CPU).socketCgroup),
	})
}

// packetCgroup is the number of the cgroup of a packet's socket, which is made by who runs the program.
func (c *CPU) packetCgroup(addr uint64) (uint64, error) {
	_, err := c.packetOf(addr)
	return c.m.world.Task.Cgroup, err
}

// socketCgroup is the number of a socket's cgroup; 0 for none.
func (c *CPU) socketCgroup(addr uint64) (uint64, error) {
	s, err := c.socketAt(addr)
	switch {
	case err != nil || s == nil || !s.full():
		return 0, err
	case s.world:
		return rootCgroup, nil
	}
	return c.m.world.Task.Cgroup, nil
}

// ancestor is the number of the cgroup at a level on the way to a cgroup; 0 if that lies higher.
func (m *Machine) ancestor(id uint64, level int32) (uint64, error) {
	all, err := m.kernelCgroups()
	if err != nil {
		return 0, err
	}
	i := m.cgroupIndex(id)
	if level < 0 || int(level) > all[i].level {
		return 0, nil
	}
	for all[i].level > int(level) {
		i = all[i].parent
	}
	return all[i].id, nil
}
