package kmodel

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Prog is what the tables need to know of a program: its type, what it attaches to, and how it is loaded.
type Prog struct {
	Type       abi.ProgType
	Attach     abi.AttachType
	Sleepable  bool
	XDPFrags   bool
	GPL        bool   // its licence is GPL compatible
	AttachName string // name of the function, hook or struct_ops member it attaches to
	StructOps  string // struct_ops: name of the kernel struct
}
