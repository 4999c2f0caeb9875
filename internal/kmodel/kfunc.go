package kmodel

import (
	"slices"
	"sync"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Kfunc is a kernel function registered for programs.
type Kfunc struct {
	Name   string
	Module string // "vmlinux" or the module's name
	ID     uint32 // of the function in that BTF
	Flags  abi.KfuncFlags
	// DeviceBound: only XDP programs bound to a device may call it, and loading any other fails at once.
	DeviceBound bool

	uses []kfuncUse
}

// kfuncUse is one registration.
type kfuncUse struct {
	hooks  hookSet
	filter kfuncFilter
}

// hookSet are the groups of program types that kernel functions are registered for, a bit each.
type hookSet uint16

const (
	hookCommon hookSet = 1 << iota
	hookXDP
	hookTC
	hookStructOps
	hookTracing
	hookSyscall
	hookCgroup
	hookSchedAct
	hookSKSKB
	hookSocketFilter
	hookLWT
	hookNetfilter
	hookKprobe
	hookModifyReturn
)

// kfuncHooks says which group a program type belongs to. Types without one may call common functions only.
var kfuncHooks = map[abi.ProgType]hookSet{
	abi.PROG_TYPE_UNSPEC:           hookCommon,
	abi.PROG_TYPE_XDP:              hookXDP,
	abi.PROG_TYPE_SCHED_CLS:        hookTC,
	abi.PROG_TYPE_STRUCT_OPS:       hookStructOps,
	abi.PROG_TYPE_TRACING:          hookTracing,
	abi.PROG_TYPE_TRACEPOINT:       hookTracing,
	abi.PROG_TYPE_PERF_EVENT:       hookTracing,
	abi.PROG_TYPE_LSM:              hookTracing,
	abi.PROG_TYPE_SYSCALL:          hookSyscall,
	abi.PROG_TYPE_CGROUP_SKB:       hookCgroup,
	abi.PROG_TYPE_CGROUP_SOCK:      hookCgroup,
	abi.PROG_TYPE_CGROUP_DEVICE:    hookCgroup,
	abi.PROG_TYPE_CGROUP_SOCK_ADDR: hookCgroup,
	abi.PROG_TYPE_CGROUP_SOCKOPT:   hookCgroup,
	abi.PROG_TYPE_CGROUP_SYSCTL:    hookCgroup,
	abi.PROG_TYPE_SOCK_OPS:         hookCgroup,
	abi.PROG_TYPE_SCHED_ACT:        hookSchedAct,
	abi.PROG_TYPE_SK_SKB:           hookSKSKB,
	abi.PROG_TYPE_SOCKET_FILTER:    hookSocketFilter,
	abi.PROG_TYPE_LWT_OUT:          hookLWT,
	abi.PROG_TYPE_LWT_IN:           hookLWT,
	abi.PROG_TYPE_LWT_XMIT:         hookLWT,
	abi.PROG_TYPE_LWT_SEG6LOCAL:    hookLWT,
	abi.PROG_TYPE_NETFILTER:        hookNetfilter,
	abi.PROG_TYPE_KPROBE:           hookKprobe,
}

// kfuncFilter narrows who may call a registered function; nil lets all.
type kfuncFilter func(name string, p Prog) bool

var kfuncFilters = map[string]kfuncFilter{
	"bpf_fs_kfuncs_filter":           func(_ string, p Prog) bool { return p.Type == abi.PROG_TYPE_LSM },
	"bpf_get_fsverity_digest_filter": func(_ string, p Prog) bool { return p.Type == abi.PROG_TYPE_LSM },
	"tracing_iter_filter":            func(_ string, p Prog) bool { return p.Attach == abi.ATTACH_TRACE_ITER },
	"bpf_kprobe_multi_filter": func(_ string, p Prog) bool {
		return p.Attach == abi.ATTACH_TRACE_KPROBE_SESSION || p.Attach == abi.ATTACH_TRACE_UPROBE_SESSION
	},
	"bpf_qdisc_kfunc_filter": qdiscFilter,
}

// qdiscFilter: which functions a queueing discipline's callbacks may use.
func qdiscFilter(name string, p Prog) bool {
	if p.StructOps != "Qdisc_ops" {
		return false
	}
	enqueue := []string{"bpf_qdisc_skb_drop", "bpf_qdisc_watchdog_schedule"}
	dequeue := []string{"bpf_qdisc_watchdog_schedule", "bpf_qdisc_bstats_update"}
	switch {
	case p.AttachName == "enqueue" && slices.Contains(enqueue, name),
		p.AttachName == "dequeue" && slices.Contains(dequeue, name):
		return true
	case p.AttachName == "init" && name == "bpf_qdisc_init_prologue":
		return true
	case (p.AttachName == "reset" || p.AttachName == "destroy") && name == "bpf_qdisc_reset_destroy_epilogue":
		return true
	}
	return slices.Contains([]string{"bpf_skb_get_hash", "bpf_kfree_skb", "bpf_dynptr_from_skb"}, name)
}

// spinlockSafe are the functions that kernels with KfuncSpinlockSafe mark, those of the fixed list before.
var spinlockSafe = []string{
	"bpf_list_push_front_impl", "bpf_list_push_back_impl", "bpf_list_pop_front", "bpf_list_pop_back",
	"bpf_list_front", "bpf_list_back", "bpf_rbtree_add_impl", "bpf_rbtree_remove", "bpf_rbtree_first",
	"bpf_rbtree_root", "bpf_rbtree_left", "bpf_rbtree_right", "bpf_refcount_acquire_impl",
	"bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy",
	"bpf_res_spin_lock", "bpf_res_spin_unlock", "bpf_res_spin_lock_irqsave", "bpf_res_spin_unlock_irqrestore",
}

// spinlockMarked are functions that joined the list after 6.18, so that only the flag lets them.
var spinlockMarked = []string{
	"bpf_arena_alloc_pages", "bpf_arena_free_pages", "bpf_arena_reserve_pages",
	"bpf_stream_vprintk", "bpf_stream_vprintk_impl",
}

// SpinlockSafeKfunc reports whether the fixed list of kernels without KfuncSpinlockSafe lets a vmlinux
// function be called while a lock is held.
func (m *Model) SpinlockSafeKfunc(name string) bool {
	switch name {
	case "bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy":
		return m.Has(IterNumUnderLock)
	}
	return slices.Contains(spinlockSafe, name)
}

// kfuncFeature are the functions that came with a feature.
var kfuncFeature = map[string]Feature{
	"bpf_iter_kmem_cache_new":            KmemCacheIter,
	"bpf_iter_kmem_cache_next":           KmemCacheIter,
	"bpf_iter_kmem_cache_destroy":        KmemCacheIter,
	"bpf_iter_dmabuf_new":                DmabufIter,
	"bpf_iter_dmabuf_next":               DmabufIter,
	"bpf_iter_dmabuf_destroy":            DmabufIter,
	"bpf_local_irq_save":                 IRQSections,
	"bpf_local_irq_restore":              IRQSections,
	"bpf_res_spin_lock":                  ResSpinLock,
	"bpf_res_spin_unlock":                ResSpinLock,
	"bpf_res_spin_lock_irqsave":          ResSpinLock,
	"bpf_res_spin_unlock_irqrestore":     ResSpinLock,
	"bpf_list_front":                     GraphPeek,
	"bpf_list_back":                      GraphPeek,
	"bpf_rbtree_root":                    GraphPeek,
	"bpf_rbtree_left":                    GraphPeek,
	"bpf_rbtree_right":                   GraphPeek,
	"bpf_task_work_schedule_signal":      TaskWork,
	"bpf_task_work_schedule_resume":      TaskWork,
	"bpf_task_work_schedule_signal_impl": TaskWork,
	"bpf_task_work_schedule_resume_impl": TaskWork,
	"bpf_dynptr_from_skb_meta":           SkbMetaDynptr,
}

// kfuncTable is what is registered, by function name.
var kfuncTable = sync.OnceValue(func() map[string]*Kfunc {
	table := map[string]*Kfunc{}
	for _, s := range kdata.KfuncSets {
		use := kfuncUse{filter: kfuncFilters[s.Filter]}
		for _, t := range s.Types {
			typ, _ := abi.ProgTypeNamed(t)
			use.hooks |= kfuncHooks[typ]
		}
		if s.ModifyReturn {
			use.hooks |= hookModifyReturn
		}
		for _, d := range s.Kfuncs {
			k := table[d.Name]
			if k == nil {
				k = &Kfunc{Name: d.Name, Flags: d.Flags}
				table[d.Name] = k
			}
			k.DeviceBound = s.Name == "xdp_metadata_kfunc_ids"
			k.uses = append(k.uses, use)
		}
	}
	return table
})

// Kfunc returns what is registered under the id of a function in a BTF: vmlinux or one of the
// model's modules. It is nil for functions no program may call.
func (m *Model) Kfunc(set *types.Set, id uint32) *Kfunc {
	if set == nil || !set.Kernel {
		return nil
	}
	key := kfuncKey{set, id}
	if k, ok := m.tables.kfuncs.Load(key); ok {
		return k.(*Kfunc)
	}
	k := m.findKfunc(set, id)
	m.tables.kfuncs.Store(key, k)
	return k
}

type kfuncKey struct {
	set *types.Set
	id  uint32
}

func (m *Model) findKfunc(set *types.Set, id uint32) *Kfunc {
	fn, ok := set.ByID(id).(*btf.Func)
	if !ok {
		return nil
	}
	if k := m.overlay[fn.Name]; k != nil && (k.Module == "" || k.Module == set.Name) {
		c := *k
		c.ID, c.Module = id, set.Name
		return &c
	}
	if f, ok := kfuncFeature[fn.Name]; ok && !m.Has(f) {
		return nil
	}
	k := kfuncTable()[fn.Name]
	if k == nil || k.registeredFor() == 0 {
		return m.proposedKfunc(set, fn.Name, id)
	}
	c := *k
	c.ID, c.Module = id, set.Name
	c.Flags |= m.proposedFlags(fn.Name)
	if m.Has(KfuncSpinlockSafe) && (slices.Contains(spinlockSafe, fn.Name) || slices.Contains(spinlockMarked, fn.Name)) {
		c.Flags |= abi.KF_SPINLOCK_SAFE
	}
	if m.Has(KfuncTrustedArgs) {
		c.Flags |= abi.KF_TRUSTED_ARGS
	}
	return &c
}

func (k *Kfunc) registeredFor() hookSet {
	var h hookSet
	for _, u := range k.uses {
		h |= u.hooks
	}
	return h &^ hookModifyReturn
}

// KfuncNamed returns a registered function by name, whether or not a BTF has it; nil if there is none.
func (m *Model) KfuncNamed(name string) *Kfunc {
	if k := m.overlay[name]; k != nil {
		return k
	}
	return kfuncTable()[name]
}

// KfuncAllowed reports whether a program may call the function. For EXT programs ask with the type of the
// program they replace.
func (m *Model) KfuncAllowed(k *Kfunc, p Prog) bool {
	if k == nil {
		return false
	}
	for _, u := range k.uses {
		if u.hooks&(hookCommon|kfuncHooks[p.Type]) != 0 && (u.filter == nil || u.filter(k.Name, p)) {
			return true
		}
	}
	return false
}

// modifyReturnKfunc reports whether fmod_ret programs may attach to a function because it is
// registered for that, and whether sleepable tracing programs may too.
func modifyReturnKfunc(name string) (ok, sleepable bool) {
	k := kfuncTable()[name]
	if k == nil {
		return false, false
	}
	for _, u := range k.uses {
		if u.hooks&hookModifyReturn != 0 {
			return true, k.Flags&abi.KF_SLEEPABLE != 0
		}
	}
	return false, false
}
