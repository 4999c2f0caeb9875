// Which programs may call which kernel functions of a set, where the kernel asks: filters that are not known yet let all
// programs of the registered types.

package v7_1

import (
	"maps"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

var kfuncFilters = func() map[string][]kdata.KfuncFilter {
	all := maps.Clone(v6_18.Kernel.KfuncFilters)
	maps.Copy(all, map[string][]kdata.KfuncFilter{
		"bpf_session_filter": {{When: kdata.When{Attach: []abi.AttachType{
			abi.ATTACH_TRACE_KPROBE_SESSION, abi.ATTACH_TRACE_UPROBE_SESSION, abi.ATTACH_TRACE_FSESSION,
		}}}},
		"scx_kfunc_context_filter": {{}},
	})
	return all
}()
