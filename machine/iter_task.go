package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerIterator("task", newTaskIterator)
	registerIterator("css", newCSSIterator)
	registerIterator("css_task", newCSSTaskIterator)
	registerIterator("kmem_cache", newCacheIterator)
	registerIterator("dmabuf", newBufferIterator)
}

// through makes an iterator that gives addresses one after the other.
func through(kind string, addrs []uint64) iterator {
	return iterator{kind: kind, next: func(*CPU) (uint64, error) {
		if len(addrs) == 0 {
			return 0, nil
		}
		first := addrs[0]
		addrs = addrs[1:]
		return first, nil
	}}
}

// newTaskIterator gives all processes, all threads, or those of the process of r2 from it on, as r3 says.
func newTaskIterator(c *CPU, a *args) (uint64, error) {
	const allProcs, allThreads, procThreads = 0, 1, 2
	all, err := c.m.kernelTasks()
	if err != nil {
		return 0, err
	}
	var addrs []uint64
	add := func(tgid uint32, from int) {
		for _, t := range all[from:] {
			if t.TGID == tgid {
				addrs = append(addrs, t.k.addr)
			}
		}
	}
	flags := uint32(a[2])
	switch {
	case flags == procThreads && a[1] != 0:
		i, _, err := c.m.taskAt(a[1])
		if err != nil {
			return 0, err
		}
		add(all[i].TGID, i)
	case flags == allThreads:
		for _, t := range all {
			if t.leader() {
				add(t.TGID, 0)
			}
		}
	case flags == allProcs:
		for _, t := range all {
			if t.leader() {
				addrs = append(addrs, t.k.addr)
			}
		}
	default:
		return c.newIterator(a[0], iterator{kind: "task"}, narrow(abi.EINVAL))
	}
	return c.newIterator(a[0], through("task", addrs), 0)
}

// newCSSIterator gives cgroups around r2, as r3 says. When it has given all it begins again, as the kernel's does.
func newCSSIterator(c *CPU, a *args) (uint64, error) {
	const pre, post, up = 2, 3, 4
	start, all, err := c.m.cgroupAt(a[1])
	if err != nil {
		return 0, err
	}
	var addrs []uint64
	var walk func(g int)
	flags := uint32(a[2])
	walk = func(g int) {
		if flags == pre {
			addrs = append(addrs, all[g].k.addr)
		}
		for child := range all {
			if child != 0 && all[child].parent == g {
				walk(child)
			}
		}
		if flags == post {
			addrs = append(addrs, all[g].k.addr)
		}
	}
	switch flags {
	case pre, post:
		walk(start)
	case up:
		for g := start; ; g = all[g].parent {
			addrs = append(addrs, all[g].k.addr)
			if g == 0 {
				break
			}
		}
	default:
		return c.newIterator(a[0], iterator{kind: "css"}, narrow(abi.EINVAL))
	}
	at := 0
	return c.newIterator(a[0], iterator{kind: "css", next: func(*CPU) (uint64, error) {
		if at == len(addrs) {
			at = 0
			return 0, nil
		}
		at++
		return addrs[at-1], nil
	}}, 0)
}

// newCSSTaskIterator gives the tasks in the cgroup r2, all threads or only the first of each process.
func newCSSTaskIterator(c *CPU, a *args) (uint64, error) {
	const procs, threaded = 1, 2
	i, groups, err := c.m.cgroupAt(a[1])
	if err != nil {
		return 0, err
	}
	flags := uint32(a[2])
	if flags != 0 && flags != procs && flags != procs|threaded {
		return c.newIterator(a[0], iterator{kind: "css_task"}, narrow(abi.EINVAL))
	}
	tasks, err := c.m.kernelTasks()
	if err != nil {
		return 0, err
	}
	var addrs []uint64
	for _, t := range tasks[1:] {
		if t.Cgroup == groups[i].id && (flags&procs == 0 || t.leader()) {
			addrs = append(addrs, t.k.addr)
		}
	}
	return c.newIterator(a[0], through("css_task", addrs), 0)
}

// newCacheIterator gives the world's caches.
func newCacheIterator(c *CPU, a *args) (uint64, error) {
	var addrs []uint64
	for _, cache := range c.m.world.Caches {
		k, err := c.m.newStruct("kmem_cache")
		if err != nil {
			return 0, err
		}
		k.set("object_size", uint64(cache.Size))
		k.set("size", uint64(roundUp(cache.Size)))
		if err := k.setText("name", cache.Name); err != nil {
			return 0, err
		}
		c.run.own(k.block)
		addrs = append(addrs, k.addr)
	}
	return c.newIterator(a[0], through("kmem_cache", addrs), 0)
}

// newBufferIterator gives the world's buffers. The iterator holds the one that it gave last.
func newBufferIterator(c *CPU, a *args) (uint64, error) {
	var all []*block
	for _, buffer := range c.m.world.Buffers {
		k, err := c.m.newStruct("dma_buf")
		if err != nil {
			return 0, err
		}
		k.set("size", buffer.Size)
		if err := k.setText("name", buffer.Name); err != nil {
			return 0, err
		}
		if err := k.setText("exp_name", buffer.Exporter); err != nil {
			return 0, err
		}
		all = append(all, k.block)
	}
	var held *block
	put := func(c *CPU) {
		if held != nil {
			c.m.mem.release(held, c.here())
			held = nil
		}
	}
	destroy := func(c *CPU) error {
		put(c)
		return nil
	}
	return c.newIterator(a[0], iterator{kind: "dmabuf", destroy: destroy, next: func(c *CPU) (uint64, error) {
		put(c)
		if len(all) == 0 {
			return 0, nil
		}
		held, all = all[0], all[1:]
		return held.addr, nil
	}}, 0)
}
