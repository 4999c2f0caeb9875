package cfg

import (
	"errors"
	"reflect"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

func mov(dst uint8, imm int32) insn.Insn {
	return insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K, Dst: dst, Imm: imm}
}
func ja(off int16) insn.Insn { return insn.Insn{Code: insn.JMP | insn.JA, Off: off} }
func jeq(off int16) insn.Insn {
	return insn.Insn{Code: insn.JMP | insn.JEQ | insn.K, Dst: 1, Off: off}
}
func helper(id int32) insn.Insn { return insn.Insn{Code: insn.JMP | insn.CALL, Imm: id} }
func call(imm int32) insn.Insn {
	return insn.Insn{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL, Imm: imm}
}
func spill(src uint8, off int16) insn.Insn {
	return insn.Insn{Code: insn.STX | insn.MEM | insn.DW, Dst: insn.FP, Src: src, Off: off}
}
func fill(dst uint8, off int16) insn.Insn {
	return insn.Insn{Code: insn.LDX | insn.MEM | insn.DW, Dst: dst, Src: insn.FP, Off: off}
}

var exit = insn.Insn{Code: insn.JMP | insn.EXIT}

// table is a stand-in for a kernel: each id shows one property.
func table(in *insn.Insn) Call {
	switch in.Imm {
	case 2:
		return Call{Known: true, Params: 4, SyncCallback: true}
	case 3:
		return Call{Known: true, Params: 3, AsyncCallback: true}
	case 4:
		return Call{Known: true, Params: 1, MightSleep: true, ChangesPkt: true}
	case 5:
		return Call{Known: true, Fastcall: true}
	case 6:
		return Call{Known: true, Params: 1, IterNext: true}
	}
	return Call{}
}

func build(t *testing.T, prog []insn.Insn) (*Graph, error) {
	t.Helper()
	g := New(prog, table, nil)
	for _, step := range []func() error{
		func() error { return g.Discover(nil) },
		g.CheckJumps,
		func() error { return g.Explore(0) },
	} {
		if err := step(); err != nil {
			return g, err
		}
	}
	g.Order()
	g.Components(false)
	g.Fastcall()
	return g, nil
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name string
		prog []insn.Insn
		want string
	}{
		{"no end", []insn.Insn{mov(0, 0)}, "last insn is not an exit or jmp"},
		{"jump behind the end", []insn.Insn{mov(0, 0), ja(5), exit}, "jump out of range from insn 1 to 7"},
		{"jump before the start", []insn.Insn{mov(0, 0), ja(-3)}, "jump out of range from insn 1 to -1"},
		{"call out of the program", []insn.Insn{call(7), exit}, "call to invalid destination"},
		{"dead code", []insn.Insn{mov(0, 0), ja(1), mov(0, 1), exit}, "unreachable insn 2"},
		{"jump into a callee", []insn.Insn{call(2), ja(2), exit, mov(0, 0), exit}, "jump out of range from insn 1 to 4"},
		{"into an immediate", []insn.Insn{jeq(1), {Code: insn.LD | insn.IMM | insn.DW}, {}, exit}, "jump into the middle of ldimm64 insn 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := build(t, tt.prog)
			var e *Error
			if !errors.As(err, &e) || e.Message != tt.want || e.Errno != abi.EINVAL {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// An indirect jump leads to all instructions of its table.
func TestIndirectJump(t *testing.T) {
	gotox := insn.Insn{Code: insn.JMP | insn.JA | insn.X, Dst: 1}
	g := New([]insn.Insn{
		0: mov(1, 0),
		1: gotox,
		2: mov(2, 0),
		3: exit,
		4: mov(3, 0),
		5: ja(-6),
	}, nil, nil)
	g.Indirect, g.JumpTable = true, func(*Subprog) []int32 { return []int32{2, 4} }
	for _, step := range []func() error{func() error { return g.Discover(nil) }, g.CheckJumps, func() error { return g.Explore(0) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	g.Order()
	g.Components(false)
	if to := g.Successors(1); !reflect.DeepEqual(to, []int32{2, 4}) {
		t.Errorf("after the jump: %v", to)
	}
	if want := []Mark{PrunePoint | JmpPoint, PrunePoint, JmpPoint, 0, JmpPoint, 0}; !reflect.DeepEqual(g.Marks, want) {
		t.Errorf("marks %v, want %v", g.Marks, want)
	}
	if want := []uint32{1, 1, 0, 0, 1, 1}; !reflect.DeepEqual(g.SCC, want) {
		t.Errorf("components %v, want %v", g.SCC, want)
	}
	if want := []int32{5, 4, 3, 2, 1, 0}; !reflect.DeepEqual(g.Postorder, want) {
		t.Errorf("postorder %v, want %v", g.Postorder, want)
	}
	g.Insns[5] = gotox // nothing goes on behind it
	var e *Error
	if err := g.CheckJumps(); !errors.As(err, &e) || e.Message != "jump out of range from insn 5 to 6" {
		t.Error(err)
	}
	g.IndirectEnds = true
	if err := g.CheckJumps(); err != nil {
		t.Error(err)
	}
}

func TestTooManySubprograms(t *testing.T) {
	n := MaxSubprogs
	var prog []insn.Insn
	for i := range n {
		prog = append(prog, call(int32(n+2*i-i)))
	}
	prog = append(prog, exit)
	for range n {
		prog = append(prog, mov(0, 0), exit)
	}
	g := New(prog, nil, nil)
	err := g.Discover(nil)
	var e *Error
	if !errors.As(err, &e) || e.Message != "too many subprograms" || e.Errno != abi.E2BIG {
		t.Errorf("got %v", err)
	}
}

func TestMarksAndEffects(t *testing.T) {
	g, err := build(t, []insn.Insn{
		0:  mov(1, 0),
		1:  jeq(1),
		2:  mov(1, 1),
		3:  call(6), // to 10
		4:  helper(2),
		5:  helper(3),
		6:  helper(6),
		7:  helper(1),
		8:  ja(0),
		9:  exit,
		10: helper(4),
		11: exit,
	})
	if err != nil {
		t.Fatal(err)
	}
	const join = PrunePoint | JmpPoint
	want := []Mark{
		1:  PrunePoint,
		3:  join,
		4:  join | ForceCheckpoint | CallsCallback,
		5:  join,
		6:  join | ForceCheckpoint | IterNext,
		7:  join,
		8:  join,
		9:  join,
		10: join,
		11: join,
	}
	if !reflect.DeepEqual(g.Marks, want) {
		t.Errorf("marks\n%v, want\n%v", g.Marks, want)
	}
	for n, s := range g.Subprogs {
		if !s.MightSleep || !s.ChangesPkt {
			t.Errorf("subprogram %d: %+v: effects of the callee are missing", n, s)
		}
	}
	if g.Subprogs[0].ExitIdx != 9 || g.Subprogs[1].ExitIdx != 11 || g.Containing(9) != 0 || g.Find(10) != 1 || g.Find(9) != -1 {
		t.Errorf("subprograms %+v", g.Subprogs)
	}
}

func TestLoops(t *testing.T) {
	g, err := build(t, []insn.Insn{
		0: mov(1, 0),
		1: jeq(2), // outer loop 1..4
		2: mov(2, 0),
		3: ja(-3),
		4: jeq(-1), // self loop
		5: helper(2),
		6: exit,
	})
	if err != nil {
		t.Fatal(err)
	}
	// Numbers go up in order of completion, innermost last parts first.
	if want := []uint32{0, 2, 2, 2, 1, 0, 0}; !reflect.DeepEqual(g.SCC, want) || g.SCCs != 3 {
		t.Errorf("components %v (%d), want %v", g.SCC, g.SCCs, want)
	}
	if want := []int32{6, 5, 4, 3, 2, 1, 0}; !reflect.DeepEqual(g.Postorder, want) {
		t.Errorf("postorder %v, want %v", g.Postorder, want)
	}
}

func TestFastcall(t *testing.T) {
	prog := []insn.Insn{
		0: spill(2, -16),
		1: spill(1, -24),
		2: helper(5),
		3: fill(1, -24),
		4: fill(2, -16),
		5: mov(0, 0),
		6: exit,
	}
	g, err := build(t, prog)
	if err != nil {
		t.Fatal(err)
	}
	s := g.Subprogs[0]
	if g.FastcallSpills[2] != 2 || s.FastcallOff != -8 || s.KeepFastcall {
		t.Errorf("spills %d, subprogram %+v", g.FastcallSpills[2], s)
	}
	for i, want := range []bool{true, true, false, true, true, false, false} {
		if got := g.Marks[i]&FastcallPattern != 0; got != want {
			t.Errorf("insn %d in the pattern: %v", i, got)
		}
	}
	prog[2] = helper(4) // clobbers r1, so r1 may not be spilled around it
	if g, err = build(t, prog); err != nil || g.Marks[1]&FastcallPattern != 0 {
		t.Errorf("pattern around a call that clobbers the register, %v", err)
	}
}
