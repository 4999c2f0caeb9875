package machine

import (
	"context"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// facts are what the verifier knows of the program's instructions, asked for when first needed; nil for a program
// that it does not accept.
func (p *Program) facts() []verifier.Fact {
	p.once.Do(func() {
		p.known = verifier.Verify(context.Background(), p.img, p.machine.k, verifier.Options{Facts: true}).Facts
	})
	return p.known
}

// probes reports a load of a kernel object by an address that may be wrong: the kernel gives 0 then. A program may
// have such an address because the objects that it points to can go at any time.
func (p *Program) probes(i int) bool {
	f := p.facts()
	if f == nil {
		return false
	}
	switch t := f[i].Ptr; t.Base() {
	case abi.PTR_TO_BTF_ID:
		return t&abi.MEM_ALLOC == 0 || t&abi.PTR_UNTRUSTED != 0
	case abi.PTR_TO_MEM:
		return t&abi.PTR_UNTRUSTED != 0
	}
	return false
}
