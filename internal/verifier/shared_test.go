package verifier_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// told is an outcome but for what it took.
func told(o *verifier.Outcome) string {
	c := *o
	c.Duration, c.Said = 0, nil
	return fmt.Sprintf("%+v", c)
}

// maxSharedInsns is how many instructions of a program are walked at most, of which few walk more.
const maxSharedInsns = 20000

// A kernel that answers all that was asked in a walk as the one that was asked makes the same walk.
func TestKernelsThatAnswerAlikeWalkAlike(t *testing.T) {
	var models []*kmodel.Model
	for _, name := range kernel.Names() {
		m, err := kmodel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	shared := 0
	rapid.Check(t, func(t *rapid.T) {
		p := progen.Generate(rapid.SliceOfN(rapid.Byte(), 20, 400).Draw(t, "src"))
		alone := make([]*verifier.Outcome, len(models))
		for i, m := range models {
			alone[i] = verifier.Verify(t.Context(), fuzzImage(p.Type, p.Insns, m), m, verifier.Options{})
			if alone[i].Processed > maxSharedInsns {
				t.Skip("it takes too long on all kernels")
			}
		}
		for i, m := range models {
			heard, asked := m.Listen(models)
			out := verifier.Verify(t.Context(), fuzzImage(p.Type, p.Insns, heard), heard, verifier.Options{})
			for j, other := range models {
				if j != i && !asked.Alike(other) {
					continue
				}
				if got, want := told(out), told(alone[j]); got != want {
					t.Fatalf("a walk of %s is not that of %s: %s, alone %s", m.Name(), other.Name(), got, want)
				}
				if j != i {
					shared++
				}
			}
		}
	})
	if shared == 0 {
		t.Error("no walk is shared")
	}
}
