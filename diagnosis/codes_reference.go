package diagnosis

var referenceCodes = []Code{
	{
		ID: "BV0301", Title: "reference is not released", Category: ResourceLifetime,
		Rule:  "What was acquired (a ring buffer record, a socket, a task, an object from bpf_obj_new, an iterator, a dynptr) is released, submitted, stored in a map or added to a list on every path, before the program ends, throws or makes a tail call.",
		Why:   "Nobody else would: the memory, or the object's count, would be lost until the machine restarts.",
		Fix:   "Release it before each return. An early return after the acquisition is the usual place.",
		Older: []string{"BPF_LD_[ABS|IND] cannot be mixed with socket references"},
		Formats: []string{"Unreleased reference id=%d alloc_insn=%d", "%s would lead to reference leak",
			"%s cannot be mixed with socket references", "Leaking reference id=%d alloc_insn=%d. Release it first."},
	},
	{
		ID: "BV0302", Title: "released what is not owned", Category: ResourceLifetime,
		Rule: "Only a reference that the program holds can be released: once, and by who acquired it.",
		Why:  "Releasing what somebody else owns frees it under their hands.",
		Fix:  "Release the pointer that the acquiring function returned. What a walk through kernel structs or a lookup without reference gave is not the program's.",
		Formats: []string{
			"R%d must be referenced when passed to release function", "arg %d is an unacquired reference",
			"release helper %s expects referenced PTR_TO_BTF_ID passed to R%d", "release kernel function %s expects refcounted PTR_TO_BTF_ID",
			"release kfunc %s expects referenced PTR_TO_BTF_ID passed to %s", "kfunc %s#%d reference has not been acquired before",
			"func %s#%d reference has not been acquired before", "no acquired reference to release",
		},
	},
	{
		ID: "BV0303", Title: "pointer was moved before it is passed on", Category: RegisterType,
		Rule:    "A pointer that is released, or must be trusted, points to the beginning of its object.",
		Why:     "The function would take the middle of an object for one.",
		Fix:     "Keep the pointer that was acquired, and pass that.",
		Formats: []string{"R%d must have zero offset when passed to release func or trusted arg to kfunc", "R%d must have zero offset when passed to release func"},
	},
	{
		ID: "BV0304", Title: "pointer is not trusted", Category: RegisterType,
		Rule:    "This kernel function takes only objects that are sure to be alive: held by a reference, or passed to the program by the kernel.",
		Why:     "A pointer read from a struct may point to what has been freed.",
		Fix:     "Acquire a reference first (bpf_task_acquire, bpf_cgroup_acquire, ...) and check it for NULL.",
		Formats: []string{"R%d must be referenced or trusted"},
	},
	{
		ID: "BV0305", Title: "pointer is not protected by RCU", Category: RegisterType,
		Rule:    "This kernel function takes objects that are held, trusted, or were read under RCU in a section that still lasts.",
		Why:     "Outside of the section the object may be freed at any time.",
		Fix:     "Read the pointer, and call the function, between bpf_rcu_read_lock() and bpf_rcu_read_unlock().",
		Formats: []string{"R%d must be a rcu pointer"},
	},
	{
		ID: "BV0306", Title: "object is not owned", Category: ResourceLifetime,
		Rule: "Only an object of the program's own (from bpf_obj_new, bpf_refcount_acquire, a removal from a list or tree, bpf_kptr_xchg) can be added to a list or tree, or dropped.",
		Why:  "An object in two places at once, or freed while it is in one, corrupts both.",
		Fix:  "Pass the pointer while it is owned: after it was added or dropped it isn't any more. bpf_refcount_acquire gives a second one.",
		Formats: []string{
			"allocated object must be referenced", "%s expected pointer to allocated object", "%s expected for bpf_obj_drop%s()",
			"%s expected for bpf_percpu_obj_drop%s()", "%s cannot be used in tracing programs on types with NMI unsafe fields",
		},
	},
	{
		ID: "BV0307", Title: "kptr accessed other than by a plain load or its own helper", Category: Memory,
		Rule: "A kernel pointer in a map is read by a plain 8-byte load at a constant offset, cleared by storing 0 if it is unreferenced, and exchanged by bpf_kptr_xchg.",
		Why:  "A reference lives in it: writing over it would lose one, and anything else would forge a pointer.",
		Fix:  "Exchange it: `old = bpf_kptr_xchg(&v->ptr, new);` and release what comes back.",
		Formats: []string{
			"kptr in map can only be accessed using BPF_MEM instruction mode", "kptr in map can only be accessed using BPF_LDX/BPF_STX/BPF_ST",
			"store to referenced kptr disallowed", "store to uptr disallowed", "BPF_ST imm must be 0 when storing to kptr at off=%d",
			"%s access cannot have variable offset", "%s access misaligned expected=%d off=%d", "%s access size must be BPF_DW",
		},
	},
	{
		ID: "BV0308", Title: "pointer does not fit the kptr", Category: RegisterType,
		Rule:    "A kptr takes pointers of its own type, unchanged, and only owned ones if it is referenced.",
		Why:     "Whoever reads it relies on the type.",
		Fix:     "Store a pointer of the declared type, as it was acquired.",
		Formats: []string{"invalid kptr access, R%d type=%s%s expected=%s%s or %s%s", "invalid kptr access, R%d type=%s%s expected=%s%s"},
	},
	{
		ID: "BV0309", Title: "no referenced kptr there", Category: CallType,
		Rule: "bpf_kptr_xchg takes the address of a `__kptr` member of a map value or object, at a constant offset.",
		Why:  "Other memory is not released when the map goes.",
		Fix:  "Pass `&value->member`, of a member declared with __kptr, in a map that has BTF.",
		Formats: []string{
			"map '%s' has to have BTF in order to use bpf_kptr_xchg", "R%d has no valid kptr", "off=%d doesn't point to kptr",
			"off=%d kptr isn't referenced kptr", "R%d doesn't have constant offset. kptr has to be at the constant offset",
		},
	},
	{
		ID: "BV0310", Title: "type of a new object does not fit", Category: CallType,
		Rule: "bpf_obj_new and bpf_percpu_obj_new are given the type of a struct in the program's own BTF; a per-CPU one is small and holds plain data.",
		Why:  "The size and the special fields come from that type.",
		Fix:  "Use `bpf_obj_new(typeof(*ptr))` with a struct of the program; keep compiler options that make BTF (-g).",
		Formats: []string{
			"local type ID argument must be in range [0, U32_MAX]", "bpf_obj_new/bpf_percpu_obj_new requires prog BTF",
			"bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct", "bpf_percpu_obj_new type size (%d) is greater than %d",
			"bpf_percpu_obj_new type ID argument must be of a struct of scalars", "bpf_percpu_obj_new type ID argument must not contain special fields",
		},
	},
	{
		ID: "BV0311", Title: "no reference count in the object", Category: CallType,
		Rule:    "bpf_refcount_acquire takes an owned or borrowed object of a type that has a bpf_refcount member.",
		Why:     "The count is what keeps a second owner safe.",
		Fix:     "Add `struct bpf_refcount ref;` to the struct, and pass a pointer that is not NULL.",
		Formats: []string{"%s is neither owning or non-owning ref", "%s doesn't point to a type with bpf_refcount field"},
	},
	{
		ID: "BV0312", Title: "cast to a type that is none", Category: CallType,
		Rule:  "bpf_rdonly_cast takes the BTF id of a kernel struct, or of void; bpf_cast_to_kern_ctx needs a context that is a struct.",
		Why:   "The result is read through that type.",
		Fix:   "Use `bpf_core_type_id_kernel(struct x)`.",
		Older: []string{"kfunc bpf_rdonly_cast type ID argument must be of a struct"},
		Formats: []string{
			"Unknown type ID %d passed to kfunc bpf_rdonly_cast", "kfunc bpf_rdonly_cast type ID argument must be of a struct or void",
			"kfunc bpf_rdonly_cast type ID argument must be of a struct",
			"kern ctx type id %d is not a struct",
		},
	},
}
