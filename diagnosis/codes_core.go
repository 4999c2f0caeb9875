package diagnosis

var coreCodes = []Code{
	{
		ID: "BV2301", Title: "kernel has no such member, type or enumerator", Category: Policy,
		Rule:   "A member, type or enumerator that a path uses by CO-RE is in this kernel.",
		Why:    "The loader found nothing of that name, and put an instruction in that is always refused.",
		Fix:    "Test for it: `if (bpf_core_field_exists(p->member))`, and read the other name through a flavour of the struct (struct name___old).",
		Narrow: []string{"failed to resolve CO-RE relocation %s"},
	},
	{
		ID: "BV2302", Title: "relocation failed", Category: ProgramStructure,
		Rule: "A CO-RE relocation has one result, that fits the instruction.",
		Why:  "A loader does not guess.",
		Fix:  "Rename one of the candidates, or read the member with bpf_core_read or BPF_CORE_READ_BITFIELD.",
		Formats: []string{
			"prog '%s': relo #%d: failed to relocate: -22", "prog '%s': relo #%d: target candidate search failed for [%d] %s %s: -22",
			"prog '%s': relo #%d: parsing [%d] %s %s + %s failed: -22", "prog '%s': relo #%d: unrecognized CO-RE relocation %s (%d) at insn #%d",
			"prog '%s': relo #%d: error matching candidate #%d <%s> [%d] %s %s: -22", "prog '%s': relo #%d: field offset ambiguity: %d != %d",
			"prog '%s': relo #%d: relocation decision ambiguity: %s %d != %s %d", "prog '%s': relo #%d: unexpected insn #%d (%s) value: got %d, exp %d -> %d",
			"prog '%s': relo #%d: trying to relocate unrecognized insn #%d, code:0x%x, src:0x%x, dst:0x%x, off:0x%x, imm:0x%x",
			"prog '%s': relo #%d: insn #%d (LDX/ST/STX) value too big: %d", "prog '%s': relo #%d: insn #%d (LDX/ST/STX) unexpected mem size: got %d, exp %d",
			"prog '%s': relo #%d: insn #%d (LDX/ST/STX) invalid new mem size: %d", "prog '%s': relo #%d: insn #%d (LDIMM64) has unexpected form",
			"prog '%s': relo #%d: offset %d is not of an instruction", "prog '%s': relo #%d: insn #%d (LDIMM64) is truncated",
		},
		NoProgram: "it needs types of the kernel that contradict each other, or damaged records",
	},
}
