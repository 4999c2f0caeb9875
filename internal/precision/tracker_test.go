package precision

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

const (
	mov   = insn.ALU64 | insn.MOV | insn.X
	add   = insn.ALU64 | insn.ADD | insn.X
	movK  = insn.ALU64 | insn.MOV | insn.K
	store = insn.STX | insn.MEM | insn.DW
	load  = insn.LDX | insn.MEM | insn.DW
)

// body is where the instructions under test begin: before them every register is loaded from somewhere and
// the stack slot is set.
const body = insn.FP + 1

// withFeatures is that kernel with more features.
func withFeatures(fs ...kmodel.Feature) *kmodel.Model {
	return linux6_18().With(kmodel.Enable(kmodel.Of(fs...)))
}

// linux6_18 is the kernel the tests go back as.
func linux6_18() *kmodel.Model {
	k, err := kmodel.Load("6.18")
	if err != nil {
		panic(err)
	}
	return k
}

// walked returns a tracker over a program, and the state after its last instruction, whose parent was
// remembered before the first; both hold unknown scalars, in registers and one stack slot.
func walked(code ...insn.Insn) (*Tracker, *state.State) {
	k := linux6_18()
	var insns []insn.Insn
	for r := range insn.FP {
		insns = append(insns, insn.Insn{Code: load, Dst: uint8(r)})
	}
	insns = append(insns, insn.Insn{Code: insn.ST | insn.MEM | insn.DW, Dst: insn.FP, Off: -8})
	insns = append(insns, code...)
	insns = append(insns, insn.Insn{Code: insn.JMP | insn.EXIT})
	img := &object.Image{Insns: insns}
	t := New(vlog.NewPrinter(&vlog.Log{}, img, &img.Maps),
		&program.Program{Image: img, Graph: *cfg.New(insns, func(*insn.Insn) cfg.Call { return cfg.Call{} }, nil)}, k)
	var states [2]*state.State
	for i := range states {
		f := &state.Frame{Call: state.Call{Callsite: state.MainCallsite}, Stack: make([]state.Slot, 1)}
		for r := range f.Regs[:insn.FP] {
			f.Regs[r].MarkUnknown()
		}
		f.Stack[0].Reg.MarkUnknown()
		for b := range f.Stack[0].Kind {
			f.Stack[0].Kind[b] = state.STACK_SPILL
		}
		states[i] = &state.State{}
		states[i].Frames[0] = f
	}
	parent, st := states[0], states[1]
	parent.LastInsn = body - 1
	parent.History.Add(state.NewHistory(body-1, body-2, SlotAccess(0, 0), 0))
	st.Parent = new(state.Pool).Save(parent)
	st.FirstInsn, st.InsnIdx = body, uint32(len(insns)-1)
	return t, st
}

// preciseRegs are the registers of the parent that are marked.
func preciseRegs(st *state.State) (marked []int, slot bool) {
	regs, slots := st.Parent.Precise(0)
	for r := range insn.MaxReg {
		if regs&(1<<r) != 0 {
			marked = append(marked, r)
		}
	}
	return marked, slots == 1
}

// slot0 remembers that an instruction of the body accessed the slot at fp-8.
func slot0(t *Tracker, st *state.State, idx int) {
	t.NextInsn()
	t.Remember(st, body+idx, body+idx-1, SlotAccess(0, 0), 0)
}

func TestMarkReg(t *testing.T) {
	for _, tc := range []struct {
		name  string
		insns []insn.Insn
		slots []int // instructions that accessed the slot
		regs  []int // marked in the parent when r1 is marked at the end
		slot  bool
	}{
		{name: "untouched", insns: []insn.Insn{{Code: mov, Dst: 3, Src: 4}}, regs: []int{1}},
		{name: "copied", insns: []insn.Insn{{Code: mov, Dst: 1, Src: 2}}, regs: []int{2}},
		{name: "sum", insns: []insn.Insn{{Code: add, Dst: 1, Src: 2}}, regs: []int{1, 2}},
		{name: "constant", insns: []insn.Insn{{Code: movK, Dst: 1, Imm: 7}}},
		{name: "filled", insns: []insn.Insn{{Code: load, Dst: 1, Src: insn.FP, Off: -8}}, slots: []int{0}, slot: true},
		{name: "spilled and filled", insns: []insn.Insn{
			{Code: store, Dst: insn.FP, Src: 5, Off: -8}, {Code: load, Dst: 1, Src: insn.FP, Off: -8},
		}, slots: []int{0, 1}, regs: []int{5}},
		{name: "loaded from elsewhere", insns: []insn.Insn{{Code: load, Dst: 1, Src: 2}}},
		// A pointer made of numbers can't be followed: everything counts.
		{name: "not tracked", insns: []insn.Insn{{Code: store, Dst: 1, Src: 2}}, regs: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, slot: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr, st := walked(tc.insns...)
			for _, i := range tc.slots {
				slot0(tr, st, i)
			}
			if err := tr.MarkReg(st, 1); err != nil {
				t.Fatal(err)
			}
			regs, slot := preciseRegs(st)
			if len(regs) != len(tc.regs) || slot != tc.slot {
				t.Fatalf("marked r%v, slot %v; want r%v, slot %v", regs, slot, tc.regs, tc.slot)
			}
			for i := range regs {
				if regs[i] != tc.regs[i] {
					t.Fatalf("marked r%v, want r%v", regs, tc.regs)
				}
			}
		})
	}
}

// That nothing is followed twice over a step marks no less: with a log, which shows all steps, each value is followed to its end.
func TestFollowingOnceIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reg := rapid.Uint8Range(0, insn.FP-1)
		code := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) insn.Insn {
			dst, src := reg.Draw(t, "dst"), reg.Draw(t, "src")
			return rapid.SampledFrom([]insn.Insn{
				{Code: mov, Dst: dst, Src: src}, {Code: add, Dst: dst, Src: src}, {Code: movK, Dst: dst}, {Code: load, Dst: dst, Src: insn.FP, Off: -8},
				{Code: store, Dst: insn.FP, Src: src, Off: -8}, {Code: insn.JMP | insn.JEQ | insn.X, Dst: dst, Src: src},
			}).Draw(t, "insn")
		}), 1, 40).Draw(t, "code")
		once, start := walked(code...)
		always, also := walked(code...)
		always.log.Level = 2
		for i := range code {
			noted, linked := rapid.Bool().Draw(t, "noted"), uint64(0)
			if rapid.IntRange(0, 3).Draw(t, "linked") == 0 {
				both := Linked{n: 2, entries: [6]linkedReg{{index: reg.Draw(t, "one"), isReg: true}, {index: reg.Draw(t, "other"), isReg: true}}}
				linked = both.Pack()
			}
			r := int(reg.Draw(t, "marked"))
			for _, w := range []struct {
				*Tracker
				st *state.State
			}{{once, start}, {always, also}} {
				w.st.InsnIdx = uint32(body + i)
				switch code[i].Code {
				case load, store:
					slot0(w.Tracker, w.st, i)
				default:
					if w.NextInsn(); noted {
						w.Remember(w.st, body+i, body+i-1, 0, linked)
					}
				}
				if err := w.MarkReg(w.st, r); err != nil {
					t.Fatal(err)
				}
			}
			regs, slot := preciseRegs(start)
			if want, wantSlot := preciseRegs(also); !slices.Equal(regs, want) || slot != wantSlot {
				t.Fatalf("at %d: marked r%v, slot %v; want r%v, slot %v", i, regs, slot, want, wantSlot)
			}
		}
	})
}

// A fetched number comes from where the operation is on, on kernels that follow it.
func TestMarkFetched(t *testing.T) {
	atomic := func(op int32) insn.Insn {
		return insn.Insn{Code: insn.STX | insn.ATOMIC | insn.DW, Dst: insn.FP, Src: 1, Off: -8, Imm: op}
	}
	for _, tc := range []struct {
		name   string
		in     insn.Insn
		newer  bool
		marked int // the register asked for
		regs   int // how many are marked
		slot   bool
	}{
		{"added", atomic(insn.ADD | insn.FETCH), true, 1, 0, true},
		{"added, before", atomic(insn.ADD | insn.FETCH), false, 1, 1, false},
		{"compared", atomic(insn.CMPXCHG), true, 0, 0, true},
		{"not fetched", atomic(insn.ADD), true, 1, 1, false},
	} {
		tr, st := walked(tc.in)
		if tc.newer {
			tr.kernel = withFeatures(kmodel.AtomicsFollowed)
		}
		slot0(tr, st, 0)
		if err := tr.MarkReg(st, tc.marked); err != nil {
			t.Fatal(err)
		}
		if regs, slot := preciseRegs(st); len(regs) != tc.regs || slot != tc.slot {
			t.Errorf("%s: marked r%v, slot %v; want %d registers, slot %v", tc.name, regs, slot, tc.regs, tc.slot)
		}
	}
}

func TestMarkSlots(t *testing.T) {
	tr, st := walked(insn.Insn{Code: store, Dst: insn.FP, Src: 6, Off: -8})
	slot0(tr, st, 0)
	if err := tr.MarkSlots(st, 0, 1); err != nil {
		t.Fatal(err)
	}
	if regs, slot := preciseRegs(st); len(regs) != 1 || regs[0] != 6 || slot {
		t.Errorf("marked r%v, slot %v; want r6", regs, slot)
	}
}

// One instruction has one entry, however often something is remembered of it.
func TestRemember(t *testing.T) {
	tr, st := walked()
	tr.NextInsn()
	tr.Remember(st, 4, 3, SrcRegStack, 0)
	tr.Remember(st, 4, 3, DstRegStack, 5)
	if h := st.History.Last(); st.History.Longer(1) || h.Flags() != SrcRegStack|DstRegStack || h.LinkedRegs != 5 {
		t.Errorf("history %+v", st.History)
	}
	tr.NextInsn()
	tr.Remember(st, 5, 4, 0, 0)
	if h := st.History.Last(); !st.History.Longer(1) || st.History.Longer(2) || h.Idx() != 5 || h.PrevIdx() != 4 {
		t.Errorf("history %+v", st.History)
	}
}

func TestPropagate(t *testing.T) {
	tr, st := walked(insn.Insn{Code: mov, Dst: 1, Src: 2})
	met := &state.State{}
	met.Frames[0] = &state.Frame{}
	met.Frames[0].Regs[1].MarkUnknown()
	met.Frames[0].Regs[1].Precise = true
	old := new(state.Pool).Save(met)
	changed, err := tr.Propagate(old, &st.Common)
	if regs, _ := preciseRegs(st); err != nil || !changed || len(regs) != 1 || regs[0] != 2 {
		t.Errorf("marked r%v, changed %v, %v; want r2", regs, changed, err)
	}
	if changed, err = tr.Propagate(old, &st.Common); changed || err != nil {
		t.Errorf("marked again: %v, %v", changed, err)
	}
}

// Only numbers have a past that matters.
func TestMarkPointer(t *testing.T) {
	tr, st := walked()
	st.Cur().Regs[1].MarkPtr(abi.PTR_TO_CTX)
	if err := tr.MarkReg(st, 1); vlog.Errno(err) != abi.EFAULT {
		t.Errorf("marking a pointer: %v", err)
	}
}
