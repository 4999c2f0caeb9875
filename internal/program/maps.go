package program

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// maxUsedMaps is how many maps one program may use.
const maxUsedMaps = 64

// usedMaps collects the maps a program uses, in order of first use.
type usedMaps struct {
	*checker
	seen    []bool
	n       int
	arena   bool
	storage [2]bool // cgroup storage, shared and of each CPU
}

func (u *usedMaps) add(i int) error {
	if u.seen[i] {
		return nil
	}
	if u.n >= maxUsedMaps {
		return u.Reject(abi.E2BIG, "The total number of maps per program has reached the limit of %d", maxUsedMaps)
	}
	u.seen[i] = true
	u.n++
	m := u.Image.Maps[i]
	if err := u.checkMapForProg(m); err != nil || m.Type != abi.MAP_TYPE_INSN_ARRAY {
		return err
	}
	return u.checkJumpTable(m)
}

// checkMapForProg verifies that a program of this kind may use the map at all.
func (u *usedMaps) checkMapForProg(m *object.Map) error {
	tracing := u.prog.IsTracing()
	switch {
	case tracing && m.Record.HasAny(object.BPF_LIST_HEAD|object.BPF_RB_ROOT):
		return u.Reject(abi.EINVAL, "tracing progs cannot use bpf_{list_head,rb_root} yet")
	case !m.Record.HasAny(object.BPF_SPIN_LOCK | object.BPF_RES_SPIN_LOCK):
	case u.prog.Type == abi.PROG_TYPE_SOCKET_FILTER:
		return u.Reject(abi.EINVAL, "socket filter progs cannot use bpf_spin_lock yet")
	case tracing:
		return u.Reject(abi.EINVAL, "tracing progs cannot use bpf_spin_lock yet")
	}
	deferred := tracing && m.Record.HasAny(object.BPF_TIMER|object.BPF_WORKQUEUE) && !u.k.Has(kmodel.TracingTimers)
	if deferred && m.Record.HasAny(object.BPF_TIMER) {
		return u.Reject(abi.EINVAL, "tracing progs cannot use bpf_timer yet")
	}
	if deferred {
		return u.Reject(abi.EINVAL, "tracing progs cannot use bpf_wq yet")
	}
	if m.Type == abi.MAP_TYPE_STRUCT_OPS {
		return u.Reject(abi.EINVAL, "bpf_struct_ops map cannot be used in prog")
	}
	if u.prog.Sleepable && !u.k.SleepableMap(m.Type) {
		switch {
		case !u.k.Has(kmodel.SleepableStorage):
			return u.Reject(abi.EINVAL, "Sleepable programs can only use array and hash maps")
		case !u.k.Has(kmodel.SleepableStorageNamed):
			return u.Reject(abi.EINVAL, "Sleepable programs can only use array, hash, and ringbuf maps")
		}
		return u.Reject(abi.EINVAL, "Sleepable programs can only use array, hash, ringbuf and local storage maps")
	}
	switch m.Type {
	case abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		kind := &u.storage[0]
		if m.Type == abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED {
			kind = &u.storage[1]
		}
		if *kind {
			return u.Reject(abi.EBUSY, "only one cgroup storage of each type is allowed")
		}
		*kind = true
	case abi.MAP_TYPE_ARENA:
		if u.arena {
			return u.Reject(abi.EBUSY, "Only one arena per program")
		}
		if !u.k.Config().JIT {
			return u.Reject(abi.EOPNOTSUPP, "JIT is required to use arena")
		}
		u.arena = true
	}
	return nil
}
