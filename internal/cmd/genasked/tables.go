package main

import "fmt"

// tables names all that the folder has of its kernel's own: what is written here, and what genimage writes.
func (g *generator) tables() ([]byte, error) {
	return fmt.Appendf(nil, `// overlay are the kernel's tables: its own, and t, another kernel's, where it was not asked: which maps can be made and which
// helpers take them, what programs may store to kernel objects, how pointers may be moved, what a helper's or function's
// licence and lockdown are, and what only kernels of other build options have.
func overlay(t kdata.Tables) kdata.Tables {
	base := t.Helpers
	t.HelperNames, t.HelperProtos = helperNames, helperProtos
	t.HelperGroups, t.HelperChains = helperGroups, helperChains
	t.HelperRules, t.GroupWhen, t.SleepWith = nil, nil, nil
	t.Helpers = kdata.WithOverride(t.Helpers, base)
	t.KfuncSets, t.KfuncHooks, t.KfuncFilters = kfuncSets, kfuncHooks, kdata.WithGiven(kfuncFilters, t.KfuncFilters)
	t.CtxLayouts, t.CtxUses, t.IterArgs, t.RawTPArgs = ctxLayouts, ctxUses, iterArgs, rawTPArgs
	t.Returns, t.StructOps = returns, kdata.WithMembers(structOpsMembers, t.StructOps)
	t.LSMDisabled, t.LSMSleepable, t.LSMUntrusted, t.LSMBool = lsmDisabled, lsmSleepable, lsmUntrusted, lsmBool
	t.LSMInternal, t.LSMDisabledBy = lsmInternal, nil
	t.NoReturn, t.TraceDenied, t.RCUProtected, t.Destructors = noReturn, traceDenied, rcuProtected, destructors
	t.SleepableMaps, t.MapStructs = sleepableMaps, mapStructs
	t.ProgTypes, t.AttachTypes = %d, %d
	return t
}
`, last(g.im.Enum("bpf_prog_type"), "__MAX_BPF_PROG_TYPE"), last(g.im.Enum("bpf_attach_type"), "__MAX_BPF_ATTACH_TYPE")), nil
}

// last is the largest value of an enum, but for the one that says where it ends.
func last(values map[string]uint64, end string) (n uint64) {
	for name, v := range values {
		if name != end {
			n = max(n, v)
		}
	}
	return n
}
