package diagnosis

var insnCodes = []Code{
	{
		ID: "BV1401", Title: "instruction is not valid", Category: ProgramStructure,
		Rule: "Every instruction has an opcode that this kernel knows.",
		Why:  "Others mean nothing.",
		Fix:  "Compile for this kernel: -mcpu=v3, or v2 for old ones. An atomic operation, a signed division or a long jump may need a later one.",
		Formats: []string{
			"unknown opcode %02x", "invalid BPF_ALU opcode %x", "invalid BPF_JMP/JMP32 opcode %x", "invalid BPF_LD mode",
			"BPF_ATOMIC uses invalid atomic opcode %02x", "invalid may_goto imm %d",
		},
	},
	{
		ID: "BV1402", Title: "reserved field is not 0", Category: ProgramStructure,
		Rule: "Fields that an instruction doesn't use are 0.",
		Why:  "They may get a meaning later.",
		Fix:  "It is a mistake of who made the instruction: an assembler, or a loader.",
		Formats: []string{
			"BPF_ALU uses reserved fields", "BPF_NEG uses reserved fields", "BPF_END uses reserved fields", "BPF_MOV uses reserved fields",
			"BPF_JMP/JMP32 uses reserved fields", "BPF_LDX uses reserved fields", "BPF_STX uses reserved fields", "BPF_XADD uses reserved fields", "BPF_ST uses reserved fields",
			"BPF_CALL uses reserved fields", "BPF_JA uses reserved fields", "BPF_JA|BPF_X uses reserved fields", "BPF_EXIT uses reserved fields", "BPF_LD_IMM64 uses reserved fields",
			"BPF_LD_[ABS|IND] uses reserved fields",
		},
	},
	{
		ID: "BV1403", Title: "64-bit constant is not valid", Category: ProgramStructure,
		Rule: "A load of a 64-bit constant has two halves, and refers to a map, variable or function that is there.",
		Why:  "The kernel puts the address in.",
		Fix:  "Load the object with a loader that relocates it.",
		Formats: []string{
			"invalid bpf_ld_imm64 insn", "unrecognized bpf_ld_imm64 insn", "invalid BPF_LD_IMM insn", "fd %d is not pointing to valid bpf_map",
			"invalid module BTF object FD specified.", "ldimm64 insn specifies invalid btf_id %d.", "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC",
			"pseudo btf_id %d in ldimm64 isn't KIND_VAR.",
			"ldimm64 unable to resolve the size of type '%s': %d",
		},
	},
	{
		ID: "BV1404", Title: "kernel variable has no address", Category: Policy,
		Rule:      "A kernel variable that a program refers to is in the kernel's symbol table and BTF.",
		Why:       "Its address is looked up there.",
		Fix:       "Declare it `__weak` and test its address, or read what you need another way.",
		Formats:   []string{"ldimm64 failed to find the address for kernel symbol '%s'."},
		NoProgram: "it depends on how the running kernel was built, and whether it shows its symbols",
	},
	{
		ID: "BV1405", Title: "address space cast without an arena", Category: ProgramStructure,
		Rule:    "Pointers are cast between address space 1 and 0 only in a program that uses an arena.",
		Why:     "The address space is the arena.",
		Fix:     "Refer to the arena map in the program.",
		Formats: []string{"addr_space_cast insn can only convert between address space 1 and 0", "addr_space_cast insn can only be used in a program that has an associated arena"},
	},
	{
		ID: "BV1406", Title: "old packet load not allowed", Category: Policy,
		Rule: "BPF_LD_ABS and BPF_LD_IND work in socket filters and their like, with the skb in R6, and end the program if the packet is too short.",
		Why:  "They come from classic BPF.",
		Fix:  "Use bpf_skb_load_bytes or direct access.",
		Formats: []string{"BPF_LD_[ABS|IND] instructions not allowed for this program type", "at the time of BPF_LD_ABS|IND R6 != pointer to skb",
			"cannot use BPF_LD_[ABS|IND] within callback"},
	},
}
