package diagnosis

var sectionCodes = []Code{
	{
		ID: "BV0501", Title: "RCU unlock without a lock", Category: ExecutionContext,
		Rule:    "bpf_rcu_read_unlock belongs to a bpf_rcu_read_lock before it.",
		Why:     "It would end somebody else's section.",
		Fix:     "Lock on every path that comes to the unlock.",
		Formats: []string{"unmatched rcu read unlock (kernel function %s)"},
	},
	{
		ID: "BV0502", Title: "RCU section inside another", Category: ExecutionContext,
		Rule:    "Before 7.0 RCU sections do not nest.",
		Why:     "The verifier kept only one bit for it.",
		Fix:     "One lock and unlock around all of it.",
		Formats: []string{"nested rcu read lock (kernel function %s)"},
	},
	{
		ID: "BV0503", Title: "RCU section is not ended", Category: ExecutionContext,
		Rule:    "A program does not end, throw or make a tail call inside of an RCU section.",
		Why:     "The section would last forever, and what was freed meanwhile never become free.",
		Fix:     "bpf_rcu_read_unlock() before each return.",
		Older:   []string{"bpf_rcu_read_unlock is missing"},
		Formats: []string{"%s cannot be used inside bpf_rcu_read_lock-ed region", "bpf_rcu_read_unlock is missing"},
	},
	{
		ID: "BV0504", Title: "RCU section is needed", Category: ExecutionContext,
		Rule: "Some kernel functions and iterators work on data that RCU protects: a sleepable program calls them inside of bpf_rcu_read_lock().",
		Why:  "Programs that don't sleep run in such a section anyway; in others the data could go away.",
		Fix:  "Put bpf_rcu_read_lock() and bpf_rcu_read_unlock() around the whole loop.",
		Formats: []string{
			"kernel func %s requires RCU critical section protection", "expected an RCU CS when using %s",
			"css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs",
		},
	},
	{
		ID: "BV0505", Title: "RCU section in a tree's callback", Category: ExecutionContext,
		Rule:      "The callback that compares nodes for bpf_rbtree_add does not lock or unlock RCU.",
		Why:       "It runs under a spin lock, which is such a section already.",
		Fix:       "Leave both calls out.",
		Formats:   []string{"Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback"},
		NoProgram: "a lock is held in such a callback, and what is called under one is refused first, with BV0404",
	},
	{
		ID: "BV0506", Title: "preemption enabled that was not disabled", Category: ExecutionContext,
		Rule:    "bpf_preempt_enable belongs to a bpf_preempt_disable before it.",
		Why:     "It would undo somebody else's.",
		Fix:     "Disable on every path that comes to it.",
		Formats: []string{"unmatched attempt to enable preemption (kernel function %s)"},
	},
	{
		ID: "BV0507", Title: "preemption stays disabled", Category: ExecutionContext,
		Rule:  "A program does not end, throw, make a tail call or call global functions while it has preemption disabled.",
		Why:   "The CPU would never be given to anybody else.",
		Fix:   "bpf_preempt_enable() before each return, and before the call.",
		Older: []string{"%d bpf_preempt_enable is missing", "%d bpf_preempt_enable(s) are missing"},
		Formats: []string{
			"%s cannot be used inside bpf_preempt_disable-ed region", "1 bpf_preempt_enable is missing",
			"%d bpf_preempt_enable(s) are missing",
			"global function calls are not allowed with preemption disabled,\nuse static function instead",
		},
	},
	{
		ID: "BV0508", Title: "interrupt flag is in use, or not saved", Category: ResourceLifetime,
		Rule:    "bpf_local_irq_save fills a fresh variable on the stack, and bpf_local_irq_restore takes one that was filled.",
		Why:     "The variable holds what the CPU's state was.",
		Fix:     "One `unsigned long flags` for each section, used by one save and one restore.",
		Formats: []string{"expected uninitialized irq flag as %s", "expected an initialized irq flag as %s", "%s doesn't point to an irq flag on stack"},
	},
	{
		ID: "BV0509", Title: "interrupts restored in the wrong order", Category: ResourceLifetime,
		Rule: "Saved interrupt states are restored last in, first out, by the function that belongs to the one that saved.",
		Why:  "Otherwise interrupts would be on too early, or stay off.",
		Fix:  "Restore the inner one first, with the matching function.",
		Formats: []string{
			"cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d",
			"irq flag acquired by %s kfuncs cannot be restored with %s kfuncs",
		},
	},
	{
		ID: "BV0510", Title: "interrupts stay disabled", Category: ExecutionContext,
		Rule:    "A program does not end, throw or make a tail call while it has interrupts disabled.",
		Why:     "The CPU would hang.",
		Fix:     "bpf_local_irq_restore(&flags) before each return.",
		Formats: []string{"%s cannot be used inside bpf_local_irq_save-ed region"},
	},
	{
		ID: "BV0511", Title: "may sleep where sleeping is forbidden", Category: ExecutionContext,
		Rule: "In an RCU section, under a lock, with preemption or interrupts disabled, nothing is called that may sleep.",
		Why:  "A sleeping task keeps the section open, or the CPU stuck.",
		Fix:  "End the section before the call, or use a function that does not sleep.",
		Formats: []string{
			"kernel func %s is sleepable within %s", "sleepable helper %s#%d in %s", "sleepable global function %s() called in %s",
			"global functions that may sleep are not allowed in non-sleepable context,\ni.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context",
		},
	},
	{
		ID: "BV0512", Title: "program does not sleep", Category: ExecutionContext,
		Rule:    "Helpers and kernel functions that may sleep are called only by programs that are loaded as sleepable.",
		Why:     "Other programs run where sleeping crashes the machine.",
		Fix:     "Use the sleepable section, such as fentry.s/, lsm.s/, uprobe.s/ or syscall, or a function that does not sleep (bpf_probe_read_user instead of bpf_copy_from_user).",
		Formats: []string{"helper call might sleep in a non-sleepable prog", "program must be sleepable to call sleepable kfunc %s"},
	},
}
