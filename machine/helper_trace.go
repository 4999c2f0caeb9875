package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"read_branch_records":     readBranchRecords,
		"get_branch_snapshot":     branchSnapshot,
		"get_ns_current_pid_tgid": nsCurrentPIDTGID,
		"send_signal":             sendSignal,
		"send_signal_thread":      sendSignal,
		"task_pt_regs":            taskRegisters,
		"get_func_arg":            funcArg,
		"get_func_arg_cnt":        funcArgCount,
		"get_retval":              getRetval,
		"set_retval":              setRetval,
	})
}

// readBranchRecords would give the branches that a sample has; samples of a machine have none.
func readBranchRecords(c *CPU, a *args) (uint64, error) {
	const size = 1
	if a[3]&^size != 0 {
		return failure(abi.EINVAL), nil
	}
	return failure(abi.ENOENT), nil
}

// branchSnapshot would give the last branches; a machine's processors note none.
func branchSnapshot(c *CPU, a *args) (uint64, error) {
	if _, err := c.m.mem.write(a[0], uint32(a[1])); err != nil {
		return 0, err
	}
	if a[2] != 0 {
		return failure(abi.EINVAL), nil
	}
	return failure(abi.ENOENT), nil
}

// The only namespace of processes that there is, which is the first: its number, and the device of namespaces.
const (
	nsDevice = 4
	pidNS    = 0xeffffffc
)

// nsCurrentPIDTGID gives the numbers of the task in the namespace r1, r2.
func nsCurrentPIDTGID(c *CPU, a *args) (uint64, error) {
	const size = 8 // struct bpf_pidns_info
	to, err := c.m.mem.write(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	clear(to)
	if len(to) != size || a[0] != nsDevice || a[1] != pidNS {
		return failure(abi.EINVAL), nil
	}
	t := &c.m.world.Task
	putNumber(to[:4], uint64(t.PID))
	putNumber(to[4:], uint64(t.TGID))
	return 0, nil
}

// sendSignal sends the signal r1 to the task, which takes no notice.
func sendSignal(c *CPU, a *args) (uint64, error) {
	const most = 64
	switch {
	case c.m.world.Task.TGID == 1:
		return failure(abi.EPERM), nil
	case uint32(a[0]) > most:
		return failure(abi.EINVAL), nil
	}
	return 0, nil
}

// taskRegisters are the registers that the task r1 entered the kernel with: zeros, as it is in none of its instructions.
func taskRegisters(c *CPU, a *args) (uint64, error) {
	i, tasks, err := c.m.taskAt(a[0])
	if err != nil {
		return 0, err
	}
	t := &tasks[i]
	if t.registers.block == nil {
		if t.registers, err = c.m.newStruct("pt_regs"); err != nil {
			return 0, err
		}
	}
	return t.registers.addr, nil
}

// funcArg gives argument r2 of the function that the program is attached to.
func funcArg(c *CPU, a *args) (uint64, error) {
	n, err := c.funcArgs()
	if err != nil {
		return 0, err
	}
	if uint64(uint32(a[1])) >= n {
		return failure(abi.EINVAL), nil
	}
	v, err := c.m.mem.load(a[0]+8*uint64(uint32(a[1])), 8)
	if err != nil {
		return 0, err
	}
	return 0, c.m.mem.store(a[2], 8, v)
}

func funcArgCount(c *CPU, _ *args) (uint64, error) { return c.funcArgs() }

// funcArgs is how many arguments that function has.
func (c *CPU) funcArgs() (uint64, error) {
	_, err := c.run.p.arguments()
	return uint64(c.run.p.params), err
}

// getRetval is what user space will get, and setRetval says what: 0 or an error.
func getRetval(c *CPU, _ *args) (uint64, error) { return uint64(int64(c.run.retval)), nil }

func setRetval(c *CPU, a *args) (uint64, error) {
	c.run.retval = int32(a[0])
	return 0, nil
}
