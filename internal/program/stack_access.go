package program

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
)

// Callees looks up what calls name; nil stands for what is not known.
type Callees struct {
	Helper func(id int32) *kmodel.Helper
	Kfunc  func(in *insn.Insn) *kproto.Func
}

// StackLiveness finds out, before the walk, which stack slots may be read later. ok is false if the program is too complex.
func (p *Program) StackLiveness(callees Callees) (s *liveness.Static, ok bool) {
	a := stackAccess{p, callees}
	return liveness.NewStatic(&p.Graph, &liveness.StaticSource{
		Global:   func(n int) bool { return p.Subprogs[n].Global },
		Order:    p.CallOrder,
		Params:   a.params,
		Access:   a.access,
		Callback: a.callback,
	})
}

// stackAccess says what calls do to the stack.
type stackAccess struct {
	*Program
	Callees
}

// params is how many arguments the helper or kernel function called at i takes.
func (a stackAccess) params(i int) int {
	if c := a.Called(i); c.Known {
		return int(c.Params)
	}
	return insn.MaxArgs
}

// access is how many bytes the call at i reads, or if negative writes, through an argument.
func (a stackAccess) access(i, arg int) int64 {
	if a.Insns[i].IsHelperCall() {
		return a.helper(i, arg)
	}
	return a.kfunc(i, arg)
}

// dynptrBytes is the size of struct bpf_dynptr.
const dynptrBytes = 16

func (a stackAccess) helper(i, arg int) int64 {
	fn := a.Helper(a.Insns[i].Imm)
	if fn == nil {
		return liveness.UnknownAccess
	}
	at, size := fn.Args[arg], int64(0)
	switch at.Base() {
	case abi.ARG_PTR_TO_MAP_KEY, abi.ARG_PTR_TO_MAP_VALUE:
		if size = a.mapBytes(i, fn.Args[:arg], at.Base() == abi.ARG_PTR_TO_MAP_KEY); size == 0 {
			return liveness.UnknownAccess
		}
	case abi.ARG_PTR_TO_MEM:
		switch next := abi.ARG_DONTCARE; {
		case at.HasAll(abi.MEM_FIXED_SIZE):
			size = int64(fn.ArgSize[arg])
		default:
			if arg+1 < len(fn.Args) {
				next = fn.Args[arg+1].Base()
			}
			if next != abi.ARG_CONST_SIZE && next != abi.ARG_CONST_SIZE_OR_ZERO {
				return liveness.UnknownAccess
			}
			n, ok := a.constantArg(i, arg+1)
			switch {
			case ok:
				size = n
			case at.HasAll(abi.MEM_UNINIT):
				return 0
			default:
				return MaxStack
			}
		}
	case abi.ARG_PTR_TO_DYNPTR:
		size = dynptrBytes
	case abi.ARG_PTR_TO_STACK:
		return 0 // only its callback uses it
	default:
		return liveness.UnknownAccess
	}
	if at.HasAll(abi.MEM_UNINIT) {
		return -size
	}
	return size
}

// constantArg is the number that an argument surely is.
func (a stackAccess) constantArg(i, arg int) (int64, bool) {
	c := &a.Consts[i]
	return int64(c.Vals[insn.R1+arg]), c.Numbers&(1<<(insn.R1+arg)) != 0
}

// mapBytes is the size of the key or value of the map that a helper gets, or of the largest in the program.
func (a stackAccess) mapBytes(i int, before []abi.ArgType, key bool) int64 {
	c := &a.Consts[i]
	for m := range before {
		if before[m].Base() != abi.ARG_CONST_MAP_PTR {
			continue
		}
		if c.Maps&(1<<(insn.R1+m)) == 0 {
			break
		}
		mp := a.Image.Maps[c.Vals[insn.R1+m]]
		if key {
			return int64(mp.KeySize)
		}
		return int64(mp.ValueSize)
	}
	largest := uint32(0)
	for j := range a.Insns {
		in := &a.Insns[j]
		if !in.IsLdImm64() || in.Src == 0 || in.Src == insn.PSEUDO_FUNC || in.Src == insn.PSEUDO_BTF_ID {
			continue
		}
		for m := a.Image.Maps[a.Imms[j].Map]; m != nil; m = m.Inner {
			if key {
				largest = max(largest, m.KeySize)
			} else {
				largest = max(largest, m.ValueSize)
			}
		}
	}
	return int64(largest)
}

func (a stackAccess) kfunc(i, arg int) int64 {
	kf := a.Kfunc(&a.Insns[i])
	if kf == nil || !kf.Allowed {
		return liveness.UnknownAccess
	}
	param, next := kf.Arg(arg), kf.Arg(arg+1)
	if param == nil {
		return 0
	}
	size := int64(param.Size)
	switch {
	case param.Ref == nil: // no pointer
		return 0
	case param.Class == kproto.Dynptr:
		size = dynptrBytes
	case next != nil && next.Sized():
		n, ok := a.constantArg(i, arg+1)
		if !ok {
			return MaxStack
		}
		size = n
	case size < 0:
		return liveness.UnknownAccess
	}
	if arg == 0 && kf.HasAny(abi.KF_ITER_NEW) || param.Is(kdata.ParamUninit) {
		return -size
	}
	return size
}

// contexts are, for helpers that run a callback at once, the registers of the callback, of what it is passed, and what that
// is there.
var contexts = map[int32]struct{ callback, from, to int }{
	abi.BPF_FUNC_loop:               {insn.R2, insn.R3, insn.R2},
	abi.BPF_FUNC_for_each_map_elem:  {insn.R2, insn.R3, insn.R4},
	abi.BPF_FUNC_find_vma:           {insn.R3, insn.R4, insn.R3},
	abi.BPF_FUNC_user_ringbuf_drain: {insn.R2, insn.R3, insn.R2},
}

// callback is the function that a helper runs at once, and which register it gets from where.
func (a stackAccess) callback(i int) (subprog, from, to int) {
	c, ok := contexts[a.Insns[i].Imm]
	if !a.Insns[i].IsHelperCall() || !ok {
		return -1, 0, 0
	}
	known := &a.Consts[i]
	if known.Funcs&(1<<c.callback) == 0 {
		return -1, c.from, c.to
	}
	return int(known.Vals[c.callback]), c.from, c.to
}
