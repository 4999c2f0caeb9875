package verifier

// special is a kfunc the verifier knows by name: it has an effect its prototype does not tell.
type special uint8

const (
	notSpecial special = iota
	kfObjNew
	kfObjDrop
	kfRefcountAcquire
	kfListPushFront
	kfListPushBack
	kfListPopFront
	kfListPopBack
	kfListFront
	kfListBack
	kfCastToKernCtx
	kfRdonlyCast
	kfRCUReadLock
	kfRCUReadUnlock
	kfRbtreeRemove
	kfRbtreeAdd
	kfRbtreeFirst
	kfRbtreeRoot
	kfRbtreeLeft
	kfRbtreeRight
	kfDynptrFromSkb
	kfDynptrFromXdp
	kfDynptrFromSkbMeta
	kfDynptrFromFile
	kfDynptrFileDiscard
	kfDynptrSlice
	kfDynptrSliceRdwr
	kfDynptrClone
	kfXdpPullData
	kfPercpuObjNew
	kfPercpuObjDrop
	kfThrow
	kfWQSetCallback
	kfTaskWorkSchedule
	kfPreemptDisable
	kfPreemptEnable
	kfIterCssTaskNew
	kfSessionCookie
	kfGetKmemCache
	kfLocalIRQSave
	kfLocalIRQRestore
	kfResSpinLock
	kfResSpinUnlock
	kfResSpinLockIRQSave
	kfResSpinUnlockIRQRestore
	kfTrap
	numSpecial
)

// specialGroup says what kfuncs have in common, a bit each.
type specialGroup uint16

const (
	listAPI specialGroup = 1 << iota
	listNodeAPI
	rbtreeAPI
	rbtreeNodeAPI
	inserts       // gives an owned node to a container
	resLock       // takes a resilient lock: it may fail, on a path of its own
	syncCallback  // runs a callback before it returns
	asyncCallback // leaves a callback to be run later
	packetMoves   // packet pointers are stale afterwards
	localObject   // gives an object of the program, though the prototype says void *
)

// specialKfuncs lists them by the name they have in the kernel's BTF.
var specialKfuncs = map[string]special{
	"bpf_obj_new_impl":                   kfObjNew,
	"bpf_obj_drop_impl":                  kfObjDrop,
	"bpf_refcount_acquire_impl":          kfRefcountAcquire,
	"bpf_list_push_front_impl":           kfListPushFront,
	"bpf_list_push_back_impl":            kfListPushBack,
	"bpf_list_pop_front":                 kfListPopFront,
	"bpf_list_pop_back":                  kfListPopBack,
	"bpf_list_front":                     kfListFront,
	"bpf_list_back":                      kfListBack,
	"bpf_cast_to_kern_ctx":               kfCastToKernCtx,
	"bpf_rdonly_cast":                    kfRdonlyCast,
	"bpf_rcu_read_lock":                  kfRCUReadLock,
	"bpf_rcu_read_unlock":                kfRCUReadUnlock,
	"bpf_rbtree_remove":                  kfRbtreeRemove,
	"bpf_rbtree_add_impl":                kfRbtreeAdd,
	"bpf_rbtree_first":                   kfRbtreeFirst,
	"bpf_rbtree_root":                    kfRbtreeRoot,
	"bpf_rbtree_left":                    kfRbtreeLeft,
	"bpf_rbtree_right":                   kfRbtreeRight,
	"bpf_dynptr_from_skb":                kfDynptrFromSkb,
	"bpf_dynptr_from_xdp":                kfDynptrFromXdp,
	"bpf_dynptr_from_skb_meta":           kfDynptrFromSkbMeta,
	"bpf_dynptr_from_file":               kfDynptrFromFile,
	"bpf_dynptr_file_discard":            kfDynptrFileDiscard,
	"bpf_dynptr_slice":                   kfDynptrSlice,
	"bpf_dynptr_slice_rdwr":              kfDynptrSliceRdwr,
	"bpf_dynptr_clone":                   kfDynptrClone,
	"bpf_xdp_pull_data":                  kfXdpPullData,
	"bpf_percpu_obj_new_impl":            kfPercpuObjNew,
	"bpf_percpu_obj_drop_impl":           kfPercpuObjDrop,
	"bpf_throw":                          kfThrow,
	"bpf_wq_set_callback_impl":           kfWQSetCallback,
	"bpf_task_work_schedule_signal_impl": kfTaskWorkSchedule,
	"bpf_task_work_schedule_resume_impl": kfTaskWorkSchedule,
	"bpf_task_work_schedule_signal":      kfTaskWorkSchedule,
	"bpf_task_work_schedule_resume":      kfTaskWorkSchedule,
	"bpf_preempt_disable":                kfPreemptDisable,
	"bpf_preempt_enable":                 kfPreemptEnable,
	"bpf_iter_css_task_new":              kfIterCssTaskNew,
	"bpf_session_cookie":                 kfSessionCookie,
	"bpf_get_kmem_cache":                 kfGetKmemCache,
	"bpf_local_irq_save":                 kfLocalIRQSave,
	"bpf_local_irq_restore":              kfLocalIRQRestore,
	"bpf_res_spin_lock":                  kfResSpinLock,
	"bpf_res_spin_unlock":                kfResSpinUnlock,
	"bpf_res_spin_lock_irqsave":          kfResSpinLockIRQSave,
	"bpf_res_spin_unlock_irqrestore":     kfResSpinUnlockIRQRestore,
	"__bpf_trap":                         kfTrap,
}

var specialGroups = [numSpecial]specialGroup{
	kfObjNew:             localObject,
	kfPercpuObjNew:       localObject,
	kfRefcountAcquire:    localObject,
	kfListPushFront:      listAPI | listNodeAPI | inserts,
	kfListPushBack:       listAPI | listNodeAPI | inserts,
	kfListPopFront:       listAPI,
	kfListPopBack:        listAPI,
	kfListFront:          listAPI,
	kfListBack:           listAPI,
	kfRbtreeAdd:          rbtreeAPI | rbtreeNodeAPI | inserts | syncCallback,
	kfRbtreeRemove:       rbtreeAPI | rbtreeNodeAPI,
	kfRbtreeFirst:        rbtreeAPI,
	kfRbtreeRoot:         rbtreeAPI,
	kfRbtreeLeft:         rbtreeAPI | rbtreeNodeAPI,
	kfRbtreeRight:        rbtreeAPI | rbtreeNodeAPI,
	kfResSpinLock:        resLock,
	kfResSpinLockIRQSave: resLock,
	kfWQSetCallback:      asyncCallback,
	kfTaskWorkSchedule:   asyncCallback,
	kfXdpPullData:        packetMoves,
}

func (s special) group() specialGroup { return specialGroups[s] }
