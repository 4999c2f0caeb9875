package machine

import (
	"bytes"
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"probe_read":            probeRead,
		"probe_read_kernel":     probeRead,
		"probe_read_user":       probeReadUser,
		"probe_read_str":        probeReadStr,
		"probe_read_kernel_str": probeReadStr,
		"probe_read_user_str":   probeReadUserStr,
		"copy_from_user":        probeReadUser,
		"copy_from_user_task":   copyFromUserTask,
		"probe_write_user":      probeWriteUser,
	})
	registerKfuncs(map[string]implementation{
		"bpf_copy_from_user_str":      func(c *CPU, a *args) (uint64, error) { return copyUserStr(c, &c.m.world.Task, a, a[3]) },
		"bpf_copy_from_user_task_str": copyFromUserTaskStr,
	})
}

// copyFromUserTask reads memory of the task r4.
func copyFromUserTask(c *CPU, a *args) (uint64, error) {
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	if a[4] != 0 {
		return failure(abi.EINVAL), nil
	}
	i, tasks, err := c.m.taskAt(a[3])
	if err != nil {
		return 0, err
	}
	return failure(tasks[i].readMemory(a[2], to)), nil
}

// readMemory reads memory of a task. Where it can't read all it gives zeros and an error.
func (t *Task) readMemory(addr uint64, to []byte) abi.Errno {
	if t.userMemory(addr, to) < len(to) {
		clear(to)
		return abi.EFAULT
	}
	return 0
}

// probeWriteUser would write memory of the task, of which the world says only how it begins.
func probeWriteUser(c *CPU, a *args) (uint64, error) {
	from, err := c.m.mem.read(a[1], uint32(a[2]))
	if err != nil {
		return 0, err
	}
	if e := c.m.world.Task.readMemory(a[0], make([]byte, len(from))); e != 0 {
		return failure(e), nil
	}
	return 0, unsupported("bpf_probe_write_user to memory that the task has")
}

func copyFromUserTaskStr(c *CPU, a *args) (uint64, error) {
	i, tasks, err := c.m.taskAt(a[3])
	if err != nil {
		return 0, err
	}
	return copyUserStr(c, &tasks[i].Task, a, a[4])
}

// copyUserStr copies a string of at most r2 bytes, with the zero that it gets if it is longer, from memory of a task.
// It returns its length with the zero.
func copyUserStr(c *CPU, t *Task, a *args, flags uint64) (uint64, error) {
	const padZeros = 1
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	switch {
	case err != nil:
		return 0, err
	case flags&^padZeros != 0:
		return narrow(abi.EINVAL), nil
	case len(to) == 0:
		return 0, nil
	}
	there := make([]byte, len(to)-1)
	n := t.userMemory(a[2], there)
	s := cstring(there[:n])
	if len(s) == n && n < len(there) {
		clear(to)
		return narrow(abi.EFAULT), nil
	}
	copy(to, s)
	to[len(s)] = 0
	if flags&padZeros != 0 {
		clear(to[len(s):])
	}
	return uint64(len(s)) + 1, nil
}

// probeRead copies r2 bytes from any address, r3, to r1. Where nothing can be read it gives zeros and an error.
func probeRead(c *CPU, a *args) (uint64, error) {
	n := uint32(a[1])
	to, err := c.m.mem.write(a[0], n)
	if err != nil {
		return 0, err
	}
	e, err := c.m.mem.copyFrom(a[2], to)
	return failure(e), err
}

// copyFrom copies what lies at an address. Where nothing can be read it gives zeros and an error.
func (m *memory) copyFrom(addr uint64, to []byte) (abi.Errno, error) {
	from, err := m.read(addr, uint32(len(to)))
	if isFault(err) || noMemoryAt(addr) == abi.ERANGE {
		clear(to)
		return noMemoryAt(addr), nil
	}
	copy(to, from)
	return 0, err
}

func isFault(err error) bool { return errors.As(err, new(*Fault)) }

// probeReadUser reads memory of the task.
func probeReadUser(c *CPU, a *args) (uint64, error) {
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	return failure(c.m.world.Task.readMemory(a[2], to)), nil
}

// probeReadUserStr copies a string of at most r2 bytes from memory of the task and returns its length with the zero.
func probeReadUserStr(c *CPU, a *args) (uint64, error) {
	return c.readString(a, c.m.world.Task.readString)
}

// probeReadStr copies a string of at most r2 bytes from any address and returns its length with the zero behind it.
func probeReadStr(c *CPU, a *args) (uint64, error) { return c.readString(a, c.m.mem.readString) }

// readString reads a string at r3 to r1, of r2 bytes.
func (c *CPU) readString(a *args, read func(addr uint64, to []byte) (int, abi.Errno)) (uint64, error) {
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	if err != nil || len(to) == 0 {
		return 0, err
	}
	n, e := read(a[2], to)
	if e != 0 {
		return failure(e), nil
	}
	return uint64(n), nil
}

// readString reads a string, which is cut to fit, and returns its length with the zero. Where it can't be read it gives zeros
// and an error.
func (t *Task) readString(addr uint64, to []byte) (int, abi.Errno) {
	n := t.userMemory(addr, to)
	end := bytes.IndexByte(to[:n], 0)
	if end < 0 {
		if n < len(to) {
			clear(to)
			return 0, abi.EFAULT
		}
		end = n - 1
	}
	clear(to[end:])
	return end + 1, 0
}

// readString is what Task.readString is, of memory of the machine.
func (m *memory) readString(addr uint64, to []byte) (int, abi.Errno) {
	s, ok := m.text(addr, uint32(len(to)))
	if !ok {
		clear(to)
		return 0, noMemoryAt(addr)
	}
	n := copy(to[:len(to)-1], s)
	clear(to[n:])
	return n + 1, 0
}

// text reads a string up to its zero or most bytes; ok is false where it runs out of readable memory.
func (m *memory) text(addr uint64, most uint32) (s []byte, ok bool) {
	for i := range most {
		b, err := m.read(addr+uint64(i), 1)
		if err != nil {
			return nil, false
		}
		if b[0] == 0 {
			break
		}
		s = append(s, b[0])
	}
	return s, true
}

// cstring is a string without the zero that ends it.
func cstring(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// noMemoryAt is the error of reading kernel memory where there is none: what is no address of the kernel's is not tried.
func noMemoryAt(addr uint64) abi.Errno {
	const kernel = 0xffff << 48 // where its half of the addresses begins, as a machine has it
	if addr < kernel {
		return abi.ERANGE
	}
	return abi.EFAULT
}
