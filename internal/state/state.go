package state

import "github.com/bpfverdict/bpfverdict/internal/insn"

// MAX_CALL_FRAMES is how deep subprogram calls may nest.
const MAX_CALL_FRAMES = 8

// RetRange is an inclusive range a return value must lie in.
type RetRange struct{ Min, Max int32 }

// Frame is the state of one function on the call stack.
type Frame struct {
	Regs [insn.MaxReg]Reg
	// Stack[i] covers the bytes fp-8(i+1) .. fp-8i-1.
	Stack []Slot

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

// JmpHistory is one remembered step of a path, for walking it backwards.
type JmpHistory struct {
	Idx, PrevIdx uint32
	Flags        uint16 // INSN_F_*
	LinkedRegs   uint64 // packed registers whose ranges a branch changed together
}

// MainCallsite is the call site of a function that nobody calls (BPF_MAIN_FUNC).
const MainCallsite = -1

// State is everything known at one point of one path.
type State struct {
	Frames   [MAX_CALL_FRAMES]*Frame
	CurFrame uint32
	Parent   *State
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
	Cleaned            bool

	FirstInsn, LastInsn uint32
	EqualState          *State // back edge: the cached state this one equals
	History             []JmpHistory
	DFSDepth            uint32
	CallbackUnrollDepth uint32
	MayGotoDepth        uint32

	// Kept with an explored state: how often it was compared in vain and with
	// success, and whether it has left its list because of that.
	MissCnt, HitCnt uint32
	Evicted         bool
}

// IP returns the instruction frame is at: the current one, or the call it waits in.
func (s *State) IP(frame uint32) uint32 {
	if frame == s.CurFrame {
		return s.InsnIdx
	}
	return uint32(s.Frames[frame+1].Callsite)
}

// SameCallsites reports that both states have the same chain of calls.
func (s *State) SameCallsites(o *State) bool {
	if s.CurFrame != o.CurFrame {
		return false
	}
	for i := int(s.CurFrame); i >= 0; i-- {
		if s.Frames[i].Callsite != o.Frames[i].Callsite {
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
