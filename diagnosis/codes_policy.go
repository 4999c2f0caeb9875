package diagnosis

var policyCodes = []Code{
	{
		ID: "BV1601", Title: "helper is not for this type of program", Category: Policy,
		Rule: "Each type of program, and some attach points, have their own set of helpers.",
		Why:  "A helper needs what is there only in some contexts: a packet, a socket, a task.",
		Fix:  "Use another type of program, or another helper.",
		Formats: []string{
			"program of this type cannot use helper %s#%d", "unknown func %s#%d", "func %s#%d supported only for fentry/fexit/fmod_ret programs",
			"func %s#%d supported only for fentry/fexit/fsession/fmod_ret programs",
			"func %s#%d not supported for program type %d", "helper call is not allowed in probe",
		},
	},
	{
		ID: "BV1602", Title: "no such helper", Category: Policy,
		Rule:    "A helper is called that this kernel has.",
		Why:     "Numbers beyond are unknown.",
		Fix:     "Test for it with bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_...) and do without.",
		Formats: []string{"invalid func %s#%d"},
	},
	{
		ID: "BV1603", Title: "function is for GPL programs only", Category: Policy,
		Rule:    "Some helpers, and all kernel functions, are only for programs under a licence that is compatible with the GPL.",
		Why:     "Their authors want it so.",
		Fix:     "`char LICENSE[] SEC(\"license\") = \"GPL\";`",
		Formats: []string{"cannot call GPL-restricted function from non-GPL compatible program", "cannot call kernel function from non-GPL compatible program"},
	},
	{
		ID: "BV1604", Title: "kernel function is not for this type of program", Category: Policy,
		Rule:    "Each kernel function is offered to some types of programs.",
		Why:     "It needs what is there only in some contexts.",
		Fix:     "Use another type of program, or another function.",
		Formats: []string{"calling kernel function %s is not allowed", "metadata kfuncs require device-bound program"},
	},
	{
		ID: "BV1605", Title: "kernel without a JIT", Category: Policy,
		Rule: "Kernel functions, callbacks, arenas, and tail calls together with functions, need the JIT compiler.",
		Why:  "The interpreter doesn't have them.",
		Fix:  "Enable it: net.core.bpf_jit_enable=1.",
		Formats: []string{
			"JIT is required for calling kernel function", "calling kernel functions are not allowed in non-JITed programs",
			"callbacks are not allowed in non-JITed programs", "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls",
			"JIT is required to use arena", "mixing of tail_calls and bpf-to-bpf calls is not supported",
		},
		NoProgram: "the kernels that are modelled have a JIT",
	},
	{
		ID: "BV1606", Title: "too many kernel functions", Category: ProgramStructure,
		Rule:      "A program calls at most 256 different kernel functions.",
		Why:       "They are kept in a table of that size.",
		Fix:       "Split the program.",
		Formats:   []string{"too many different kernel function calls"},
		NoProgram: "kernels offer fewer functions to one program",
	},
	{
		ID: "BV1607", Title: "no kernel function of that number", Category: ProgramStructure,
		Rule:      "A call of a kernel function names a function in the kernel's BTF.",
		Why:       "Its address and its types come from there.",
		Fix:       "Load the object with a loader that resolves it by name.",
		Formats:   []string{"failed to find BTF for kernel function", "kernel btf_id %d is not a function"},
		NoProgram: "loaders resolve functions by name, or refuse",
	},
	{
		ID: "BV1608", Title: "return value of a void LSM hook changed", Category: Policy,
		Rule:    "bpf_set_retval is not called where the hook returns nothing.",
		Why:     "There is no value to set.",
		Fix:     "Leave the call out.",
		Formats: []string{"BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!"},
	},
}
