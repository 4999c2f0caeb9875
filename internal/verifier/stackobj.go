package verifier

import (
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// errSlotUnused is stackObject's answer for stack the frame has not used yet
// (-ERANGE of stack_slot_obj_get_spi).
var errSlotUnused = errors.New("stack below what the frame uses")

const slotSize = 8 // bytes of a stack slot and of a register

// slotOf returns the slot of the stack byte at off (negative) and the byte's index in
// Slot.Kind, which counts downwards: the byte at off+1 has index at-1.
func slotOf(off int) (spi, at int) { return (-off - 1) / slotSize, (-off - 1) % slotSize }

// frameOf returns the frame a stack pointer points into.
func (v *verifier) frameOf(r *state.Reg) *state.Frame { return v.st.Frames[r.Frame] }

// stackObject returns the index of the first of the n slots of an object on the
// stack (dynptr, iterator, IRQ flag), the one at the highest index; kind names it in messages.
func (v *verifier) stackObject(r *state.Reg, kind string, n int) (int, error) {
	off, ok := r.FixedOff()
	if !ok {
		return 0, v.Reject(abi.EINVAL, "%s has to be at a constant offset", kind)
	}
	spi, _ := slotOf(off)
	if off%slotSize != 0 || spi+1 < n {
		return 0, v.Reject(abi.EINVAL, "cannot pass in %s at an offset=%d", kind, off)
	}
	if spi-n+1 < 0 || spi >= len(v.frameOf(r).Stack) {
		return 0, errSlotUnused
	}
	return spi, nil
}

// slotErr turns errSlotUnused into the number the kernel returns for it.
func slotErr(err error) error {
	if err == errSlotUnused {
		return vlog.Fail(abi.ERANGE)
	}
	return err
}

// setSlotKind makes all bytes of a slot of one kind and notes the write.
func (v *verifier) setSlotKind(f *state.Frame, spi int, k state.SlotKind) {
	fillKind(&f.Stack[spi], k)
	v.live.MarkWrite(f.Frameno, 1<<spi)
	v.ScratchSlot(spi)
}

// readSlots notes that n slots from spi downwards are read.
func (v *verifier) readSlots(f *state.Frame, spi, n int) {
	for i := range n {
		v.live.MarkRead(v.st, f.Frameno, v.idx, 1<<(spi-i))
		v.ScratchSlot(spi - i)
	}
}

func fillKind(s *state.Slot, k state.SlotKind) {
	for i := range s.Kind {
		s.Kind[i] = k
	}
}

func anyKind(s *state.Slot, k state.SlotKind) bool {
	for _, have := range s.Kind {
		if have == k {
			return true
		}
	}
	return false
}

func allKind(s *state.Slot, k state.SlotKind) bool {
	for _, have := range s.Kind {
		if have != k {
			return false
		}
	}
	return true
}
