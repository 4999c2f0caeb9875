// Package data holds generated tables of kernels and their compressed BTF. Package kernel gives them meaning.
package data

import "github.com/bpfverdict/bpfverdict/internal/abi"

// HelperArg is one argument of a helper's prototype.
type HelperArg struct {
	Type   abi.ArgType
	Size   uint32 // bytes, for memory of fixed size
	Struct string // kernel struct a typed pointer must point to; "" for any
}

// HelperProto is one prototype. A helper may have several, each for other program types.
type HelperProto struct {
	Name          string // the kernel's variable, without its bpf_ prefix and _proto mark
	GPLOnly       bool
	PktAccess     bool
	MightSleep    bool
	AllowFastcall bool
	Ret           abi.RetType
	RetStruct     string
	Args          [5]HelperArg
}

// HelperEntry says which prototype answers for a helper id.
type HelperEntry struct {
	ID    int32
	Proto string
}

// HelperGroup are the answers of one lookup function.
type HelperGroup struct {
	Name    string
	Entries []HelperEntry
}
