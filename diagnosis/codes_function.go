package diagnosis

var functionCodes = []Code{
	{
		ID: "BV1201", Title: "return value out of its range", Category: RegisterType,
		Rule:    "What a program, or a callback, returns lies in the range that its type and attach point give it, on every path.",
		Why:     "The kernel acts on it: as an error number, a verdict, a switch.",
		Fix:     "Return one of the allowed values; if it comes from a call or from memory, compare it first.",
		Formats: []string{"%s the register %s has%s should have been in [%d, %d]", "%s the register %s %s should have been in %s", "Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!"},
	},
	{
		ID: "BV1202", Title: "returns a pointer", Category: RegisterType,
		Rule: "A program, a global function or a callback returns a number.",
		Why:  "A pointer would show a kernel address, or be taken for a number.",
		Fix:  "Return 0, or the value behind the pointer.",
		Formats: []string{
			"%s the register R%d is not a known value (%s)", "In async callback the register R0 is not a known value (%s)", "At subprogram exit the register R%d is not a scalar value (%s)", "R0 not a scalar value",
		},
	},
	{
		ID: "BV1203", Title: "arguments do not fit the global function", Category: CallType,
		Rule: "A call of a global function passes what its declaration asks for: memory of that size, a context, pointers that are not NULL.",
		Why:  "A global function is verified once, for all arguments of those types.",
		Fix:  "Check the pointer before the call, let the function take one that may be NULL (no __arg_nonnull), or make it static, so that it is verified with each call.",
		Formats: []string{"Caller passes invalid args into func#%d ('%s')", "Caller passes invalid args into func#%d",
			"%s is a packet pointer, but func#%d may change packet data"},
	},
	{
		ID: "BV1204", Title: "global function of an unsupported type", Category: CallType, Deeper: true,
		Rule: "A global function takes numbers, contexts and pointers to memory of known size, has at most 5 arguments, and returns a number (from 7.0 on also nothing).",
		Why:  "It is verified by its types alone.",
		Fix:  "Change the declaration, or make the function static.",
		Formats: []string{
			"Global function %s() with %d > %d args. Buggy compiler.", "Global function %s() return value not void or scalar. Only those are supported.",
			"Global function %s() doesn't return scalar. Only those are supported.", "Arg#%d type %s in %s() is not supported yet.",
			"arg#%d reference type('%s %s') size cannot be determined: %d", "arg#%d reference type('%s %s') %s", "arg#%d type doesn't have a name",
			"arg#%d should be void pointer", "arg#%d should be `struct %s *`", "arg#%d has type %s '%s', but only struct or primitive types are allowed",
		},
	},
	{
		ID: "BV1205", Title: "tags of an argument not supported", Category: CallType, Deeper: true,
		Rule: "Tags such as __arg_ctx, __arg_nonnull, __arg_trusted, __arg_arena and __arg_untrusted stand on pointers, of global functions, in combinations that make sense.",
		Why:  "They say how the argument is verified.",
		Fix:  "Leave one of them out.",
		Formats: []string{
			"arg#%d type tag is not supported in static functions", "arg#%d has unsupported set of tags", "arg#%d has pointer tag, but is not a pointer type",
			"arg#%d has invalid combination of tags", "arg#%d arena cannot be combined with any other tags", "arg#%d untrusted cannot be combined with any other tags",
		},
	},
	{
		ID: "BV1206", Title: "functions call each other in a circle", Category: ProgramStructure,
		Rule:    "No function calls itself, directly or through others.",
		Why:     "The stack is bounded.",
		Fix:     "Make a loop of it.",
		Formats: []string{"recursive call from %s() to %s()"},
	},
	{
		ID: "BV1207", Title: "callback not allowed", Category: CallType,
		Rule: "A callback is a static function of the program, and the map can be iterated.",
		Why:  "It is verified as part of the call.",
		Fix:  "Declare the callback static. Iterate over maps of other types by their keys.",
		Formats: []string{
			"callback function not allowed for map", "tail_call abusing map_ptr", "callback function not static", "kfunc %s#%d failed callback verification",
			"missing btf func_info",
		},
	},
	{
		ID: "BV1208", Title: "throws where it must not", Category: ExecutionContext,
		Rule: "bpf_throw is not called in a callback, nor an exception callback directly.",
		Why:  "Unwinding passes only through frames of the program.",
		Fix:  "Return a value from the callback, and throw after the call.",
		Formats: []string{"bpf_throw kfunc (insn %d) cannot be called from callback subprog %d", "insn %d cannot call exception cb directly", "cannot tail call within exception cb",
			"cannot tail call within callback"},
	},
	{
		ID: "BV1209", Title: "exception callback not valid", Category: ProgramStructure,
		Rule: "An exception callback is a global function with one integer argument that returns a number, is named once, and is in the program.",
		Why:  "The kernel calls it in place of the program's end.",
		Fix:  "`__noinline int cb(u64 cookie)`, and __exception_cb(cb) on the program.",
		Formats: []string{
			"exception cb cannot return void", "exception cb only supports single integer argument", "invalid btf id for main subprog in func_info",
			"multiple exception callback tags for main subprog", "exception callback '%s' could not be found in BTF",
			"exception callback '%s' must have global linkage", "invalid exception callback insn_off in func_info: 0",
			"exception callback type id not found in func_info", "prog '%s': exception_callback:<value> decl tag not applied to the main program",
			"prog '%s': exception_callback:<value> decl tag contains empty value", "prog '%s': cannot find exception callback '%s'",
			"prog '%s': exception callback %s must be a global non-hidden function",
		},
	},
	{
		ID: "BV1210", Title: "tail call or packet load in a function that returns no int", Category: ProgramStructure,
		Rule: "A function that makes tail calls, or loads packet bytes the old way, returns int, and the program has BTF.",
		Why:  "Both can end the function with a number.",
		Fix:  "Let the function return int; compile with -g.",
		Formats: []string{
			"LD_ABS is not allowed in subprogs without BTF", "tail_call is not allowed in subprogs without BTF",
			"LD_ABS is only allowed in functions that return 'int'.", "tail_call is only allowed in functions that return 'int'.",
		},
	},
}
