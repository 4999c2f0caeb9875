package kmodel

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// applies reports whether a row of the tables is for the program.
func (m *Model) applies(w *kdata.When, p Prog) bool {
	return (w.Types == nil || slices.Contains(w.Types, p.Type)) &&
		(w.Attach == nil || slices.Contains(w.Attach, p.Attach)) &&
		(w.Names == nil || slices.Contains(w.Names, attachKey(p))) &&
		!slices.Contains(w.NotNames, strings.TrimPrefix(p.AttachName, "bpf_lsm_")) &&
		(w.StructOps == "" || w.StructOps == p.StructOps) &&
		(!w.Sleepable || p.Sleepable) &&
		(!w.Trampoline || p.HasTrampoline()) &&
		(w.Feature == "" || m.hasNamed(w.Feature)) &&
		(w.NoFeature == "" || !m.hasNamed(w.NoFeature)) &&
		(!w.NoKprobeOverride || !m.config.KprobeOverride)
}

// anyApplies reports whether one of the rows is for the program.
func (m *Model) anyApplies(rows []kdata.When, p Prog) bool {
	return slices.ContainsFunc(rows, func(w kdata.When) bool { return m.applies(&w, p) })
}

// hasNamed is Has for a feature that tables name; a model's tables name none that doesn't exist.
func (m *Model) hasNamed(feature string) bool {
	f, ok := featureNamed(feature)
	return ok && m.Has(f)
}

// attachKey is what the program attaches to where a row may depend on it. It is one name for many others, so that one
// set of helpers serves all of them.
func attachKey(p Prog) string {
	switch {
	case p.Type == abi.PROG_TYPE_LSM && p.Attach == abi.ATTACH_LSM_CGROUP:
		return strings.TrimPrefix(p.AttachName, "bpf_lsm_")
	case p.Type == abi.PROG_TYPE_TRACING && p.Attach == abi.ATTACH_TRACE_ITER:
		return strings.TrimPrefix(p.AttachName, "bpf_iter_")
	case p.Type == abi.PROG_TYPE_STRUCT_OPS:
		return p.AttachName
	}
	return ""
}

// HasTrampoline reports whether the program is called through a BPF trampoline.
func (p Prog) HasTrampoline() bool {
	switch p.Type {
	case abi.PROG_TYPE_TRACING:
		switch p.Attach {
		case abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION, abi.ATTACH_MODIFY_RETURN:
			return true
		}
		return false
	case abi.PROG_TYPE_LSM:
		return p.Attach == abi.ATTACH_LSM_MAC
	}
	return false
}

// IsTracing reports the program types that run in arbitrary context (the kernel's is_tracing_prog_type),
// which may not use maps with timers, workqueues, locks of the plain kind, lists or rbtrees.
func (p Prog) IsTracing() bool {
	switch p.Type {
	case abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_PERF_EVENT, abi.PROG_TYPE_RAW_TRACEPOINT,
		abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return true
	}
	return false
}

// MayRunInNMI reports whether the program may interrupt anything, allocators too.
func (p Prog) MayRunInNMI() bool {
	return p.IsTracing() || p.Type == abi.PROG_TYPE_TRACING && p.Attach != abi.ATTACH_TRACE_ITER && !p.Sleepable
}
