package kdata

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// OnArm64 are a kernel's tables as they are when it is built for arm64, but for what its BTF alone tells: the names of
// system calls, the registers that programs are given, struct pt_regs, and those that user space may see with what was
// sampled.
func OnArm64(t Tables) Tables {
	registers := map[abi.ProgType][]CtxField{
		abi.PROG_TYPE_KPROBE: {{Off: 0, Size: 8, Count: 320 / 8, Read: CtxNarrow, Type: abi.SCALAR_VALUE}},
		abi.PROG_TYPE_PERF_EVENT: {
			{Off: 0, Size: 8, Count: 272 / 8, Read: CtxExact, Type: abi.SCALAR_VALUE},
			{Off: 272, Size: 8, Count: 2, Read: CtxNarrow, Type: abi.SCALAR_VALUE},
		},
	}
	t.CtxTypes = nil // they are read from BTF
	t.SyscallPrefixes = []string{"__arm64_compat_sys_", "__arm64_sys_"}
	t.CtxLayouts, t.CtxUses = slices.Clip(t.CtxLayouts), slices.Clone(t.CtxUses)
	for i := range t.CtxUses {
		u := &t.CtxUses[i]
		if fields, ok := registers[u.Type]; ok {
			u.Layout = len(t.CtxLayouts)
			t.CtxLayouts = append(t.CtxLayouts, fields)
		}
	}
	return t
}
