package diagnosis

var kfuncArgCodes = []Code{
	{
		ID: "BV1101", Title: "kernel function takes another kind of argument", Category: CallType,
		Rule: "An argument of a kernel function is what its declaration says: a context, a function, a number, a pointer to a struct.",
		Why:  "The function uses whatever it gets as that.",
		Fix:  "Compare with the declaration in vmlinux.h.",
		Formats: []string{
			"%s expected pointer to ctx, but got %s", "%s expects pointer to ctx", "R%d is not a pointer to arena or scalar.",
			"%s is not a pointer to arena or scalar", "%s arena pointer requires a program with an associated arena",
			"%s expected pointer to func", "Unrecognized %s type %s",
			"kernel function %s %s pointer type %s %s is not supported",
		},
	},
	{
		ID: "BV1102", Title: "pointer passed for plain memory", Category: CallType,
		Rule: "A struct that a kernel function takes from the program's memory holds only numbers, and is as large as its type.",
		Why:  "A pointer in it could be forged. A struct of the kernel must come from the kernel.",
		Fix:  "Pass the kernel's pointer, acquired or trusted, instead of a copy.",
		Formats: []string{
			"%s pointer type %s %s must point to %sscalar, or struct with scalar", "%s reference type('%s %s') size cannot be determined: %d",
		},
	},
	{
		ID: "BV1103", Title: "kernel function that a program cannot call", Category: CallType,
		Rule: "A kernel function has at most 5 arguments, and returns what programs can hold.",
		Why:  "The calling convention has 5 registers.",
		Fix:  "It is the function's own declaration: its authors must change it.",
		Formats: []string{
			"Function %s has %d > %d args", "acquire kernel function does not return PTR_TO_BTF_ID",
			"kernel function %s returns pointer type %s %s is not supported", "2 or more rdonly/rdwr_buf_size parameters for kfunc",
		},
		NoProgram: "no such function is offered to programs",
	},
	{
		ID: "BV1104", Title: "compiler left a trap", Category: ProgramStructure,
		Rule:    "A path must not reach __bpf_trap, which the compiler puts where the source has no defined behaviour.",
		Why:     "What would run after it is nobody's intention.",
		Fix:     "Look for a variable that is used before it is set, or a function that doesn't return on some path. Compile with -Wall.",
		Formats: []string{"unexpected __bpf_trap() due to uninitialized variable?"},
	},
}
