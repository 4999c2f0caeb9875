package paths

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// What of a spilled register is left in the half of its slot, the one nearer to the frame pointer, that is still read.
func TestCleanHalf(t *testing.T) {
	number := func(r *state.Reg) { r.MarkUnknown() }
	zero := func(r *state.Reg) { r.MarkKnown(0) }
	pointer := func(r *state.Reg) { r.MarkPtr(abi.PTR_TO_CTX) }
	for _, tt := range []struct {
		name, kernel string
		set          func(*state.Reg)
		near, far    state.SlotKind
	}{
		{"number", "6.18", number, state.STACK_MISC, state.STACK_POISON},
		{"pointer", "6.18", pointer, state.STACK_SPILL, state.STACK_SPILL},
		{"zero", "6.18", zero, state.STACK_ZERO, state.STACK_POISON},
		{"zero that is kept", "6.18+half-zeros-kept", zero, state.STACK_SPILL, state.STACK_SPILL},
	} {
		k, err := kmodel.Load(tt.kernel)
		if err != nil {
			t.Fatal(err)
		}
		var s state.Slot
		tt.set(&s.Reg)
		for i := range s.Kind {
			s.Kind[i] = state.STACK_SPILL
		}
		(&Paths{Kernel: k}).cleanSlot(&s, true, false)
		if s.Kind[0] != tt.near || s.Kind[7] != tt.far {
			t.Errorf("%s: %v", tt.name, s.Kind)
		}
	}
}
