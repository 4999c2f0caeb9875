package verifier_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// Whatever goes wrong in there is an answer, not the end of who asked.
func TestPanicIsAnOutcome(t *testing.T) {
	noKernel := verifier.Verify(t.Context(), &object.Image{Insns: []insn.Insn{{Code: insn.JMP | insn.EXIT}}}, nil, verifier.Options{})
	if noKernel.Verdict != verifier.Bug || !strings.HasPrefix(noKernel.Message, "internal bug: ") ||
		!strings.Contains(noKernel.Log, "verify_test.go") || noKernel.Insn != -1 {
		t.Errorf("%+v", noKernel)
	}
}

// What a verifier kept of one program is not seen by the next: whatever comes before it, a program has the same answer.
func TestVerifiersServeAgain(t *testing.T) {
	var programs []program
	for _, release := range []string{"5.10", "6.1", "6.12", "6.18", "7.3"} {
		m, err := kmodel.Load(release)
		if err != nil {
			t.Fatal(err)
		}
		for file, images := range committedImages(t, m) {
			for _, img := range images {
				if out := verifier.Verify(t.Context(), img, m, verifier.Options{}); out.Processed < 10000 { // others have long logs
					programs = append(programs, program{release + " " + file, img, m})
				}
			}
		}
	}
	var first []*verifier.Outcome
	for _, p := range programs {
		first = append(first, p.verify(t))
	}
	for i, p := range slices.Backward(programs) {
		if again := p.verify(t); !reflect.DeepEqual(first[i], again) {
			t.Errorf("%s/%s: %+v, then %+v", p.from, p.img.Name, first[i], again)
		}
	}
}

// program is a program to be verified for a kernel.
type program struct {
	from string
	img  *object.Image
	k    *kmodel.Model
}

// verify returns the answer without the time it took.
func (p *program) verify(t *testing.T) *verifier.Outcome {
	out := verifier.Verify(t.Context(), p.img, p.k, verifier.Options{LogLevel: 2, Facts: true})
	out.Duration = 0
	out.Log = tookTime.ReplaceAllString(out.Log, "")
	return out
}

var tookTime = regexp.MustCompile(`(?m)^verification time \d+ usec$`)
