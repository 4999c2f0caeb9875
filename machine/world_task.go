package machine

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Task is a task: a process, or another of its threads.
type Task struct {
	PID    uint32 `json:"pid,omitempty"`  // of the thread; of the task that runs the programs 1000
	TGID   uint32 `json:"tgid,omitempty"` // of the process; PID
	Parent uint32 `json:"parent,omitempty"`
	UID    uint32 `json:"uid,omitempty"`
	GID    uint32 `json:"gid,omitempty"`
	Comm   string `json:"comm,omitempty"`   // of the task that runs the programs "bpfverdict"; 15 bytes at most
	Cgroup uint64 `json:"cgroup,omitempty"` // by its number; the root, 1
	// VMAs are the areas of its memory, in order. A task without any has no memory, as those of the kernel.
	VMAs []VMA  `json:"vmas,omitempty"`
	Exe  string `json:"exe,omitempty"` // name of the file it runs, one of the world's; none
}

// VMA is an area of a process's memory.
type VMA struct {
	Start uint64 `json:"start"` // multiples of 4096, as End
	End   uint64 `json:"end"`
	Perm  string `json:"perm,omitempty"` // what may be done: of r, w, x and, for memory that others see, s; "rw"
	File  string `json:"file,omitempty"` // name of a file of the world's; none
	Page  uint64 `json:"page,omitempty"` // of the file, that it begins with
	Data  Bytes  `json:"data,omitempty"` // what it begins with; zeros follow
}

// File is a file of the world.
type File struct {
	Name string `json:"name"`
	Data Bytes  `json:"data,omitempty"`
}

// Cgroup is a control group below another.
type Cgroup struct {
	ID     uint64 `json:"id"`               // 2 or more: 1 is the root
	Parent uint64 `json:"parent,omitempty"` // 1
	Name   string `json:"name,omitempty"`
}

// Cache is a cache of the kernel's allocator.
type Cache struct {
	Name string `json:"name"`
	Size uint32 `json:"size"` // of an object, in bytes
}

// Buffer is memory that devices share.
type Buffer struct {
	Name     string `json:"name,omitempty"`
	Exporter string `json:"exporter,omitempty"`
	Size     uint64 `json:"size"` // in bytes
}

// Bytes are bytes, in JSON in hexadecimal.
type Bytes []byte

// UnmarshalText reads hexadecimal digits.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// MarshalText writes hexadecimal digits.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// rootCgroup is the number of the cgroup that is always there.
const rootCgroup = 1

// withDefaults fills in what follows from the rest.
func (t Task) withDefaults() Task {
	if t.TGID == 0 {
		t.TGID = t.PID
	}
	if t.Cgroup == 0 {
		t.Cgroup = rootCgroup
	}
	t.VMAs = slices.Clone(t.VMAs)
	for i := range t.VMAs {
		if t.VMAs[i].Perm == "" {
			t.VMAs[i].Perm = "rw"
		}
	}
	return t
}

func (w *World) checkTasks() error {
	groups := map[uint64]bool{rootCgroup: true}
	for i, g := range w.Cgroups {
		if g.ID <= rootCgroup || groups[g.ID] || !groups[max(g.Parent, rootCgroup)] {
			return fmt.Errorf("world: cgroup %d: number %d: from 2 on, each once, and its parent comes before it", i, g.ID)
		}
		groups[g.ID] = true
	}
	pids := map[uint32]bool{}
	for _, t := range w.tasks() {
		switch {
		case len(t.Comm) > maxComm:
			return fmt.Errorf("world: task name %q: at most %d bytes", t.Comm, maxComm)
		case t.PID == 0 || pids[t.PID]:
			return fmt.Errorf("world: task %d: numbers of tasks are from 1 on, and each is there once", t.PID)
		case !groups[t.Cgroup]:
			return fmt.Errorf("world: task %d: there is no cgroup %d", t.PID, t.Cgroup)
		case t.Exe != "" && w.file(t.Exe) == nil:
			return fmt.Errorf("world: task %d: there is no file %q", t.PID, t.Exe)
		}
		pids[t.PID] = true
		if err := w.checkVMAs(t); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) checkVMAs(t Task) error {
	const top = 1 << 47 // of the addresses of processes
	last := uint64(0)
	for i := range t.VMAs {
		v := &t.VMAs[i]
		_, bad := v.flags()
		switch {
		case v.Start%pageSize != 0 || v.End%pageSize != 0 || v.Start < last || v.Start >= v.End || v.End > top:
			return fmt.Errorf("world: task %d: area %#x-%#x: whole pages in order below %#x", t.PID, v.Start, v.End, uint64(top))
		case bad:
			return fmt.Errorf("world: task %d: area %#x: %q: of r, w, x and s", t.PID, v.Start, v.Perm)
		case uint64(len(v.Data)) > v.End-v.Start:
			return fmt.Errorf("world: task %d: area %#x: more data than it is long", t.PID, v.Start)
		case v.File != "" && w.file(v.File) == nil:
			return fmt.Errorf("world: task %d: area %#x: there is no file %q", t.PID, v.Start, v.File)
		}
		last = v.End
	}
	return nil
}

// flags are the area's vm_flags.
func (v *VMA) flags() (flags uint64, bad bool) {
	for _, p := range v.Perm {
		switch p {
		case 'r':
			flags |= 1
		case 'w':
			flags |= 2
		case 'x':
			flags |= 4
		case 's':
			flags |= 8
		default:
			return 0, true
		}
	}
	return flags, false
}

// tasks are all tasks of the world, that which runs the programs coming first.
func (w *World) tasks() []Task { return append([]Task{w.Task}, w.Tasks...) }

// file finds a file by name; nil if there is none.
func (w *World) file(name string) *File {
	for i := range w.Files {
		if w.Files[i].Name == name {
			return &w.Files[i]
		}
	}
	return nil
}

// userMemory copies what the task has from an address on; it returns how many bytes there are of it.
func (t *Task) userMemory(addr uint64, to []byte) int {
	n := 0
	for i := range t.VMAs {
		v := &t.VMAs[i]
		at := addr + uint64(n)
		if n == len(to) || at < v.Start || at >= v.End || !slices.Contains([]byte(v.Perm), 'r') {
			continue
		}
		part := to[n:]
		part = part[:min(uint64(len(part)), v.End-at)]
		clear(part)
		if off := at - v.Start; off < uint64(len(v.Data)) {
			copy(part, v.Data[off:])
		}
		n += len(part)
	}
	return n
}
