package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// inSlots repeats code for n stack slots, the first at r10-16, in the place of SLOT.
func inSlots(n int, code string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(code, "SLOT", fmt.Sprintf("*(u64 *)(r10 -%d)", 16+8*i)))
	}
	return b.String()
}

// walkTable has programs each of which keeps one part of the walk busy.
var walkTable = table{typ: abi.PROG_TYPE_SCHED_CLS, maps: callMaps(), words: pathWords, cases: []testCase{
	{name: "arithmetic", code: "r6 = 0; unknown; " + strings.Repeat("r6 += 1; r7 = r6; r7 ^= r0; r7 &= 255; ", 2000)},
	{name: "loop", code: "r6 = 0; again: r7 = r6; r7 <<= 1; r6 += 1; if r6 < 20000 goto again"},
	{name: "branches", code: strings.Repeat("unknown; if r0 > 5 goto pc+1; r6 = r0; ", 1500)},
	{name: "paths", code: "r6 = 0; " + strings.Repeat("r6 <<= 1; index; if r0 > 3 goto pc+1; r6 |= 1; ", 10) + "if r6 == 3 goto out; r7 = r6; out:"},
	{name: "precision", code: "r6 = 0; " + strings.Repeat("index; r6 += r0; r6 &= 7; r8 = r10; r8 += -16; r8 += r6; *(u8 *)(r8 +0) = r0; ", 400)},
	{name: "spills", code: "r6 = 0; index; " + inSlots(60, "SLOT = r0; ") + strings.Repeat("index; if r0 > 3 goto pc+1; *(u64 *)(r10 -16) = r0; ", 500) + inSlots(60, "r0 = SLOT; r6 += r0; ")},
	{name: "lookups", code: strings.Repeat("array; r7 = *(u64 *)(r0 +0); *(u64 *)(r0 +8) = r7; ", 500)},
	{name: "calls", code: strings.Repeat("r1 = 1; call f; ", 1000) + "r0 = 0; exit; f: r0 = r1; r0 += 1; if r0 > 100 goto pc+0; exit"},
	{name: "iterator", code: "r6 = 0; iter_new; again: iter_next; if r0 == 0 goto out; r6 += 1; if r6 != 1000 goto again; out: iter_destroy"},
	{name: "callback", funcs: oneCallback, code: "r6 = 0; *(u64 *)(r10 -8) = r6; r1 = 300; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call loop; r0 = *(u64 *)(r10 -8); r7 = r10; r7 += r0; " +
		callback + "r3 = *(u64 *)(r2 +0); r3 += 1; if r3 > 200 goto pc+1; *(u64 *)(r2 +0) = r3; r0 = 0; exit"},
}}

// BenchmarkWalk verifies them, and tells what an instruction processed and a state remembered cost.
func BenchmarkWalk(b *testing.B) {
	m := loadModel(b)
	for i := range walkTable.cases {
		c := &walkTable.cases[i]
		b.Run(c.name, func(b *testing.B) {
			img := walkTable.question(b, m, c).img
			b.ReportAllocs()
			var out *verifier.Outcome
			for b.Loop() {
				out = verifier.Verify(b.Context(), img, m, verifier.Options{})
			}
			if out.Processed < 1000 {
				b.Fatalf("only %d instructions processed: %s", out.Processed, out.Message)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*out.Processed), "ns/insn")
			b.ReportMetric(float64(out.TotalStates), "states")
		})
	}
}
