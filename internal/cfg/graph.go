// Package cfg finds a program's subprograms and their control flow: what is
// reachable and in which order, where paths meet, and which loops there are.
//
// The steps are methods of Graph, to be called in the kernel's order, as other
// checks come between them: Discover, CheckJumps, Explore, Order, Components, Fastcall.
package cfg

import (
	"fmt"
	"sort"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// MaxSubprogs is how many subprograms a program may have.
const MaxSubprogs = 256

// Call is what the kernel's tables say of one call of a helper or kernel function.
type Call struct {
	// Known is false where there is no such function for this program; Params,
	// Void, Fastcall, MightSleep and IterNext are then meaningless.
	Known    bool
	Params   uint8 // parameters in the prototype
	Void     bool  // returns nothing
	Fastcall bool  // keeps registers it does not use
	IterNext bool  // advances an open-coded iterator

	MightSleep    bool
	ChangesPkt    bool // moves packet data
	SyncCallback  bool // runs a callback before it returns
	AsyncCallback bool // runs a callback later
	Throws        bool // ends the program, by an exception
}

// Calls looks up a helper or kernel function call.
type Calls func(in *insn.Insn) Call

// Mark is what the walk must know of an instruction.
type Mark uint8

// Marks.
const (
	PrunePoint      Mark = 1 << iota // states are compared here
	JmpPoint                         // more than one way leads here
	ForceCheckpoint                  // a state is always kept here
	CallsCallback                    // runs a callback an unknown number of times
	FastcallPattern                  // spill or fill around a call that keeps registers
	IterNext                         // a call that advances an open-coded iterator
)

// Subprog is one function of the program.
type Subprog struct {
	Start, End int // instructions [Start, End)
	ExitIdx    int // its last exit instruction, 0 if it has none
	// PostorderStart is where its instructions begin in Graph.Postorder.
	PostorderStart int
	// FastcallOff is the stack offset (negative, bytes from the frame pointer)
	// from which spills around fastcalls lie; 0 without any.
	FastcallOff int
	// KeepFastcall: some such call does clobber registers, so its spills must stay.
	KeepFastcall bool

	HasTailCall bool
	HasLDAbs    bool
	ChangesPkt  bool
	MightSleep  bool
	MightThrow  bool
}

// Graph is a program's control flow.
type Graph struct {
	Insns    []insn.Insn
	Subprogs []Subprog // in order of Start
	Marks    []Mark    // one an instruction
	// Mem is where what is noted of instructions lies; nil for fresh memory.
	Mem *scratch.Space
	// Looked is the instruction that was looked at last: where a refusal before the walk is.
	Looked int

	// Postorder holds each subprogram's instructions, successors before
	// predecessors (but along back edges); subprogram after subprogram.
	Postorder []int32
	// Position is where an instruction is in it, -1 for the second half of a load and what can't be reached any more.
	Position []int32
	// Backward says that some instruction comes in it before one that can follow it, or not at all. Without, there is no loop.
	Backward bool

	// SCC numbers the loop each instruction is in, 0 for none.
	SCC []uint32
	// SCCs is one more than the highest number in SCC.
	SCCs uint32

	// FastcallSpills is how many spill and fill pairs around the call can be dropped.
	FastcallSpills []uint8

	// Indirect: jumps may go to where a register says. JumpTable, for Explore to ask, gives the instructions that
	// may be meant in a function, sorted, each once. IndirectEnds: such a jump may be a function's last instruction.
	Indirect, IndirectEnds bool
	// ShortJumps: an instruction that would be a far jump is unknown, and its offset is that of any other jump.
	ShortJumps bool
	JumpTable  func(s *Subprog) []int32

	// CallbacksOnce: callbacks are walked once; NoRecursion: functions that call themselves are refused.
	CallbacksOnce, NoRecursion bool
	// NoFuncPointers: a function's address is no function to the kernel.
	NoFuncPointers bool

	calls  Calls
	called []Call            // by instruction, where it is a call of a helper or kernel function
	next   []next            // by instruction
	jumps  map[int32][]int32 // targets of indirect jumps, by instruction
}

// next are the instructions that can follow one; n is less than 0 for an indirect jump, of which Graph.jumps has them.
type next struct {
	to [2]int32
	n  int32
}

// Error is a refusal by one of the steps.
type Error struct {
	Errno   abi.Errno
	Message string // the kernel's
	Format  string // what Message was made from
	// Sources are instructions whose source lines the log shows first, each
	// preceded by its number.
	Sources []int
}

func (e *Error) Error() string { return e.Message }

func refuse(errno abi.Errno, format string, args ...any) *Error {
	return &Error{Errno: errno, Message: fmt.Sprintf(format, args...), Format: format}
}

// New returns a graph of a program to begin with; calls may be nil for one without calls, mem for fresh memory.
func New(insns []insn.Insn, calls Calls, mem *scratch.Space) *Graph {
	g := new(Graph)
	g.Start(insns, calls, mem)
	return g
}

// Start is New in the place of an empty graph.
func (g *Graph) Start(insns []insn.Insn, calls Calls, mem *scratch.Space) {
	if calls == nil {
		calls = func(*insn.Insn) Call { return Call{} }
	}
	g.Insns, g.calls, g.Mem = insns, calls, mem
	g.Marks = scratch.Make[Mark](mem, len(insns))
	g.SCC = scratch.Make[uint32](mem, len(insns))
	g.FastcallSpills = scratch.Make[uint8](mem, len(insns))
	g.called = scratch.Make[Call](mem, len(insns))
}

// Recycle empties the graph, and keeps memory for the next program.
func (g *Graph) Recycle() { *g = Graph{Subprogs: g.Subprogs[:0]} }

// Discover finds the subprograms: the first instruction, and whatever is called
// or whose address is taken. Each kernel function call met on the way is given to kfunc.
func (g *Graph) Discover(kfunc func(in *insn.Insn) error) error {
	if _, err := g.AddSubprog(0); err != nil {
		return err
	}
	for i := range g.Insns {
		in := &g.Insns[i]
		g.Looked = i
		var err error
		switch {
		case in.IsPseudoFunc() && !g.NoFuncPointers, in.IsPseudoCall():
			_, err = g.AddSubprog(i + int(in.Imm) + 1)
		case in.IsKfuncCall() && kfunc != nil:
			err = kfunc(in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AddSubprog makes a subprogram begin at instruction at, and returns its present number.
// Numbers of those that start later move up by one.
func (g *Graph) AddSubprog(at int) (int, error) {
	if at < 0 || at >= len(g.Insns) {
		return 0, refuse(abi.EINVAL, "call to invalid destination")
	}
	n := sort.Search(len(g.Subprogs), func(i int) bool { return g.Subprogs[i].Start >= at })
	if n < len(g.Subprogs) && g.Subprogs[n].Start == at {
		return n, nil
	}
	if len(g.Subprogs) >= MaxSubprogs {
		return 0, refuse(abi.E2BIG, "too many subprograms")
	}
	end := len(g.Insns)
	if n < len(g.Subprogs) {
		end = g.Subprogs[n].Start
	}
	g.Subprogs = append(g.Subprogs, Subprog{})
	copy(g.Subprogs[n+1:], g.Subprogs[n:])
	g.Subprogs[n] = Subprog{Start: at, End: end}
	if n > 0 {
		g.Subprogs[n-1].End = at
	}
	return n, nil
}

// Containing returns the number of the subprogram an instruction belongs to.
func (g *Graph) Containing(at int) int {
	return sort.Search(len(g.Subprogs), func(i int) bool { return g.Subprogs[i].Start > at }) - 1
}

// Find returns the number of the subprogram that starts at the instruction, -1 if none does.
func (g *Graph) Find(at int) int {
	if n := g.Containing(at); n >= 0 && g.Subprogs[n].Start == at {
		return n
	}
	return -1
}

// JumpTarget is the instruction a jump at i goes to, if there is one. A far jump's target wraps around, as
// the kernel counts in 32 bits.
func JumpTarget(i int, in *insn.Insn) int {
	if in.Code == insn.JMP32|insn.JA {
		return int(int32(i) + in.Imm + 1)
	}
	return i + int(in.Off) + 1
}

// CheckJumps refuses jumps between subprograms and subprograms without an end.
func (g *Graph) CheckJumps() error {
	for n := range g.Subprogs {
		if err := g.checkSubprogJumps(&g.Subprogs[n]); err != nil {
			return err
		}
	}
	return nil
}

// IsTailCall reports a tail call.
func IsTailCall(in *insn.Insn) bool { return in.IsHelperCall() && in.Imm == abi.BPF_FUNC_tail_call }

// IsLDAbs reports a load of packet bytes as of old.
func IsLDAbs(in *insn.Insn) bool {
	return in.Class() == insn.LD && (in.Mode() == insn.ABS || in.Mode() == insn.IND)
}

func (g *Graph) checkSubprogJumps(s *Subprog) error {
	for i := s.Start; i < s.End; i++ {
		in := &g.Insns[i]
		g.Looked = i
		switch class := in.Class(); {
		case IsTailCall(in):
			s.HasTailCall = true
		case IsLDAbs(in):
			s.HasLDAbs = true
		case class != insn.JMP && class != insn.JMP32, in.Op() == insn.CALL:
		case in.Op() == insn.EXIT:
			s.ExitIdx = i
		case g.IndirectEnds && in.IsIndirectJump():
		default:
			to := JumpTarget(i, in)
			if g.ShortJumps {
				to = i + int(in.Off) + 1
			}
			if to < s.Start || to >= s.End {
				return refuse(abi.EINVAL, "jump out of range from insn %d to %d", i, to)
			}
		}
	}
	switch last := &g.Insns[s.End-1]; last.Code {
	case insn.JMP | insn.EXIT, insn.JMP | insn.JA, insn.JMP32 | insn.JA:
		return nil
	default:
		if g.IndirectEnds && last.IsIndirectJump() {
			return nil
		}
	}
	return refuse(abi.EINVAL, "last insn is not an exit or jmp")
}

// Successors returns the instructions that can follow instruction i inside its
// subprogram: the next one first, then a jump's targets. The graph's Order must be there.
func (g *Graph) Successors(i int) []int32 {
	next := &g.next[i]
	if next.n < 0 {
		return g.jumps[int32(i)]
	}
	return next.to[:next.n]
}

// successors finds what Successors returns.
func (g *Graph) successors(i int) (to next) {
	in := &g.Insns[i]
	next, jumps := true, false
	if c := in.Class(); c == insn.JMP || c == insn.JMP32 {
		switch in.Op() {
		case insn.EXIT:
			next = false
		case insn.JA:
			if in.SrcKind() == insn.X {
				to.n = -1
				return to
			}
			next, jumps = false, true
		case insn.CALL, 0xf0:
		default:
			jumps = true
		}
	}
	if next {
		to.to[0] = int32(i + 1)
		if in.IsLdImm64() {
			to.to[0]++
		}
		to.n = 1
	}
	if jumps {
		to.to[to.n] = int32(JumpTarget(i, in))
		to.n++
	}
	return to
}

// Called is what is known of the call at instruction i, which Explore looks up.
func (g *Graph) Called(i int) *Call { return &g.called[i] }

// Has reports whether instruction i has the mark.
func (g *Graph) Has(i int, m Mark) bool { return g.Marks[i]&m != 0 }
