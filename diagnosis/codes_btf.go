package diagnosis

var btfCodes = []Code{
	{
		ID: "BV1901", Title: "func_info does not fit the program", Category: ProgramStructure,
		Rule: "The records that say which function begins where name a function each, in order, one for every function of the program.",
		Why:  "Types of functions come from them.",
		Fix:  "It is a mistake of who made the object: compile and link again with current tools.",
		Formats: []string{
			"nonzero insn_off %d for the first func info record", "same or smaller insn offset (%d) than previous func info record (%d)",
			"invalid type id %d in func info", "number of funcs in func_info doesn't match number of subprogs",
			"func_info BTF section doesn't match subprog layout in BPF program", "BTF of func#%d doesn't point to KIND_FUNC", "Invalid type of function %s()",
		},
		NoProgram: "compilers make good records",
	},
	{
		ID: "BV1902", Title: "line_info does not fit the program", Category: ProgramStructure,
		Rule: "The records that say which line an instruction comes from are in order, and each function has one at its beginning.",
		Why:  "The kernel shows lines by them.",
		Fix:  "As for BV1901.",
		Formats: []string{
			"Invalid line_info[%d].insn_off:%d (prev_offset:%d prog->len:%d)", "Invalid insn code at line_info[%d].insn_off",
			"missing bpf_line_info for func#%d", "missing bpf_line_info for %d funcs starting from func#%d",
		},
		NoProgram: "compilers make good records",
	},
	{
		ID: "BV1903", Title: "BTF is not valid", Category: ProgramStructure,
		Rule: "The BTF of an object is well formed, and refers to what is there.",
		Why:  "Types, maps and relocations are read from it.",
		Fix:  "Compile with -g and current tools; strip with `llvm-strip -g`, which keeps BTF.",
		Formats: []string{
			"BTF header is not valid", "BTF header length %d is not valid", "BTF sections end outside the blob", "BTF string section is not valid",
			"BTF types are truncated", "BTF type [%d] is not valid", "BTF type [%d] refers to what is not there", "BTF loading error: -%d",
			"BTF.ext header is not valid", "BTF.ext ends outside its section", "BTF.ext records are not valid",
			"Error loading ELF section .BTF: -22: %v", "Error loading ELF section .BTF.ext: -22. Ignored and continue.: %v",
			"Error loading ELF section .BTF: -7: types nest too deep", "BTF is refused: %s", "prog '%s': load BTF: %v",
		},
		NoProgram: "compilers make good BTF",
	},
	{
		ID: "BV1904", Title: "BTF is missing", Category: ProgramStructure,
		Rule: "Maps in .maps, externs, CO-RE and typed functions need BTF.",
		Why:  "Their types are in it.",
		Fix:  "Compile with -g, and don't strip BTF.",
		Formats: []string{
			"BTF is required, but is missing or corrupted.", "prog '%s': missing .BTF.ext function info.", "prog '%s': missing .BTF.ext line info.",
			"DATASEC '.maps' not found.", "sec '%s': failed to determine size from ELF", "sec '%s': unexpected non-VAR type found",
			"sec '%s': failed to find ELF symbol for VAR '%s'",
		},
		NoProgram: "compilers make BTF if told to",
	},
}
