package kmodel

// Wording is what kernels put in different words.
type Wording struct {
	// Bug begins messages about cases that the kernel's authors thought impossible.
	Bug string
}

// Wording returns the kernel's words.
func (m *Model) Wording() Wording {
	if m.Has(VerifierBugWording) {
		return Wording{Bug: "verifier bug: "}
	}
	return Wording{Bug: "verifier internal error: "}
}
