package diagnosis

var attachCodes = []Code{
	{
		ID: "BV1701", Title: "program type cannot sleep", Category: Policy,
		Rule:      "Only fentry, fexit, fmod_ret, lsm, iter, uprobe, struct_ops and syscall programs are loaded as sleepable, and syscall programs always.",
		Why:       "The others run where sleeping is forbidden.",
		Fix:       "Drop `.s` from the section's name.",
		Formats:   []string{"Syscall programs can only be sleepable", "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable"},
		NoProgram: "section names set the flag only where it is allowed",
	},
	{
		ID: "BV1702", Title: "attach target is not valid", Category: Policy,
		Rule: "A tracing, LSM or extension program names, by BTF id, the kernel function, hook or tracepoint that it attaches to.",
		Why:  "The types of its context come from it.",
		Fix:  "Put the name into the section: SEC(\"fentry/do_unlinkat\").",
		Formats: []string{
			"Tracing programs must provide btf_id", "attach_btf_id %d is invalid", "attach_btf_id %d doesn't have a name",
			"attach_btf_id %d is not a function", "attach_btf_id %d is not a typedef", "attach_btf_id %d points to wrong type name %s",
			"Cannot replace kernel functions",
		},
		NoProgram: "loaders look the target up by name, or refuse",
	},
	{
		ID: "BV1703", Title: "traced function has types that cannot be passed", Category: Policy,
		Rule: "A traced function has at most 12 arguments, each at most 16 bytes, no variable arguments, and returns at most a register.",
		Why:  "The trampoline saves the arguments.",
		Fix:  "Trace another function, or use a kprobe.",
		Formats: []string{
			"The function %s has %d arguments. Too many.", "The function %s return type %s is unsupported.", "The function %s with variable args is unsupported.",
			"The function %s arg%d type %s is unsupported.", "The function %s has malformed void argument.",
		},
	},
	{
		ID: "BV1704", Title: "function may not be attached to this way", Category: Policy,
		Rule: "fmod_ret attaches to functions that allow errors to be injected, sleepable programs to functions that may sleep, and some functions are never traced.",
		Why:  "Others don't expect a changed result, or that somebody sleeps.",
		Fix:  "Attach to another function, use fentry or fexit, or drop `.s`.",
		Formats: []string{
			"%s is not sleepable", "%s() is not modifiable", "Attaching tracing programs to function '%s' is rejected.",
			"Attaching fexit/fmod_ret to __noreturn function '%s' is rejected.", "ret type %s not allowed for fmod_ret",
		},
	},
	{
		ID: "BV1705", Title: "LSM hook cannot be used", Category: Policy,
		Rule:    "An LSM program attaches to a hook that is open to BPF, and is under a licence compatible with the GPL.",
		Why:     "Some hooks are called where a program cannot run.",
		Fix:     "Attach to another hook: see include/linux/lsm_hook_defs.h.",
		Formats: []string{"LSM programs must have a GPL compatible license", "attach_btf_id %d points to disabled hook %s"},
	},
	{
		ID: "BV1706", Title: "struct_ops member cannot be a program", Category: Policy,
		Rule: "A struct_ops program stands for a function pointer of a struct that is registered for it, and that BPF may implement.",
		Why:  "The kernel calls it there.",
		Fix:  "Leave that member out.",
		Formats: []string{
			"struct ops programs must have a GPL compatible license", "attach_btf_id %d is not a supported struct",
			"attach to invalid member idx %d of struct %s", "attach to invalid member %s(@idx %d) of struct %s",
			"attach to unsupported member %s of struct %s", "program with __ref argument cannot tail call",
		},
	},
	{
		ID: "BV1707", Title: "no attach target is named", Category: Policy,
		Rule: "The section name says what a program is and what it attaches to, or the loader is told.",
		Why:  "Type and target decide what is allowed.",
		Fix:  "Write the section in full: SEC(\"fentry/do_unlinkat\"), SEC(\"xdp\"), SEC(\"freplace/func\") with the target set by the loader.",
		Formats: []string{
			"prog '%s': missing BPF prog type, check ELF section name '%s'", "prog '%s': no BTF-based attach target is specified, use bpf_program__set_attach_target()",
			"prog '%s': attach program FD is not set",
		},
	},
	{
		ID: "BV1708", Title: "attach target is not in the kernel", Category: Policy,
		Rule:    "The function, hook or tracepoint that a program attaches to is in the BTF of this kernel.",
		Why:     "It was renamed, inlined, is static in several files, is in a module, or came later.",
		Fix:     "Look it up: `bpftool btf dump file /sys/kernel/btf/vmlinux | grep NAME`. Use a tracepoint or hook, which stay.",
		Formats: []string{"prog '%s': failed to find kernel BTF type ID of '%s': -%d"},
	},
	{
		ID: "BV1709", Title: "struct_ops program is used by nothing", Category: ProgramStructure,
		Rule: "A struct_ops program stands in a struct_ops map.",
		Why:  "The member it stands for gives it its types.",
		Fix:  "Set it in a variable of SEC(\".struct_ops\").",
		Formats: []string{
			"prog '%s': skipped loading: no struct_ops map of this kernel uses it",
			"prog '%s': SEC(\"struct_ops\") program isn't referenced anywhere, did you forget to use it?",
		},
	},
}
