package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"get_current_pid_tgid":  currentPIDTGID,
		"get_current_uid_gid":   currentUIDGID,
		"get_current_comm":      currentComm,
		"get_current_task":      currentTask,
		"get_current_task_btf":  currentTask,
		"get_current_cgroup_id": rootCgroup,
		"get_cgroup_classid":    noNumber,
	})
}

func currentPIDTGID(c *CPU, _ *args) (uint64, error) {
	t := &c.m.world.Task
	return uint64(t.TGID)<<32 | uint64(t.PID), nil
}

func currentUIDGID(c *CPU, _ *args) (uint64, error) {
	t := &c.m.world.Task
	return uint64(t.GID)<<32 | uint64(t.UID), nil
}

func currentComm(c *CPU, a *args) (uint64, error) {
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	if len(to) == 0 {
		return failure(abi.EINVAL), nil
	}
	clear(to)
	copy(to[:len(to)-1], c.m.world.Task.Comm)
	return 0, nil
}

// currentTask is the struct of the task that runs the programs, made when it is first asked for.
func currentTask(c *CPU, _ *args) (uint64, error) {
	if c.m.task.block == nil {
		k, err := c.m.newStruct("task_struct")
		if err != nil {
			return 0, err
		}
		t := &c.m.world.Task
		k.set("pid", uint64(t.PID))
		k.set("tgid", uint64(t.TGID))
		copy(k.field("comm"), t.Comm)
		for _, self := range []string{"group_leader", "parent", "real_parent"} {
			k.set(self, k.addr)
		}
		c.m.task = k
	}
	return c.m.task.addr, nil
}

// rootCgroup is the number of the only cgroup there is.
func rootCgroup(*CPU, *args) (uint64, error) { return 1, nil }

func noNumber(*CPU, *args) (uint64, error) { return 0, nil }
