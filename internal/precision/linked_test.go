package precision

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

func TestLinkedRegsPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in, out Linked
		in.n = rapid.IntRange(0, len(in.entries)).Draw(t, "n")
		want := map[linkedReg]int{}
		for i := range in.n {
			in.entries[i] = linkedReg{
				frame: rapid.Uint8Range(0, 7).Draw(t, "frame"),
				index: rapid.Uint8Range(0, 63).Draw(t, "index"),
				isReg: rapid.Bool().Draw(t, "isReg"),
			}
			want[in.entries[i]]++
		}
		out.unpack(in.Pack())
		for _, e := range out.entries[:out.n] {
			want[e]--
		}
		for e, n := range want {
			if n != 0 {
				t.Fatalf("%+v %+d times", e, n)
			}
		}
	})
}

// without is how scalars get linked on the newest kernel, but for some features.
func without(t *testing.T, fs ...kmodel.Feature) Links {
	t.Helper()
	m, err := kmodel.Load("7.3")
	if err != nil {
		t.Fatal(err)
	}
	return Links{m.With(kmodel.Disable(kmodel.Of(fs...)))}
}

// A sum stays linked with what it is a sum of where the distance is a constant of 32 bits and the only one.
func TestLinkSum(t *testing.T) {
	links := without(t)
	const id, linked64, linked32 = 7, 7 | state.ADD_CONST64, 7 | state.ADD_CONST32
	for _, tt := range []struct {
		name        string
		op          uint8
		id          uint32
		distance    uint64
		is32, fit32 bool
		wantID      uint32
		wantOff     int32
	}{
		{"plus a constant", insn.ADD, id, 5, false, true, linked64, 5},
		{"minus a constant", insn.SUB, id, 5, false, true, linked64, -5},
		{"not linked before", insn.ADD, 0, 5, false, true, 0, 0},
		{"a second constant", insn.ADD, linked64, 5, false, true, 0, 0},
		{"a half that was all of it", insn.ADD, id, 5, true, true, linked32, 5},
		{"a half that was not", insn.ADD, id, 5, true, false, 0, 0},
		{"plus a negative half", insn.ADD, id, 0xfffffffb, true, true, linked32, -5},
		{"plus the greatest", insn.ADD, id, math.MaxInt32, false, true, linked64, math.MaxInt32},
		{"plus more than that", insn.ADD, id, math.MaxInt32 + 1, false, true, 0, 0},
		{"plus the least", insn.ADD, id, 1<<64 - 1<<31, false, true, linked64, math.MinInt32},
		{"minus the least", insn.SUB, id, 1<<64 - 1<<31, false, true, 0, 0},
	} {
		var dst, src state.Reg
		dst.MarkUnknown()
		dst.ID = tt.id
		src.MarkKnown(tt.distance)
		links.LinkSum(tt.op, &dst, &src, tt.is32, tt.fit32)
		if dst.ID != tt.wantID || dst.Off != tt.wantOff {
			t.Errorf("%s: id %#x, distance %d; want %#x, %d", tt.name, dst.ID, dst.Off, tt.wantID, tt.wantOff)
		}
	}
	var dst, unknown state.Reg
	dst.MarkUnknown()
	unknown.MarkUnknown()
	dst.ID = id
	if links.LinkSum(insn.ADD, &dst, &unknown, false, true); dst.ID != 0 {
		t.Errorf("plus any number: id %#x", dst.ID)
	}
	dst.MarkKnown(4)
	dst.ID = id
	if links.LinkSum(insn.ADD, &dst, &dst, false, true); dst.ID != 0 {
		t.Errorf("plus itself: id %#x", dst.ID)
	}
}

// Older kernels link less, and what they should not.
func TestLinksOfOlderKernels(t *testing.T) {
	const id = 7
	for _, tt := range []struct {
		name    string
		links   Links
		op      uint8
		is32    bool
		self    bool
		wantID  uint32
		wantOff int32
	}{
		{"a difference", without(t, kmodel.LinkedDifferences), insn.SUB, false, false, 0, 0},
		{"a sum of 32 bits", without(t, kmodel.LinkedDifferences), insn.ADD, true, false, 0, 0},
		{"a sum", without(t, kmodel.LinkedDifferences), insn.ADD, false, false, id | state.ADD_CONST64, 4},
		{"a sum with itself", without(t, kmodel.SelfSumsUnlinked, kmodel.LinkedDifferences), insn.ADD, false, true, id | state.ADD_CONST64, 4},
		{"a difference, whose distance stays", without(t, kmodel.DistancesCleared, kmodel.LinkedDifferences), insn.SUB, false, false, 0, 3},
	} {
		var dst, src state.Reg
		dst.MarkKnown(4)
		src.MarkKnown(4)
		dst.ID, dst.Off = id, 3
		from := &src
		if tt.self {
			from = &dst
		}
		if tt.links.LinkSum(tt.op, &dst, from, tt.is32, true); dst.ID != tt.wantID || dst.Off != tt.wantOff {
			t.Errorf("%s: id %#x, distance %d; want %#x, %d", tt.name, dst.ID, dst.Off, tt.wantID, tt.wantOff)
		}
	}
}

// What a branch told of one linked number is true of the others.
func TestSpreadIsTrue(t *testing.T) {
	const id = 7
	kernel := without(t).Kernel
	rapid.Check(t, func(t *rapid.T) {
		sum := rapid.SampledFrom([]uint32{state.ADD_CONST64, state.ADD_CONST32}).Draw(t, "sum")
		number := rapid.Uint64().Draw(t, "number")
		if sum == state.ADD_CONST32 {
			number = uint64(uint32(number))
		}
		st := &state.State{}
		st.Frames[0] = &state.Frame{}
		var values [2]uint64
		l := Linked{Kernel: kernel, n: 2}
		for i := range values {
			r := &st.Frames[0].Regs[i]
			r.MarkUnknown()
			r.ID, values[i] = id, number
			l.entries[i] = linkedReg{index: uint8(i), isReg: true}
			if rapid.Bool().Draw(t, "plain") {
				continue
			}
			r.ID, r.Off = id|sum, rapid.Int32().Draw(t, "distance")
			values[i] += uint64(r.Off)
			if sum == state.ADD_CONST32 {
				values[i] = uint64(uint32(values[i]))
			}
		}
		known := &st.Frames[0].Regs[0]
		known.Umin = values[0] - rapid.Uint64Range(0, min(values[0], 100)).Draw(t, "below")
		known.Umax = values[0] + rapid.Uint64Range(0, min(^values[0], 100)).Draw(t, "above")
		known.Sync()
		l.Spread(st, known)
		if other := &st.Frames[0].Regs[1]; other.Type != abi.SCALAR_VALUE || !other.Contains(values[1]) {
			t.Fatalf("%#x is linked with %#x, known as %+v: it is not one of %+v", values[1], values[0], known.Scalar, other.Scalar)
		}
	})
}

// Sums of 32 and of 64 bits say nothing of each other.
func TestSpreadBetweenWidths(t *testing.T) {
	st := &state.State{}
	st.Frames[0] = &state.Frame{}
	known, other := &st.Frames[0].Regs[0], &st.Frames[0].Regs[1]
	known.MarkKnown(3)
	other.MarkUnknown()
	known.ID, other.ID = 7|state.ADD_CONST32, 7|state.ADD_CONST64
	l := Linked{Kernel: without(t).Kernel, n: 1, entries: [6]linkedReg{{index: 1, isReg: true}}}
	if l.Spread(st, known); other.IsConst() {
		t.Error("a sum of 64 bits is known from one of 32")
	}
}
