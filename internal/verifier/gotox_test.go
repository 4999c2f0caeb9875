package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// jumpTable is a map whose elements are instructions of the program.
func jumpTable(targets ...uint32) *object.Map {
	return &object.Map{
		Name: "jt", Type: abi.MAP_TYPE_INSN_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: uint32(len(targets)),
		Flags: abi.BPF_F_RDONLY_PROG, Frozen: true, Targets: targets,
	}
}

// lines lets cases be written in one.
var lines = strings.NewReplacer("; ", "\n")

// byIndex jumps to an element of the first map that a number below 2 says. What follows is at 8.
const byIndex = "call get_prandom_u32; if r0 > 1 goto out; r0 <<= 3; r1 = map[0] + 0 ll; r1 += r0; r1 = *(u64 *)(r1 +0); gotox r1; "

// Jumps to where a register says, from 6.19 on.
func TestIndirectJump(t *testing.T) {
	const twoWays = byIndex + "r0 = 1; exit; out: r0 = 2; exit"
	unfrozen := jumpTable(8, 10)
	unfrozen.Frozen = false
	for _, c := range []struct {
		name, code string
		maps       []*object.Map
		funcs      []string
		want, cost string
	}{
		{name: "two ways", code: twoWays, maps: []*object.Map{jumpTable(8, 10)}, cost: "12/1/1"},
		{name: "one way twice", code: byIndex + "out: r0 = 2; exit", maps: []*object.Map{jumpTable(8, 8)}, cost: "10/1/1"},
		{name: "no table", code: "r0 = 0; gotox r0", want: "no jump tables found for subprog starting at 0"},
		{name: "a table of another function", code: "call f; exit; f: r0 = map[0] + 0 ll; r0 = *(u64 *)(r0 +0); gotox r0", funcs: []string{"static"},
			maps: []*object.Map{jumpTable(0)}, want: "no jump tables found for subprog starting at 2"},
		{name: "a table over two functions", code: "call f; r0 = map[0] + 0 ll; r0 = *(u64 *)(r0 +0); gotox r0; r0 = 0; exit; f: r0 = 1; exit", funcs: []string{"static"},
			maps: []*object.Map{jumpTable(5, 7)}, want: "jump table for insn 4 points outside of the subprog [0,7]"},
		{name: "a number", code: "r1 = 8; r2 = map[0] + 0 ll; gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(4)}, want: "R1 has type scalar, expected PTR_TO_INSN"},
		{name: "an address in the table", code: "r1 = map[0] + 0 ll; gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(3)}, want: "R1 has type map_value, expected PTR_TO_INSN"},
		{name: "moved", code: "r1 = map[0] + 0 ll; r1 = *(u64 *)(r1 +0); r1 += 1; gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(5)}, want: "R1 pointer arithmetic on insn prohibited"},
		{name: "half an address", code: "r1 = map[0] + 0 ll; r1 = *(u32 *)(r1 +0); gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(4)}, want: "Invalid read of 4 bytes from insn_array"},
		{name: "between addresses", code: "r1 = map[0] + 0 ll; r1 = *(u64 *)(r1 +4); gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(4, 4)},
			want: "misaligned value access off 0+4 size 8"},
		{name: "behind the last", code: "r1 = map[0] + 0 ll; r1 = *(u64 *)(r1 +8); gotox r1; r0 = 0; exit", maps: []*object.Map{jumpTable(4)},
			want: "R1 min value is outside of the allowed memory range"},
		{name: "the second alone", code: "r1 = map[0] + 0 ll; r1 = *(u64 *)(r1 +8); gotox r1; r0 = *(u64 *)(r10 +0); r0 = 0; exit", maps: []*object.Map{jumpTable(4, 5)}, cost: "5/0/0"},
		{name: "by its address", code: "r1 = map[0] + 8 ll; r1 = *(u64 *)(r1 +0); gotox r1; r0 = *(u64 *)(r10 +0); r0 = 0; exit", maps: []*object.Map{jumpTable(4, 5)}, cost: "5/0/0"},
		{name: "by an address that is none", code: "r1 = map[0] + 12 ll; r0 = 0; exit", maps: []*object.Map{jumpTable(3, 3)}, want: "invalid access to map value pointer, value_size=16 off=12"},
		{name: "written", code: "r1 = map[0] + 0 ll; *(u64 *)(r1 +0) = 0; r0 = 0; exit", maps: []*object.Map{jumpTable(3)}, want: "write into map forbidden, value_size=16 off=0 size=8"},
		{name: "looked up", code: "*(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r1 = map[0] ll; call map_lookup_elem; r0 = 0; exit", maps: []*object.Map{jumpTable(6)},
			want: "cannot pass map_type 34 into func bpf_map_lookup_elem#1"},
		{name: "that may change", code: twoWays, maps: []*object.Map{unfrozen}, want: "Failed to properly initialize insn array"},
		{name: "behind the end", code: twoWays, maps: []*object.Map{jumpTable(8, 12)}, want: "Failed to properly initialize insn array"},
		{name: "into an immediate", code: twoWays, maps: []*object.Map{jumpTable(8, 4)}, want: "Failed to properly initialize insn array"},
		{name: "odd", code: "r0 = map[0] + 0 ll; .raw 0d 10 00 00 00 00 00 00; exit", maps: []*object.Map{jumpTable(3)}, want: "BPF_JA|BPF_X uses reserved fields"},
		{name: "for ever", code: "again: r1 = map[0] + 0 ll; r1 = *(u64 *)(r1 +0); gotox r1", maps: []*object.Map{jumpTable(0)}, want: "old state: R1=insn() R10=fp0"},
	} {
		for _, kernel := range []string{"6.19", "7.1", "7.3"} {
			m, err := kmodel.Load(kernel)
			if err != nil {
				t.Fatal(err)
			}
			tb := table{whole: true, maps: c.maps, words: lines}
			q := tb.question(t, m, &testCase{name: c.name, code: c.code, funcs: c.funcs})
			out := verifier.Verify(t.Context(), q.img, m, verifier.Options{})
			want := c.want
			if strings.HasPrefix(want, "misaligned") && !m.Has(kmodel.VarOffOffsets) {
				want = "misaligned value access off 0+0+4 size 8"
			}
			if n := len(q.img.Insns); q.img.Insns[n-1].IsIndirectJump() && !m.Has(kmodel.IndirectJumpsLast) {
				want = fmt.Sprintf("jump out of range from insn %d to %d", n-1, n)
			}
			if got := out.Message; got != want {
				t.Errorf("%s on %s: %q, want %q", c.name, kernel, got, want)
			}
			if got := fmt.Sprintf("%d/%d/%d", out.Processed, out.TotalStates, out.PeakStates); c.cost != "" && got != c.cost {
				t.Errorf("%s on %s: cost %s, want %s", c.name, kernel, got, c.cost)
			}
		}
	}
}

// Before it was known, the instruction was an unknown one.
func TestIndirectJumpUnknown(t *testing.T) {
	m := loadModel(t)
	tb := table{whole: true, words: lines}
	q := tb.question(t, m, &testCase{code: "r0 = 0; gotox r0; exit"})
	if out := verifier.Verify(t.Context(), q.img, m, verifier.Options{}); out.Message != "unknown opcode 0d" {
		t.Errorf("%v: %s", out.Verdict, out.Message)
	}
}
