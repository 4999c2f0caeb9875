package bpfverdict

import (
	"runtime/debug"
	"sync"

	"github.com/bpfverdict/bpfverdict/report"
)

// modulePath is how build information names this module.
const modulePath = "github.com/bpfverdict/bpfverdict"

// Version is the version of this module that the program is built with, as go has it: v1.2.3, or "devel" if it doesn't tell.
func Version() string { return version() }

var version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == modulePath && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
})

// facts are what the kernel's answers rest on.
func (r *trial) facts() report.KernelFacts {
	m := r.model
	c := m.Config()
	return report.KernelFacts{
		Kernel: m.Name(), Measured: m.Measured(), Derived: m.Borrowed(), Arch: m.Arch().Name, Changes: m.Changes(),
		Lockdown: c.Lockdown, JIT: c.JIT, PageSize: c.PageSize, CPUs: c.CPUs,
		KprobeOverride: c.KprobeOverride, ErrorInjection: c.ErrorInjection,
	}
}
