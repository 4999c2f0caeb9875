// Package jit runs verified BPF programs at the speed of compiled code: it translates them to WebAssembly,
// which wazero compiles. It checks nothing: a program that no verifier has accepted may do anything to the linear
// memory, though to nothing else.
package jit

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Program is a program with what is known of its instructions.
type Program struct {
	Name  string
	Insns []insn.Insn
	// Funcs are the first instructions of the program's functions, in order; the first is 0.
	Funcs []int
	// Sites says how each instruction is done.
	Sites []Site
	// CPU runs it. Shared: others run at the same time.
	CPU    int
	Shared bool
	// Short: its loops are few rounds, so that the host need not be called in them.
	Short bool
}

// Site is what is known of an instruction. The zero value fits those that touch nothing but registers and
// plain memory.
type Site struct {
	// Imm is what a 64-bit immediate load loads, or the upper half of what a cast of an address that is not NULL gives.
	Imm uint64
	// Dead: no path leads here.
	Dead bool
	// Access says who does a load or store.
	Access Access
	// Slot is where, in linear memory, the value of a Slotted load is.
	Slot uint32
	// Call is how a helper or kernel function is called; nil asks the host.
	Call Call
}

// Access says how a load or store is done.
type Access uint8

// Ways to do an access.
const (
	Plain   Access = iota // on linear memory, at the lower half of the address
	Slotted               // loads only: the host keeps what would be loaded, as 64 bits, in linear memory
	Hosted                // by the host
)

// Frames of functions: each has FrameSize bytes, and those of a call begin FrameStride bytes below its caller's.
const (
	FrameSize   = 512
	FrameStride = 520
)

// function is the number of the function that begins at an instruction, if one does.
func (p *Program) function(start int) (int, bool) { return slices.BinarySearch(p.Funcs, start) }

// end is the instruction behind the n-th function.
func (p *Program) end(n int) int {
	if n+1 < len(p.Funcs) {
		return p.Funcs[n+1]
	}
	return len(p.Insns)
}
