// Package trace is what a walk tells of the path on which a program was refused: its instructions in order, and
// what each changed. It holds plain values, so that whoever explains needs nothing of the walk.
package trace

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// MaxSteps bounds the steps of a Trace, the last ones of the path: they take less than 128 MiB.
const MaxSteps = 1 << 16

// Trace is the path to a refusal.
type Trace struct {
	// Entry is the first instruction of the function that the walk began with: the program, or a global function.
	Entry int
	// Steps are the instructions walked, in order, the refused one being the last.
	Steps []Step
	// Earlier is how many came before those.
	Earlier int
	// Frames are the functions on the call stack, the program or global function first, as they were before the
	// refused instruction.
	Frames []Frame
	// Held is what was held when the program was refused, in the order of its taking.
	Held []Held
	Sections
	Cost
}

// Cost is where a walk went.
type Cost struct {
	// Visits is how often each instruction was walked, on all paths.
	Visits []int
	// Points are the instructions at which most states are remembered, a few of each function that is walked on its own.
	Points []Point
}

// MaxCompared bounds the states of a point that are held against each other.
const MaxCompared = 64

// Point is an instruction at which states are remembered, so that a path that comes there in one that is covered ends.
type Point struct {
	Insn   int
	States int // remembered at the end
	Missed int // comparisons with them that were in vain
	// Apart are the registers and stack slots in which MaxCompared states, the youngest, differ most.
	Apart []Apart
}

// Apart is a register or slot that keeps states apart.
type Apart struct {
	Depth  int
	Slot   bool
	N      int   // as in Change
	Values int   // different ones among the states compared
	One    Value // one of them
	Other  Value // another
}

// Step is one instruction on the path.
type Step struct {
	Insn    int
	Depth   int // functions on the call stack below the one it is in
	Changes []Change
}

// Sections are what is open: how often it was entered and not left.
type Sections struct{ Locks, RCU, Preempt, IRQ int }

// Kind is what a Change is about.
type Kind uint8

// Kinds of change.
const (
	Reg      Kind = iota // a register has another value, or more is known of it
	Slot                 // a stack slot does
	Took                 // a reference, lock or saved IRQ flag is held from here on; an iterator or dynptr that is one
	Gave                 // it is held no longer
	Entered              // an RCU, preemption or other section without a reference of its own
	Left                 // it ends
	Called               // a function of the program begins
	Returned             // it has returned
)

// Change is one thing that a step changed.
type Change struct {
	Kind          Kind
	Depth         int // Reg, Slot: whose
	N             int // Reg: its number; Slot: its index, 0 for fp-8
	Before, After Value
	Held          Held    // Took, Gave
	Section       Section // Entered, Left
}

// Section is a kind of section that is only counted.
type Section uint8

// Sections that are counted.
const (
	RCU Section = iota
	Preempt
)

// Held is something that must be given back.
type Held struct {
	Kind state.RefType
	ID   uint32
	Insn int // that took it
	Lock state.LockPtr
}

// Frame is a function on the call stack.
type Frame struct {
	Start    int // its first instruction
	Callsite int // the call, -1 for the one the walk began with
	Callback bool
	Regs     [insn.MaxReg]Value
}

// Value is what was known of a register or stack slot.
type Value struct {
	Type   abi.RegType // NOT_INIT for a slot that holds no register
	Kind   state.SlotKind
	ID     uint32
	Ref    uint32 // the reference it carries, 0 for none
	Off    int    // constant part of a pointer's offset
	Scalar scalar.Scalar
	Map    int    // index into the verifier's maps, -1 for none
	Set    int    // type set of TypeID
	TypeID uint32 // what a typed pointer points to
	Size   int    // bytes of the memory pointed to
	Range  int    // bytes of the packet known to be there
}
