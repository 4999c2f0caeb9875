package diagnosis

var helperArgCodes = []Code{
	{
		ID: "BV1001", Title: "argument of the wrong kind", Category: CallType,
		Rule:    "Each argument of a helper takes certain kinds of pointers, or a number.",
		Why:     "The helper would use whatever it gets as that.",
		Fix:     "Pass what the message says is expected. A number where a pointer is expected is often a pointer that was invalidated or never initialised.",
		Formats: []string{"R%d type=%s expected=%s", "Helper has invalid btf_id in R%d", "Helper has invalid btf/btf_id in R1"},
	},
	{
		ID: "BV1002", Title: "argument may be NULL", Category: CallType,
		Rule:    "A pointer that may be NULL is compared with NULL before it is passed, where the function doesn't take NULL.",
		Why:     "The function uses it unchecked.",
		Fix:     "`if (!p) return 0;` before the call.",
		Formats: []string{"Possibly NULL pointer passed to helper %s", "Possibly NULL pointer passed to trusted %s", "%s is expected to be non-NULL"},
		Narrow:  []string{"R%d type=%s_or_null expected=%s", "R%d type=%s_or_null_ expected=%s"},
	},
	{
		ID: "BV1003", Title: "constant expected", Category: CallType,
		Rule:    "Some arguments (sizes of records, type ids, flags) have one value, known when the program is loaded.",
		Why:     "The verifier checks by that value, or stores it in the program.",
		Fix:     "Pass a constant, or branch to calls with one constant each.",
		Formats: []string{"R%d is not a known constant'", "R%d must be a known constant", "R%d is not a const", "R%d allocation size exceeds u32 max"},
	},
	{
		ID: "BV1004", Title: "pointer passed as a number", Category: CallType,
		Rule:    "An argument that is a number is not given a pointer.",
		Why:     "It would show a kernel address.",
		Fix:     "Pass the value, not the address of it.",
		Formats: []string{"R%d is not a scalar"},
	},
	{
		ID: "BV1005", Title: "kernel struct of another type", Category: CallType,
		Rule: "Where a pointer to a kernel struct is asked for, it is of that struct, or of one that begins with it.",
		Why:  "The function reads and writes its members.",
		Fix:  "Walk to the struct that is asked for, or acquire one of that type.",
		Formats: []string{
			"R%d is of type %s but %s is expected", "kernel function %s %s expected pointer to %s %s but R%d has a pointer to %s %s",
			"R%d is %s expected %s %s%s", "expected %s or socket",
		},
	},
	{
		ID: "BV1006", Title: "string is not constant", Category: CallType,
		Rule: "A constant string lies in a map that neither program nor user space can change any more (.rodata), and ends there.",
		Why:  "The verifier reads it when the program is loaded.",
		Fix:  "`static const char fmt[] = \"...\";` outside of the function.",
		Formats: []string{
			"R%d does not point to a readonly map'", "R%d points to insn_array map which cannot be used as const string",
			"R%d points to percpu_array map which cannot be used as const string", "R%d is not a constant address'", "direct value access on string failed",
			"string is not zero-terminated", "%s doesn't point to a const string",
		},
	},
	{
		ID: "BV1007", Title: "format string not valid", Category: CallType,
		Rule:    "A format string has only conversions that bpf_snprintf knows, and as many as there are arguments.",
		Why:     "It is checked when the program is loaded, so that it need not be when it runs.",
		Fix:     "Use %d, %u, %x, %llu, %s, %p and their like.",
		Formats: []string{"Invalid format string"},
	},
	{
		ID: "BV1008", Title: "helper does not work on such a map", Category: CallType,
		Rule: "A map is worked on by the helpers of its type.",
		Why:  "Array, queue, ring buffer, program array and the others have operations of their own.",
		Fix:  "Use the helpers of that type: bpf_ringbuf_output for ring buffers, bpf_tail_call for program arrays, bpf_map_push_elem for queues.",
		Formats: []string{
			"cannot pass map_type %d into func %s#%d", "expected prog array map for tail call", "kernel subsystem misconfigured verifier",
			"invalid arg_type for sockmap/sockhash",
			"cannot update sockmap in this context",
		},
	},
	{
		ID: "BV1009", Title: "map of another element passed", Category: CallType,
		Rule: "The map passed with a timer, work queue or task work is the one in which that lies.",
		Why:  "It keeps the map alive.",
		Fix:  "Pass the map that the value was looked up in.",
		Formats: []string{
			"timer pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d",
			"%s pointer in R%d map_uid=%d doesn't match map pointer in R%d map_uid=%d",
		},
	},
	{
		ID: "BV1010", Title: "no timer, work queue or task work there", Category: CallType,
		Rule: "The argument is the address of such a member of a map value, at its constant offset.",
		Why:  "The map cancels it when the value goes.",
		Fix:  "Pass `&value->timer`, of a map whose BTF is there.",
		Formats: []string{
			"map '%s' has to have BTF in order to use %s", "map '%s' has no valid %s", "map '%s' doesn't have 'struct %s'", "off %d doesn't point to 'struct %s' that is at %d",
			"%s doesn't point to a map value",
		},
	},
	{
		ID: "BV1011", Title: "no map there", Category: CallType,
		Rule:    "The argument is the address of a map, as `&map` gives it.",
		Why:     "The kernel function works on the map itself.",
		Fix:     "Pass `&map`, not a pointer to its value.",
		Formats: []string{"pointer in R%d isn't map pointer", "%s doesn't point to map value or allocated object"},
	},
	{
		ID: "BV1012", Title: "flags not supported", Category: CallType,
		Rule:    "bpf_get_local_storage takes 0 as its flags.",
		Why:     "None are defined.",
		Fix:     "Pass 0.",
		Formats: []string{"get_local_storage() doesn't support non-zero flags"},
	},
	{
		ID: "BV1013", Title: "size of a kernel variable is not known", Category: CallType,
		Rule:      "A per-CPU kernel variable that is looked up has a type of known size.",
		Why:       "The access is checked by it.",
		Fix:       "Declare it with its full type.",
		Formats:   []string{"unable to resolve the size of type '%s': %d", "unknown return type %d of func %s#%d", "invalid return type %d of func %s#%d"},
		NoProgram: "all variables of the kernel's BTF have a size",
	},
}
