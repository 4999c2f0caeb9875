package diagnosis

var flowCodes = []Code{
	{
		ID: "BV1301", Title: "program is too complex", Category: ProgramStructure,
		Rule:    "The verifier walks at most 1,000,000 instructions, over all paths.",
		Why:     "Loading must end in reasonable time.",
		Fix:     "Bound loops with bpf_for, bpf_loop or can_loop, which are walked a few times and not once a round; split the program into global functions, which are verified once; lower the bounds.",
		Formats: []string{"BPF program is too large. Processed %d insn", "liveness analysis exceeded complexity limit (%d calls)"},
	},
	{
		ID: "BV1302", Title: "too many branches are open", Category: ProgramStructure,
		Rule:    "At most 8,192 branches wait to be walked at a time.",
		Why:     "Each keeps a copy of the state.",
		Fix:     "As for BV1301: fewer branches in a row, or functions of their own.",
		Formats: []string{"The sequence of %d jumps is too complex.", "The sequence of %d jumps is too complex for async cb."},
	},
	{
		ID: "BV1303", Title: "loop does not end", Category: ProgramStructure,
		Rule:    "A loop comes to an end: its state changes from round to round.",
		Why:     "A state that was seen before in the same loop would be seen forever.",
		Fix:     "Make the condition depend on what the loop changes. Use bpf_for or bpf_loop if the number of rounds is not constant.",
		Formats: []string{"infinite loop detected at insn %d", "back-edge from insn %d to %d"},
	},
	{
		ID: "BV1304", Title: "code that no path reaches", Category: ProgramStructure,
		Rule:    "Every instruction is on some path from the beginning of the program.",
		Why:     "What is never verified must not be there.",
		Fix:     "Remove it. Compilers do; hand-written assembly, and functions that never return, come here.",
		Formats: []string{"unreachable insn %d"},
	},
	{
		ID: "BV1305", Title: "jump to where it must not", Category: ProgramStructure,
		Rule:    "A jump stays in its function, and leads to the beginning of an instruction.",
		Why:     "Functions are verified by themselves.",
		Fix:     "Jump to a label in the same function.",
		Formats: []string{"jump out of range from insn %d to %d", "jump into the middle of ldimm64 insn %d", "call to invalid destination", "invalid insn idx %d insn_cnt %d"},
	},
	{
		ID: "BV1306", Title: "function runs over its end", Category: ProgramStructure,
		Rule:    "The last instruction of each function is an exit or a jump.",
		Why:     "Otherwise the next function would run on.",
		Fix:     "Return on every path. A path that the compiler takes for impossible (__builtin_unreachable, a loop without end) ends like this.",
		Formats: []string{"last insn is not an exit or jmp"},
	},
	{
		ID: "BV1307", Title: "too many functions", Category: ProgramStructure,
		Rule:    "A program has at most 256 functions.",
		Why:     "They are kept in a table of that size.",
		Fix:     "Have small ones inlined.",
		Formats: []string{"too many subprograms"},
	},
	{
		ID: "BV1308", Title: "indirect jump without a table", Category: ProgramStructure,
		Rule: "A jump to where a register says (gotox) goes to an instruction that was loaded from a jump table: a map of type insn_array " +
			"that nobody can change, whose elements are instructions of the same function. The index is below the number of elements.",
		Why: "All ways that a jump may take are known before the program runs.",
		Fix: "Compilers write such tables for switch statements. In assembly, load the address with 8 bytes from the table, check the index before, and jump with the register that has it.",
		Formats: []string{
			"no jump tables found for subprog starting at %d", "jump table for insn %d points outside of the subprog [%d,%d]",
			"Failed to properly initialize insn array", "R%d has type %s, expected PTR_TO_INSN", "Invalid read of %d bytes from insn_array",
		},
		NoProgram: "compilers write tables that are right",
	},
}
