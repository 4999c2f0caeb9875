package kdata

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// WithReplacing has programs that replace a function's result (fmod_ret) call what programs at its start and end call, and
// return what they like: so kernels answer that let them replace the results of security hooks only, and were asked about
// another function.
func WithReplacing(t Tables) Tables {
	add := func(w *When, beside abi.AttachType) {
		if slices.Contains(w.Types, abi.PROG_TYPE_TRACING) && slices.Contains(w.Attach, beside) && !slices.Contains(w.Attach, abi.ATTACH_MODIFY_RETURN) {
			w.Attach = append(slices.Clip(w.Attach), abi.ATTACH_MODIFY_RETURN)
		}
	}
	t.HelperChains, t.Returns = slices.Clone(t.HelperChains), slices.Clone(t.Returns)
	for i := range t.HelperChains {
		add(&t.HelperChains[i].When, abi.ATTACH_TRACE_FENTRY)
	}
	for i := range t.Returns {
		add(&t.Returns[i].When, abi.ATTACH_TRACE_RAW_TP)
	}
	return t
}
