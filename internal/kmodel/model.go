// Package kmodel describes Linux kernels as data: features, helpers, kfuncs,
// program types, map types, and BTF.
package kmodel

import (
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Model is one kernel. It is immutable and safe for concurrent use; With returns changed copies.
type Model struct {
	Name     string // "6.18"
	Features FeatureSet
	Types    *types.Set // vmlinux
	Modules  []*types.Set
	Helpers  []*Helper // a prototype per helper id, the plain one where there are several; see Helper
	Config   Config

	// Kconfig are the values of build options as in the kernel's .config ("y", "250",
	// "\"text\""), and of libbpf's own LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and
	// LINUX_HAS_SYSCALL_WRAPPER; what is missing is not set.
	Kconfig map[string]string
	// Symbols are kernel symbols besides those the model knows, as in /proc/kallsyms; see HasSymbol.
	Symbols map[string]bool
	symbols symbolTable // nil where nothing is known

	overlay map[string]*Kfunc // kfuncs added or changed by name
	tables  *tables
}

// tables are what is derived from a model's BTF and configuration on first use.
type tables struct {
	protosOnce sync.Once
	protos     map[string]*Helper // by prototype name
	helpers    sync.Map           // Prog to *HelperSet
	kfuncs     sync.Map           // kfuncKey to *Kfunc
	ctxTypes   sync.Map           // ProgType to CtxTypes, nil where there are none
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

// Has reports whether the kernel has the feature.
func (m *Model) Has(f Feature) bool { return m.Features.has(f) }

// Option changes a model.
type Option func(*Model)

// With returns a copy of the model with changes.
func (m *Model) With(opts ...Option) *Model {
	c := *m
	for _, o := range opts {
		o(&c)
	}
	c.finish()
	return &c
}

// Enable switches features on.
func Enable(s FeatureSet) Option { return func(m *Model) { m.Features |= s } }

// Disable switches features off.
func Disable(s FeatureSet) Option { return func(m *Model) { m.Features &^= s } }

// WithConfig replaces the machine's configuration.
func WithConfig(c Config) Option { return func(m *Model) { m.Config = c } }

// WithTypes replaces the kernel's BTF.
func WithTypes(vmlinux *types.Set) Option {
	return func(m *Model) { m.Types, m.symbols = vmlinux, nil }
}

// WithModule adds a module's BTF, split from the model's.
func WithModule(set *types.Set) Option {
	return func(m *Model) { m.Modules = append(m.Modules[:len(m.Modules):len(m.Modules)], set) }
}

// finish makes fresh tables after a change.
func (m *Model) finish() {
	m.tables = &tables{}
	m.propose()
	m.Helpers = m.plainHelpers()
}

// Helper is the prototype of a helper function.
type Helper struct {
	ID            int32
	Name          string // "map_lookup_elem", without the bpf_ prefix
	Proto         string // which of the helper's prototypes, "get_stackid_tp"
	GPLOnly       bool
	PktAccess     bool // takes direct packet pointers
	MightSleep    bool
	AllowFastcall bool
	Ret           abi.RetType
	RetBTFID      uint32 // for RET_PTR_TO_BTF_ID: id in vmlinux, 0 where it depends on the call
	Args          [5]abi.ArgType
	ArgSize       [5]uint32 // for ARG with MEM_FIXED_SIZE: bytes
	ArgBTFID      [5]uint32 // for ARG_PTR_TO_BTF_ID: required type id in vmlinux, 0 = any
}
