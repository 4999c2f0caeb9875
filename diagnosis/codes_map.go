package diagnosis

var mapCodes = []Code{
	{
		ID: "BV1801", Title: "map is not for this type of program", Category: Policy,
		Rule: "Maps whose values hold locks, timers, work queues, lists or trees are for types of programs that can deal with them.",
		Why:  "A tracing program may interrupt who holds the lock.",
		Fix:  "Use another type of program, or a map without that member.",
		Formats: []string{
			"tracing progs cannot use bpf_{list_head,rb_root} yet", "socket filter progs cannot use bpf_spin_lock yet",
			"tracing progs cannot use bpf_spin_lock yet", "tracing progs cannot use bpf_timer yet", "tracing progs cannot use bpf_wq yet",
			"bpf_struct_ops map cannot be used in prog",
		},
	},
	{
		ID: "BV1802", Title: "map is not for sleepable programs", Category: Policy,
		Rule: "A sleepable program uses maps whose elements survive until it is done.",
		Why:  "RCU, which protects elements of the others, doesn't wait for sleepers.",
		Fix:  "Use a hash, array, ring buffer or local storage, or a program that does not sleep.",
		Formats: []string{"Sleepable programs can only use array, hash, ringbuf and local storage maps",
			"Sleepable programs can only use array, hash, and ringbuf maps", "Sleepable programs can only use array and hash maps"},
	},
	{
		ID: "BV1803", Title: "too many maps", Category: ProgramStructure,
		Rule:    "A program uses at most 64 maps, one arena, and one cgroup storage of each kind.",
		Why:     "They are kept in tables of that size.",
		Fix:     "Merge maps, or split the program.",
		Formats: []string{"The total number of maps per program has reached the limit of %d", "only one cgroup storage of each type is allowed", "Only one arena per program"},
	},
	{
		ID: "BV1804", Title: "map's value has no address", Category: Memory,
		Rule:      "The address of a map's value is taken only of arrays with one element and of arenas, inside of the value.",
		Why:       "It is put into the program when it is loaded.",
		Fix:       "Look the element up.",
		Formats:   []string{"direct value offset of %d is not allowed", "no direct value access support for this map type", "invalid access to map value pointer, value_size=%d off=%d"},
		NoProgram: "compilers take addresses of global variables only, which lie inside",
	},
	{
		ID: "BV1805", Title: "map was not created", Category: ProgramStructure,
		Rule:      "A program refers to maps that were created.",
		Why:       "A loader leaves maps out that are marked so, or that this kernel doesn't have.",
		Fix:       "Don't switch the map off, or keep the program from referring to it.",
		Narrow:    []string{"BPF map '%s' is referenced but wasn't created"},
		NoProgram: "only a loader that was told to leave a map out comes here",
	},
}
