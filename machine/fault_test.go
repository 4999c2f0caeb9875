package machine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestFaults runs what the verifier refuses.
func TestFaults(t *testing.T) {
	const lookup = `
		*(u32 *)(r10 -4) = 1
		r1 = map[0] ll
		r2 = r10
		r2 += -4
		call map_lookup_elem
`
	for _, c := range []struct {
		name, text string
		kind       FaultKind
		want       string // part of the report
	}{
		{"NULL", "r1 = 0 \n r0 = *(u64 *)(r1 +8) \n exit", NullPointer, "prog, instruction 1: NULL pointer: 8-byte read at 0x8"},
		{"a number for a pointer", "r1 = 0x12345678 \n r0 = *(u8 *)(r1 +0) \n exit", WildPointer, "instruction 1: wild pointer"},
		{"beyond a value", lookup + "r0 = *(u64 *)(r0 +8) \n exit", OutOfBounds, "offset 16 of value of map counts (16 bytes)"},
		{"beyond the packet", "r1 = *(u32 *)(r1 +76) \n r0 = *(u16 *)(r1 +63) \n exit", OutOfBounds, "2-byte read"},
		{"below the stack frame", "r0 = *(u64 *)(r10 -520) \n exit", OutOfBounds, "stack of CPU 0"},
		{"the stack of a function that has returned", `
			call leak
			r0 = *(u64 *)(r0 +0)
			exit
			leak:
			r0 = r10
			r0 += -8
			exit`, UseAfterFree, "stack"},
		{"a field that the context lacks", "r0 = *(u64 *)(r1 +1024) \n exit", OutOfBounds, "context"},
		{"the last instruction is no exit", "r0 = 0", BadCode, "no such instruction"},
		{"endless recursion", "again: call again \n exit", StackTooDeep, "stack too deep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := runText(t, c.text, counts)
			f := new(Fault)
			if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v\nwant a %s: ...%s", err, c.kind, c.want)
			}
			if strings.Contains(fmt.Sprintf("%v", err), "\n") {
				t.Errorf("%%v is more than a line: %v", err)
			}
		})
	}
}

// TestUnsupported names what is missing.
func TestUnsupported(t *testing.T) {
	_, err := runText(t, "call get_func_ip \n exit")
	if !errors.Is(err, ErrUnsupported) || err.Error() != "prog, instruction 0: the machine lacks helper bpf_get_func_ip" {
		t.Error(err)
	}
}
