package diagnosis

var lockCodes = []Code{
	{
		ID: "BV0401", Title: "lock of the list or tree is not held", Category: ResourceLifetime,
		Rule:    "A list or tree is touched only while the bpf_spin_lock beside it, in the same map value, object or section of globals, is held.",
		Why:     "Two CPUs that change it at a time would corrupt it.",
		Fix:     "Call bpf_spin_lock(&lock) before, and bpf_spin_unlock(&lock) after the operation, with the lock that lies beside the list head or tree root.",
		Formats: []string{"bpf_spin_lock at off=%d must be held for %s", "held lock and object are not in the same allocation"},
	},
	{
		ID: "BV0402", Title: "unlock of a lock that is not held", Category: ResourceLifetime,
		Rule:    "Only the lock that was taken last is given back, by the function that belongs to it.",
		Why:     "Another CPU could hold it.",
		Fix:     "Pass the very pointer that was locked: two lookups of one key count as two locks.",
		Formats: []string{"%s_unlock without taking a lock", "%s_unlock of different lock", "%s_unlock cannot be out of order"},
	},
	{
		ID: "BV0403", Title: "second lock while one is held", Category: ResourceLifetime,
		Rule:    "One bpf_spin_lock is held at a time; resilient locks nest, but not the same one.",
		Why:     "Two locks in two orders are a deadlock.",
		Fix:     "Unlock the first one before, or use bpf_res_spin_lock, which can fail.",
		Older:   []string{"Locking two bpf_spin_locks are not allowed"},
		Formats: []string{"Acquiring the same lock again, AA deadlock detected"},
	},
	{
		ID: "BV0404", Title: "lock is held where it must not be", Category: ExecutionContext,
		Rule:  "While a bpf_spin_lock is held the program does not end, throw, make tail calls, load packet bytes the old way, or call functions that are not known to be safe.",
		Why:   "Other CPUs spin until it is given back.",
		Fix:   "Unlock first, on every path; do the call before or after.",
		Older: []string{"bpf_spin_unlock is missing"},
		Formats: []string{
			"%s cannot be used inside bpf_spin_lock-ed region", "bpf_spin_unlock is missing", "function calls are not allowed while holding a lock",
			"global function calls are not allowed while holding a lock,\nuse static function instead",
		},
	},
	{
		ID: "BV0405", Title: "no lock there", Category: CallType,
		Rule: "The argument of bpf_spin_lock is the address of a bpf_spin_lock member of a map value, object or section of globals, at a constant offset.",
		Why:  "The kernel initialises only locks that it knows of from BTF.",
		Fix:  "Pass `&value->lock` of a member declared as struct bpf_spin_lock, in a map that has BTF.",
		Formats: []string{
			"R%d doesn't have constant offset. %s_lock has to be at the constant offset", "map '%s' has to have BTF in order to use %s_lock",
			"%s '%s' has no valid %s_lock", "map '%s' doesn't have 'struct bpf_spin_lock'", "map '%s' is not a struct type or bpf_spin_lock is mangled", "off %d doesn't point to 'struct bpf_spin_lock'", "off %d doesn't point to 'struct %s_lock' that is at %d",
		},
	},
	{
		ID: "BV0406", Title: "lock taken or given in a tree's callback", Category: ResourceLifetime,
		Rule:    "The callback that compares nodes for bpf_rbtree_add runs under the tree's lock and must leave locks alone.",
		Why:     "The tree is in the middle of a change.",
		Fix:     "Only compare in the callback.",
		Formats: []string{"can't spin_{lock,unlock} in rbtree cb", "can't res_spin_{lock,unlock} in rbtree cb"},
	},
}
