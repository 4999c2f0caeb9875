package machine

import (
	"context"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// BenchmarkInstructions runs loops of a million rounds; a kernel's JIT needs 0.1 ns for an arithmetic instruction.
func BenchmarkInstructions(b *testing.B) {
	for _, c := range []struct{ name, body, rest string }{
		{"arithmetic", "r2 += r1 \n r2 ^= r1 \n w3 *= 5 \n r2 <<= 3 \n r4 = r2 \n r4 >>= 7 \n r2 -= r4 \n", ""},
		{"stack", "*(u64 *)(r10 -8) = r1 \n r2 = *(u64 *)(r10 -8) \n *(u32 *)(r10 -16) = r2 \n r3 = *(u32 *)(r10 -16) \n", ""},
		{"call", "r6 = r1 \n call sub \n r1 = r6 \n", "sub: r0 = r1 \n exit"},
		{"helper", "r6 = r1 \n call get_smp_processor_id \n r1 = r6 \n", ""},
		{"array lookup", "r6 = r1 \n *(u32 *)(r10 -4) = 1 \n r2 = r10 \n r2 += -4 \n r1 = map[0] ll \n call map_lookup_elem \n r1 = r6 \n", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := assemble(b, newMachine(b, Options{}), abi.PROG_TYPE_SYSCALL, "r1 = 1000000 \n again: "+c.body+" r1 -= 1 \n if r1 != 0 goto again \n r0 = 0 \n exit \n"+c.rest, counts)
			insns := uint64(0)
			for b.Loop() {
				res, err := p.Run(context.Background(), Input{})
				if err != nil {
					b.Fatal(err)
				}
				insns += res.Insns
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(insns), "ns/insn")
			b.ReportMetric(0, "ns/op")
		})
	}
}
