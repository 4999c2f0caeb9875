// What names of parameters mean, read from the is_kfunc_arg_* functions of Linux 7.3.

package v7_3

import "github.com/bpfverdict/bpfverdict/internal/kdata"

var suffixes = map[string]kdata.ParamMark{
	"__nullable":        kdata.ParamNullable,
	"__uninit":          kdata.ParamUninit,
	"__k":               kdata.ParamConst,
	"__ign":             kdata.ParamIgnored,
	"__sz":              kdata.ParamSize,
	"__szk":             kdata.ParamConstSize,
	"__ref":             kdata.ParamRef,
	"__alloc":           kdata.ParamAlloc,
	"__refcounted_kptr": kdata.ParamRefcounted,
	"__iter":            kdata.ParamIter,
	"__str":             kdata.ParamConstStr,
	"__map":             kdata.ParamMap,
	"__const_map":       kdata.ParamConstMap,
	"__nonown_allowed":  kdata.ParamBorrowed,
	"__irq_flag":        kdata.ParamIRQFlag,
	"__arena":           kdata.ParamArena | kdata.ParamNullable, // zero is the arena's beginning
	"__arena__nullable": kdata.ParamArena | kdata.ParamNullable,
}
