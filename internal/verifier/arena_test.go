package verifier_test

import (
	"fmt"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// arenaMaps are an arena, an array, an array of arrays that may be shorter than their example, and one of arrays that may not.
func arenaMaps() []*object.Map {
	inner := func(flags uint32) *object.Map {
		return &object.Map{Name: "inner", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 4, Flags: flags}
	}
	outer := func(of *object.Map) *object.Map {
		return &object.Map{Name: "outer", Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, ValueSize: 4, MaxEntries: 1, Inner: of}
	}
	return []*object.Map{
		{Name: "arena", Type: abi.MAP_TYPE_ARENA, MaxEntries: 1, Flags: abi.BPF_F_MMAPABLE}, inner(0),
		outer(inner(abi.BPF_F_INNER_MAP)), outer(inner(0)),
	}
}

const (
	// intoArena makes r7 a pointer into an arena.
	intoArena = "r1 = map[0] ll; r7 = 8192; .raw bf 77 01 00 01 00 00 00; "
	// onTwoPaths goes on at "both" with r8 as r7 on one path and as r6 on the other.
	onTwoPaths = "call get_prandom_u32; r8 = r6; if r0 == 0 goto both; r8 = r7; both: "
	// innerLookup looks the element 1 of the inner map up and reads it.
	innerLookup = "*(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r1 = map[%d] ll; call map_lookup_elem; if r0 == 0 goto out; " +
		"*(u32 *)(r10 -8) = 1; r2 = r10; r2 += -8; r1 = r0; call map_lookup_elem; r0 = *(u64 *)(r0 +0); out: r0 = 0; exit"
)

// What arenas, atomic instructions and lookups in inner maps may, kernel by kernel. A kernel that
// is not named says what the one before it says.
func TestArenasByKernel(t *testing.T) {
	const apart, mixed = "same insn cannot be used with and without arena pointer", "same insn cannot be used with different pointers"
	for _, c := range []struct {
		name, code string
		want       map[string]string
	}{
		{"sums with and without", intoArena + "r6 = 1; " + onTwoPaths + "r8 += 8; r0 = 0; exit", map[string]string{"6.19": "", "7.3": apart}},
		{"sums of 32 bits", intoArena + "r6 = 1; " + onTwoPaths + "w8 += 8; r0 = 0; exit", map[string]string{"6.19": ""}},
		{"two atomics", intoArena + "r6 = r10; r6 += -8; *(u64 *)(r6 +0) = 0; " + onTwoPaths + "r9 = 1; lock *(u64 *)(r8 +0) += r9; r0 = 0; exit",
			map[string]string{"6.19": "", "7.2": mixed}},
		{"load-acquire from the context", "r6 = r1; r6 = load_acquire((u64 *)(r6 +0)); r0 = 0; exit", map[string]string{"6.19": "", "7.2": "BPF_ATOMIC loads from R6 ctx is not allowed"}},
		{"a known index of maps that may be shorter", fmt.Sprintf(innerLookup, 2), map[string]string{"6.17": "", "6.18": "R0 invalid mem access 'map_value_or_null'", "6.19": "", "7.1": "R0 invalid mem access 'map_value_or_null'"}},
		{"a known index of maps that may not", fmt.Sprintf(innerLookup, 3), map[string]string{"6.17": ""}},
	} {
		want, asked := "", false
		for _, kernel := range []string{"6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3"} {
			if says, ok := c.want[kernel]; ok {
				want, asked = says, true
			}
			if !asked {
				continue
			}
			m, err := kmodel.Load(kernel)
			if err != nil {
				t.Fatal(err)
			}
			tb := table{whole: true, maps: arenaMaps(), words: lines, typ: abi.PROG_TYPE_SYSCALL}
			q := tb.question(t, m, &testCase{name: c.name, code: c.code, sleepable: true})
			if out := verifier.Verify(t.Context(), q.img, m, verifier.Options{}); out.Message != want {
				t.Errorf("%s on %s: %q, want %q", c.name, kernel, out.Message, want)
			}
		}
	}
}
