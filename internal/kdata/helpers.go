package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Helpers are the helper functions and who may call which.
type Helpers struct {
	HelperNames  []string // by id, without bpf_
	HelperProtos []HelperProto
	HelperGroups []HelperGroup
	// HelperRules are asked before the group of the same name, in order.
	HelperRules map[string][]HelperRule
	// GroupWhen are the groups that not every kernel of this release has.
	GroupWhen map[string]When
	// HelperChains are the groups that a program's calls are looked up in; the first chain that applies counts.
	// struct_ops programs may have theirs in StructOps.
	HelperChains []HelperChain
	// Lockdown is the least strict mode of the machine, "integrity" or "confidentiality", that refuses a helper.
	Lockdown map[string]string
	// SleepWith are prototypes that may sleep where the kernel has a feature.
	SleepWith map[string]string
	// AttachedTo limits prototypes by what the program attaches to: one row must apply.
	AttachedTo map[string][]AttachRule
}

// AttachRule lets programs call a helper by what they attach to: all conditions that are set must hold.
type AttachRule struct {
	When When
	// Functions are those it may be.
	Functions []string
	// NotOf is how the names of functions begin that it may not be.
	NotOf string
	// SleepableHook: a security hook that is called where sleeping is allowed.
	SleepableHook bool
}

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

// HelperGroup is what one lookup function answers without a condition.
type HelperGroup struct {
	Name    string // the kernel's function without _func_proto
	Entries []HelperEntry
}

// HelperRule is an answer that depends on the program. Without a prototype it is a refusal.
type HelperRule struct {
	Helper string
	When   When
	Proto  string
}

// HelperChain are the groups that programs ask, in order; the first answer counts.
type HelperChain struct {
	When   When
	Groups []string
}
