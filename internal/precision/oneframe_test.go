package precision

import (
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Values are followed within the function, to slots that are named by the frame pointer.
func TestMarkInFrame(t *testing.T) {
	everything := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	for _, tc := range []struct {
		name     string
		insns    []insn.Insn
		callback bool // the last call runs one
		regs     []int
		slot     bool
	}{
		{name: "untouched", insns: []insn.Insn{{Code: mov, Dst: 3, Src: 4}}, regs: []int{1}},
		{name: "copied", insns: []insn.Insn{{Code: mov, Dst: 1, Src: 2}}, regs: []int{2}},
		{name: "sum", insns: []insn.Insn{{Code: add, Dst: 1, Src: 2}}, regs: []int{1, 2}},
		{name: "constant", insns: []insn.Insn{{Code: movK, Dst: 1, Imm: 7}}},
		{name: "filled", insns: []insn.Insn{{Code: load, Dst: 1, Src: insn.FP, Off: -8}}, slot: true},
		{name: "spilled and filled", insns: []insn.Insn{{Code: store, Dst: insn.FP, Src: 5, Off: -8}, {Code: load, Dst: 1, Src: insn.FP, Off: -8}}, regs: []int{5}},
		{name: "set and filled", insns: []insn.Insn{{Code: insn.ST | insn.MEM | insn.DW, Dst: insn.FP, Off: -8, Imm: 3}, {Code: load, Dst: 1, Src: insn.FP, Off: -8}}},
		{name: "filled by another register", insns: []insn.Insn{{Code: load, Dst: 1, Src: 2, Off: -8}}},
		{name: "compared", insns: []insn.Insn{{Code: insn.JMP | insn.JEQ | insn.X, Dst: 1, Src: 6}}, regs: []int{1, 6}},
		{name: "result of a helper", insns: []insn.Insn{{Code: insn.JMP | insn.CALL, Imm: 5}, {Code: mov, Dst: 1, Src: 0}}},
		{name: "not tracked", insns: []insn.Insn{{Code: store, Dst: 1, Src: 2}}, regs: everything, slot: true},
		{name: "behind a call", insns: []insn.Insn{{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL}, {Code: mov, Dst: 1, Src: 6}}, regs: everything, slot: true},
		{name: "behind a callback", callback: true, insns: []insn.Insn{{Code: insn.JMP | insn.CALL, Imm: 181}, {Code: mov, Dst: 1, Src: 6}}, regs: everything, slot: true},
		{name: "from a packet", insns: []insn.Insn{{Code: insn.LD | insn.ABS | insn.W}, {Code: mov, Dst: 1, Src: 0}}, regs: everything, slot: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr, st := walked(tc.insns...)
			tr.rules = kdata.PrecisionInFrame
			if tc.callback {
				tr.prog.Marks[body] |= cfg.CallsCallback
			}
			if err := tr.MarkReg(st, 1); err != nil {
				t.Fatal(err)
			}
			if regs, slot := preciseRegs(st); !slices.Equal(regs, tc.regs) || slot != tc.slot {
				t.Errorf("marked r%v, slot %v; want r%v, slot %v", regs, slot, tc.regs, tc.slot)
			}
		})
	}
}

// Only what was read is passed on by a state that covers another.
func TestPropagateRead(t *testing.T) {
	tr, st := walked(insn.Insn{Code: mov, Dst: 6, Src: 7})
	tr.rules = kdata.PrecisionInFrame
	pool := new(state.Pool)
	st.MarkReads()
	old := pool.Save(st)
	old.Mark(0, 1<<6|1<<8, 0)
	old.Marks[0].Read.Regs = 1 << 6
	if err := tr.PropagateTo(st, old); err != nil {
		t.Fatal(err)
	}
	if regs, slot := preciseRegs(st); !slices.Equal(regs, []int{7}) || slot {
		t.Errorf("marked r%v, slot %v; want r7", regs, slot)
	}
}

// What was followed back from where two paths parted is not followed again for the other one, however many values there are.
func TestFollowedOnce(t *testing.T) {
	tr, st := walked(insn.Insn{Code: mov, Dst: 3, Src: 4})
	tr.rules = kdata.PrecisionInFrame
	way := st.History.Back()
	for way.Stretch == nil {
		tr.NextInsn()
		tr.Remember(st, body, body, 0, 0)
		way = st.History.Back()
		for way.Stretch == nil && way.Step() != nil {
			way.Pass()
		}
	}
	for i, tc := range []struct {
		frame int
		regs  uint32
		want  bool
	}{
		{0, 1 << 1, false}, {0, 1 << 1, true}, {0, 1 << 2, false}, {0, 1 << 1, true}, {0, 1<<1 | 1<<2, true},
		{0, 1<<1 | 1<<3, false}, {1, 1 << 1, false}, {0, 1 << 1, true}, {1, 1 << 1, true},
	} {
		w := inFrame{tr, tc.frame, state.Sought{Regs: tc.regs}}
		if got := w.followed(way.Stretch); got != tc.want {
			t.Errorf("%d: registers %#x of frame %d were followed: %v", i, tc.regs, tc.frame, got)
		}
	}
	tr.log.Level = 2
	if w := (inFrame{tr, 0, state.Sought{Regs: 1 << 1}}); w.followed(way.Stretch) {
		t.Error("the log would lack it")
	}
}

// A loop that comes back to a state's first instruction is followed around, once kernels do.
func TestBackAroundALoop(t *testing.T) {
	for change, want := range map[string]int{"": 2, "-loop-backtracking": 1} {
		for _, rules := range []kdata.PrecisionRules{kdata.PrecisionAcross, kdata.PrecisionInFrame} {
			tr, st := walked(insn.Insn{Code: mov, Dst: 1, Src: 2}, insn.Insn{Code: insn.JMP | insn.JA, Off: -2})
			k, err := kmodel.Load("6.18" + change)
			if err != nil {
				t.Fatal(err)
			}
			tr.rules, tr.kernel = rules, k
			st.InsnIdx = body
			st.History.Add(state.NewHistory(body, body-1, 0, 0))
			st.History.Add(state.NewHistory(body, body+1, 0, 0))
			if err := tr.MarkReg(st, 1); err != nil {
				t.Fatal(err)
			}
			if regs, _ := preciseRegs(st); !slices.Equal(regs, []int{want}) {
				t.Errorf("6.18%s, rules %d: marked r%v, want r%d", change, rules, regs, want)
			}
		}
	}
}
