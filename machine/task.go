package machine

import "slices"

// kernelTask is a task as the kernel has it. The first is the idle task, number 0, the second that which runs the programs.
type kernelTask struct {
	Task
	k         kstruct
	registers kstruct // struct pt_regs, once a program looks
	mm        uint64  // address of what it has memory by; 0 for none
}

// leader reports the first thread of a process.
func (t *kernelTask) leader() bool { return t.PID == t.TGID }

// kernelTasks are all tasks, made when a program first looks.
func (m *Machine) kernelTasks() ([]kernelTask, error) {
	if m.tasks != nil {
		return m.tasks, nil
	}
	idle := Task{Comm: "swapper/0", Cgroup: rootCgroup}
	var all []kernelTask
	for _, t := range append([]Task{idle}, m.world.tasks()...) {
		k, err := m.newStruct("task_struct")
		if err != nil {
			return nil, err
		}
		k.ofWorld("task_struct")
		k.set("pid", uint64(t.PID))
		k.set("tgid", uint64(t.TGID))
		copy(k.field("comm"), t.Comm)
		k.setAll("cpus_mask")
		if _, at := findMember(k.t, "cpus_mask"); at > 0 {
			k.set("cpus_ptr", k.addr+uint64(at))
		}
		k.set("nr_cpus_allowed", uint64(len(m.cpus)))
		all = append(all, kernelTask{Task: t, k: k})
	}
	find := func(pid uint32, or uint64) uint64 {
		for i := range all {
			if all[i].PID == pid && all[i].leader() {
				return all[i].k.addr
			}
		}
		return or
	}
	for i := range all {
		t := &all[i]
		t.k.set("group_leader", find(t.TGID, t.k.addr))
		parent := t.k.addr
		if t.Parent != 0 {
			parent = find(t.Parent, parent)
		}
		t.k.set("parent", parent)
		t.k.set("real_parent", parent)
		if err := m.giveMemory(t); err != nil {
			return nil, err
		}
	}
	m.tasks = all
	return all, nil
}

// giveMemory gives a task that has areas of memory what the kernel has for it.
func (m *Machine) giveMemory(t *kernelTask) error {
	if len(t.VMAs) == 0 {
		return nil
	}
	mm, err := m.newStruct("mm_struct")
	if err != nil {
		return err
	}
	mm.set("map_count", uint64(len(t.VMAs)))
	if t.Exe != "" {
		f, err := m.kernelFile(t.Exe)
		if err != nil {
			return err
		}
		mm.set("exe_file", f.addr)
	}
	t.mm = mm.addr
	t.k.set("mm", mm.addr)
	t.k.set("active_mm", mm.addr)
	return nil
}

// current is the task that runs the programs.
func (m *Machine) current() (*kernelTask, error) {
	all, err := m.kernelTasks()
	if err != nil {
		return nil, err
	}
	return &all[1], nil
}

// taskAt is the task at an address.
func (m *Machine) taskAt(addr uint64) (int, []kernelTask, error) {
	b, err := m.objectAt(addr, "task_struct")
	if err != nil {
		return 0, nil, err
	}
	all, err := m.kernelTasks()
	return slices.IndexFunc(all, func(t kernelTask) bool { return t.k.block == b }), all, err
}

// kernelFile is a file of the world's, made when it is first asked for.
func (m *Machine) kernelFile(name string) (*block, error) {
	if b := m.files[name]; b != nil {
		return b, nil
	}
	k, err := m.newStruct("file")
	if err != nil {
		return nil, err
	}
	k.ofWorld("file")
	k.owner = m.world.file(name)
	if m.files == nil {
		m.files = map[string]*block{}
	}
	m.files[name] = k.block
	return k.block, nil
}

// kernelCgroup is a cgroup as the kernel has it. The first is the root.
type kernelCgroup struct {
	id            uint64
	parent, level int // the root is its own parent
	k             kstruct
}

// kernelCgroups are all cgroups, made when a program first looks.
func (m *Machine) kernelCgroups() ([]kernelCgroup, error) {
	if m.cgroups != nil {
		return m.cgroups, nil
	}
	var all []kernelCgroup
	for i, g := range append([]Cgroup{{ID: rootCgroup}}, m.world.Cgroups...) {
		k, err := m.newStruct("cgroup")
		if err != nil {
			return nil, err
		}
		k.ofWorld("cgroup")
		kg := kernelCgroup{id: g.ID, k: k}
		k.set("self.cgroup", k.addr)
		k.set("self.id", g.ID)
		if i > 0 {
			kg.parent = slices.IndexFunc(all, func(o kernelCgroup) bool { return o.id == max(g.Parent, rootCgroup) })
			kg.level = all[kg.parent].level + 1
			k.set("self.parent", all[kg.parent].k.addr)
		}
		k.set("level", uint64(kg.level))
		node, err := m.newStruct("kernfs_node")
		if err != nil {
			return nil, err
		}
		node.set("id", g.ID)
		k.set("kn", node.addr)
		if err := node.setText("name", g.Name); err != nil {
			return nil, err
		}
		all = append(all, kg)
	}
	m.cgroups = all
	return all, nil
}

// setText sets a member that points to text.
func (k kstruct) setText(member, text string) error {
	if text == "" {
		return nil
	}
	b, err := k.m.mem.alloc(uint32(len(text))+1, member+" of "+k.name, place{})
	if err == nil {
		copy(k.m.mem.buf[uint32(b.addr):], text)
		k.set(member, b.addr)
	}
	return err
}

// cgroupIndex finds a cgroup by its number; -1 if there is none.
func (m *Machine) cgroupIndex(id uint64) int {
	return slices.IndexFunc(m.cgroups, func(g kernelCgroup) bool { return g.id == id })
}

// cgroupAt is the cgroup at an address: of the struct, or of the css in it, which it begins with.
func (m *Machine) cgroupAt(addr uint64) (int, []kernelCgroup, error) {
	b, err := m.objectAt(addr, "cgroup")
	if err != nil {
		return 0, nil, err
	}
	all, err := m.kernelCgroups()
	return slices.IndexFunc(all, func(g kernelCgroup) bool { return g.k.block == b }), all, err
}

// below reports a cgroup that is another one or below it.
func below(all []kernelCgroup, g, top int) bool {
	for g != top && g != 0 {
		g = all[g].parent
	}
	return g == top
}
