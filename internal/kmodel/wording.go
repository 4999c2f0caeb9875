package kmodel

import "strings"

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

// olderTypes are the names of registers' types before these were composed.
var olderTypes = strings.NewReplacer("scalar", "inv", "map_key, ", "", "mem, ringbuf_mem, buf", "mem, rdonly_buf, rdwr_buf",
	"ringbuf_", "", "rdonly_buf", "rdonly_buf", "tp_buffer", "tp_buffer", "buf", "rdwr_buf")

// TypeNames gives names of registers' types, one or more, in the kernel's words.
func (m *Model) TypeNames(names string) string {
	switch {
	case !m.Has(TypesComposed):
		return olderTypes.Replace(names)
	case !m.Has(RingbufMemory):
		return strings.ReplaceAll(names, "ringbuf_", "alloc_")
	}
	return names
}
