package diagnosis

var attachCodes = []Code{
	{
		ID: "BV1701", Title: "program type cannot sleep", Category: Policy,
		Rule:      "Only fentry, fexit, fmod_ret, lsm, iter, uprobe, struct_ops and syscall programs are loaded as sleepable, and syscall programs always.",
		Why:       "The others run where sleeping is forbidden.",
		Fix:       "Drop `.s` from the section's name.",
		Formats:   []string{"Syscall programs can only be sleepable", "Program of this type cannot be sleepable", "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable", "Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable", "Only fentry/fexit/fmod_ret and lsm programs can be sleepable"},
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
			"The function %s has %d arguments. Too many.",
			"Attach to function %s with a >8 byte return value is not supported for this attach type",
			"The function %s return type %s is unsupported.", "The function %s with variable args is unsupported.",
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
			"Attaching fexit/fmod_ret to __noreturn functions is rejected.", "Attaching fexit/fmod_ret to __noreturn function '%s' is rejected.",
			"Attaching fexit/fsession/fmod_ret to __noreturn function '%s' is rejected.",
			"Sleepable program cannot attach to non-faultable tracepoint %s", "ret type %s not allowed for fmod_ret",
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
			"attach to unsupported member %s of struct %s", "program with __ref argument cannot tail call", "arena argument of %s requires a program with an associated arena",
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
	{
		ID: "BV1710", Title: "program cannot be attached to this way", Category: Policy,
		Rule: "A freplace program replaces a global function of another program, an fentry or fexit program traces any. A replacement " +
			"moves packet data or sleeps only if the function does, and is not replaced itself. Exception callbacks stay as they are, and nothing that traces sleeps.",
		Why: "The other program was verified with the function that it has, and what runs instead must not do more.",
		Fix: "Attach to another function. Mark the one to be replaced `__weak` or `__noinline`, keep it global, and let it call what its replacement needs.",
		Formats: []string{
			"Subprog %s doesn't exist", "%s programs cannot attach to exception callback", "Cannot replace static functions",
			"Extension programs should be JITed", "Can attach to only JITed progs", "Cannot recursively attach",
			"Cannot extend fentry/fexit", "Cannot extend fentry/fexit/fsession",
			"Extension program changes packet data, while original does not", "Extension program may sleep, while original does not",
			"Only FENTRY/FEXIT progs are attachable to another BPF prog", "Only FENTRY/FEXIT/FSESSION progs are attachable to another BPF prog",
			"can't modify return codes of BPF programs",
		},
		NoProgram: "it takes two programs",
	},
	{
		ID: "BV1711", Title: "replacement has another type than the function", Category: Policy,
		Rule: "A freplace program is a global function with the parameters and the result of the one that it replaces: numbers of the same size, and the context.",
		Why:  "The other program calls it as it called the function.",
		Fix:  "Copy the declaration of the function.",
		Formats: []string{
			"%s() is not a global function", "%s() has %d args while %s() has %d args", "Return type %s of %s() doesn't match type %s of %s()",
			"arg%d in %s() is %s while %s() has %s", "arg%d in %s() has size %d while %s() has %d", "arg%d in %s() has unrecognized type",
			"arg%d in %s() is not a pointer to context", "arg%d %s(struct %s *) doesn't match %s(struct %s *)",
		},
		NoProgram: "it takes two programs",
	},
	{
		ID: "BV1712", Title: "program to attach to is not there", Category: Policy,
		Rule: "The program whose function is replaced or traced is loaded first, with types, and has a function of that name.",
		Why:  "It is named by its types.",
		Fix:  "Compile it with `-g`; see that it passes by itself; name one of its functions.",
		Formats: []string{
			"prog '%s': the program it attaches to, '%s', can't be loaded: %s", "prog '%s': the program it attaches to, '%s', has no BTF",
			"prog '%s': failed to find BTF type ID of '%s' in program '%s': -%d",
		},
		NoProgram: "it takes two programs",
	},
}
