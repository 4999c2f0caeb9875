package diagnosis

var dynptrCodes = []Code{
	{
		ID: "BV0701", Title: "dynptr is not initialised", Category: ResourceLifetime,
		Rule:    "A dynptr is used after a function has filled it, and not any more after it was submitted, discarded or overwritten.",
		Why:     "Until then it is any bytes of the stack.",
		Fix:     "Initialise it on every path (bpf_dynptr_from_mem, bpf_dynptr_from_skb, bpf_ringbuf_reserve_dynptr), and use it before it is given back.",
		Formats: []string{"Expected an initialized dynptr as %s", "arg#%d pointer type %s %s %s"},
	},
	{
		ID: "BV0702", Title: "dynptr cannot be filled", Category: ResourceLifetime,
		Rule:    "A function that fills a dynptr is given one of the program's own, on the stack: not the one that a callback or function was handed.",
		Why:     "That belongs to who called.",
		Fix:     "Declare a variable of your own.",
		Formats: []string{"Dynptr has to be an uninitialized dynptr"},
	},
	{
		ID: "BV0703", Title: "dynptr with a reference overwritten", Category: ResourceLifetime,
		Rule:    "The stack of a dynptr that holds a ring buffer record is not written, neither by the program nor by a helper.",
		Why:     "The record could never be submitted.",
		Fix:     "Submit or discard it first; leave the variable alone.",
		Formats: []string{"cannot overwrite referenced dynptr", "potential write to dynptr at off=%d disallowed"},
	},
	{
		ID: "BV0704", Title: "dynptr is constant", Category: ResourceLifetime,
		Rule: "A dynptr that a callback or function is handed may be read, not changed or released.",
		Why:  "It belongs to who called.",
		Fix:  "Make one of your own with bpf_dynptr_clone, or let the owner release it.",
		Formats: []string{
			"cannot pass pointer to const bpf_dynptr, the helper mutates it", "CONST_PTR_TO_DYNPTR cannot be released",
			"cannot release unowned const bpf_dynptr",
		},
	},
	{
		ID: "BV0705", Title: "dynptr of another kind", Category: CallType,
		Rule:      "Functions that submit, or look into a packet, take a dynptr of their own kind.",
		Why:       "Only a ring buffer's record can be submitted.",
		Fix:       "Pass the dynptr that bpf_ringbuf_reserve_dynptr filled.",
		Formats:   []string{"Expected a dynptr of type %s as %s"},
		NoProgram: "functions that ask for a kind release it, and what was not acquired is refused first, with BV0302",
	},
	{
		ID: "BV0706", Title: "no dynptr there", Category: CallType,
		Rule:    "Where a dynptr is asked for, the address of a struct bpf_dynptr on the stack is passed, or the one that the function was handed.",
		Why:     "The verifier follows dynptrs only there.",
		Fix:     "Declare `struct bpf_dynptr ptr;` in the function and pass `&ptr`.",
		Formats: []string{"%s expected pointer to stack or const struct bpf_dynptr"},
		Narrow:  []string{"R%d type=%s expected=fp, dynptr_ptr"},
	},
	{
		ID: "BV0707", Title: "memory that a dynptr cannot hold", Category: CallType,
		Rule:    "bpf_dynptr_from_mem takes memory of a map value.",
		Why:     "Stack and other memory would go away before the dynptr.",
		Fix:     "Pass a pointer into a map value.",
		Formats: []string{"Unsupported reg type %s for bpf_dynptr_from_mem data"},
	},
}
