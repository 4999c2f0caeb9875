package verifier_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

//go:generate ../../examples/build.sh testdata

// Messages that many rows end with; ok is an acceptance.
const (
	ok         = ""
	lockedCall = "function calls are not allowed while holding a lock"
	leaks      = "BPF_EXIT instruction in main prog would lead to reference leak"
	wrongDest  = "R1 type=scalar expected=map_value, ptr_"
	newDest    = "R1 type=scalar expected=map_value, ptr_, ptr_, rcu_ptr_"
	ownKptrBug = "verifier bug: invalid PTR_TO_BTF_ID register for type match"
	dead       = " invalid mem access 'scalar'"
	unowned    = "R1 must be referenced or trusted"
	nullDrop   = "Possibly NULL pointer passed to trusted arg0"
	nothing    = "no acquired reference to release"
	vmaUnready = "expected an initialized iter_task_vma as arg #0"
	rcuHelper  = "sleepable helper bpf_copy_from_user#148 in rcu_read_lock region"
	plainSleep = "helper call might sleep in a non-sleepable prog"
	noFault    = "sleepable helper bpf_copy_from_user#148 in nofault region"
	noSleep    = "sleepable helper bpf_copy_from_user#148 in nosleep iterator region"
	overwrites = "cannot overwrite referenced dynptr"
	nextInRCU  = "expected an RCU CS when using bpf_iter_task_next"
	needsRCU   = "kernel func bpf_iter_task_new requires RCU critical section protection"
	globalText = "a non-sleepable BPF program context"
)

// Changes to the model 6.18, as kmodel.Load reads them.
const (
	locked   = "+kptr-xchg-locked"
	justLock = "+kptr-xchg-under-lock"
	plainOwn = "+kptr-xchg-under-lock+kptr-xchg-non-owning"
	words    = "+sleepable-messages"
	split    = "+iter-acquire+task-vma-split"
	held     = split + "+forbid-sleep"
)

// answer is what one model says: a change to 6.18 and the last line of its log.
type answer struct{ model, message string }

// ownershipRow is one fact about ownership, locks, contexts or iterators. The first
// part of its name is the group it belongs to: local (kptrs in local objects), locked
// (exchange under a lock), safe (kfuncs under a lock), sleep, iterator, rule.
type ownershipRow struct {
	name            string
	object, program string
	want            string // on 6.18, as it was recorded
	changed         []answer
}

var ownershipRows = []ownershipRow{
	{"local/stash in an object", "kptr_xchg", "into_local", ok, []answer{{"-kptr-xchg-local", "R1 type=ptr_ expected=map_value"}}},
	{"local/take out of an object", "kptr_xchg", "out_of_local", ok, []answer{{"-kptr-xchg-local", "R1 type=ptr_ expected=map_value"}}},
	{"local/destination is a number", "kptr_xchg", "dest_scalar", wrongDest, []answer{{"-kptr-xchg-local", "R1 type=scalar expected=map_value"}}},
	{"local/destination is the stack", "kptr_xchg", "dest_stack", "R1 type=fp expected=map_value, ptr_", nil},
	{"local/object without kptr", "kptr_xchg", "dest_without_kptr", "R1 has no valid kptr", nil},
	{"local/map value without kptr", "kptr_xchg", "dest_map_without_kptr", "R1 has no valid kptr", nil},
	{"local/beside the kptr", "kptr_xchg", "dest_beside_kptr", "off=32 doesn't point to kptr", nil},
	{"local/unreferenced kptr", "kptr_xchg", "dest_unreferenced", "off=16 kptr isn't referenced kptr", nil},
	{"local/variable offset", "kptr_xchg", "dest_variable", "R1 doesn't have constant offset. kptr has to be at the constant offset", nil},
	{"local/another struct", "kptr_xchg", "wrong_type", "invalid kptr access, R2 type=ptr_other expected=ptr_payload", nil},
	{"local/source is not owned", "kptr_xchg", "not_owned", "R2 must be referenced when passed to release function", nil},
	{"local/source was merely loaded", "kptr_xchg", "merely_loaded", ownKptrBug, nil},
	{"local/load of a kptr in an object", "kptr_xchg", "load_local_kptr", "direct access to kptr is disallowed", nil},
	{"local/store to a kptr in a map value", "kptr_xchg", "store_map_kptr", "store to referenced kptr disallowed", nil},
	{"local/use after the exchange", "kptr_xchg", "use_after_swap", "R6" + dead, nil},
	{"local/drop after the exchange", "kptr_xchg", "drop_after_swap", unowned, nil},
	{"local/result dropped unchecked", "kptr_xchg", "drop_unchecked", nullDrop, nil},
	{"local/result forgotten", "kptr_xchg", "forgotten", leaks, nil},
	{"local/drop of a member", "kptr_xchg", "drop_member", "R1 must have zero offset when passed to release func or trusted arg to kfunc", nil},
	{"local/unchecked result as source", "kptr_xchg", "unchecked_source", ownKptrBug, nil},

	{"local/stash of a plain object", "stash", "stash_plain", ok, nil},
	{"local/stash of an object with lock and tree", "stash", "stash_with_root", ok, nil},
	{"local/kernel object in an object", "stash", "stash_task", ok, []answer{{"-kptr-xchg-local", "R1 type=ptr_ expected=map_value"}}},
	{"local/kernel object forgotten", "stash", "stash_task_forgotten", leaks, nil},
	{"local/two kptrs", "stash", "two_kptrs_checked", ok, nil},
	{"local/two kptrs unchecked", "stash", "two_kptrs", ownKptrBug, nil},
	{"local/refcount without taking out", "stash", "acquire_without_unstash", ok, nil},
	{"local/refcount may fail", "stash", "acquire_without_check", nullDrop, nil},
	{"local/percpu kptr", "stash", "percpu", ok, nil},
	{"local/percpu object dropped as a plain one", "stash", "percpu_dropped_as_plain", "arg#0 expected for bpf_percpu_obj_drop_impl()", nil},

	{"locked/map value", "kptr_xchg_locked", "map_value", lockedCall, []answer{{justLock, ok}}},
	{"locked/object with its own lock", "kptr_xchg_locked", "own_lock", lockedCall, []answer{{justLock, ok}}},
	{"locked/borrowed node", "kptr_xchg_locked", "borrowed", lockedCall, []answer{
		{justLock, "R1 type=ptr_ expected=map_value, ptr_"}, {plainOwn, ok}, {locked, ok}}},
	{"locked/borrowed refcounted node", "kptr_xchg_locked", "borrowed_refcounted", lockedCall, []answer{
		{justLock, "R1 type=rcu_ptr_ expected=map_value, ptr_"}, {plainOwn, "R1 type=rcu_ptr_ expected=map_value, ptr_, ptr_"}, {locked, ok}}},
	{"locked/list node", "kptr_xchg_locked", "borrowed_list", lockedCall, []answer{{plainOwn, ok}, {locked, ok}}},
	{"locked/resilient lock", "kptr_xchg_locked", "resilient", lockedCall, []answer{{justLock, ok}}},
	{"locked/less forgets", "kptr_xchg_locked", "less_forgets", lockedCall, []answer{{locked, leaks}}},
	{"locked/static subprogram", "kptr_xchg_locked", "static_subprogram", lockedCall, []answer{{locked, ok}}},
	{"locked/taken out and put back", "kptr_xchg_locked", "put_back", lockedCall, []answer{{locked, ok}}},
	{"locked/two kptrs", "kptr_xchg_locked", "two_kptrs", lockedCall, []answer{{locked, ok}}},
	{"locked/after unlock", "kptr_xchg_locked", "after_unlock", wrongDest, []answer{
		{justLock, wrongDest}, {plainOwn, wrongDest + ", ptr_"}, {locked, newDest}}},
	{"locked/refcounted after unlock", "kptr_xchg_locked", "after_unlock_refcounted", wrongDest, []answer{{locked, newDest},
		{"+untrusted-objects+rcu-ends-with-locks", "R1 type=untrusted_ptr_ expected=map_value, ptr_"}}},
	{"locked/drop inside", "kptr_xchg_locked", "drop_inside", lockedCall, []answer{{locked, lockedCall}}},
	{"locked/forgotten", "kptr_xchg_locked", "forgotten", lockedCall, []answer{{locked, leaks}}},
	{"locked/another struct", "kptr_xchg_locked", "wrong_type", lockedCall, []answer{
		{locked, "invalid kptr access, R2 type=ptr_other expected=ptr_payload"}}},
	{"locked/after remove", "kptr_xchg_locked", "after_remove", ok, []answer{{locked, ok}}},

	{"safe/bpf_obj_new", "graph", "obj_new_locked", lockedCall, []answer{{"+kfunc-spinlock-safe", lockedCall}}},
	{"safe/bpf_obj_drop", "graph", "obj_drop_locked", lockedCall, []answer{{"+kfunc-spinlock-safe", lockedCall}}},
	{"safe/bpf_throw", "graph", "throw_locked", lockedCall, nil},
	{"safe/bpf_rcu_read_lock", "graph", "rcu_locked", lockedCall, []answer{{"+kfunc-spinlock-safe", lockedCall}}},
	{"safe/helper", "graph", "helper_locked", lockedCall, []answer{{"+kfunc-spinlock-safe", lockedCall}}},
	{"safe/second bpf_spin_lock", "graph", "second_lock", lockedCall, nil},
	{"safe/global function", "graph", "global_locked", "use static function instead", nil},
	{"safe/loop over numbers", "graph", "loop_locked", ok, []answer{
		{"+kfunc-spinlock-safe", ok}, {"-iter-num-under-lock", lockedCall}}},
	{"safe/refcount of a borrowed node", "graph", "acquire_borrowed", ok, []answer{{"+kfunc-spinlock-safe", ok}}},
	{"safe/list and tree", "graph", "add_and_walk", ok, []answer{{"+kfunc-spinlock-safe", ok}}},
	{"safe/resilient locks", "graph", "res_nested", ok, []answer{{"+kfunc-spinlock-safe", ok}}},

	{"sleep/helper in an RCU section", "contexts", "sleep_in_rcu", rcuHelper, []answer{{words, rcuHelper}}},
	{"sleep/helper with preemption off", "contexts", "sleep_in_preempt", "sleepable helper bpf_copy_from_user#148 in non-preemptible region", nil},
	{"sleep/helper with interrupts off", "contexts", "sleep_in_irq", "sleepable helper bpf_copy_from_user#148 in IRQ-disabled region", nil},
	{"sleep/helper in a plain program", "contexts", "sleep_in_plain_prog", plainSleep, []answer{
		{words, "sleepable helper bpf_copy_from_user#148 in non-sleepable prog"}}},
	{"sleep/kfunc in an RCU section", "contexts", "kfunc_sleeps_in_rcu", "kernel func bpf_copy_from_user_str is sleepable within rcu_read_lock region", []answer{
		{words, "kernel func bpf_copy_from_user_str is sleepable within rcu_read_lock region"}}},
	{"sleep/kfunc with preemption off", "contexts", "kfunc_sleeps_in_preempt", "kernel func bpf_copy_from_user_str is sleepable within non-preemptible region", nil},
	{"sleep/kfunc with interrupts off", "contexts", "kfunc_sleeps_in_irq", "kernel func bpf_copy_from_user_str is sleepable within IRQ-disabled region", nil},
	{"sleep/kfunc in a plain program", "contexts", "kfunc_sleeps_in_plain_prog", "program must be sleepable to call sleepable kfunc bpf_copy_from_user_str", []answer{
		{words, "program must be sleepable to call sleepable kfunc bpf_copy_from_user_str"}}},
	{"sleep/global function in an RCU section", "contexts", "global_sleeps_in_rcu", globalText, []answer{
		{words, "sleepable global function global_sleeper() called in rcu_read_lock region"}}},
	{"sleep/global function in a plain program", "contexts", "global_sleeps_in_plain_prog", globalText, []answer{
		{words, "sleepable global function global_sleeper() called in non-sleepable prog"}}},

	{"iterator/element held while sleeping", "iter_acquire", "sleep_without_release", absent, []answer{{split, ok}, {held, noFault}}},
	{"iterator/element used after its release", "iter_acquire", "access_after_release", absent, []answer{{split, "R7" + dead}, {held, "R7" + dead}}},
	{"iterator/released, then slept", "iter_acquire", "release_then_sleep", absent, []answer{{split, ok}, {held, ok}}},
	{"iterator/released twice", "iter_acquire", "double_release", absent, []answer{{split, nothing}, {held, nothing}}},
	{"iterator/released before next", "iter_acquire", "release_without_acquire", absent, []answer{{split, nothing}, {held, nothing}}},
	{"iterator/released when drained", "iter_acquire", "release_when_drained", absent, []answer{{held, nothing}}},
	{"iterator/slept when drained", "iter_acquire", "sleep_when_drained", absent, []answer{{held, ok}}},
	{"iterator/nested, the inner released", "iter_acquire", "nested_release_inner", absent, []answer{{split, ok}, {held, noFault}}},
	{"iterator/nested, both released", "iter_acquire", "nested_release_both", absent, []answer{{held, ok}}},
	{"iterator/used after the following next", "iter_acquire", "used_after_next", absent, []answer{{split, "R7" + dead}}},
	{"iterator/used after destroy", "iter_acquire", "used_after_destroy", absent, []answer{{split, "R6" + dead}}},
	{"iterator/left in the middle", "iter_acquire", "left_early", absent, []answer{{held, ok}}},
	{"iterator/release of no iterator", "iter_acquire", "release_of_nothing", absent, []answer{{held, vmaUnready}}},
	{"iterator/release of the element itself", "iter_acquire", "release_of_the_element", absent, []answer{
		{held, "arg#0 expected pointer to an iterator on stack"}}},
	{"iterator/global function sleeps while held", "iter_acquire", "global_sleeper_held", absent, []answer{
		{split, ok}, {held, globalText}, {held + words, "sleepable global function global_sleeper() called in nofault region"}}},
	{"iterator/release without iter-acquire", "iter_acquire", "double_release", absent, []answer{
		{"+task-vma-split", "release kernel function bpf_iter_task_vma_release expects refcounted PTR_TO_BTF_ID"}}},
	{"iterator/snapshot, sleep in the loop", "contexts", "vma_sleep_in_loop", ok, []answer{{held, noFault}}},
	{"iterator/snapshot used after next", "contexts", "vma_used_after_next", ok, nil},
	{"iterator/snapshot used after destroy", "contexts", "vma_used_after_destroy", ok, nil},
	{"iterator/snapshot, nested", "contexts", "vma_nested", ok, []answer{{split, ok}}},
	{"iterator/snapshot, left in the middle", "contexts", "vma_break", ok, []answer{{held, ok}}},
	{"iterator/next before new", "contexts", "iter_next_uninitialized", vmaUnready, nil},
	{"iterator/destroyed twice", "contexts", "iter_destroyed_twice", vmaUnready, nil},
	{"iterator/new twice", "contexts", "iter_new_twice", "expected uninitialized iter_num as arg #0", nil},
	{"iterator/not destroyed", "contexts", "iter_not_destroyed", leaks, nil},
	{"iterator/overwritten", "contexts", "iter_overwritten", "expected an initialized iter_num as arg #0", nil},
	{"iterator/tasks outside RCU", "contexts", "task_iter_without_rcu", needsRCU, []answer{
		{"-rcu-protection-enforced", nextInRCU}}},
	{"iterator/tasks in RCU", "contexts", "task_iter_in_rcu", ok, nil},
	{"iterator/tasks after RCU", "contexts", "task_iter_after_rcu", nextInRCU, nil},

	{"rule/exchange in an RCU section", "kptr_xchg", "under_rcu", ok, nil},
	{"rule/exchange with preemption off", "kptr_xchg", "without_preemption", ok, nil},
	{"rule/exchange with interrupts off", "kptr_xchg", "without_irqs", ok, nil},
	{"rule/write to a borrowed node", "graph", "write_borrowed", ok, nil},
	{"rule/borrowed node after unlock", "graph", "read_after_unlock", "R6" + dead, nil},
	{"rule/borrowed refcounted node after unlock", "graph", "read_refcounted_after_unlock", "R6" + dead, []answer{
		{"+untrusted-objects+rcu-ends-with-locks", "verifier bug: ref_obj_id for allocated object must be non-zero"},
		{"+untrusted-objects+rcu-ends-with-locks+stale-objects-read", ok}}},
	{"rule/old pointer after remove", "graph", "read_after_remove", ok, nil},
	{"rule/pushed twice", "graph", "push_twice", "arg#1 expected pointer to allocated object", nil},
	{"rule/push without lock", "graph", "push_unlocked", "bpf_spin_lock at off=0 must be held for bpf_list_head", nil},
	{"rule/first without lock", "graph", "first_unlocked", "bpf_spin_lock at off=0 must be held for bpf_rb_root", nil},
	{"rule/first under another lock", "graph", "first_of_other_lock", "bpf_spin_lock at off=0 must be held for bpf_rb_root", nil},
	{"rule/remove of an owned node", "graph", "remove_never_added", ok, []answer{
		{"-rbtree-remove-owned", "rbtree_remove node input must be non-owning ref"}}},
	{"rule/removed node dropped unchecked", "graph", "remove_unchecked", nullDrop, nil},
	{"rule/removed node forgotten", "graph", "remove_forgotten", leaks, nil},
	{"rule/unlock in less", "graph", "unlock_in_less", "can't spin_{lock,unlock} in rbtree cb", nil},
	{"rule/unlock of another lock", "graph", "unlock_other", "bpf_spin_unlock of different lock", nil},
	{"rule/unlock of none", "graph", "unlock_none", "bpf_spin_unlock without taking a lock", nil},
	{"rule/exit with lock", "graph", "exit_locked", "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region", nil},
	{"rule/exit in RCU", "contexts", "exit_in_rcu", "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region", nil},
	{"rule/exit with preemption off", "contexts", "exit_in_preempt", "BPF_EXIT instruction in main prog cannot be used inside bpf_preempt_disable-ed region", nil},
	{"rule/exit with interrupts off", "contexts", "exit_in_irq", "BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed region", nil},
	{"rule/RCU unlock unmatched", "contexts", "rcu_unlock_unmatched", "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)", nil},
	{"rule/RCU nested", "contexts", "rcu_nested", "nested rcu read lock (kernel function bpf_rcu_read_lock)", []answer{{"+rcu-nesting", ok}}},
	{"rule/preemption enabled unmatched", "contexts", "preempt_enable_unmatched", "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)", nil},
	{"rule/IRQ flags out of order", "contexts", "irq_out_of_order", "cannot restore irq state out of order, expected id=2 acquired at insn_idx=7", nil},
	{"rule/IRQ flag restored twice", "contexts", "irq_restore_twice", "expected an initialized irq flag as arg#0", nil},
	{"rule/IRQ flag saved twice", "contexts", "irq_save_twice", "expected uninitialized irq flag as arg#0", nil},
	{"rule/resilient lock unchecked", "graph", "res_unchecked", "bpf_res_spin_unlock without taking a lock", nil},
	{"rule/resilient locks out of order", "graph", "res_out_of_order", "bpf_res_spin_unlock cannot be out of order", nil},
	{"rule/resilient lock twice", "graph", "res_twice", "Acquiring the same lock again, AA deadlock detected", nil},
	{"rule/throw while owning", "graph", "throw_owning", "bpf_throw would lead to reference leak", nil},
	{"rule/drop of a loaded kptr", "graph", "drop_loaded", unowned, nil},
	{"rule/refcount of a kptr outside RCU", "graph", "acquire_loaded", "arg#0 is neither owning or non-owning ref", nil},
	{"rule/refcount of a kptr after RCU", "graph", "acquire_loaded_after_rcu", ok, nil},
	{"rule/dropped twice", "graph", "drop_twice", unowned, nil},
	{"later/refcount of a kptr in RCU", "later", "refcount_in_rcu", ok, []answer{{"+refcount-acquire-rcu", nullDrop}}},
	{"later/refcount of a kptr after RCU", "graph", "acquire_loaded_after_rcu", ok, []answer{
		{"+untrusted-objects", "arg#0 is neither owning or non-owning ref"}}},
	{"later/array at an object's end", "later", "flexible_array", ok, []answer{
		{"+objects-without-flex-arrays", "access beyond struct sack at off 12 size 4"}}},
	{"later/plain object in a percpu kptr", "later", "plain_into_percpu", ok, []answer{
		{"+percpu-kptr-source", "invalid kptr access, R2 type=ptr_ expected=ptr_payload"}}},
	{"later/unlock below less", "later", "unlock_below_less", "bpf_spin_lock at off=0 must be held for bpf_rb_root", []answer{
		{"+rbtree-callback-nested", "can't spin_{lock,unlock} in rbtree cb"}}},
	{"later/dynptr overwritten", "later", "overwritten", overwrites, []answer{{"+dynptr-clones-overwritten", overwrites}}},
	{"later/dynptr overwritten, its clone lives", "later", "overwritten_by_clone", overwrites, []answer{{"+dynptr-clones-overwritten", ok}}},
	{"later/dynptr filled by a helper", "later", "filled_by_helper", "potential write to dynptr at off=-16 disallowed", []answer{
		{"+raw-stack-writes-checked", overwrites}}},
	{"later/slice added to a number", "later", "slice_by_sum", ok, []answer{
		{"+pointers-added-whole", "R6" + dead}, {"+objects-derived", "R6" + dead}}},
	{"later/const dynptr passed on", "later", "const_dynptr_passed_on", ok, []answer{{"+const-dynptr-args", ok}}},
	{"later/const dynptr ended", "later", "const_dynptr_ended", "cannot release unowned const bpf_dynptr", []answer{
		{"+release-args-named", "cannot pass pointer to const bpf_dynptr, the helper mutates it"},
		{"+release-args-named+const-dynptr-args", "CONST_PTR_TO_DYNPTR cannot be released"}}},
	{"later/tasks with preemption off", "later", "tasks_with_preemption_off", needsRCU, []answer{
		{"+rcu-by-atomic-sections", nextInRCU}}},
	{"later/tasks with interrupts off", "later", "tasks_with_interrupts_off", needsRCU, []answer{{"+rcu-by-atomic-sections", ok}}},
	{"later/tasks after a gap in RCU", "later", "tasks_after_a_gap", ok, []answer{
		{"+iter-trust-compared", nextInRCU}}},
	{"later/iterator at the frame pointer", "later", "iterator_at_the_frame_pointer", ok, []answer{
		{"+stack-objects-below-frame", "expected an initialized iter_num as arg #0"}}},
	{"later/owning while a global function throws", "later", "owning_while_others_throw", ok, []answer{
		{"+global-func-throws", "bpf_throw would lead to reference leak"}}},
}

// absent stands for programs that 6.18 can't link: they call a function it lacks.
const absent = "extern (func ksym) 'bpf_iter_task_vma_release': not found in kernel or module BTFs"

// linkedPrograms are an object's programs linked for one model, by name.
type linkedPrograms map[string]object.Linked

var linkCache sync.Map // model and object to func() (linkedPrograms, error)

func linkOwnership(t *testing.T, m *kmodel.Model, file string) linkedPrograms {
	t.Helper()
	type result struct {
		programs linkedPrograms
		err      error
	}
	get, _ := linkCache.LoadOrStore(m.Name()+" "+file, sync.OnceValue(func() result {
		obj, err := object.Load(file)
		if err != nil {
			return result{err: err}
		}
		programs := linkedPrograms{}
		for _, l := range obj.Link(m) {
			programs[l.Program.Name] = l
		}
		return result{programs, nil}
	}))
	r := get.(func() result)()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.programs
}

// judge returns the last line of the log, ok for an accepted program.
func judge(t *testing.T, m *kmodel.Model, file, program string) string {
	t.Helper()
	l, found := linkOwnership(t, m, file)[program]
	if !found {
		t.Fatalf("%s has no program %s", file, program)
	}
	if l.Err != nil {
		return lastOf(l.Err.Error())
	}
	out := verifier.Verify(t.Context(), l.Image, m, verifier.Options{})
	if out.Verdict == verifier.Success {
		return ok
	}
	return out.Message
}

func lastOf(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

func TestOwnership(t *testing.T) {
	for _, row := range ownershipRows {
		answers := append([]answer{{"", row.want}}, row.changed...)
		for _, a := range answers {
			models := []string{"6.18" + a.model}
			if strings.HasPrefix(a.model, split) {
				models = append(models, "7.0"+a.model) // what is proposed was made for that kernel
			}
			for _, model := range models {
				t.Run(row.name+" on "+model, func(t *testing.T) { holdOwnership(t, row, a.message, model) })
			}
		}
	}
}

// holdOwnership holds what a model says of a row's program against what is wanted.
func holdOwnership(t *testing.T, row ownershipRow, want, model string) {
	m, err := kmodel.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	got := judge(t, m, filepath.Join("testdata", row.object+".bpf.o"), row.program)
	if got != want && !(want == absent && strings.HasSuffix(got, absent)) {
		t.Errorf("%s: %q, want %q", row.program, got, want)
	}
}

// TestOwnershipOverlays judges functions that an overlay adds or changes: a module's,
// marked safe under a lock by either name of the flag, and an iterator whose elements
// are references, under either name of the rule against sleeping.
func TestOwnershipOverlays(t *testing.T) {
	module := func(flags ...string) []kmodel.KfuncOverlay {
		return []kmodel.KfuncOverlay{
			{Name: "example_count", Module: "example", Flags: kfuncFlags(t, flags...), Prototype: "u64 example_count(u64 start)"},
			{Name: "example_count_slowly", Module: "example", Prototype: "u64 example_count_slowly(u64 start)"},
		}
	}
	vma := func(flags ...string) []kmodel.KfuncOverlay {
		flags = append(flags, "KF_ITER_NEXT", "KF_RET_NULL")
		return []kmodel.KfuncOverlay{{Name: "bpf_iter_task_vma_next", Flags: kfuncFlags(t, flags...)}}
	}
	const moduleObject, vmaObject = "../../examples/ownership/module_kfunc.bpf.o", "testdata/contexts.bpf.o"
	for _, c := range []struct {
		name, model         string
		overlay             []kmodel.KfuncOverlay
		file, program, want string
	}{
		{"marked without the feature", "", module("KF_SPINLOCK_SAFE"), moduleObject, "marked", lockedCall},
		{"marked", "+kfunc-spinlock-safe", module("KF_SPINLOCK_SAFE"), moduleObject, "marked", ok},
		{"marked by the first name", "+kfunc-spinlock-safe", module("KF_SPIN_LOCK"), moduleObject, "marked", ok},
		{"unmarked", "+kfunc-spinlock-safe", module("KF_SPINLOCK_SAFE"), moduleObject, "unmarked", lockedCall},
		{"marked, but sleeps", "+kfunc-spinlock-safe", module("KF_SPINLOCK_SAFE", "KF_SLEEPABLE"), moduleObject, "marked",
			"kernel func example_count is sleepable within lock region"},
		{"nosleep", "+iter-acquire+forbid-sleep", vma("KF_ACQUIRE", "KF_FORBID_SLEEP"), vmaObject, "vma_sleep_in_loop", noSleep},
		{"nofault", "+iter-acquire+forbid-sleep", vma("KF_ACQUIRE", "KF_FORBID_FAULT"), vmaObject, "vma_sleep_in_loop", noFault},
		{"nosleep without the feature", "+iter-acquire", vma("KF_ACQUIRE", "KF_FORBID_SLEEP"), vmaObject, "vma_sleep_in_loop", ok},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := kmodel.Load("6.18" + c.model)
			if err != nil {
				t.Fatal(err)
			}
			if m, err = m.WithKfuncs(c.overlay); err != nil {
				t.Fatal(err)
			}
			m = m.With(kmodel.Named(m.Name() + c.name))
			if got := judge(t, m, c.file, c.program); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func kfuncFlags(t *testing.T, names ...string) (flags abi.KfuncFlags) {
	t.Helper()
	for _, name := range names {
		f, known := kmodel.ParseKfuncFlag(name)
		if !known {
			t.Fatalf("flag %s is unknown", name)
		}
		flags |= f
	}
	return flags
}
