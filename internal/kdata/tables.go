package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Tables are a kernel's lists. Rules that are the same for all entries are code and live in the verifier.
type Tables struct {
	Helpers
	Kfuncs
	Contexts
	Maps
	Attach
	Objects
	Pointers
	Params

	Returns   []ReturnRule // the first that applies counts; without one any value may be returned
	StructOps []StructOps
}

// When says to which programs a row applies: all conditions that are set must hold. The zero value is all programs.
type When struct {
	Types  []abi.ProgType   // one of them
	Attach []abi.AttachType // one of them
	// Names are functions, hooks (without bpf_lsm_), iterator targets (without bpf_iter_) or struct_ops members
	// that it attaches to, one of them.
	Names []string
	// NotNames are those that it must not attach to, for programs of security hooks too.
	NotNames   []string
	StructOps  string // the kernel struct of its struct_ops
	Sleepable  bool   // it may sleep
	Trampoline bool   // it is called through a BPF trampoline

	// Conditions on the kernel: a feature it has, a feature it lacks, and that CONFIG_BPF_KPROBE_OVERRIDE is off.
	Feature, NoFeature string
	NoKprobeOverride   bool
}

// RetRange says which values a program may return.
type RetRange struct {
	Min, Max int32
	// Checked is false where any value, even a pointer, may be returned.
	Checked bool
	// Ret32: the value is compared as 32 bits, by its signed range.
	Ret32 bool
	// NoValue: R0 is not even looked at.
	NoValue bool
	// Unsupported: the attach type is none this program type may have.
	Unsupported bool
}

// ReturnRule is a range of values that programs may return.
type ReturnRule struct {
	When
	RetRange
}
