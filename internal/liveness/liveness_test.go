package liveness

import (
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

var exit = insn.Insn{Code: insn.JMP | insn.EXIT}

func graph(t *testing.T, prog []insn.Insn) *cfg.Graph {
	t.Helper()
	g := cfg.New(prog, func(*insn.Insn) cfg.Call { return cfg.Call{Known: true, Params: 3} }, nil)
	if err := g.Discover(nil); err != nil {
		t.Fatal(err)
	}
	if err := g.CheckJumps(); err != nil {
		t.Fatal(err)
	}
	if err := g.Explore(0); err != nil {
		t.Fatal(err)
	}
	g.Order()
	return g
}

// Text and masks are from the level-2 log of Linux 6.18.
func TestRegisters(t *testing.T) {
	prog := []insn.Insn{
		{Code: insn.ALU64 | insn.MOV | insn.X, Dst: 2, Src: 10},
		{Code: insn.ALU64 | insn.ADD | insn.K, Dst: 2, Imm: -8},
		{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL, Imm: 2},
		{Code: insn.LDX | insn.MEM | insn.DW, Dst: 0, Src: 10, Off: -8},
		exit,
		{Code: insn.ALU64 | insn.MOV | insn.X, Dst: 7, Src: 2},
		{Code: insn.ST | insn.MEM | insn.DW, Dst: 10, Off: -8},
		{Code: insn.ALU64 | insn.MOV | insn.X, Dst: 6, Src: 7},
		{Code: insn.LD | insn.IMM | insn.DW, Dst: 2},
		{},
		{Code: insn.ALU | insn.MOV | insn.K, Dst: 3},
		{Code: insn.JMP | insn.CALL, Imm: 12},
		{Code: insn.ST | insn.MEM | insn.DW, Dst: 10, Off: -16},
		{Code: insn.ALU64 | insn.MOV | insn.K, Dst: 1, Imm: 1},
		{Code: insn.STX | insn.MEM | insn.DW, Dst: 7, Src: 1},
		exit,
	}
	want := strings.Fields(".1.345.... .12345.... .12345.... .......... 0......... " +
		".12....... .1.....7.. .1.....7.. .1.....7.. - .12....7.. .123...7.. 0......7.. 0......7.. 01.....7.. 0.........")
	for i, live := range Registers(graph(t, prog)) {
		if want[i] == "-" {
			continue
		}
		text := make([]byte, 10)
		for r := range text {
			text[r] = '.'
			if live&(1<<r) != 0 {
				text[r] = '0' + byte(r)
			}
		}
		if string(text) != want[i] {
			t.Errorf("insn %d: %s, want %s", i, text, want[i])
		}
	}
}

func TestUnknownFormsReadEverything(t *testing.T) {
	for _, code := range []uint8{insn.LD | insn.ABS | insn.W, insn.STX | insn.MEMSX, insn.LDX | insn.ATOMIC, insn.ST | insn.ABS} {
		if use, def := useDef(&insn.Insn{Code: code}, &cfg.Call{}); use != everything || def != 0 {
			t.Errorf("%02x: use %x def %x", code, use, def)
		}
	}
}

func nop(n int) []insn.Insn {
	prog := make([]insn.Insn, n)
	for i := range prog {
		prog[i] = insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K}
	}
	return append(prog, exit)
}

func mainState() *state.State {
	st := &state.State{}
	st.Frames[0] = &state.Frame{}
	return st
}

func TestStackReadIsLiveUntilWritten(t *testing.T) {
	s, st := NewStack(graph(t, nop(6))), mainState()
	for i := range 7 {
		s.Begin(st, i)
		switch i {
		case 1:
			s.MarkWrite(0, 0b11)
		case 3:
			s.MarkRead(st, 0, 3, 0b1)
		}
		s.Commit()
	}
	s.Update(st)
	for i, want := range []uint64{0, 0, 1, 1, 0, 0, 0} {
		st.InsnIdx = uint32(i)
		s.Query(st)
		if got := s.Alive(0); got != want {
			t.Errorf("insn %d: alive %b, want %b", i, got, want)
		}
	}
	// A visit that writes less takes the guarantee back.
	s.Begin(st, 1)
	s.Commit()
	s.Update(st)
	st.InsnIdx = 0
	s.Query(st)
	if got := s.Alive(0); got != 1 {
		t.Errorf("after a visit without the write: alive %b", got)
	}
}

// The lines are those of Linux 6.18 for the same accesses.
func TestCalleeWritesCallersStack(t *testing.T) {
	prog := append([]insn.Insn{
		{Code: insn.ALU64 | insn.MOV | insn.K},
		{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL, Imm: 1},
		exit,
	}, nop(2)...)
	s, st := NewStack(graph(t, prog)), mainState()
	var log strings.Builder
	s.Trace = func(format string, args ...any) { fmt.Fprintf(&log, format, args...) }

	s.Begin(st, 0)
	s.Commit()
	s.Begin(st, 1)
	st.Frames[1] = &state.Frame{Call: state.Call{Callsite: 1, Subprog: 1, Frameno: 1}}
	st.CurFrame = 1
	s.Leave()
	s.Commit()
	s.Begin(st, 3)
	s.MarkRead(st, 0, 3, 0b10)
	s.MarkWrite(1, 0b1)
	s.Commit()
	s.Begin(st, 4)
	s.MarkWrite(0, 0b1)
	s.Commit()
	s.Update(st)

	want := `(1,3) frame 0 insn 4 +written -8 
(1,3) frame 0 insn 3 +live -16 
(1,3) frame 0 insn 3 +written -8 
(1,3) frame 1 insn 3 +written -8 
(1,3) live stack update done in 2 iterations
(0) frame 0 insn 1 +live -16 
(0) frame 0 insn 1 +written -8 
(0) frame 0 insn 0 +live -16 
(0) frame 0 insn 0 +written -8 
(0) live stack update done in 2 iterations
`
	if got := log.String(); got != want {
		t.Errorf("log\n%swant\n%s", got, want)
	}
	st.InsnIdx = 3
	s.Query(st)
	if got := s.Alive(0); got != 0b10 {
		t.Errorf("caller's slots in the callee: %b", got)
	}
	st.CurFrame, st.InsnIdx = 0, 0
	s.Query(st)
	if got := s.Alive(0); got != 0b10 {
		t.Errorf("caller's slots before the call: %b", got)
	}
}

// Sweeping only over what changed and sweeping over everything, as the trace does, agree.
func TestSweepsAgree(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for round := range 200 {
		const n = 24
		prog := nop(n)
		for i := range n {
			if rng.Intn(3) == 0 {
				prog[i] = insn.Insn{Code: insn.JMP | insn.JEQ | insn.K, Off: int16(rng.Intn(n) - i)}
			}
		}
		g := graph(t, prog)
		fast, full, st := NewStack(g), NewStack(g), mainState()
		full.Trace = func(string, ...any) {}
		for step := range 300 {
			at, kind, mask := rng.Intn(n), rng.Intn(3), uint64(rng.Intn(16))
			for _, s := range []*Stack{fast, full} {
				s.Begin(st, at)
				switch kind {
				case 0:
					s.MarkRead(st, 0, at, mask)
				case 1:
					s.MarkWrite(0, mask)
				}
				s.Commit()
				if step%10 == 9 {
					s.Update(st)
				}
			}
		}
		if !reflect.DeepEqual(fast.roots[0].frames, full.roots[0].frames) {
			t.Fatalf("round %d: results differ", round)
		}
	}
}

func TestSlotNames(t *testing.T) {
	if got := SlotNames(1 | 1<<2 | 1<<63); got != "-8,-24,-512" {
		t.Error(got)
	}
	if got := SlotNames(0); got != "" {
		t.Error(got)
	}
}
