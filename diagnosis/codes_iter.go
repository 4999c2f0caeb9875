package diagnosis

var iterCodes = []Code{
	{
		ID: "BV0801", Title: "iterator is not initialised", Category: ResourceLifetime,
		Rule:    "next and destroy of an iterator come after its new, and not after its destroy.",
		Why:     "Before that it is any bytes of the stack.",
		Fix:     "Call new on every path, even if it can fail; use bpf_for and bpf_for_each, which do all three.",
		Formats: []string{"expected an initialized iter_%s as %s"},
	},
	{
		ID: "BV0802", Title: "iterator is in use already", Category: ResourceLifetime,
		Rule:    "new is given a fresh variable, or one that was destroyed.",
		Why:     "What it held before would be lost.",
		Fix:     "Destroy it first, or use a second variable.",
		Formats: []string{"expected uninitialized iter_%s as %s"},
	},
	{
		ID: "BV0803", Title: "no iterator there", Category: CallType,
		Rule:    "An iterator is a variable on the stack, and is passed by its address.",
		Why:     "The verifier follows iterators only there.",
		Fix:     "Declare `struct bpf_iter_num it;` in the function and pass `&it`.",
		Formats: []string{"expected valid iter pointer as %s", "%s expected pointer to an iterator on stack"},
	},
}
