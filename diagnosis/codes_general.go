package diagnosis

var generalCodes = []Code{
	{
		ID: "BV0001", Title: "the verifier contradicts itself", Category: ProgramStructure,
		Rule: "The verifier checks its own bookkeeping as it goes. Where that doesn't add up it refuses the program, because it can no longer vouch for it.",
		Why:  "A verifier that goes on with wrong notes could accept what is unsafe.",
		Fix:  "It is the kernel's mistake, not the program's: report it to bpf@vger.kernel.org with the program, and write the place differently meanwhile.",
		Formats: []string{
			"verifier bug: %s", "verifier internal error: %s", "btf_vmlinux is malformed", "max struct nesting depth exceeded",
			"more than one arg with ref_obj_id R%d %d %d", "invalid kernel function call not eliminated in verifier pass", "failed to push state for failed lock acquisition",
			"BUG backtracking idx %d", "BUG backtracing func entry subprog %d reg_mask %x stack_mask %x", "BUG spi %d", "BUG regs %x",
		},
		NoProgram: "no program is known that brings a kernel here",
	},
	{
		ID: "BV0002", Title: "refused without a word", Category: ProgramStructure,
		Rule:      "A few checks return only an error number.",
		Why:       "The kernel's authors thought these cases too rare for a message, or impossible.",
		Fix:       "Look at the instruction at which the walk stopped, and at the error number.",
		NoProgram: "what has no message shows no rule of its own",
	},
}
