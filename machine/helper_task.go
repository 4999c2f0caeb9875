package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"get_current_pid_tgid":           currentPIDTGID,
		"get_current_uid_gid":            currentUIDGID,
		"get_current_comm":               currentComm,
		"get_current_task":               currentTask,
		"get_current_task_btf":           currentTask,
		"get_current_cgroup_id":          currentCgroup,
		"get_current_ancestor_cgroup_id": ancestorCgroup,
		"get_cgroup_classid":             noNumber,
		"get_attach_cookie":              noNumber, // programs are run and not attached
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

// currentTask is the struct of the task that runs the programs.
func currentTask(c *CPU, _ *args) (uint64, error) {
	t, err := c.m.current()
	if err != nil {
		return 0, err
	}
	return t.k.addr, nil
}

func currentCgroup(c *CPU, _ *args) (uint64, error) { return c.m.world.Task.Cgroup, nil }

// ancestorCgroup is the number of the cgroup at level r1 on the way from the root to the task's.
func ancestorCgroup(c *CPU, a *args) (uint64, error) {
	return c.m.ancestor(c.m.world.Task.Cgroup, int32(a[0]))
}

func noNumber(*CPU, *args) (uint64, error) { return 0, nil }
