package diagnosis

var mapDefCodes = []Code{
	{
		ID: "BV2101", Title: "map definition is not valid", Category: ProgramStructure,
		Rule: "A map in SEC(\".maps\") is a global struct variable whose members are those that libbpf knows, each in its form.",
		Why:  "The numbers are read from the types of the members.",
		Fix:  "__uint(name, number), __type(name, type), __array(values, type), __ulong(name, number).",
		Formats: []string{
			"map #%d: empty name.", "map '%s' BTF data is corrupted.", "map '%s': unexpected var kind %s.", "map '%s': unsupported map linkage %s.",
			"map '%s': unexpected def kind %s.", "map '%s': invalid def size.", "map '%s': unknown field '%s'.", "map '%s': map type isn't specified.",
			"map '%s': attr '%s': expected PTR, got %s.", "map '%s': attr '%s': expected ARRAY, got %s.", "map '%s': attr '%s': invalid __ulong",
			"map '%s': attr '%s': expected ENUM or ENUM64, got %s.", "map '%s': conflicting %s size %d != %d.", "map '%s': %s spec is not PTR: %s.",
			"map '%s': can't determine %s size for type [%d]: -22.", "map '%s': invalid pinning value %d.", "failed to alloc map '%s' content buffer: -12",
			"section .maps: initializing BTF map definitions: not supported",
		},
	},
	{
		ID: "BV2102", Title: "inner map or values not valid", Category: ProgramStructure,
		Rule: "`values` is the last member, of maps of maps and program arrays, and holds maps, or programs; maps nest once.",
		Why:  "The kernel has no deeper nesting.",
		Fix:  "__array(values, struct inner) as the last member, initialised with `.values = { &map }`.",
		Formats: []string{
			"map '%s': multi-level inner maps not supported.", "map '%s': should be map-in-map or prog-array.", "map '%s': '%s' member should be last.",
			"map '%s': conflicting value size %d != 4.", "map '%s': %s spec is not a zero-sized array.", "map '%s': %s def is of unexpected kind %s.",
			"map '%s': prog-array value def is of unexpected kind %s.", "map '%s': map-in-map inner def is of unexpected kind %s.",
			"map '%s': inner def can't be pinned.", ".maps relo #%d: symbol %x not found", ".maps relo #%d: cannot find map '%s' at rel->r_offset %d",
			"map '%s': initial values without a 'values' member", "map '%s': initial value at a wrong offset", ".maps relo #%d: '%s' isn't a BTF-defined map",
			".maps relo #%d: hash-of-maps '%s' should have key size 4.", ".maps relo #%d: '%s' isn't a valid map reference",
			".maps relo #%d: '%s' isn't an entry-point program", ".maps relo #%d: '%s' isn't a valid program reference",
			".maps relo #%d: map '%s' can't have initial values",
		},
	},
	{
		ID: "BV2103", Title: "kernel does not create the map", Category: Policy,
		Rule: "Sizes, flags and special members of a map are ones that its type has.",
		Why:  "The kernel answers with an error number only.",
		Fix:  "Look at the type: ring buffers have a size that is a power of 2 of pages and no key, LPM tries need BPF_F_NO_PREALLOC, special members only some types.",
		Formats: []string{
			"map '%s': failed to create: %v(-%d)", "map '%s': failed to create inner map: -%d",
			"Error in bpf_create_map_xattr(%s):%v(-%d). Retrying without BTF.", "map '%s': failed to initialize slot [%d] to map '%s': -%d",
			"map '%s': failed to create: -%d", "prog '%s': relo #%d: can't create jump table: sym_off %d",
		},
	},
	{
		ID: "BV2104", Title: "arena not valid", Category: ProgramStructure,
		Rule: "An object has at most one arena, defined in SEC(\".maps\"), and large enough for its __arena variables.",
		Why:  "The variables lie in it.",
		Fix:  "Define one map of BPF_MAP_TYPE_ARENA, with enough pages.",
		Formats: []string{
			"map '%s': only single ARENA map is supported (map '%s' is also ARENA)",
			"elf: sec '.addr_space.1': declared ARENA map size (%d) is too small to hold global __arena variables of size %d",
			"elf: sec '.addr_space.1': to use global __arena variables the ARENA map should be explicitly declared in SEC(\".maps\")",
		},
	},
}
