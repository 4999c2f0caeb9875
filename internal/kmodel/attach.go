package kmodel

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// LSMHook reports a function that stands for a security hook.
func (m *Model) LSMHook(fn string) bool {
	if m.notes() {
		m.note("LSMHook", fn)
	}
	return strings.HasPrefix(fn, "bpf_lsm_") && !slices.Contains(m.t.LSMInternal, fn)
}

// LSMHookDisabled reports a security hook that programs may not implement.
func (m *Model) LSMHookDisabled(fn string) bool {
	if m.notes() {
		m.note("LSMHookDisabled", fn)
	}
	feature, ok := m.t.LSMDisabledBy[fn]
	return slices.Contains(m.t.LSMDisabled, fn) || ok && m.hasNamed(feature)
}

// LSMHookSleepable reports a security hook whose programs may sleep.
func (m *Model) LSMHookSleepable(fn string) bool {
	if m.notes() {
		m.note("LSMHookSleepable", fn)
	}
	return slices.Contains(m.t.LSMSleepable, fn)
}

// LSMHookTrusted reports a security hook whose arguments are valid objects.
func (m *Model) LSMHookTrusted(fn string) bool {
	if m.notes() {
		m.note("LSMHookTrusted", fn)
	}
	return !slices.Contains(m.t.LSMUntrusted, fn)
}

// LSMReturnRange is the range of what an LSM hook that returns a value may return, by its name or that of the function that
// stands for it (bpf_lsm_NAME).
func (m *Model) LSMReturnRange(hook string) (lo, hi int32) {
	if m.notes() {
		m.note("LSMReturnRange", hook)
	}
	if slices.Contains(m.t.LSMBool, "bpf_lsm_"+strings.TrimPrefix(hook, "bpf_lsm_")) {
		return 0, 1
	}
	return -abi.MAX_ERRNO, 0
}

// attachChecked are the programs whose type of attachment the kernel looks at before it verifies them.
var attachChecked = []abi.ProgType{
	abi.PROG_TYPE_CGROUP_SKB, abi.PROG_TYPE_CGROUP_SOCK, abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.PROG_TYPE_CGROUP_SOCKOPT,
	abi.PROG_TYPE_SK_LOOKUP, abi.PROG_TYPE_NETFILTER,
}

// Loads reports whether the kernel knows programs of p's type and, where it looks at that, what they attach to.
func (m *Model) Loads(p Prog) bool {
	if m.notes() {
		m.note("Loads", p)
	}
	return p.Type <= m.t.ProgTypes && (p.Attach <= m.t.AttachTypes || !slices.Contains(attachChecked, p.Type))
}

// AttachKnown reports a type of attachment that the kernel knows.
func (m *Model) AttachKnown(a abi.AttachType) bool {
	if m.notes() {
		m.note("AttachKnown", a)
	}
	return a <= m.t.AttachTypes
}

// NeverReturns reports a function that programs can't follow on its way out.
func (m *Model) NeverReturns(fn string) bool {
	if m.notes() {
		m.note("NeverReturns", fn)
	}
	return slices.Contains(m.t.NoReturn, fn)
}

// TraceDenied reports a function that programs may not trace.
func (m *Model) TraceDenied(fn string) bool {
	if m.notes() {
		m.note("TraceDenied", fn)
	}
	return slices.Contains(m.t.TraceDenied, fn)
}

// injectable reports a function that may be made to return an error: all system calls among them.
func (m *Model) injectable(fn string) bool {
	syscall := func(prefix string) bool { return strings.HasPrefix(fn, prefix) }
	return (m.config.ErrorInjection || m.Has(SyscallsTraced)) && slices.ContainsFunc(m.t.SyscallPrefixes, syscall) ||
		m.config.ErrorInjection && slices.Contains(m.t.ErrorInjected, fn)
}

// TracepointSleepable reports a tracepoint whose programs may sleep.
func (m *Model) TracepointSleepable(name string) bool {
	if m.notes() {
		m.note("TracepointSleepable", name)
	}
	return slices.Contains(m.t.MayFault, name)
}

// TraceSleepable reports a function whose tracing programs may sleep.
func (m *Model) TraceSleepable(fn string) bool {
	if m.notes() {
		m.note("TraceSleepable", fn)
	}
	k := m.modifyReturn(fn)
	return k != nil && k.Flags&abi.KF_SLEEPABLE != 0 || m.injectable(fn) && !slices.Contains(m.t.ErrorInjectedAtomic, fn)
}

// ReturnModifiable reports a function whose result programs may replace.
func (m *Model) ReturnModifiable(fn string) bool {
	if m.notes() {
		m.note("ReturnModifiable", fn)
	}
	return m.modifyReturn(fn) != nil || m.injectable(fn) || strings.HasPrefix(fn, "security_")
}

// MayBeSleepable reports whether a program may be loaded to sleep.
func (m *Model) MayBeSleepable(p Prog) bool {
	if m.notes() {
		m.note("MayBeSleepable", p)
	}
	return m.anyApplies(m.t.Sleepable, p)
}

// GPLCompatible reports a licence whose programs may call what is for GPL programs only.
func (m *Model) GPLCompatible(license string) bool {
	if m.notes() {
		m.note("GPLCompatible", license)
	}
	return slices.Contains(m.t.GPLCompatible, license)
}

// TraceLimits are how many arguments a function that programs attach to may have, and how many bytes each.
func (m *Model) TraceLimits() (args, bytes int) {
	if m.notes() {
		m.note("TraceLimits")
	}
	return m.t.TraceArgs, m.t.TraceArgBytes
}

// StructOpsArg is the struct that an argument of a struct_ops member points to where its prototype does not tell, "" elsewhere.
func (m *Model) StructOpsArg(name, member string, arg int) string {
	if m.notes() {
		m.note("StructOpsArg", name, member, arg)
	}
	ops := m.index.structOps[name]
	if ops == nil {
		return ""
	}
	for _, a := range ops.Args {
		if a.Member == member && a.Arg == arg {
			return a.Struct
		}
	}
	return ""
}

// StructOpsSeen is the struct that programs for a kernel struct see in place of another, "" if it is that itself.
func (m *Model) StructOpsSeen(name, as string) string {
	if m.notes() {
		m.note("StructOpsSeen", name, as)
	}
	if ops := m.index.structOps[name]; ops != nil {
		return ops.Seen[as]
	}
	return ""
}

// StructOps reports whether the model knows what programs may do for a kernel struct.
func (m *Model) StructOps(name string) bool {
	if m.notes() {
		m.note("StructOps", name)
	}
	return m.index.structOps[name] != nil || m.moduleOps(name)
}

// baseOps is a struct whose programs may call what bpf_base_func_proto lets them, and no more.
const baseOps = "hid_bpf_ops"

// moduleOps reports a struct of one of the model's modules that programs may implement. What they may do is the module's
// code; it is taken to leave that to bpf_tracing_btf_ctx_access and bpf_base_func_proto, as those of the kernel's tree do.
func (m *Model) moduleOps(name string) bool {
	return m.index.structOps[baseOps] != nil && slices.ContainsFunc(m.modules, func(s *types.Set) bool {
		id, _ := s.FindStruct("bpf_struct_ops_" + name)
		return id != 0
	})
}

// StructOpsMember says whether programs may implement a member of a kernel struct, and whether these may sleep.
func (m *Model) StructOpsMember(name, member string) (supported, sleepable bool) {
	if m.notes() {
		m.note("StructOpsMember", name, member)
	}
	ops := m.index.structOps[name]
	if ops == nil {
		known := m.moduleOps(name)
		return known, known
	}
	sleepable, supported = ops.Members[member]
	return supported || ops.AnyMember, sleepable
}

// StoresKnown reports whether it is known what programs for a kernel struct may store to kernel objects: for a struct of a
// module that may be the module's code.
func (m *Model) StoresKnown(name string) bool {
	if m.notes() {
		m.note("StoresKnown", name)
	}
	return m.index.structOps[name] != nil
}

// BTFWriter says which fields of kernel objects programs of one kind may store to.
type BTFWriter = kdata.BTFWriter

// BTFWriters returns what programs of p's kind may store to kernel objects; ok is
// false where they have no rules of their own, and so may only read.
func (m *Model) BTFWriters(p Prog) (w []BTFWriter, ok bool) {
	m.sawTypes()
	if p.Type == abi.PROG_TYPE_STRUCT_OPS {
		ops := m.index.structOps[p.StructOps]
		if ops == nil {
			return nil, false
		}
		return ops.Writers, ops.Writers != nil
	}
	for i := range m.t.Writers {
		if r := &m.t.Writers[i]; m.applies(&r.When, p) {
			return r.Writers, true
		}
	}
	return nil, false
}
