package explain

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// Places where states are remembered are told a line each, with the states of all that come from it.
func TestPointsByLine(t *testing.T) {
	s := newStory(Input{Image: &object.Image{
		Insns: make([]insn.Insn, 9),
		Debug: object.Debug{Lines: []object.LineInfo{{Insn: 0, File: "a.c", Line: 1}, {Insn: 3, File: "a.c", Line: 2}, {Insn: 6, File: "a.c", Line: 1}}},
	}})
	got := s.points(&trace.Cost{Points: []trace.Point{{Insn: 1, States: 3}, {Insn: 4, States: 5}, {Insn: 7, States: 4}}})
	if len(got) != 2 || got[0].Insn != 7 || got[0].States != 7 || got[1].Insn != 4 || got[1].States != 5 {
		t.Errorf("%+v", got)
	}
}
