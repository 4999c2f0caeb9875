package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_probe_read_user_dynptr":         intoDynptr(readUser),
		"bpf_probe_read_kernel_dynptr":       intoDynptr(readKernel),
		"bpf_probe_read_user_str_dynptr":     intoDynptr(readUserStr),
		"bpf_probe_read_kernel_str_dynptr":   intoDynptr(readKernelStr),
		"bpf_copy_from_user_dynptr":          intoDynptr(readUser),
		"bpf_copy_from_user_str_dynptr":      intoDynptr(readUserStr),
		"bpf_copy_from_user_task_dynptr":     intoDynptr(readTask),
		"bpf_copy_from_user_task_str_dynptr": intoDynptr(readTaskStr),
	})
}

// intoDynptr makes a kernel function that writes what is read at r4 to the dynptr r1: r3 bytes, or at most so many, at
// its offset r2.
func intoDynptr(read func(c *CPU, a *args, to []byte) (int, abi.Errno, error)) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		off, n := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[2])
		d, err := c.dynptrAt(a[0])
		switch {
		case err != nil:
			return 0, err
		case !d.shows(off, n):
			return narrow(abi.E2BIG), nil
		case n == 0 && d.refuses(true, off, n) != 0:
			return 0, nil
		}
		to := make([]byte, n)
		length, e, err := read(c, a, to)
		switch {
		case err != nil || e != 0:
			return narrow(e), err
		case d.refuses(true, off, n) != 0:
			return narrow(abi.EINVAL), nil
		case length > 0:
			to = to[:length]
		}
		if e, err := d.data.store(c, d.off+off, to, 0); err != nil || e != 0 {
			return narrow(e), err
		}
		return uint64(length), nil
	}
}

func readUser(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	return 0, c.m.world.Task.readMemory(a[3], to), nil
}

func readUserStr(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	if len(to) == 0 {
		return 0, 0, nil
	}
	n, e := c.m.world.Task.readString(a[3], to)
	return n, e, nil
}

func readTask(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	i, tasks, err := c.m.taskAt(a[4])
	if err != nil {
		return 0, 0, err
	}
	return 0, tasks[i].readMemory(a[3], to), nil
}

func readTaskStr(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	if len(to) == 0 {
		return 0, 0, nil
	}
	i, tasks, err := c.m.taskAt(a[4])
	if err != nil {
		return 0, 0, err
	}
	n, e := tasks[i].readString(a[3], to)
	return n, e, nil
}

func readKernel(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	e, err := c.m.mem.copyFrom(a[3], to)
	return 0, e, err
}

func readKernelStr(c *CPU, a *args, to []byte) (int, abi.Errno, error) {
	if len(to) == 0 {
		return 0, 0, nil
	}
	n, e := c.m.mem.readString(a[3], to)
	return n, e, nil
}
