package paths

import (
	"errors"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// loop is a program whose instruction 1 is come to from two places, in a loop.
const loop = `
	r6 = 0
top:
	r6 += 1
	if r6 < 10 goto top
	r0 = r6
	exit`

// head is the loop's first instruction.
const head = 1

func start(t *testing.T, level int) (*Paths, *vlog.Log) {
	t.Helper()
	insns, err := asm.Parse(loop, asm.Names{})
	if err != nil {
		t.Fatal(err)
	}
	g := cfg.New(insns, nil, nil)
	if err := errors.Join(g.Discover(nil), g.CheckJumps(), g.Explore(0)); err != nil {
		t.Fatal(err)
	}
	g.Order()
	g.Components(false)
	img := &object.Image{Insns: insns}
	log := &vlog.Log{Level: level}
	printer := vlog.NewPrinter(log, img, &img.Maps)
	code := &program.Program{Image: img, Graph: *g, LiveRegs: make([]uint16, len(insns))}
	for i := range code.LiveRegs {
		code.LiveRegs[i] = 1 << insn.R6
	}
	m, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	p := &Paths{Pool: new(state.Pool), Kernel: m}
	p.Start(printer, code, precision.New(printer, code, m), liveness.NewStack(g))
	return p, log
}

// at is a state before an instruction, come to from prev, with r6 of a value.
func at(p *Paths, idx, prev int, r6 uint64) *state.State {
	st := p.Pool.State()
	f := p.Pool.Frame()
	*f = state.Frame{Call: state.Call{Callsite: state.MainCallsite}}
	for r := range f.Regs {
		f.Regs[r].MarkNotInit()
	}
	f.Regs[insn.R6].MarkKnown(r6)
	f.Regs[insn.FP].MarkPtr(abi.PTR_TO_STACK)
	st.Frames[0] = f
	st.Branches = 1
	st.InsnIdx, st.LastInsn = uint32(idx), uint32(prev)
	return st
}

// visit asks for a state after so many more instructions and jumps.
func visit(t *testing.T, p *Paths, st *state.State, insns, jmps int) bool {
	t.Helper()
	p.Processed += insns
	p.Jmps += jmps
	covered, err := p.Visited(st)
	if err != nil {
		t.Fatal(err)
	}
	return covered
}

func TestPendingPathsAreTakenYoungestFirst(t *testing.T) {
	p, log := start(t, 1)
	st := at(p, 2, 1, 7)
	if _, err := p.Push(st, 1, 2, abi.EFAULT); err != nil {
		t.Fatal(err)
	}
	log.Printf("said on this path only\n")
	second, err := p.Push(st, 3, 2, abi.EFAULT)
	if err != nil {
		t.Fatal(err)
	}
	second.Cur().Regs[insn.R6].MarkKnown(8)
	if v := st.Cur().Regs[insn.R6].Var.Value; v != 7 {
		t.Errorf("the pushed state is no copy: r6 is %d in the original", v)
	}
	for _, want := range []struct {
		idx int
		r6  uint64
		log string
	}{{3, 8, "said on this path only\n"}, {1, 7, ""}} {
		next, idx, prev := p.Pop(st)
		if next == nil {
			t.Fatal("no path")
		}
		if got := next.Cur().Regs[insn.R6].Var.Value; idx != want.idx || prev != 2 || got != want.r6 || log.String() != want.log {
			t.Errorf("at %d from %d with r6 %d and log %q, want %+v", idx, prev, got, log.String(), want)
		}
		st = next
	}
	if next, _, _ := p.Pop(st); next != nil {
		t.Error("a path too many")
	}
}

func TestPendingPathsAreLimited(t *testing.T) {
	p, log := start(t, 0)
	st := at(p, 2, 1, 0)
	for range maxPending {
		if _, err := p.Push(st, 1, 2, abi.ENOMEM); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.Push(st, 1, 2, abi.ENOMEM)
	if want := "The sequence of 8193 jumps is too complex."; vlog.Errno(err) != abi.ENOMEM || log.LastLine() != want {
		t.Errorf("errno %d, %q", vlog.Errno(err), log.LastLine())
	}
	_, err = p.PushAsync(st.Cur(), 1, 2, false)
	if want := "The sequence of 8194 jumps is too complex for async cb."; vlog.Errno(err) != abi.EFAULT || log.LastLine() != want {
		t.Errorf("errno %d, %q", vlog.Errno(err), log.LastLine())
	}
	p.Kernel = p.Kernel.With(kmodel.Enable(kmodel.Of(kmodel.PathErrorsKept)))
	if _, err = p.Push(st, 1, 2, abi.ENOMEM); vlog.Errno(err) != abi.E2BIG {
		t.Errorf("where who adds the last path does not matter: errno %d", vlog.Errno(err))
	}
}

// A state is remembered where a path has come far enough since the last one, or has a long history.
func TestRemembered(t *testing.T) {
	for _, tt := range []struct {
		name           string
		insns, jmps    int
		history, count int
	}{
		{"far enough", 8, 2, 0, 1},
		{"too few instructions", 7, 2, 0, 0},
		{"too few jumps", 8, 1, 0, 0},
		{"long history", 0, 0, 41, 1},
		{"history not long enough", 0, 0, 40, 0},
	} {
		p, _ := start(t, 0)
		st := at(p, head, 0, 0)
		for i := range tt.history {
			st.History.Add(state.NewHistory(i, i, 0, 0))
		}
		if visit(t, p, st, tt.insns, tt.jmps) {
			t.Errorf("%s: covered by nothing", tt.name)
		}
		if p.TotalStates != tt.count || p.PeakStates != tt.count || (st.Parent != nil) != (tt.count > 0) {
			t.Errorf("%s: %d states, peak %d, parent %v", tt.name, p.TotalStates, p.PeakStates, st.Parent)
		}
	}
}

// A finished state covers another with equal values, and with others where these did not matter.
func TestFinishedStateCovers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		precise bool
		r6      uint64
		covered bool
	}{
		{"equal", true, 5, true},
		{"other value where it did not matter", false, 6, true},
		{"other value where it mattered", true, 6, false},
	} {
		p, _ := start(t, 0)
		first := at(p, head, 0, 5)
		visit(t, p, first, 8, 2)
		if tt.precise {
			first.Parent.Mark(0, 1<<insn.R6, 0)
		}
		if err := p.Ended(first); err != nil {
			t.Fatal(err)
		}
		if got := visit(t, p, at(p, head, 0, tt.r6), 0, 0); got != tt.covered {
			t.Errorf("%s: covered %v", tt.name, got)
		}
	}
}

func TestInfiniteLoop(t *testing.T) {
	p, log := start(t, 0)
	st := at(p, head, 0, 5)
	visit(t, p, st, 8, 2)
	st.InsnIdx, st.LastInsn = head, 2
	_, err := p.Visited(st)
	if vlog.Errno(err) != abi.EINVAL || !strings.Contains(log.String(), "infinite loop detected at insn 1\ncur state: R6=5 R10=fp0\nold state: R6=5 R10=fp0\n") {
		t.Errorf("errno %d\n%s", vlog.Errno(err), log.String())
	}
}

// The walk's way into a loop and out of it is noticed at the state that was remembered first in it.
func TestLoopIsEnteredAndLeft(t *testing.T) {
	p, log := start(t, 2)
	st := at(p, head, 0, 0)
	visit(t, p, st, 8, 2)
	entry := st.Parent
	again := at(p, head, 2, 0)
	if err := p.loops.Met(entry, &again.Common); err != nil {
		t.Fatal(err)
	}
	if !p.loops.Unsettled(entry) || p.PeakStates != 2 {
		t.Errorf("incomplete %v, peak %d: a back edge counts as a state", p.loops.Unsettled(entry), p.PeakStates)
	}
	if err := p.Ended(st); err != nil {
		t.Fatal(err)
	}
	if p.loops.Unsettled(entry) || p.backedges != 0 {
		t.Error("the loop is not settled")
	}
	want := "SCC enter (1)\nSCC backedge (1)\nSCC exit (1)\n"
	if got := log.String(); got != want {
		t.Errorf("log %q, want %q", got, want)
	}
}

// A back edge belongs to a loop that the walk has entered; all else is a bug of the verifier.
func TestLoopsNeverEntered(t *testing.T) {
	for _, tt := range []struct {
		name string
		try  func(p *Paths) error
		want string
	}{
		{"back edge outside of loops", func(p *Paths) error { return p.loops.Met(p.Pool.Save(at(p, 0, 0, 0)), &at(p, head, 2, 0).Common) },
			"add backedge: no SCC in verification path, insn_idx 1"},
		{"back edge of a loop not entered", func(p *Paths) error { return p.loops.Met(p.Pool.Save(at(p, head, 0, 0)), &at(p, head, 2, 0).Common) },
			"add backedge: no visit info for call chain (1)"},
		{"end of a loop not entered", func(p *Paths) error { return p.Ended(at(p, head, 0, 0)) },
			"scc exit: no visit info for call chain (1)"},
	} {
		p, log := start(t, 1)
		if err := tt.try(p); vlog.Errno(err) != abi.EFAULT || log.LastLine() != tt.want {
			t.Errorf("%s: errno %d, %q; want %q", tt.name, vlog.Errno(err), log.LastLine(), tt.want)
		}
	}
}

// Before another round, numbers that changed and did not matter may be anything.
func TestWiden(t *testing.T) {
	p, _ := start(t, 0)
	for _, tt := range []struct {
		old, cur uint64
		precise  bool
		known    bool
	}{{1, 1, false, true}, {1, 2, true, true}, {1, 2, false, false}} {
		old, cur := at(p, head, 2, tt.old), at(p, head, 2, tt.cur)
		old.Cur().Regs[insn.R6].Precise = tt.precise
		p.Widen(p.Pool.Save(old), cur)
		if got := cur.Cur().Regs[insn.R6].IsConst(); got != tt.known {
			t.Errorf("%+v: known %v", tt, got)
		}
	}
	for _, newer := range []bool{false, true} { // the same number, linked with another in the meantime
		if newer {
			p.Kernel = p.Kernel.With(kmodel.Enable(kmodel.Of(kmodel.WidenedByValue)))
		}
		old, cur := at(p, head, 2, 1), at(p, head, 2, 1)
		cur.Cur().Regs[insn.R6].ID = 7
		p.Widen(p.Pool.Save(old), cur)
		if got := cur.Cur().Regs[insn.R6].IsConst(); got != newer {
			t.Errorf("newer kernel %v: known %v", newer, got)
		}
	}
}

func TestPrevious(t *testing.T) {
	p, _ := start(t, 0)
	st := at(p, head, 0, 0)
	for r6 := range uint64(3) {
		st.Cur().Regs[insn.R6].MarkKnown(r6)
		visit(t, p, st, 100, 20)
	}
	prev := p.Previous(st.Parent, head)
	if prev == nil || prev.Reg(0, insn.R6).Var.Value != 1 {
		t.Errorf("%+v, want the state before the last", prev)
	}
	if p.TotalStates != 3 || p.MaxStatesPerInsn != 2 {
		t.Errorf("%d states, %d compared", p.TotalStates, p.MaxStatesPerInsn)
	}
}

// A state that is met in vain too often is dropped. The peak is the largest number of states, on older kernels that of those left.
func TestPeakOfDroppedStates(t *testing.T) {
	for _, older := range []bool{false, true} {
		p, _ := start(t, 0)
		if older {
			p.Kernel = p.Kernel.With(kmodel.Disable(kmodel.Of(kmodel.StatesFreed)))
		}
		pass := func(r6 uint64) *state.Checkpoint {
			st := at(p, head, 0, r6)
			visit(t, p, st, 100, 20)
			c := st.Parent
			c.Mark(0, 1<<insn.R6, 0)
			if err := p.Ended(st); err != nil {
				t.Fatal(err)
			}
			return c
		}
		for _, c := range []*state.Checkpoint{pass(0), pass(1), pass(2)} {
			c.MissCnt = missesPerHit
		}
		pass(3)
		want := 3
		if older {
			want = 1
		}
		if p.TotalStates != 4 || p.PeakStates != want {
			t.Errorf("older kernel %v: %d states, peak %d, want %d", older, p.TotalStates, p.PeakStates, want)
		}
	}
}

func TestDropKeepsThePeak(t *testing.T) {
	p, _ := start(t, 0)
	st := at(p, head, 0, 0)
	visit(t, p, st, 8, 2)
	p.Drop(st)
	if st = at(p, head, 0, 0); visit(t, p, st, 0, 0) || p.PeakStates != 1 {
		t.Errorf("peak %d; or a dropped state covers", p.PeakStates)
	}
}

// Every way to treat loops that a kernel's data can name is there.
func TestLoopRules(t *testing.T) {
	for rules, make := range loopRules {
		if make == nil || make(&Paths{}) == nil {
			t.Errorf("loop rules %d have no implementation", rules)
		}
	}
}

// Where loops are told by their entries, a state that led back to one on its own path is settled when all paths from that
// one are walked, and so is what lies between them.
func TestLoopEntries(t *testing.T) {
	p, _ := start(t, 1)
	l := &entries{p: p}
	point := func(depth uint32, parent *state.Checkpoint) *state.Checkpoint {
		st := at(p, head, 0, 0)
		st.DFSDepth, st.Parent = depth, parent
		return p.Pool.Save(st)
	}
	outer := point(0, nil)
	entry := point(1, outer)
	between := point(2, entry)
	cur := at(p, head, 0, 0)
	cur.DFSDepth, cur.Parent = 3, between

	if err := l.Met(entry, &cur.Common); err != nil {
		t.Fatal(err)
	}
	cur.Branches = 0
	if err := l.Done(cur); err != nil {
		t.Fatal(err)
	}
	between.Branches = 0
	for st, want := range map[*state.Checkpoint]bool{outer: false, entry: false, between: true} {
		if got := l.Unsettled(st); got != want {
			t.Errorf("state %d is unsettled: %t", st.DFSDepth, got)
		}
	}
	if !l.Keeps(entry) {
		t.Error("the entry may be recycled")
	}
	entry.Branches = 0
	if l.Unsettled(between) {
		t.Error("unsettled when all paths from the entry are walked")
	}

	// A state met that is in a settled loop says nothing; one in an unsettled loop is in the same.
	other := at(p, head, 0, 0)
	other.DFSDepth, other.Parent = 1, outer
	if err := l.Met(between, &other.Common); err != nil || other.LoopEntry != nil {
		t.Errorf("a loop that is done: entry %p, %v", other.LoopEntry, err)
	}
	entry.Branches = 1
	if err := l.Met(between, &cur.Common); err != nil || entryOf(&cur.Common) != entry {
		t.Errorf("the same loop again: entry %p, %v", entryOf(&cur.Common), err)
	}
	l.Forget()
	if between.Cleaned = true; l.Keeps(between) {
		t.Error("a state that nothing can ask for is kept")
	}
}
