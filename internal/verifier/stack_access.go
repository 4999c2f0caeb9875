package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/program"
)

// stackAccesses says, before the walk, what calls do to the stack.
func (v *verifier) stackAccesses() *liveness.StaticSource {
	return &liveness.StaticSource{
		Global: func(n int) bool { return v.subprogs[n].Global },
		Order:  v.code.CallOrder,
		Params: func(i int) int {
			if c := v.callFacts(&v.insns[i]); c.Known {
				return int(c.Params)
			}
			return insn.MaxArgs
		},
		Access: func(i, arg int) int64 {
			if v.insns[i].IsHelperCall() {
				return v.helperAccess(i, arg)
			}
			return v.kfuncAccess(i, arg)
		},
		Callback: v.callbackOf,
	}
}

// dynptrBytes is the size of struct bpf_dynptr.
const dynptrBytes = 16

// helperAccess is how many bytes a helper reads, or if negative writes, through an argument.
func (v *verifier) helperAccess(i, arg int) int64 {
	fn := v.helperProto(v.insns[i].Imm)
	if fn == nil {
		return liveness.UnknownAccess
	}
	at, size := fn.Args[arg], int64(0)
	switch at.Base() {
	case abi.ARG_PTR_TO_MAP_KEY, abi.ARG_PTR_TO_MAP_VALUE:
		if size = v.mapAccess(i, fn.Args[:arg], at.Base() == abi.ARG_PTR_TO_MAP_KEY); size == 0 {
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
			n, ok := v.constantArg(i, arg+1)
			switch {
			case ok:
				size = n
			case at.HasAll(abi.MEM_UNINIT):
				return 0
			default:
				return program.MaxStack
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
func (v *verifier) constantArg(i, arg int) (int64, bool) {
	c := &v.code.Consts[i]
	return int64(c.Vals[insn.R1+arg]), c.Numbers&(1<<(insn.R1+arg)) != 0
}

// mapAccess is the size of the key or value of the map that a helper gets, or of the largest in the program.
func (v *verifier) mapAccess(i int, before []abi.ArgType, key bool) int64 {
	c := &v.code.Consts[i]
	for m := range before {
		if before[m].Base() != abi.ARG_CONST_MAP_PTR {
			continue
		}
		if c.Maps&(1<<(insn.R1+m)) == 0 {
			break
		}
		mp := v.maps[c.Vals[insn.R1+m]]
		if key {
			return int64(mp.KeySize)
		}
		return int64(mp.ValueSize)
	}
	largest := uint32(0)
	for j := range v.insns {
		in := &v.insns[j]
		if !in.IsLdImm64() || in.Src == 0 || in.Src == insn.PSEUDO_FUNC || in.Src == insn.PSEUDO_BTF_ID {
			continue
		}
		for m := v.maps[v.code.Imms[j].Map]; m != nil; m = m.Inner {
			if key {
				largest = max(largest, m.KeySize)
			} else {
				largest = max(largest, m.ValueSize)
			}
		}
	}
	return int64(largest)
}

// kfuncAccess is helperAccess for kernel functions.
func (v *verifier) kfuncAccess(i, arg int) int64 {
	kf := v.kfuncOf(&v.insns[i])
	if kf == nil || !kf.Allowed {
		return liveness.UnknownAccess
	}
	if arg >= len(kf.Args) {
		return 0
	}
	a := &kf.Args[arg]
	size := int64(a.Size)
	switch {
	case a.Kind != kproto.Pointer && a.Kind != kproto.Prog:
		return 0
	case a.Class == kproto.Dynptr:
		size = dynptrBytes
	case arg+1 < len(kf.Args) && kf.Args[arg+1].Sized():
		n, ok := v.constantArg(i, arg+1)
		if !ok {
			return program.MaxStack
		}
		size = n
	case size < 0:
		return liveness.UnknownAccess
	}
	if arg == 0 && kf.HasAny(abi.KF_ITER_NEW) || a.Is(kdata.ParamUninit) {
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

// callbackOf is the function that a helper runs at once, and which register it gets from where.
func (v *verifier) callbackOf(i int) (subprog, from, to int) {
	c, ok := contexts[v.insns[i].Imm]
	if !v.insns[i].IsHelperCall() || !ok {
		return -1, 0, 0
	}
	known := &v.code.Consts[i]
	if known.Funcs&(1<<c.callback) == 0 {
		return -1, c.from, c.to
	}
	return int(known.Vals[c.callback]), c.from, c.to
}
