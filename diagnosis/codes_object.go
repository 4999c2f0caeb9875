package diagnosis

var objectCodes = []Code{
	{
		ID: "BV2001", Title: "not a BPF object", Category: ProgramStructure,
		Rule: "A program comes as a 64-bit little-endian ELF object for BPF, undamaged, with its symbol table.",
		Why:  "Sections and symbols say where programs and maps are.",
		Fix:  "`clang --target=bpf -g -O2 -c`; strip with `llvm-strip -g` only.",
		Formats: []string{
			"elf: '%s' is damaged: %v", "elf: '%s' is not a proper ELF object%s", "elf: '%s' is not a proper ELF object: %v",
			"elf: '%s' is not a 64-bit ELF object", "elf: %s is not a valid eBPF object file; it is for %s: compile with --target=bpf",
			"elf: %s is not a valid eBPF object file", "elf: endianness mismatch in %s.: it is big-endian, and only little-endian objects are judged",
			"elf: failed to get section(%d) %s data from %s: it ends outside the file", "elf: multiple symbol tables in %s",
			"elf: couldn't find symbol table in %s, stripped object file?", "elf: symbol strings section missing or invalid in %s",
			"elf: '%s' is too large for a BPF object", "invalid license section in %s", "invalid kver section in %s",
		},
		NoProgram: "no C source compiles to one",
	},
	{
		ID: "BV2002", Title: "maps section of old", Category: ProgramStructure,
		Rule: "Maps are defined in SEC(\".maps\"), with BTF.",
		Why:  "libbpf 1.0 dropped the old form.",
		Fix:  "`struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, ...); ... } name SEC(\".maps\");`",
		Formats: []string{
			"elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+", "section %s: no symbols",
			"symbol %s: size goes out of bounds of section %s", "map %s: a definition has %d bytes at least, not %d", "map '%s': %s",
			"%s reads no maps or operations that are defined in BTF",
		},
	},
	{
		ID: "BV2003", Title: "section of programs is not in order", Category: ProgramStructure,
		Rule: "A section of programs holds global functions, one behind the other.",
		Why:  "Each is a program.",
		Fix:  "Don't declare a program static; put helper functions into no section.",
		Formats: []string{
			"sec '%s': failed to get symbol name for offset %d", "sec '%s': program at offset %d crosses section boundary",
			"sec '%s': program '%s' is static and not supported", "sec '%s': corrupted program '%s', offset %d, size %d", "sec '%s': functions overlap too often",
			"invalid program section `%s`",
		},
	},
	{
		ID: "BV2004", Title: "relocation makes no sense", Category: ProgramStructure,
		Rule: "An instruction refers to a map, a global variable, a function or an extern of the object.",
		Why:  "The loader puts its address in.",
		Fix:  "Initialise global variables that are in no section; don't refer to data in sections of your own.",
		Formats: []string{
			"elf: relocation section(%d) %s is not valid", "elf: relocation section(%d) %s needs the types of what it relocates, and there is no BTF",
			"sec '%s': symbol #%d not found for relo #%d", "sec '%s': corrupted symbol #%d pointing to invalid section #%d for relo #%d",
			"sec '%s': invalid offset 0x%x for relo #%d", "prog '%s': invalid relo against '%s' for insns[%d].code 0x%x",
			"prog '%s': relo against '%s': insn #%d (LDIMM64) is truncated", "prog '%s': extern relo failed to find extern for '%s' (%d)",
			"prog '%s': incorrect bpf_call opcode", "prog '%s': bad call relo against '%s' in section '%s'", "prog '%s': bad call relo against '%s' at offset %d",
			"prog '%s': invalid relo against '%s' in special section 0x%x; forgot to initialize global var?..",
			"prog '%s': bad subprog addr relo against '%s' at offset %d+%d", "prog '%s': bad arena data relocation at insn %d, no arena maps defined",
			"prog '%s': bad map relo against '%s' in section '%s'", "prog '%s': map relo failed to find map for section '%s', off %d",
			"prog '%s': data relo failed to find map for section '%s'", "prog '%s': no .text section found yet sub-program call exists",
			"prog '%s': missing subprog addr relo for insn #%d", "prog '%s': unexpected relo for insn #%d, type %d",
			"prog '%s': symbol \"%s\": unsatisfied program reference",
			"prog '%s': possible erroneous static qualifier on map definition: found reference to \"%s\"",
		},
		NoProgram: "compilers make good relocations",
	},
}
