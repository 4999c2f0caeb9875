package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Pointers are what programs may do with pointers, by base type.
type Pointers struct {
	// Moves are the pointers that arithmetic may move; those without a row may not be.
	Moves map[abi.RegType]Move
	// SockFields are what loads may ask of each kind of socket.
	SockFields map[abi.RegType][]SockField
	// FlowKeysSize is the size of struct bpf_flow_keys in bytes.
	FlowKeysSize int
}

// Move says by which distances a pointer may be moved.
type Move uint8

// Distances.
const (
	MoveNever Move = iota
	MoveZero       // adding 0
	MoveKnown      // numbers that are known
	MoveAny
)

// SockField is a run of bytes, from Off to before End, of a socket's public struct and the loads that may start there: of
// 1, 2 ... up to Narrow bytes, or of exactly Whole bytes.
type SockField struct {
	Off, End, Narrow, Whole int
	// Unconverted loads are allowed, but the kernel can't rewrite them.
	Unconverted bool
}
