// Package kmodel answers what the verifier asks of a kernel: features, helpers, kfuncs, program types, map types,
// attach points and BTF. What a kernel lists is data (package kdata); what it does otherwise is a feature.
package kmodel

import (
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Model is one kernel. It is immutable and safe for concurrent use; With returns changed copies.
type Model struct {
	name      string
	release   string
	own       bool // it has types beside the release's
	arch      *kdata.Arch
	engine    kdata.Engine
	borrowed  string
	measured  string
	changes   []string
	detection *Detection // nil for models that ship
	features  FeatureSet
	types     *types.Set
	modules   []*types.Set
	config    Config
	machines  []kdata.Profile
	kconfig   func() map[string]string
	symbols   symbolTable     // nil where nothing is known
	ctxTypes  []kdata.CtxType // nil where BTF is to be asked

	asked *Asked     // nil where nobody listens
	heard *types.Set // what Types returns where somebody does

	overlay     map[string]*Kfunc // kfuncs added or changed by name, those of modules among them
	destructors map[string]string // of modules' objects
	t           *kdata.Tables
	index       *index
	cache       *cache
}

// cache is what is derived from a model's tables, BTF, features and configuration when first asked.
type cache struct {
	protosOnce sync.Once
	protos     map[string]*Helper // by prototype name
	helpers    sync.Map           // Prog to HelperSet
	kfuncs     sync.Map           // kfuncKey to *Kfunc
	ctxTypes   sync.Map           // ProgType to kdata.CtxType, nil where there are none
	structs    sync.Map           // name to id
}

// Config are the facts of a machine that a verdict depends on.
type Config = kdata.Config

// Name is the model's name, "6.18", with what was switched.
func (m *Model) Name() string { return m.name }

// Arch is the machine that the kernel is built for.
func (m *Model) Arch() *kdata.Arch {
	if m.notes() {
		m.note("Arch")
	}
	return m.arch
}

// Engine says how the kernel walks programs. Walks ask for its parts.
func (m *Model) Engine() kdata.Engine { return m.engine }

// Unrolled reports that states of loops are like others to the kernel.
func (m *Model) Unrolled() bool {
	if m.notes() {
		m.note("Unrolled")
	}
	return m.engine.Loops == kdata.LoopUnrolled
}

// Loops is how the kernel tells when what is known of a state in a loop is final.
func (m *Model) Loops() kdata.LoopRules {
	if m.notes() {
		m.note("Loops")
	}
	return m.engine.Loops
}

// Liveness is how the kernel tells what may still be read.
func (m *Model) Liveness() kdata.LivenessRules {
	if m.notes() {
		m.note("Liveness")
	}
	return m.engine.Liveness
}

// Precision is how the kernel follows numbers back.
func (m *Model) Precision() kdata.PrecisionRules {
	if m.notes() {
		m.note("Precision")
	}
	return m.engine.Precision
}

// Log is how the kernel shows states in its log.
func (m *Model) Log() kdata.LogRules {
	if m.notes() {
		m.note("Log")
	}
	return m.engine.Log
}

// MayNest reports whether calls may nest so deep that there are n frames (MAX_CALL_FRAMES).
func (m *Model) MayNest(n int) bool {
	return n <= 8 || n <= 16 && m.Has(DeepCalls)
}

// InlinesHelper reports a helper whose calls the JIT replaces by instructions that keep all registers but the result.
func (m *Model) InlinesHelper(h *Helper) bool {
	if m.notes() {
		m.note("InlinesHelper", h)
	}
	return m.config.JIT && slices.Contains(m.arch.Inlined, h.Name)
}

// Borrowed is the release that some of the model's tables are taken from, "" where all are its own.
func (m *Model) Borrowed() string { return m.borrowed }

// Measured is the build whose recorded answers the model is held to, "" where there are none.
func (m *Model) Measured() string { return m.measured }

// Detection says how the model was made of a kernel's types alone, nil if it wasn't.
func (m *Model) Detection() *Detection { return m.detection }

// Has reports whether the kernel has the feature.
func (m *Model) Has(f Feature) bool {
	if m.asked != nil && !m.asked.features.Has(f) {
		m.asked.hears(f, m.features.Has(f))
	}
	return m.features.Has(f)
}

// Changes are what was changed of the model since it was loaded, in order: features as +NAME and -NAME, and what was given
// to it, by a digest.
func (m *Model) Changes() []string { return append([]string{}, m.changes...) }

// Features are all features the kernel has.
func (m *Model) Features() FeatureSet { return m.features }

// Types is the kernel's BTF.
func (m *Model) Types() *types.Set {
	if m.heard != nil {
		return m.heard
	}
	return m.types
}

// Modules are the BTF of its modules. The caller must not change the slice.
func (m *Model) Modules() []*types.Set { return m.modules }

// Config is the configuration of the machine.
func (m *Model) Config() Config {
	if m.notes() {
		m.note("config")
	}
	return m.config
}

// Profiles are the configurations that are known by name: those of distributions, and of machines that the kernel was asked on.
func (m *Model) Profiles() []kdata.Profile { return slices.Concat(kdata.Profiles, m.machines) }

// OnMachine returns the model with the configuration of the machine that a build was asked on, "6.18.44" or a release that begins
// so, like "6.18.44-amd64"; itself where it is set up as others are.
func (m *Model) OnMachine(build string) *Model {
	build, _, _ = strings.Cut(build, "-")
	for _, p := range m.machines {
		if p.Name == build {
			return m.With(WithConfig(p.Config))
		}
	}
	return m
}

// Kconfig returns the value of a build option as in the kernel's .config ("y", "250", "\"text\""), or of libbpf's own
// LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and LINUX_HAS_SYSCALL_WRAPPER; ok is false where it is not set.
func (m *Model) Kconfig(name string) (value string, ok bool) {
	m.sawTypes() // it is not for walks
	value, ok = m.kconfig()[name]
	return value, ok
}

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
func Enable(s FeatureSet) Option {
	return func(m *Model) {
		m.switched("+", s.Minus(m.features))
		m.features = m.features.Union(s)
	}
}

// Disable switches features off.
func Disable(s FeatureSet) Option {
	return func(m *Model) {
		m.switched("-", s.Both(m.features))
		m.features = m.features.Minus(s)
	}
}

// given notes something that was given to the model.
func (m *Model) given(what, digest string) {
	m.changes = append(slices.Clip(m.changes), what+" "+digest)
}

// switched notes that features were switched on or off.
func (m *Model) switched(sign string, s FeatureSet) {
	for f := range numFeatures {
		if s.Has(f) {
			m.changes = append(slices.Clip(m.changes), sign+f.String())
		}
	}
}

// Named gives the model another name.
func Named(name string) Option { return func(m *Model) { m.name = name } }

// WithConfig replaces the machine's configuration.
func WithConfig(c Config) Option { return func(m *Model) { m.config = c } }

// WithTypes replaces the kernel's BTF.
func WithTypes(vmlinux *types.Set) Option {
	return func(m *Model) {
		m.types, m.symbols, m.ctxTypes, m.own = vmlinux, nil, nil, true
		m.given("btf", vmlinux.Digest)
	}
}

// finish forgets what was derived before a change.
func (m *Model) finish() {
	m.cache = &cache{}
	m.propose()
}

// Prog is what the tables need to know of a program: its type, what it attaches to, and how it is loaded.
type Prog struct {
	Type       abi.ProgType
	Attach     abi.AttachType
	Sleepable  bool
	XDPFrags   bool
	GPL        bool   // its licence is GPL compatible
	AttachName string // name of the function, hook or struct_ops member it attaches to
	StructOps  string // struct_ops: name of the kernel struct
	// Many: it attaches to many functions, and Attach is how others do to one.
	Many bool
}
