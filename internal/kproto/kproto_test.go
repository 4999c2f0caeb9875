package kproto

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

func newest(t *testing.T) *kmodel.Model {
	t.Helper()
	k, err := kmodel.Load(kmodel.Default())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var classNames = map[Class]string{
	Any: "any", Ctx: "ctx", Alloc: "alloc", Refcounted: "refcounted", Dynptr: "dynptr", Iter: "iter", ListHead: "list head",
	ListNode: "list node", RbRoot: "tree root", RbNode: "tree node", ConstStr: "string", Map: "map", Workqueue: "workqueue",
	IRQFlag: "irq flag", ResSpinLock: "res lock",
}

// argString is an argument in one or two words.
func argString(a *Arg) string {
	switch a.Kind {
	case Ignored:
		return "ignored"
	case Prog:
		return "prog"
	case Scalar:
		s := "number"
		for mark, name := range map[kdata.ParamMark]string{
			kdata.ParamConst: "known number", kdata.ParamSize: "size", kdata.ParamConstSize: "known size",
		} {
			if a.Is(mark) {
				s = name
			}
		}
		return s
	case Pointer:
		s := classNames[a.Class]
		if a.Class == Any {
			s = fmt.Sprintf("%s %s", strings.ToLower(a.RefKind), a.RefName)
		}
		if a.Is(kdata.ParamNullable) {
			s += "?"
		}
		return strings.TrimSpace(s)
	}
	return "other"
}

// What a parameter is follows from its name, its type and the program's context.
func TestDescribe(t *testing.T) {
	k := newest(t)
	for _, c := range []struct {
		name string
		typ  abi.ProgType
		args string
	}{
		{"bpf_task_acquire", abi.PROG_TYPE_SYSCALL, "struct task_struct"},
		{"bpf_obj_new_impl", abi.PROG_TYPE_XDP, "known number, ignored"},
		{"bpf_obj_drop_impl", abi.PROG_TYPE_XDP, "alloc, ignored"},
		{"bpf_refcount_acquire_impl", abi.PROG_TYPE_XDP, "refcounted, ignored"},
		{"bpf_list_push_front_impl", abi.PROG_TYPE_XDP, "list head, list node, ignored, number"},
		{"bpf_rbtree_add_impl", abi.PROG_TYPE_XDP, "tree root, tree node, func_proto, ignored, number"},
		{"bpf_dynptr_slice", abi.PROG_TYPE_XDP, "dynptr, number, unknown, known size"},
		{"bpf_dynptr_from_xdp", abi.PROG_TYPE_XDP, "ctx, number, dynptr"},
		{"bpf_dynptr_from_xdp", abi.PROG_TYPE_SCHED_CLS, "struct xdp_md, number, dynptr"},
		{"bpf_iter_num_new", abi.PROG_TYPE_XDP, "iter, number, number"},
		{"bpf_strcmp", abi.PROG_TYPE_XDP, "ignored, ignored"},
		{"bpf_local_irq_save", abi.PROG_TYPE_XDP, "irq flag"},
		{"bpf_res_spin_lock", abi.PROG_TYPE_XDP, "res lock"},
		{"bpf_wq_init", abi.PROG_TYPE_XDP, "workqueue, map, number"},
	} {
		id, _ := k.Types().FindFunc(c.name)
		f := Describe(k, kmodel.Prog{Type: c.typ}, []*types.Set{k.Types()}, state.TypesVmlinux, id)
		if f == nil {
			t.Errorf("%s is not described", c.name)
			continue
		}
		var got []string
		for i := range f.Args {
			got = append(got, argString(&f.Args[i]))
		}
		if s := strings.Join(got, ", "); s != c.args {
			t.Errorf("%s takes %s, want %s", c.name, s, c.args)
		}
	}
	id, _ := k.Types().FindStruct("task_struct")
	if f := Describe(k, kmodel.Prog{}, []*types.Set{k.Types()}, state.TypesVmlinux, id); f != nil {
		t.Errorf("a struct is described as a function: %+v", f)
	}
}

// What the kernel passes itself is not in the prototype that programs see.
func TestImplicit(t *testing.T) {
	for _, c := range []struct{ kernel, name, args string }{
		{"7.0", "bpf_wq_set_callback", "workqueue, func_proto, number | prog"},
		{"7.1", "bpf_obj_new", "known number | ignored"},
		{"7.1", "bpf_list_push_front", "list head, list node | ignored, number"},
		{"7.1", "bpf_list_push_front_impl", "list head, list node, ignored, number |"},
		{"7.1", "bpf_list_pop_front", "list head |"},
	} {
		k, err := kmodel.Load(c.kernel)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := k.Types().FindFunc(c.name)
		f := Describe(k, kmodel.Prog{Type: abi.PROG_TYPE_XDP}, []*types.Set{k.Types()}, state.TypesVmlinux, id)
		if f == nil {
			t.Errorf("%s: %s is not described", c.kernel, c.name)
			continue
		}
		var got strings.Builder
		for i := 0; f.Arg(i) != nil; i++ {
			switch i {
			case 0:
			case len(f.Args):
				got.WriteString(" | ")
			default:
				got.WriteString(", ")
			}
			got.WriteString(argString(f.Arg(i)))
		}
		if len(f.Implicit) == 0 {
			got.WriteString(" |")
		}
		if got.String() != c.args {
			t.Errorf("%s: %s takes %s, want %s", c.kernel, c.name, got.String(), c.args)
		}
	}
}

// A fixed list says what may be called under a lock, until a flag does.
func TestLockSafe(t *testing.T) {
	k := newest(t).With(kmodel.Disable(kmodel.Of(kmodel.KfuncSpinlockSafe)))
	flags := k.With(kmodel.Enable(kmodel.Of(kmodel.KfuncSpinlockSafe)))
	for _, c := range []struct {
		name         string
		byList, flag bool
	}{
		{"bpf_list_pop_front", true, true},
		{"bpf_arena_alloc_pages", false, true},
		{"bpf_task_acquire", false, false},
	} {
		for model, want := range map[*kmodel.Model]bool{k: c.byList, flags: c.flag} {
			id, _ := model.Types().FindFunc(c.name)
			f := Describe(model, kmodel.Prog{Type: abi.PROG_TYPE_XDP}, []*types.Set{model.Types()}, state.TypesVmlinux, id)
			if f == nil || f.LockSafe != want {
				t.Errorf("%s, marked by flag %v: %+v, want lock safe %v", c.name, model == flags, f, want)
			}
		}
	}
}

func TestContextByType(t *testing.T) {
	k := newest(t)
	regs := &btf.Typedef{Name: "bpf_user_pt_regs_t", Type: &btf.Struct{Name: "pt_regs"}}
	for _, c := range []struct {
		typ  abi.ProgType
		to   btf.Type
		want bool
	}{
		{abi.PROG_TYPE_XDP, &btf.Struct{Name: "xdp_md"}, true},
		{abi.PROG_TYPE_XDP, &btf.Const{Type: &btf.Struct{Name: "xdp_buff"}}, true},
		{abi.PROG_TYPE_XDP, &btf.Struct{Name: "__sk_buff"}, false},
		{abi.PROG_TYPE_XDP, &btf.Struct{}, false},
		{abi.PROG_TYPE_XDP, &btf.Int{Name: "xdp_md"}, false},
		{abi.PROG_TYPE_SCHED_CLS, &btf.Struct{Name: "sk_buff"}, true},
		{abi.PROG_TYPE_KPROBE, &btf.Volatile{Type: regs}, true},
		{abi.PROG_TYPE_KPROBE, &btf.Typedef{Name: "mine", Type: &btf.Struct{Name: "regs"}}, false},
		{abi.PROG_TYPE_XDP, regs, false},
	} {
		ctx := ContextOf(k, kmodel.Prog{Type: c.typ})
		if got := ctx.Is(&btf.Pointer{Target: c.to}); got != c.want {
			t.Errorf("%v: a pointer to %v is the context: %v, want %v", c.typ, c.to, got, c.want)
		}
	}
	if ctx := ContextOf(k, kmodel.Prog{Type: 999}); ctx.Known {
		t.Error("the context of an unknown program type is known")
	}
}
