// Package kdata says what a kernel is made of: the rows of the tables that package kmodel gives meaning to.
// Each kernel is one folder below, v6_18 say, that holds one Kernel and all that it consists of.
package kdata

// Kernel is a snapshot of one kernel: all that another kernel has otherwise, but for what features say.
type Kernel struct {
	// Release is the mainline release, "6.18". It is the model's name, and says which features it has.
	Release string
	// Updates are the names of features of later releases that updates of this one brought.
	Updates []string
	// Arch is the machine it is built for, one of Arches.
	Arch   string
	Config Config // a distribution's defaults
	// Machines are the machines that the kernel was asked on, where they are set up otherwise.
	Machines []Profile
	Engine   Engine // that of the newest generation if zero
	// Borrowed is the release that some of the tables are taken from, for want of this kernel's own; "" for none.
	Borrowed string

	// Measured is the build whose recorded answers the model is held to (conformance/baselines); "" for none yet.
	Measured string
	// BTFBase is the release of the kernel that BTF is a difference from (package btfpack); "" where it is whole.
	BTFBase string

	// The kernel's BTF, the values of its build options (lines "CONFIG_X=value", libbpf's own three among
	// them), and how its symbol table differs from its BTF (lines "+name" and "-name"). All zstd.
	BTF, Kconfig, Symbols []byte

	Tables
}

// Config are the facts of a machine that a verdict depends on.
type Config struct {
	Lockdown string // "none", "integrity" or "confidentiality"
	JIT      bool
	PageSize uint32 // bytes
	CPUs     uint32
	// KprobeOverride is CONFIG_BPF_KPROBE_OVERRIDE: bpf_override_return exists.
	KprobeOverride bool
	// ErrorInjection is CONFIG_FUNCTION_ERROR_INJECTION: system calls and some other functions may be made to
	// fail, and are traced by programs that sleep or replace their result.
	ErrorInjection bool
}
