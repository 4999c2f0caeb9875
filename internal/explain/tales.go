package explain

import "sync"

// What is to be done about several refusals.
const (
	underGPL  = "char LICENSE[] SEC(\"license\") = \"Dual MIT/GPL\"; or another compatible with the GPL"
	checkNULL = "check it before: if (!{name}) return 0;"
	setEarly  = "set the variable where it is declared"
	// beSleepable stands for how the program is loaded as sleepable.
	beSleepable = "sleepable"
)

// Tales that are told of two refusals.
var (
	wrongType      = tale{title: "`{0}` may not be called by a program of type {type}", label: "it is not for this type of program"}
	nullNotTaken   = tale{title: "{it} may be NULL, and {call} does not take NULL", label: "{it} is {is}", help: checkNULL}
	notData        = tale{title: "`{0}` is accessed as if it were data", label: "only its own functions may touch it"}
	maySleep       = tale{title: "`{0}` may sleep, and this program may not", label: "it may sleep", help: beSleepable}
	packetReadOnly = tale{title: "packets are read-only here", label: "a program of type {type} may only read them"}
	stillHeld      = tale{
		title: "a reference is still held when the program is left", label: "it would be lost here", begin: &refSection,
		help: "release it before",
	}
)

// tales are told of refusals by their format.
var tales = sync.OnceValue(func() map[string]tale {
	return map[string]tale{
		// Locks.
		"bpf_spin_lock at off=%d must be held for %s": {
			title: "the lock beside the {1} is not held", label: "{call} works on {it}, which only the holder of its lock may do",
			begin: &lockSection, none: "no lock is taken on this path",
			help: "take the `bpf_spin_lock` at offset {0} of the same object before, and give it back after the last use of what is in it",
		},
		"held lock and object are not in the same allocation": {
			title: "another object's lock is held", label: "{call} works on {it}, whose own lock must be held", begin: &lockSection,
			help: "take the lock that is in the same map value or object as the list or tree",
		},
		"%s_unlock of different lock": {
			title: "the lock given back is not the one that is held", label: "this is another lock, or the kernel can't tell that it is the same",
			begin: &lockSection, help: "give back the lock through the same pointer that it was taken by: a second lookup is another object to the verifier",
		},
		"%s_unlock without taking a lock": {
			title: "a lock is given back that is not held", label: "no lock is held here", begin: &lockSection, none: "no lock is taken on this path",
			help: "take it before on every path, or leave this call out",
		},
		"%s_unlock cannot be out of order": {
			title: "locks are given back in the wrong order", label: "the lock that was taken last must be given back first", begin: &lockSection,
			help: "give back locks in the reverse order of their taking",
		},
		"Acquiring the same lock again, AA deadlock detected": {
			title: "a lock is taken that is held already", label: "it would wait for itself", begin: &lockSection,
			help: "give it back before",
		},
		"function calls are not allowed while holding a lock": {
			title: "{call} is called while a lock is held", label: "a lock is held here", begin: &lockSection,
			help: "move the call before the lock is taken or after it is given back",
		},
		"global function calls are not allowed while holding a lock,\nuse static function instead": {
			title: "the global function {call} is called while a lock is held", label: "global functions are verified alone, where no lock is held",
			begin: &lockSection, help: "make the function `static`, or call it without the lock",
		},
		"global function calls are not allowed with preemption disabled,\nuse static function instead": {
			title: "the global function {call} is called with preemption off", label: "this kernel can't tell whether it sleeps",
			begin: &preemptSection, help: "make the function `static`",
		},
		"can't spin_{lock,unlock} in rbtree cb": {
			title: "a lock is taken or given back in the callback of bpf_rbtree_add", label: "the tree's lock is held while the callback runs",
			begin: &lockSection, help: "leave locks alone in callbacks that compare nodes",
		},
		"%s '%s' has no valid %s_lock": {
			label: "{it} points to something that has no lock", help: "add `struct {2}_lock` to the struct that it points to",
		},
		"off %d doesn't point to 'struct %s_lock' that is at %d": {
			title: "no lock is there", label: "the pointer is {0} bytes into the object, and its lock is at byte {2}",
		},
		"R%d doesn't have constant offset. %s_lock has to be at the constant offset": {
			label: "where {it} points is only known when the program runs",
		},

		// Sleeping, RCU, preemption, interrupts.
		"program must be sleepable to call sleepable kfunc %s":     maySleep,
		"kernel function %s is sleepable but the program is not":   maySleep,
		"Leaking reference id=%d alloc_insn=%d. Release it first.": stillHeld,
		"%s would lead to reference leak":                          stillHeld,
		"helper call might sleep in a non-sleepable prog": {
			title: "{call} may sleep, and this program may not", label: "it may sleep",
			help: beSleepable,
		},
		"unmatched rcu read unlock (kernel function %s)": {
			title: "an RCU section is left that was not entered", label: "no RCU section is open here", begin: &rcuSection,
			none: "bpf_rcu_read_lock is not called on this path", help: "call bpf_rcu_read_lock() before, on every path that leads here",
		},
		"unmatched attempt to enable preemption (kernel function %s)": {
			title: "preemption is enabled that was not disabled", label: "preemption is on here", begin: &preemptSection,
			none: "bpf_preempt_disable is not called on this path", help: "call bpf_preempt_disable() before, on every path that leads here",
		},
		"nested rcu read lock (kernel function %s)": {
			title: "an RCU section is entered within another", label: "one is open already, and this kernel does not nest them", begin: &rcuSection,
		},
		"kernel func %s requires RCU critical section protection": {
			title: "`{0}` works only in an RCU section", label: "no RCU section is open here", begin: &rcuSection,
			none: "bpf_rcu_read_lock is not called on this path", help: "call bpf_rcu_read_lock() before and bpf_rcu_read_unlock() after the last use",
		},
		"expected an RCU CS when using %s": {
			title: "`{0}` works only in an RCU section", label: "the iterator was made outside of an RCU section, or that has ended", slot: true,
			begin: &rcuSection, none: "bpf_rcu_read_lock is not called on this path",
			help: "call bpf_rcu_read_lock() before the iterator is made and bpf_rcu_read_unlock() after it is destroyed",
		},
		"R%d must be a rcu pointer": {
			title: "{it} is not protected by RCU", label: "{it} is {is}", begin: &rcuSection,
			help: "read the pointer inside an RCU section, or acquire a reference",
		},
		"cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d": {
			title: "interrupt states are restored in the wrong order", label: "the state saved last must be restored first", begin: &irqSection, slot: true,
		},
		"expected an initialized irq flag as %s": {
			title: "no interrupt state is saved in {it}", label: "{it} holds none", slot: true,
			help: "pass what bpf_local_irq_save() filled in",
		},
		"expected uninitialized irq flag as %s": {
			title: "{it} holds a saved interrupt state already", label: "it would be lost", slot: true, help: "restore it first, or use another variable",
		},
		"irq flag acquired by %s kfuncs cannot be restored with %s kfuncs": {
			title: "the interrupt state is restored by functions of another family", label: "saved by {0} functions, restored by {1} functions", slot: true, begin: &irqSection,
		},

		// Dynptrs and iterators.
		"Expected an initialized dynptr as %s": {
			title: "{it} is not a dynptr here", label: "{it} must have been made a dynptr before", slot: true,
		},
		"Dynptr has to be an uninitialized dynptr": {
			title: "a dynptr is made over another one", label: "there is one already", slot: true, help: "use another variable, or release the first one before",
		},
		"Expected a dynptr of type %s as %s": {
			title: "{it} is a dynptr of another kind", label: "one of kind `{0}` is needed", slot: true,
		},
		"cannot overwrite referenced dynptr": {
			title: "a dynptr is overwritten that holds a reference", label: "the reference would be lost", begin: &refSection,
			help: "submit or discard it first",
		},
		"cannot pass pointer to const bpf_dynptr, the helper mutates it": {
			label: "{call} changes the dynptr, and this one may only be read",
		},
		"cannot release unowned const bpf_dynptr": {label: "the dynptr belongs to who called this function"},
		"CONST_PTR_TO_DYNPTR cannot be released":  {label: "the dynptr belongs to who called this function"},
		"potential write to dynptr at off=%d disallowed": {
			title: "a helper may overwrite a dynptr", label: "{call} writes to where a dynptr may be", slot: true,
		},
		"expected an initialized iter_%s as %s": {
			title: "{it} is not an iterator here", label: "{it} must have been made by `bpf_iter_{0}_new` and not destroyed", slot: true,
		},
		"expected uninitialized iter_%s as %s": {
			title: "an iterator is made over another one", label: "there is one already", slot: true, help: "destroy the first one before",
		},

		// References, owned and borrowed objects.
		"R%d must be referenced when passed to release function": {
			title: "{it} is released and not owned", label: "{it} is {is}, and carries no reference",
			help: "release only what was acquired, once",
		},
		"release kernel function %s expects refcounted PTR_TO_BTF_ID": {
			title: "`{0}` releases what is not owned", label: "no reference goes with this pointer", help: "acquire a reference before, or don't release",
		},
		"arg %d is an unacquired reference": {
			title: "what is given to {call} is not owned", label: "it holds no reference here", slot: true, help: "release only what was acquired, once",
		},
		"R%d must be referenced or trusted": {
			title: "{it} may be stale: it is neither owned nor trusted", label: "{it} is {is}",
			help: "acquire it with its bpf_..._acquire function where it was still trusted, and check the result for NULL",
		},
		"%s expected pointer to allocated object": {
			title: "{it} is no object of the program's own", label: "{call} takes objects that bpf_obj_new() made and the program still owns",
		},
		"allocated object must be referenced": {
			title: "{it} is not owned any more", label: "{it} is {is}", help: "an object that was given away can't be given away again: take it out of its container first",
		},
		"%s is neither owning or non-owning ref": {title: "{it} is neither owned nor borrowed", label: "{it} is {is}"},
		"%s can only take non-owning or refcounted bpf_rb_node pointer": {
			title: "{it} is not in a tree", label: "{it} is {is}; `{0}` takes nodes that a tree holds", begin: &lockSection,
			help: "use the node while the lock is held under which it was found",
		},
		"rbtree_remove node input must be non-owning ref": {
			title: "{it} is not in a tree", label: "{it} is {is}; it takes nodes that a tree holds", begin: &lockSection,
			help: "use the node while the lock is held under which it was found",
		},
		"%s not found at offset=%d": {
			title: "no {0} is there", label: "nothing at byte {1} of the object is one",
		},
		"bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct": {
			label: "the type passed to {call} is no struct of the program", help: "pass bpf_core_type_id_local(struct ...) of a struct",
		},
		"local type ID argument must be in range [0, U32_MAX]": {label: "the type id does not fit 32 bits"},

		// Who may do what.
		"calling kernel function %s is not allowed":    wrongType,
		"program of this type cannot use helper %s#%d": wrongType,
		"unknown func %s#%d":                           wrongType,
		"cannot call GPL-restricted function from non-GPL compatible program": {
			title: "{call} is only for programs under the GPL", label: "the program's license is \"{license}\"",
			help: underGPL,
		},
		"cannot call kernel function from non-GPL compatible program": {
			title: "kernel functions are only for programs under the GPL", label: "the program's license is \"{license}\"",
			help: underGPL,
		},
		"helper call is not allowed in probe": {
			title: "{call} may not be called at this hook", label: "the function that the program is attached to is not on the helper's list",
		},

		// Registers.
		"R%d !read_ok": {
			title: "{it} is read before it is set", label: "nothing on this path has set it",
			help: setEarly,
		},
		"frame pointer is read only":                 {label: "R10 is the address of the stack frame and can't be changed"},
		"div by zero":                                {title: "division by zero", label: "the divisor is the constant 0"},
		"Possibly NULL pointer passed to trusted %s": nullNotTaken,
		"Possibly NULL pointer passed to helper %s":  nullNotTaken,
		"R%d pointer arithmetic on %s prohibited, null-check it first": {
			title: "{it} may be NULL, and arithmetic is done on it", label: "{it} is {is}", help: checkNULL,
		},
		"R%d pointer arithmetic on %s prohibited": {
			title: "arithmetic on a pointer that may not be moved", label: "{it} is {is}, which may only be used as it is",
		},
		"R%d tried to subtract pointer from scalar": {title: "a pointer is subtracted from a number", label: "{it} is {is}"},
		"R%d pointer %s pointer prohibited":         {title: "two pointers are computed with", label: "both sides are pointers"},
		"R%d bitwise operator %s on pointer prohibited": {
			title: "a bitwise operator on a pointer", label: "{it} is {is}",
		},
		"R%d pointer arithmetic with %s operator prohibited": {title: "pointers have no operator {1}", label: "{it} is {is}"},
		"same insn cannot be used with different pointers": {
			title: "one instruction works on pointers of two kinds", label: "on another path this accesses another kind of pointer",
			help: "access each in a branch of its own",
		},
		"dereference of modified %s ptr R%d off=%d disallowed": {
			title: "{it} was moved before it is used", label: "{it} points {2} bytes behind its beginning", moved: true,
		},
		"negative offset %s ptr R%d off=%d disallowed": {
			title: "{it} points before its object", label: "{it} is moved by {2} bytes", moved: true,
		},
		"R%d must have zero offset when passed to release func or trusted arg to kfunc": {
			title: "{it} was moved before it is passed on", label: "it must point to the object's beginning", moved: true,
		},
		"misaligned %saccess off %s size %d": {
			title: "the access is not aligned", label: "{2} bytes at an address that is no multiple of {2}",
		},
		"R%d cannot write into %s":                  {title: "the kernel's object may not be written", label: "{it} is {is}, which is read-only to programs"},
		"BPF_ATOMIC %s R%d %s is not allowed":       {title: "no atomic instruction there", label: "{it} is {is}, which has no atomic access"},
		"invalid size of register fill":             {title: "a pointer on the stack is read in part", label: "a saved pointer must be read whole, 8 bytes"},
		"invalid size of register spill":            {title: "a pointer is saved in part", label: "a pointer must be saved whole, 8 bytes"},
		"cannot return stack pointer to the caller": {label: "the function's stack is gone when it returns"},

		"invalid read from stack off %d+%d size %d": {
			title: "the stack is read before it is written", label: "nothing on this path has written these {2} bytes", help: setEarly,
		},
		"invalid%s read from stack R%d off %d+%d size %d": {
			title: "{call} reads stack that was not written", label: "nothing on this path has written all {4} bytes of {it}", help: setEarly,
		},
		"reading from stack off %d+%d size %d, slot poisoned by dead code elimination": {
			title: "the stack is read where the kernel took it for dead", label: "the kernel had found that nothing reads all of these {2} bytes",
		},
		"reading from stack R%d off %d+%d size %d, slot poisoned by dead code elimination": {
			title: "{call} reads stack that the kernel took for dead", label: "the kernel had found that nothing reads all {3} bytes of {it}",
		},
		"no write support to %s at off %d": {title: "this member of struct {0} may not be written", label: "byte {1} of struct {0} is read-only to programs"},
		"only read from %s is supported":   {title: "a struct {0} of the kernel is written", label: "programs may only read it"},
		"store to referenced kptr disallowed": {
			title: "a referenced kptr is stored as if it were data", label: "the object that is there would be lost", help: "exchange it with bpf_kptr_xchg(), and release what that returns",
		},
		"R%d is invalid":                         {title: "there is no register {0}", label: "registers are R0 to R10"},
		"fd %d is not pointing to valid bpf_map": {title: "the instruction loads a map that is none", label: "descriptor {0} is no map"},
		"Cannot access kernel 'struct %s' from non-GPL compatible program": {
			title: "struct {0} may be read only by programs under the GPL", label: "the program's license is \"{license}\"",
			help: underGPL,
		},

		// Maps.
		"write into map forbidden, value_size=%d off=%d size=%d": {
			title: "the map may not be written by programs", label: "{it} is {is}", help: "drop `const`, or BPF_F_RDONLY_PROG from the map's flags",
		},
		"read from map forbidden, value_size=%d off=%d size=%d": {
			title: "the map may not be read by programs", label: "{it} is {is}", help: "drop BPF_F_WRONLY_PROG from the map's flags",
		},
		"write into map forbidden":                     {title: "the map may not be written by programs", label: "{call} changes it"},
		"%s cannot be accessed directly by load/store": notData,
		"direct access to %s is disallowed":            notData,
		"cannot pass map_type %d into func %s#%d": {
			title: "`{1}` does not work on such a map", label: "this type of map has no such operation",
		},
		"invalid kptr access, R%d type=%s%s expected=%s%s": {
			title: "{it} is not what the map's field holds", label: "{it} is {is}; the field holds struct {4}",
		},

		// Packets.
		"cannot write into packet":                      packetReadOnly,
		"the prog does not allow writes to packet data": packetReadOnly,
		"helper access to the packet is not allowed": {
			title: "{call} does not take pointers into the packet", label: "{it} is {is}", help: "copy the bytes to the stack first",
		},
		"R%d offset is outside of the packet": {
			title: "{it} points outside of the packet", label: "how far {it} reaches was not compared with data_end",
		},

		// Kernel structs.
		"only read is supported": {title: "a kernel struct is written", label: "{it} is {is}, which programs may only read"},
		"access beyond the end of member %s (mend:%d) in struct %s with off %d size %d": {
			title: "the access reaches beyond `{0}` of struct {2}", label: "{4} bytes at byte {3}; `{0}` ends at byte {1}",
		},
		"kernel function %s %s expected pointer to %s %s but R%d has a pointer to %s %s": {
			title: "`{0}` takes a struct {3}, and gets a struct {6}", label: "this is a pointer to struct {6}",
		},
		"%s pointer type %s %s must point to %sscalar, or struct with scalar": {
			title: "{it} is no pointer to struct {2}", label: "{it} is {is}; {call} takes a struct {2} of the kernel",
		},
		"R%d is of type %s but %s is expected": {
			title: "{it} is a struct {1}, and a struct {2} is needed", label: "{it} is {is}",
		},
		"R%d type=%s expected=%s": {
			title: "{it} is not what {call} takes", label: "{it} is {is}; it takes {types2}",
		},
		"variable %s access var_off=%s disallowed": {
			title: "where in the object is accessed is only known when the program runs", label: "the offset must be a constant",
		},
	}
})
