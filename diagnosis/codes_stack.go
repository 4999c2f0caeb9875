package diagnosis

var stackCodes = []Code{
	{
		ID: "BV0201", Title: "access outside of the stack", Category: Memory,
		Rule: "A function accesses the 512 bytes of stack below its frame pointer and nothing else, for every value an index may have.",
		Why:  "Beyond them lies the kernel's own stack.",
		Fix:  "Check the index before the access, or put large data into a map.",
		Formats: []string{
			"invalid%s stack R%d off=%d size=%d", "invalid variable-offset%s stack R%d var_off=%s off=%d size=%d", "invalid variable-offset%s stack R%d var_off=%s size=%d",
			"invalid unbounded variable-offset%s stack R%d", "allocated_stack too small",
		},
	},
	{
		ID: "BV0202", Title: "helper is given a variable offset of the stack", Category: Memory,
		Rule:      "A pointer into the stack that is passed to a function has a constant offset, unless the program has the right to read its stack uninitialised.",
		Why:       "What lies at each byte of the stack is known only for constant offsets.",
		Fix:       "Pass the beginning of the array, and a size.",
		Formats:   []string{"variable offset stack pointer cannot be passed into helper function; var_off=%s off=%d size=%d"},
		NoProgram: "only programs that are loaded without CAP_PERFMON are refused for it",
	},
	{
		ID: "BV0203", Title: "stack read before it was written", Category: Memory,
		Rule:  "A program without CAP_PERFMON must have written each byte of the stack before it is read, and nobody reads the bytes of a dynptr, an iterator or an interrupt flag, nor those that the kernel took for dead.",
		Why:   "What was never written is left over from the kernel, and those objects hold its addresses: neither must leak.",
		Fix:   "Initialise the variable: `= {}`. Mind the padding of structs: __builtin_memset covers it. Read a dynptr with bpf_dynptr_read.",
		Older: []string{"invalid indirect read from stack R%d off %d+%d size %d", "invalid indirect read from stack off %d+%d size %d", "invalid indirect read from stack R%d var_off %s+%d size %d"},
		Formats: []string{
			"invalid read from stack off %d+%d size %d", "invalid%s read from stack R%d off %d+%d size %d",
			"invalid%s read from stack R%d var_off %s+%d size %d",
			"reading from stack off %d+%d size %d, slot poisoned by dead code elimination",
			"reading from stack R%d off %d+%d size %d, slot poisoned by dead code elimination",
		},
	},
	{
		ID: "BV0204", Title: "part of a saved pointer accessed", Category: Memory,
		Rule:    "A pointer saved on the stack is read back, and overwritten, in whole.",
		Why:     "Parts of it are no pointer, and would show a kernel address.",
		Fix:     "Read it with 8 bytes, as it was written.",
		Formats: []string{"invalid size of register fill", "invalid size of register spill"},
	},
	{
		ID: "BV0205", Title: "stack pointer leaves its function", Category: Memory,
		Rule:    "A pointer into a function's stack is not returned, nor stored in the stack of a caller.",
		Why:     "That stack is gone when the function returns.",
		Fix:     "Let the caller pass a pointer to its own variable.",
		Formats: []string{"cannot spill pointers to stack into stack frame of the caller", "cannot return stack pointer to the caller"},
	},
	{
		ID: "BV0206", Title: "functions need too much stack together", Category: ProgramStructure,
		Rule: "A chain of calls may use 512 bytes of stack, 256 if it contains a tail call; each frame counts as multiples of 16 or 32 bytes.",
		Why:  "The kernel's stack is small, and is shared with all that runs below.",
		Fix:  "Move large variables to a per-CPU array, or have functions inlined, so that their frames overlap.",
		Formats: []string{
			"combined stack size of %d calls is %d. Too large", "stack size of subprog %d is %d. Too large",
			"tail_calls are not allowed when call stack of previous frames is %d bytes. Too large",
		},
	},
	{
		ID: "BV0207", Title: "calls nest too deep", Category: ProgramStructure,
		Rule:    "At most 8 functions are active at a time.",
		Why:     "The stack, and the verifier's time, are bounded.",
		Fix:     "Have functions inlined (__always_inline), or make a loop of them.",
		Formats: []string{"the call stack of %d frames is too deep !", "the call stack of %d frames is too deep"},
	},
	{
		ID: "BV0208", Title: "frame pointer changed", Category: RegisterType,
		Rule:    "R10, the frame pointer, is never written.",
		Why:     "All that is known of the stack is known relative to it.",
		Fix:     "Copy it to another register first. Compilers do; only hand-written assembly comes here.",
		Formats: []string{"frame pointer is read only"},
	},
	{
		ID: "BV0209", Title: "stack object misplaced", Category: Memory, Deeper: true,
		Rule:    "Objects that live on the stack (dynptrs, iterators, interrupt flags) are passed by their constant, 8-byte aligned address.",
		Why:     "What they hold is known per stack slot.",
		Fix:     "Declare the object as a variable and pass its address.",
		Formats: []string{"%s has to be at a constant offset", "cannot pass in %s at an offset=%d", "cannot pass in dynptr at an offset"},
	},
}
