package diagnosis

var structCodes = []Code{
	{
		ID: "BV1501", Title: "context accessed where nothing is, or may not be", Category: Memory,
		Rule: "A program reads and writes the members of its context that its type allows, in whole.",
		Why:  "Each access is rewritten to one of a kernel object that looks different.",
		Fix:  "Use the members of the context struct. Some are read-only, some only for other attach points; a tracepoint has no more arguments than its function.",
		Formats: []string{
			"invalid bpf_context access off=%d size=%d", "invalid access to context, ctx_size=%d off=%d size=%d",
			"invalid bpf_context access off=%d. Reference may already be released", "func '%s' offset %d is not multiple of 8",
			"func '%s' size %d must be 8", "func '%s' doesn't have %d-th argument", "bpf verifier is misconfigured",
		},
	},
	{
		ID: "BV1502", Title: "context pointer was changed", Category: RegisterType,
		Rule: "The context is accessed at constant offsets from the pointer that the program was given.",
		Why:  "Each access is rewritten by its offset.",
		Fix:  "Access `ctx->member` directly; no arrays in the context by variable index (unroll the loop).",
		Formats: []string{
			"variable %s access var_off=%s disallowed", "negative offset %s ptr R%d off=%d disallowed", "dereference of modified %s ptr R%d off=%d disallowed",
		},
	},
	{
		ID: "BV1503", Title: "socket accessed where nothing is, or may not be", Category: Memory,
		Rule:    "A socket is read through the members of struct bpf_sock, bpf_tcp_sock, bpf_xdp_sock.",
		Why:     "Each access is rewritten to one of the kernel's own socket.",
		Fix:     "Use those members; bpf_sk_fullsock and bpf_tcp_sock give more of them.",
		Formats: []string{"R%d invalid %s access off=%d size=%d"},
	},
	{
		ID: "BV1504", Title: "kernel struct written", Category: Memory,
		Rule: "Kernel structs are read only, but for the members that a program type may write.",
		Why:  "The kernel relies on them.",
		Fix:  "Use a kernel function or helper that makes the change.",
		Formats: []string{
			"only read is supported", "write access at off %d with size %d", "no write support to %s at off %d",
			"write access at off %d with size %d beyond the member of %s ended at %d", "only access to %s is supported", "only read from %s is supported",
		},
	},
	{
		ID: "BV1505", Title: "kernel struct accessed beyond its members", Category: Memory,
		Rule: "An access of a kernel struct lies in one member, and a pointer is read in whole.",
		Why:  "The type of what was read comes from the member.",
		Fix:  "Use the member's name, with preserve_access_index, so that the loader finds it.",
		Formats: []string{
			"access beyond the end of member %s (mend:%d) in struct %s with off %d size %d", "access beyond struct %s at off %d size %d",
			"cannot access ptr member %s with moff %d in struct %s with off %d size %d", "struct %s doesn't have field at offset %d",
			"field %s doesn't have size", "Type '%s' is not a struct",
			"R%d is ptr_%s invalid negative access: off=%d", "R%d is ptr_%s invalid variable offset: off=%d, var_off=%s",
			"R%d is %s invalid negative access: off=%d", "map_ptr access not supported for map type %d",
		},
	},
	{
		ID: "BV1506", Title: "user or per-CPU memory accessed directly", Category: Memory,
		Rule:    "A pointer marked __user or __percpu is not dereferenced.",
		Why:     "It is an address of another world.",
		Fix:     "bpf_probe_read_user or bpf_copy_from_user; bpf_per_cpu_ptr or bpf_this_cpu_ptr.",
		Formats: []string{"R%d is ptr_%s access user memory: off=%d", "R%d is ptr_%s access percpu memory: off=%d"},
		Narrow:  []string{"R%d invalid mem access 'percpu_%s'", "R%d invalid mem access 'user_%s'"},
	},
	{
		ID: "BV1507", Title: "kernel struct read without a GPL licence", Category: Policy,
		Rule:    "Only programs under a licence that is compatible with the GPL read kernel structs directly.",
		Why:     "They work with the kernel's inner parts.",
		Fix:     "`char LICENSE[] SEC(\"license\") = \"GPL\";`",
		Formats: []string{"Cannot access kernel 'struct %s' from non-GPL compatible program"},
	},
	{
		ID: "BV1508", Title: "argument of the traced function is no pointer to a struct", Category: CallType, Deeper: true,
		Rule: "An argument of a traced function that is a pointer to a struct can be walked; others are numbers.",
		Why:  "Its type comes from the kernel's BTF.",
		Fix:  "Trace another function, or read the argument as a number.",
		Formats: []string{
			"func '%s' arg%d '%s' has type %s. Only pointer access is allowed", "func '%s' arg%d type %s is not a struct",
			"func '%s' arg%d has btf_id %d type %s '%s'", "invalid btf_id for context argument offset %d",
		},
	},
}
