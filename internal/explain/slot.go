package explain

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// objectNames are what the kernel keeps on a program's stack.
var objectNames = map[state.SlotKind]string{
	state.STACK_DYNPTR: "dynptr", state.STACK_ITER: "iterator", state.STACK_IRQ_FLAG: "interrupt state",
}

// tellSlot tells what became of the object on the stack that a register points to: where it was made, and where it
// was ended or overwritten.
func (s *story) tellSlot(reg int, name string) {
	v, ok := s.value(s.here(reg))
	if !ok || v.Type != abi.PTR_TO_STACK {
		s.tellHistory(s.here(reg), name)
		return
	}
	off := v.Off + int(int64(v.Scalar.Var.Value))
	s.tellStackObject((-off-1)/8, s.pointsTo(reg), name)
}

// pointsTo is the depth of the function whose stack a register points into: the one where its value was made.
func (s *story) pointsTo(reg int) int { return s.origin(s.here(reg)).at.depth }

func (s *story) tellStackObject(slot, depth int, name string) {
	who := quoted(name, "the object")
	found := false
	for i := s.last - 1; i >= 0 && !found; i-- {
		for _, c := range s.steps[i].Changes {
			if c.Kind != trace.Slot || c.Depth != depth || c.N != slot && c.N != slot-1 {
				continue
			}
			callee := quoted(s.called(s.steps[i].Insn), "this instruction")
			was, is := objectNames[c.Before.Kind], objectNames[c.After.Kind]
			switch {
			case is != "" && is != was:
				s.secondary(i, fmt.Sprintf("%s makes the %s %s here", callee, is, who))
				found = true
			case was != "" && is == "" && !c.After.Kind.Unwritten():
				s.secondary(i, fmt.Sprintf("%s overwrites the %s %s here", callee, was, who))
			case was != "" && is == "":
				s.secondary(i, fmt.Sprintf("%s ends the %s %s here", callee, was, who))
			}
			break
		}
	}
	if !found {
		if b := s.lastBranch(s.last-1, -1); b >= 0 {
			s.secondary(b, s.branchLabel(b))
		}
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("nothing on this path makes %s before", who))
	}
}
