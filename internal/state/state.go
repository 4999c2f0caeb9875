package state

import "github.com/bpfverdict/bpfverdict/internal/insn"

// MAX_CALL_FRAMES is how deep subprogram calls may nest on the kernels that let them nest deepest.
const MAX_CALL_FRAMES = 16

// RetRange is an inclusive range a return value must lie in.
type RetRange struct{ Min, Max int32 }

// Call is how a function on the call stack was entered.
type Call struct {
	Callsite            int32 // index of the call that entered the frame
	Frameno             uint32
	Subprog             uint32
	AsyncEntryCnt       uint32
	CallbackDepth       uint32 // simulated iterations of callbacks called from here
	CallbackRet         RetRange
	InCallback          bool
	InAsyncCallback     bool
	InExceptionCallback bool
}

// Frame is the state of one function on the call stack.
type Frame struct {
	Call
	Regs [insn.MaxReg]Reg
	// Stack[i] covers the bytes fp-8(i+1) .. fp-8i-1.
	Stack []Slot
}

// RefType says what an entry of State.Refs is. Values are bits so that kinds can be asked for together.
type RefType uint8

// Reference kinds.
const (
	REF_TYPE_PTR          RefType = 1 << 1
	REF_TYPE_IRQ          RefType = 1 << 2
	REF_TYPE_LOCK         RefType = 1 << 3
	REF_TYPE_RES_LOCK     RefType = 1 << 4
	REF_TYPE_RES_LOCK_IRQ RefType = 1 << 5
	REF_TYPE_LOCK_MASK            = REF_TYPE_LOCK | REF_TYPE_RES_LOCK | REF_TYPE_RES_LOCK_IRQ
)

// LockPtr names the object a lock lives in: a map (1+index) or a type set.
// Together with the register's id it identifies the lock.
type LockPtr uint32

// Ref is one acquired resource.
type Ref struct {
	Type RefType
	ID   uint32
	Insn int32 // instruction that acquired it
	Lock LockPtr
	// Parent is the reference of the object that this one was taken through, 0 for none.
	Parent uint32
	// Callback is the frame of the callback that acquired it, on kernels where it must give it back; 0 for none.
	Callback uint32
	// Forbids is what must not happen while it is held (counted in State.ForbidSleep).
	Forbids Forbid
}

// Forbid is what holding a reference rules out.
type Forbid uint8

// What a reference may forbid. Both mean that nothing may sleep; they are two
// names the rule has had.
const (
	FORBID_NOTHING Forbid = iota
	FORBID_SLEEP
	FORBID_FAULT
)

// MainCallsite is the call site of a function that nobody calls (BPF_MAIN_FUNC).
const MainCallsite = -1

// Common is what a state and a checkpoint have besides registers and stacks.
type Common struct {
	CurFrame uint32
	Parent   *Checkpoint // the one remembered last on the path
	Refs     []Ref

	// Branches counts the paths still to be explored below this state.
	Branches uint32
	InsnIdx  uint32

	ActiveLocks        uint32
	ActivePreemptLocks uint32
	ActiveIRQID        uint32
	ActiveLockID       uint32
	ActiveLockPtr      LockPtr
	ActiveRCULocks     uint32
	ForbidSleep        uint32 // references held that forbid sleeping
	InSleepable        bool

	FirstInsn, LastInsn uint32
	History             History
	DFSDepth            uint32
	CallbackUnrollDepth uint32
	MayGotoDepth        uint32

	LoopEntry *Checkpoint // where the loop begins that it is in, on kernels that tell loops so
	Marks     []Marks     // of each frame, on kernels that learn so what is alive
}

// State is everything known at one point of one path, open to changes.
type State struct {
	Common
	Frames [MAX_CALL_FRAMES]*Frame
}

// Chain is a point of a path with the calls that lead to it: a State or a Checkpoint.
type Chain interface {
	// Call is how a frame was entered.
	Call(frame uint32) *Call
	// Point is what else is known there.
	Point() *Common
}

// Call is how a frame was entered.
func (s *State) Call(frame uint32) *Call { return &s.Frames[frame].Call }

// Point is what is known besides registers and stacks.
func (c *Common) Point() *Common { return c }

// IP returns the instruction a frame is at: the current one, or the call it waits in.
func (s *State) IP(frame uint32) uint32 { return IP(s, frame) }

// IP returns the instruction a frame is at: the current one, or the call it waits in.
func IP(c Chain, frame uint32) uint32 {
	if p := c.Point(); frame == p.CurFrame {
		return p.InsnIdx
	}
	return uint32(c.Call(frame + 1).Callsite)
}

// SameCallsites reports that both have the same chain of calls.
func SameCallsites(a, b Chain) bool {
	depth := a.Point().CurFrame
	if depth != b.Point().CurFrame {
		return false
	}
	for i := int(depth); i >= 0; i-- {
		if a.Call(uint32(i)).Callsite != b.Call(uint32(i)).Callsite {
			return false
		}
	}
	return true
}

// Cur returns the frame being executed.
func (s *State) Cur() *Frame { return s.Frames[s.CurFrame] }

// EachReg calls fn for every register and every spilled register of every frame.
func (s *State) EachReg(fn func(f *Frame, r *Reg)) { s.EachRegIn(1<<STACK_SPILL, fn) }

// EachRegIn is EachReg with the kinds of stack slots that count as registers, a bit 1<<kind each.
func (s *State) EachRegIn(slots uint32, fn func(f *Frame, r *Reg)) {
	for i := uint32(0); i <= s.CurFrame; i++ {
		f := s.Frames[i]
		for j := range f.Regs {
			fn(f, &f.Regs[j])
		}
		for j := range f.Stack {
			if slots&(1<<f.Stack[j].Kind[7]) != 0 {
				fn(f, &f.Stack[j].Reg)
			}
		}
	}
}
