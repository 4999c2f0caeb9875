package machine

func init() {
	registerHelpers(map[string]implementation{
		"skb_cgroup_id":          func(c *CPU, a *args) (uint64, error) { return c.packetCgroup(a, ownLevel) },
		"skb_ancestor_cgroup_id": func(c *CPU, a *args) (uint64, error) { return c.packetCgroup(a, int(int32(a[1]))) },
		"sk_cgroup_id":           func(c *CPU, a *args) (uint64, error) { return c.socketCgroup(a, ownLevel) },
		"sk_ancestor_cgroup_id":  func(c *CPU, a *args) (uint64, error) { return c.socketCgroup(a, int(int32(a[1]))) },
	})
}

// ownLevel stands for the level of the cgroup itself, and for none of those above it.
const ownLevel = 1 << 20

// packetCgroup is the number of the cgroup of a packet's socket, or of the one at a level on the way to it.
func (c *CPU) packetCgroup(a *args, level int) (uint64, error) {
	if _, err := c.packetOf(a[0]); err != nil {
		return 0, err
	}
	return c.m.ancestor(c.m.world.Task.Cgroup, level) // the socket is made by who runs the program
}

func (c *CPU) socketCgroup(a *args, level int) (uint64, error) {
	s, err := c.socketAt(a[0])
	if err != nil || s == nil || !s.full() {
		return 0, err
	}
	if s.world {
		return c.m.ancestor(rootCgroup, level)
	}
	return c.m.ancestor(c.m.world.Task.Cgroup, level)
}

// ancestor is the number of the cgroup at a level on the way to a cgroup; 0 if that lies higher.
func (m *Machine) ancestor(id uint64, level int) (uint64, error) {
	all, err := m.kernelCgroups()
	if err != nil {
		return 0, err
	}
	i := m.cgroupIndex(id)
	if level == ownLevel {
		level = all[i].level
	}
	if level < 0 || level > all[i].level {
		return 0, nil
	}
	for all[i].level > level {
		i = all[i].parent
	}
	return all[i].id, nil
}
