package verifier_test

import (
	"math"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// What a walk allocates is for the program, for each place that calls a function, and for what is remembered, not for each
// instruction that is walked.
func TestAllocations(t *testing.T) {
	const (
		perProgram = 40
		perCall    = 6
		perInsn    = 0.05
	)
	m := loadModel(t)
	for i := range walkTable.cases {
		c := &walkTable.cases[i]
		img := walkTable.question(t, m, c).img
		calls, processed := 0, 0
		for i := range img.Insns {
			if img.Insns[i].IsPseudoCall() {
				calls++
			}
		}
		n, most := math.Inf(1), 0.0
		for try := 0; try < 5 && n > most; try++ { // the least counts: under the race detector pools lose things at random
			n = min(n, testing.AllocsPerRun(1, func() {
				processed = verifier.Verify(t.Context(), img, m, verifier.Options{}).Processed
			}))
			most = perProgram + perCall*float64(calls) + perInsn*float64(processed)
		}
		if n > most {
			t.Errorf("%s: %.0f allocations for %d instructions", c.name, n, processed)
		}
	}
}
