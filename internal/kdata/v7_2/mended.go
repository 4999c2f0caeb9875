package v7_2

import (
	"maps"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// mended are the filters of kernel functions with what the recorded answers lack: they have no word on bpf_sock_destroy,
// which iterators may call as before and after (upstream's sock_destroy_prog loads on 7.2.12).
func mended() map[string][]kdata.KfuncFilter {
	all := maps.Clone(kfuncFilters)
	all["tracing_iter_filter"] = []kdata.KfuncFilter{{
		When:  kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}, Attach: []abi.AttachType{abi.ATTACH_TRACE_ITER}},
		Names: []string{"bpf_sock_destroy"},
	}}
	return all
}
