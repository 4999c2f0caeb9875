// Package kdata holds generated tables of kernels and their compressed BTF. Package kmodel gives them meaning.
package kdata

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

// CtxMode says which accesses a context field allows.
type CtxMode uint8

// Ways to access a context field.
const (
	CtxNone   CtxMode = iota
	CtxExact          // the whole field
	CtxNarrow         // any aligned part of it
)

// CtxField is one field of a program's context, or several alike in a row.
type CtxField struct {
	Off, Size, Count uint16 // bytes, bytes, fields
	Read, Write      CtxMode
	NoSext           bool        // sign-extending loads are refused
	Type             abi.RegType // what a load gives
	Struct           string      // kernel struct, for typed pointers
}

// CtxUse gives programs of a type their context.
type CtxUse struct {
	Type, Attach uint32
	AnyAttach    bool
	Layout       int
}

// Kfunc is a kernel function that programs may call.
type Kfunc struct {
	Name  string
	Flags abi.KfuncFlags
}

// KfuncSet is a list of functions registered together.
type KfuncSet struct {
	Name         string
	Filter       string   // the kernel's function that narrows who may call them, "" for none
	Types        []string // program types as ProgType prints them; "unspec" for all
	ModifyReturn bool     // fmod_ret programs may attach to them
	Kfuncs       []Kfunc
}
