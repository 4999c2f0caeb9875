package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// kfuncTable has a row for every function of vmlinux of which its prototype and flags do not say all.
var kfuncTable = map[string]rule{
	// Objects of the program
	"bpf_obj_new_impl":          {traits: localObject, result: (*call).newObject},
	"bpf_percpu_obj_new_impl":   {traits: localObject, result: (*call).newPercpuObject},
	"bpf_obj_drop_impl":         {drops: ownedObj},
	"bpf_percpu_obj_drop_impl":  {drops: ownedObj | abi.MEM_PERCPU},
	"bpf_refcount_acquire_impl": {traits: localObject | doubles, result: (*call).sameObject},
	"bpf_obj_new":               {traits: localObject, result: (*call).newObject},
	"bpf_percpu_obj_new":        {traits: localObject, result: (*call).newPercpuObject},
	"bpf_obj_drop":              {drops: ownedObj},
	"bpf_percpu_obj_drop":       {drops: ownedObj | abi.MEM_PERCPU},
	"bpf_refcount_acquire":      {traits: localObject | doubles, result: (*call).sameObject},

	// Lists and trees
	"bpf_list_push_front_impl": {traits: listAPI | listNodeAPI, before: (*call).insertNode},
	"bpf_list_push_back_impl":  {traits: listAPI | listNodeAPI, before: (*call).insertNode},
	"bpf_list_push_front":      {traits: listAPI | listNodeAPI, before: (*call).insertNode},
	"bpf_list_push_back":       {traits: listAPI | listNodeAPI, before: (*call).insertNode},
	"bpf_list_add":             {traits: listAPI | listNodeAPI, before: (*call).insertNode},
	"bpf_list_del":             {traits: listAPI | listNodeAPI},
	"bpf_list_is_first":        {traits: listAPI | listNodeAPI},
	"bpf_list_is_last":         {traits: listAPI | listNodeAPI},
	"bpf_list_empty":           {traits: listAPI},
	"bpf_list_pop_front":       {traits: listAPI},
	"bpf_list_pop_back":        {traits: listAPI},
	"bpf_list_front":           {traits: listAPI},
	"bpf_list_back":            {traits: listAPI},
	"bpf_rbtree_add_impl": {traits: rbtreeAPI | rbtreeNodeAPI | takesOwned | syncCallback,
		callback: setRbtreeAddCallback, before: (*call).insertNode},
	"bpf_rbtree_add": {traits: rbtreeAPI | rbtreeNodeAPI | takesOwned | syncCallback,
		callback: setRbtreeAddCallback, before: (*call).insertNode},
	"bpf_rbtree_remove": {traits: rbtreeAPI | rbtreeNodeAPI},
	"bpf_rbtree_left":   {traits: rbtreeAPI | rbtreeNodeAPI},
	"bpf_rbtree_right":  {traits: rbtreeAPI | rbtreeNodeAPI},
	"bpf_rbtree_first":  {traits: rbtreeAPI},
	"bpf_rbtree_root":   {traits: rbtreeAPI},

	// Locks and sections
	"bpf_res_spin_lock":              {locks: lockRes | lockTake, entry: (*call).mayNotLock},
	"bpf_res_spin_unlock":            {locks: lockRes | lockGive},
	"bpf_res_spin_lock_irqsave":      {locks: lockRes | lockTake | lockIRQ, traits: savesIRQ, irq: state.IRQ_LOCK_KFUNC, entry: (*call).mayNotLock},
	"bpf_res_spin_unlock_irqrestore": {locks: lockRes | lockGive | lockIRQ, traits: restoresIRQ, irq: state.IRQ_LOCK_KFUNC},
	"bpf_local_irq_save":             {traits: savesIRQ, irq: state.IRQ_NATIVE_KFUNC},
	"bpf_local_irq_restore":          {traits: restoresIRQ, irq: state.IRQ_NATIVE_KFUNC},
	"bpf_rcu_read_lock":              {enter: (*call).rcuLock},
	"bpf_rcu_read_unlock":            {enter: (*call).rcuUnlock},
	"bpf_preempt_disable":            {enter: (*call).preemptDisable},
	"bpf_preempt_enable":             {enter: (*call).preemptEnable},

	// Dynptrs and packets
	"bpf_dynptr_from_skb":      {dynptr: abi.DYNPTR_TYPE_SKB},
	"bpf_dynptr_from_xdp":      {dynptr: abi.DYNPTR_TYPE_XDP},
	"bpf_dynptr_from_skb_meta": {dynptr: abi.DYNPTR_TYPE_SKB_META},
	"bpf_dynptr_from_file":     {dynptr: abi.DYNPTR_TYPE_FILE},
	"bpf_dynptr_file_discard":  {dynptr: abi.DYNPTR_TYPE_FILE | abi.OBJ_RELEASE},
	"bpf_dynptr_clone":         {traits: clonesDynptr},
	"bpf_dynptr_slice":         {result: (*call).dynptrSlice},
	"bpf_dynptr_slice_rdwr":    {result: (*call).dynptrSliceRdwr},
	"bpf_xdp_pull_data":        {traits: movesPacket},

	// Callbacks that run later
	"bpf_wq_set_callback":                {traits: asyncCallback | asyncSleeps, callback: setTimerCallback},
	"bpf_wq_set_callback_impl":           {traits: asyncCallback | asyncSleeps, callback: setTimerCallback},
	"bpf_task_work_schedule_signal_impl": {traits: asyncCallback | asyncSleeps, callback: setTaskWorkCallback},
	"bpf_task_work_schedule_resume_impl": {traits: asyncCallback | asyncSleeps, callback: setTaskWorkCallback},
	"bpf_task_work_schedule_signal":      {traits: asyncCallback | asyncSleeps, callback: setTaskWorkCallback},
	"bpf_task_work_schedule_resume":      {traits: asyncCallback | asyncSleeps, callback: setTaskWorkCallback},

	// Casts, kernel objects
	"bpf_cast_to_kern_ctx":  {traits: takesCtx, enter: (*call).findKernCtx, result: (*call).kernCtx},
	"bpf_rdonly_cast":       {result: (*call).rdonlyCast},
	"bpf_get_kmem_cache":    {traits: untrustedResult},
	"bpf_session_cookie":    {traits: takesCtx, before: (*call).sessionCookie},
	"bpf_session_is_return": {traits: takesCtx},
	"bpf_iter_css_task_new": {place: (*call).cssTaskIterAllowed},

	// Ends
	"bpf_throw":  {traits: throws, before: (*call).checkThrow},
	"__bpf_trap": {entry: (*call).trapped},
}

// kfuncRules are the rows of kfuncTable. They are filled in at start, as a rule may ask for another's.
var kfuncRules map[string]*rule

func init() {
	kfuncRules = make(map[string]*rule, len(kfuncTable))
	for name, r := range kfuncTable {
		kfuncRules[name] = &r
	}
}

// trapped refuses what compilers write where a program has no defined behaviour.
func (c *call) trapped() error {
	return c.v.Reject(abi.EFAULT, "unexpected __bpf_trap() due to uninitialized variable?")
}

// mayNotLock remembers the path on which a resilient lock is not got.
func (c *call) mayNotLock() error {
	v := c.v
	st, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.ENOMEM)
	if err != nil {
		v.Verbose("failed to push state for failed lock acquisition")
		return err
	}
	v.scratchCallerSaved(st, st.CurFrame)
	r0 := &st.Cur().Regs[insn.R0]
	r0.MarkUnknown()
	v.num.MeetS32(&r0.Scalar, -abi.MAX_ERRNO, -1)
	return nil
}

// sessionCookie: the number returned lives in memory that may be written.
func (c *call) sessionCookie() error {
	c.memSize, c.memRdonly = 8, false
	return nil
}

// findKernCtx finds the kernel's struct behind the program's context.
func (c *call) findKernCtx() error {
	id := c.v.k.KernCtx(c.v.rules)
	if !types.IsComposite(c.v.k.Types().ByID(id)) {
		return c.v.Reject(abi.EINVAL, "kern ctx type id %d is not a struct", id)
	}
	c.retID = id
	return nil
}
