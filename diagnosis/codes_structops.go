package diagnosis

var structOpsCodes = []Code{
	{
		ID: "BV2401", Title: "kernel has no such struct_ops", Category: Policy,
		Rule: "A variable in SEC(\".struct_ops\") is of a struct that this kernel lets programs implement, and sets members that it has.",
		Why:  "The kernel calls through that struct.",
		Fix:  "Leave out members that this kernel lacks (a flavour such as struct name___old, or set them to NULL).",
		Formats: []string{
			"struct_ops init_kern: struct bpf_struct_ops_%s is not found in kernel BTF", "struct_ops init_kern: struct %s is not found in kernel BTF",
			"struct_ops init_kern: struct %s data is not found in struct bpf_struct_ops_%s", "struct_ops init_kern %s: failed to resolve the size of member %s",
			"struct_ops init_kern %s: Cannot find member %s in kernel BTF", "struct_ops init_kern %s: bitfield %s is not supported",
			"struct_ops init_kern %s: Unmatched member type %s %d != %d(kernel)", "struct_ops init_kern %s: kernel member %s is not a func ptr",
			"struct_ops init_kern %s: Error in size of member %s: %d != %d(kernel)",
		},
	},
	{
		ID: "BV2402", Title: "struct_ops variable is not valid", Category: ProgramStructure,
		Rule: "A variable in SEC(\".struct_ops\") is a struct whose function pointers are programs of SEC(\"struct_ops\"), each for one member.",
		Why:  "The member gives the program its types.",
		Fix:  "Write one program a member.",
		Formats: []string{
			"struct_ops init: DATASEC %s not found", "struct_ops init: Cannot resolve var type_id %d in DATASEC %s", "struct_ops init: anonymous type is not supported",
			"struct_ops init: %s is not a struct", "struct_ops init: var %s is beyond the end of DATASEC %s", "struct_ops reloc: symbol %x not found",
			"struct_ops reloc: cannot find map at rel->r_offset %d", "struct_ops reloc %s: rel->r_offset %d shdr_idx %d unsupported non-static function",
			"struct_ops reloc %s: invalid target program offset %d", "struct_ops reloc %s: cannot find member at moff %d",
			"struct_ops reloc %s: cannot relocate non func ptr %s", "struct_ops reloc %s: cannot find prog at shdr_idx %d to relocate func ptr %s",
			"struct_ops reloc %s: prog %s is not struct_ops BPF program",
			"struct_ops init_kern %s func ptr %s: invalid reuse of prog %s in sec %s with type %d: attach_btf_id %d != kern_type_id %d",
			"struct_ops init_kern %s func ptr %s: invalid reuse of prog %s in sec %s with type %d: expected_attach_type %d != kern_member_idx %d",
		},
	},
}
