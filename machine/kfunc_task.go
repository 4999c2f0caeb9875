package machine

import "slices"

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_task_from_pid":     taskFromPID,
		"bpf_task_from_vpid":    taskFromPID,
		"bpf_task_under_cgroup": taskUnderCgroup,
		"bpf_task_get_cgroup1":  func(*CPU, *args) (uint64, error) { return 0, nil }, // there is one hierarchy, of the second version
		"bpf_cgroup_from_id":    cgroupFromID,
		"bpf_cgroup_ancestor":   cgroupAncestor,
		"bpf_get_task_exe_file": taskExeFile,
	})
}

// taskFromPID gives the program the task that has the number r1.
func taskFromPID(c *CPU, a *args) (uint64, error) {
	all, err := c.m.kernelTasks()
	if err != nil {
		return 0, err
	}
	for i := range all {
		if pid := uint32(a[0]); pid != 0 && all[i].PID == pid {
			return c.acquire(all[i].k.block), nil
		}
	}
	return 0, nil
}

func taskUnderCgroup(c *CPU, a *args) (uint64, error) {
	i, tasks, err := c.m.taskAt(a[0])
	if err != nil {
		return 0, err
	}
	top, groups, err := c.m.cgroupAt(a[1])
	if err != nil {
		return 0, err
	}
	return truth(below(groups, c.m.cgroupIndex(tasks[i].Cgroup), top)), nil
}

// cgroupFromID gives the program the cgroup that has the number r1.
func cgroupFromID(c *CPU, a *args) (uint64, error) {
	all, err := c.m.kernelCgroups()
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(all, func(g kernelCgroup) bool { return g.id == a[0] })
	if i < 0 {
		return 0, nil
	}
	return c.acquire(all[i].k.block), nil
}

// cgroupAncestor gives the program the cgroup at level r2 on the way from the root to the cgroup r1.
func cgroupAncestor(c *CPU, a *args) (uint64, error) {
	i, all, err := c.m.cgroupAt(a[0])
	level := int32(a[1])
	if err != nil || level < 0 || int(level) > all[i].level {
		return 0, err
	}
	for all[i].level > int(level) {
		i = all[i].parent
	}
	return c.acquire(all[i].k.block), nil
}

// taskExeFile gives the program the file that the task r1 runs.
func taskExeFile(c *CPU, a *args) (uint64, error) {
	i, tasks, err := c.m.taskAt(a[0])
	if err != nil || tasks[i].Exe == "" || tasks[i].mm == 0 {
		return 0, err
	}
	f, err := c.m.kernelFile(tasks[i].Exe)
	if err != nil {
		return 0, err
	}
	return c.acquire(f), nil
}
