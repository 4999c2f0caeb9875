package machine

import (
	"context"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// Verify asks the verifier about the program as it is loaded, with constants as they are set. The error says what
// keeps the kernel from accepting it, as [report.Program.Err] does.
func (p *Program) Verify(ctx context.Context) error {
	out := verifier.Verify(ctx, p.img, p.machine.k, verifier.Options{Facts: true, Memory: state.NewBudget(bpfverdict.DefaultMemory)})
	p.known, p.asked = out.Facts, true
	r := report.Program{
		Object: p.img.Object, Name: p.Name(), Kernel: p.machine.k.Name(), Section: p.Section(), Type: p.img.Type.String(),
		Errno: out.Errno, Message: out.Message, Lines: out.Lines, Log: out.Log,
	}
	if out.Insn >= 0 {
		r.Source = p.Source(out.Insn)
	}
	switch out.Verdict {
	case verifier.Success:
		return nil
	case verifier.Failure:
		r.Verdict = report.Failure
	case verifier.Unsupported:
		r.Verdict = report.Unsupported
	default:
		r.Verdict, r.Bug = report.Error, true
	}
	return r.Err()
}

// facts are what the verifier knows of the program's instructions, asked for when first needed; nil for a program
// that it does not accept.
func (p *Program) facts() []verifier.Fact {
	if !p.asked {
		_ = p.Verify(context.Background()) // a program that is refused has no facts
	}
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

// contextUsed is how many bytes of its context the program is known to use; 0 for a program that was not verified.
func (p *Program) contextUsed() (n int) {
	for i := range p.known {
		if f := &p.known[i]; f.Reached && f.Ptr == abi.PTR_TO_CTX {
			in := &p.img.Insns[i]
			n = max(n, int(in.Off)+in.SizeBytes())
		}
	}
	return n
}
