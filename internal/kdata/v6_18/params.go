// What names and types of parameters mean, read from the is_kfunc_arg_* functions, btf_prepare_func_args and
// btf_is_projection_of of Linux 6.18.

package v6_18

import "github.com/bpfverdict/bpfverdict/internal/kdata"

var params = kdata.Params{
	Suffixes: map[string]kdata.ParamMark{
		"__nullable":        kdata.ParamNullable,
		"__opt":             kdata.ParamOptional,
		"__uninit":          kdata.ParamUninit,
		"__k":               kdata.ParamConst,
		"__ign":             kdata.ParamIgnored,
		"__prog":            kdata.ParamProg,
		"__sz":              kdata.ParamSize,
		"__szk":             kdata.ParamConstSize,
		"__ref":             kdata.ParamRef,
		"__alloc":           kdata.ParamAlloc,
		"__refcounted_kptr": kdata.ParamRefcounted,
		"__iter":            kdata.ParamIter,
		"__str":             kdata.ParamConstStr,
		"__map":             kdata.ParamMap,
		"__irq_flag":        kdata.ParamIRQFlag,
	},
	ParamNames: map[string]kdata.ParamMark{
		"rdonly_buf_size": kdata.ParamRdonlySize,
		"rdwr_buf_size":   kdata.ParamRdwrSize,
	},
	Pointees: map[string]kdata.ParamMark{
		"bpf_prog_aux":      kdata.ParamProg,
		"bpf_dynptr":        kdata.ParamDynptr,
		"bpf_list_head":     kdata.ParamListHead,
		"bpf_list_node":     kdata.ParamListNode,
		"bpf_rb_root":       kdata.ParamRbRoot,
		"bpf_rb_node":       kdata.ParamRbNode,
		"bpf_wq":            kdata.ParamWorkqueue,
		"bpf_timer":         kdata.ParamTimer,
		"bpf_task_work":     kdata.ParamTaskWork,
		"bpf_res_spin_lock": kdata.ParamResSpinLock,
	},
	FuncTags: map[string]kdata.FuncTag{
		"ctx":       kdata.TagCtx,
		"nonnull":   kdata.TagNonNull,
		"trusted":   kdata.TagTrusted,
		"untrusted": kdata.TagUntrusted,
		"nullable":  kdata.TagNullable,
		"arena":     kdata.TagArena,
	},
	Projections: map[string]string{"__sk_buff": "sk_buff", "xdp_md": "xdp_buff"},
}
