package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// Kernel functions that a function of native.bpf.c does all of, for a program that was verified.
var nativeCalls = map[string]struct {
	name  string
	args  int
	owner uint32 // where the owner of the node in r2 is, which must have none
}{
	"bpf_rbtree_add":           {"rb_add", 2, 24},
	"bpf_rbtree_add_impl":      {"rb_add", 2, 24},
	"bpf_rbtree_remove":        {"rb_remove", 2, 0},
	"bpf_rbtree_first":         {"rb_first", 1, 0},
	"bpf_rbtree_root":          {"rb_top", 1, 0},
	"bpf_rbtree_left":          {"rb_left", 2, 0},
	"bpf_rbtree_right":         {"rb_right", 2, 0},
	"bpf_list_push_front":      {"list_push_front", 2, 16},
	"bpf_list_push_front_impl": {"list_push_front", 2, 16},
	"bpf_list_push_back":       {"list_push_back", 2, 16},
	"bpf_list_push_back_impl":  {"list_push_back", 2, 16},
	"bpf_list_pop_front":       {"list_pop_front", 1, 0},
	"bpf_list_pop_back":        {"list_pop_back", 1, 0},
	"bpf_list_front":           {"list_front", 1, 0},
	"bpf_list_back":            {"list_back", 1, 0},
}

func init() {
	for kfunc, n := range nativeCalls {
		calls := n.name == "rb_add"
		fastCalls["kfunc "+kfunc] = func(p *Program, f *verifier.Fact) jit.Call {
			if calls && f.Callback < 0 {
				return nil
			}
			return jit.Native{Func: native(p.machine.k, n.name).code, Args: n.args, Callback: f.Callback, Owner: n.owner, Reads: n.name == "rb_left" || n.name == "rb_right"}
		}
	}
	fastCalls["helper bpf_kptr_xchg"] = func(*Program, *verifier.Fact) jit.Call { return jit.Exchange{} }
	fastCalls["helper bpf_spin_lock"] = func(*Program, *verifier.Fact) jit.Call { return jit.Lock{} }
	fastCalls["helper bpf_spin_unlock"] = func(*Program, *verifier.Fact) jit.Call { return jit.Unlock{} }
}

// plainCode is a program for the compiler that accesses plain memory only.
func (p *Program) plainCode() *jit.Program {
	code := &jit.Program{Name: p.Name(), Insns: p.img.Insns, Funcs: []int{0}, Sites: make([]jit.Site, len(p.img.Insns)), Short: true}
	for pc := range code.Insns {
		if in := &code.Insns[pc]; in.IsPseudoCall() {
			code.Funcs = append(code.Funcs, pc+1+int(in.Imm))
		}
	}
	slices.Sort(code.Funcs)
	code.Funcs = slices.Compact(code.Funcs)
	return code
}
