package state

import (
	"testing"
	"unsafe"
)

// Registers and slots are copied and compared all the time: they fill whole cache lines, and values have no gaps.
func TestSizes(t *testing.T) {
	var v Value
	if got, want := unsafe.Sizeof(v), unsafe.Sizeof(v.Type)+unsafe.Sizeof(v.Off)+unsafe.Sizeof(v.Scalar)+unsafe.Sizeof(v.Target); got != want {
		t.Errorf("a value takes %d bytes, what it has %d", got, want)
	}
	if got := unsafe.Sizeof(Reg{}); got > 120 {
		t.Errorf("a register takes %d bytes", got)
	}
	if got := unsafe.Sizeof(Slot{}); got > 128 {
		t.Errorf("a slot takes %d bytes", got)
	}
}
