package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// maxUsedMaps is how many maps one program may use.
const maxUsedMaps = 64

// validCode says which opcodes programs may use.
var validCode = func() (valid [256]bool) {
	set := func(class uint8, ops ...uint8) {
		for _, op := range ops {
			valid[class|op] = true
		}
	}
	for _, class := range []uint8{insn.ALU, insn.ALU64} {
		for op := 0; op <= insn.ARSH; op += 0x10 {
			set(class, uint8(op)|insn.K, uint8(op)|insn.X)
		}
		valid[class|insn.NEG|insn.X] = false
		set(class, insn.END)
	}
	set(insn.ALU, insn.END|insn.X)
	for _, class := range []uint8{insn.JMP, insn.JMP32} {
		for op := insn.JEQ; op <= insn.JSLE; op += 0x10 {
			if op != insn.CALL && op != insn.EXIT {
				set(class, uint8(op)|insn.K, uint8(op)|insn.X)
			}
		}
		set(class, insn.JA)
	}
	set(insn.JMP, insn.CALL, insn.EXIT, insn.JCOND)
	for _, size := range []uint8{insn.B, insn.H, insn.W, insn.DW} {
		set(insn.STX|size, insn.ATOMIC, insn.MEM)
		set(insn.ST|size, insn.MEM)
		set(insn.LDX|size, insn.MEM)
		if size != insn.DW {
			set(insn.LDX|size, insn.MEMSX)
			set(insn.LD|size, insn.ABS, insn.IND)
		}
	}
	set(insn.LD, insn.IMM|insn.DW)
	return valid
}()

// resolveImm64 checks opcodes, and ties 64-bit immediates to the maps, kernel
// variables and functions they stand for.
func (v *verifier) resolveImm64() error {
	used := usedMaps{v: v, seen: make([]bool, len(v.maps))}
	for i := 0; i < len(v.insns); i++ {
		in := &v.insns[i]
		if in.Class() == insn.LDX && (in.Mode() != insn.MEM && in.Mode() != insn.MEMSX || in.Imm != 0) {
			return v.Reject(abi.EINVAL, "BPF_LDX uses reserved fields")
		}
		if in.IsLdImm64() {
			if err := v.resolveImm64At(i, &used); err != nil {
				return err
			}
			i++
			continue
		}
		if !validCode[in.Code] {
			return v.Reject(abi.EINVAL, "unknown opcode %02x", in.Code)
		}
	}
	return nil
}

func (v *verifier) resolveImm64At(i int, used *usedMaps) error {
	in, aux := &v.insns[i], &v.aux[i]
	if i == len(v.insns)-1 {
		return v.Reject(abi.EINVAL, "invalid bpf_ld_imm64 insn")
	}
	next := &v.insns[i+1]
	if next.Code != 0 || next.Dst != 0 || next.Src != 0 || next.Off != 0 {
		return v.Reject(abi.EINVAL, "invalid bpf_ld_imm64 insn")
	}
	switch in.Src {
	case 0:
		return nil
	case insn.PSEUDO_BTF_ID:
		return v.resolveVariable(in, int(next.Imm), aux)
	case insn.PSEUDO_FUNC:
		aux.ptrType = abi.PTR_TO_FUNC
		return nil
	case insn.PSEUDO_MAP_FD:
		if next.Imm != 0 {
			return v.Reject(abi.EINVAL, "unrecognized bpf_ld_imm64 insn")
		}
	case insn.PSEUDO_MAP_VALUE:
	default:
		return v.Reject(abi.EINVAL, "unrecognized bpf_ld_imm64 insn")
	}
	if in.Imm < 0 || int(in.Imm) >= len(v.maps) {
		return v.Reject(abi.EBADF, "fd %d is not pointing to valid bpf_map", ^in.Imm)
	}
	if err := used.add(int(in.Imm)); err != nil {
		return err
	}
	aux.mapIndex = in.Imm
	if in.Src == insn.PSEUDO_MAP_VALUE {
		return v.checkValueAddress(v.maps[in.Imm], uint32(next.Imm), aux)
	}
	return nil
}

// checkValueAddress verifies that a map's value has an address known when the program
// is loaded, and that the offset lies in it.
func (v *verifier) checkValueAddress(m *object.Map, off uint32, aux *insnAux) error {
	errno := abi.Errno(0)
	switch m.Type {
	case abi.MAP_TYPE_ARRAY:
		switch {
		case m.MaxEntries != 1:
			errno = abi.ENOTSUPP
		case off >= m.ValueSize:
			errno = abi.EINVAL
		}
	case abi.MAP_TYPE_ARENA:
		if uint64(off) > uint64(m.MaxEntries)*uint64(v.k.Config.PageSize) {
			errno = abi.ERANGE
		}
	default:
		return v.Reject(abi.EINVAL, "no direct value access support for this map type")
	}
	if errno != 0 {
		return v.Reject(errno, "invalid access to map value pointer, value_size=%d off=%d", m.ValueSize, off)
	}
	aux.mapOff = off
	return nil
}

// resolveVariable gives an immediate that stands for a kernel variable or function its type.
func (v *verifier) resolveVariable(in *insn.Insn, set int, aux *insnAux) error {
	if set < 0 || set >= len(v.typesets) || set == state.TypesProg {
		return v.Reject(abi.EINVAL, "invalid module BTF object FD specified.")
	}
	ts, id := v.typesets[set], uint32(in.Imm)
	val := &aux.btfVar
	switch t := ts.ByID(id).(type) {
	case *btf.Func, *btf.Var:
		// A module's symbols are taken to be there while it is loaded.
		if set == state.TypesVmlinux && !v.k.HasSymbol(t.TypeName()) {
			return v.Reject(abi.ENOENT, "ldimm64 failed to find the address for kernel symbol '%s'.", t.TypeName())
		}
	}
	switch t := ts.ByID(id).(type) {
	case nil:
		return v.Reject(abi.ENOENT, "ldimm64 insn specifies invalid btf_id %d.", in.Imm)
	case *btf.Func:
		val.typ = abi.PTR_TO_MEM | abi.MEM_RDONLY
		return nil
	case *btf.Var:
		switch inner := types.Resolve(t.Type).(type) {
		case *btf.Struct, *btf.Union:
			val.typ = abi.PTR_TO_BTF_ID
		default:
			if isPercpu(ts, t) {
				val.typ = abi.PTR_TO_BTF_ID
				break
			}
			size, ok := types.SizeOf(inner)
			if !ok {
				return v.Reject(abi.EINVAL, "ldimm64 unable to resolve the size of type '%s': %d", inner.TypeName(), -int(abi.EINVAL))
			}
			val.typ = abi.PTR_TO_MEM | abi.MEM_RDONLY
			val.memSize = uint32(size)
			return nil
		}
		if isPercpu(ts, t) {
			val.typ |= abi.MEM_PERCPU
		}
		val.set, val.id = uint8(set), ts.ID(t.Type)
		return nil
	}
	return v.Reject(abi.EINVAL, "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC", in.Imm)
}

// isPercpu reports a kernel variable of which each CPU has its own.
func isPercpu(ts *types.Set, variable *btf.Var) bool {
	_, section := types.Find[*btf.Datasec](ts, ".data..percpu")
	if section == nil {
		return false
	}
	for i := range section.Vars {
		if section.Vars[i].Type == btf.Type(variable) {
			return true
		}
	}
	return false
}

// usedMaps collects the maps a program uses, in order of first use.
type usedMaps struct {
	v       *verifier
	seen    []bool
	n       int
	arena   bool
	storage [2]bool // cgroup storage, shared and of each CPU
}

func (u *usedMaps) add(i int) error {
	if u.seen[i] {
		return nil
	}
	if u.n >= maxUsedMaps {
		return u.v.Reject(abi.E2BIG, "The total number of maps per program has reached the limit of %d", maxUsedMaps)
	}
	u.seen[i] = true
	u.n++
	return u.checkMapForProg(u.v.maps[i])
}

// checkMapForProg verifies that a program of this kind may use the map at all.
func (u *usedMaps) checkMapForProg(m *object.Map) error {
	v := u.v
	tracing := v.prog.IsTracing()
	switch {
	case tracing && m.Record.Has(object.BPF_LIST_HEAD|object.BPF_RB_ROOT):
		return v.Reject(abi.EINVAL, "tracing progs cannot use bpf_{list_head,rb_root} yet")
	case !m.Record.Has(object.BPF_SPIN_LOCK | object.BPF_RES_SPIN_LOCK):
	case v.prog.Type == abi.PROG_TYPE_SOCKET_FILTER:
		return v.Reject(abi.EINVAL, "socket filter progs cannot use bpf_spin_lock yet")
	case tracing:
		return v.Reject(abi.EINVAL, "tracing progs cannot use bpf_spin_lock yet")
	}
	if tracing && m.Record.Has(object.BPF_TIMER) {
		return v.Reject(abi.EINVAL, "tracing progs cannot use bpf_timer yet")
	}
	if tracing && m.Record.Has(object.BPF_WORKQUEUE) {
		return v.Reject(abi.EINVAL, "tracing progs cannot use bpf_wq yet")
	}
	if m.Type == abi.MAP_TYPE_STRUCT_OPS {
		return v.Reject(abi.EINVAL, "bpf_struct_ops map cannot be used in prog")
	}
	if v.prog.Sleepable && !kmodel.SleepableMap(m.Type) {
		return v.Reject(abi.EINVAL, "Sleepable programs can only use array, hash, ringbuf and local storage maps")
	}
	switch m.Type {
	case abi.MAP_TYPE_CGROUP_STORAGE_DEPRECATED, abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED:
		kind := &u.storage[0]
		if m.Type == abi.MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED {
			kind = &u.storage[1]
		}
		if *kind {
			return v.Reject(abi.EBUSY, "only one cgroup storage of each type is allowed")
		}
		*kind = true
	case abi.MAP_TYPE_ARENA:
		if u.arena {
			return v.Reject(abi.EBUSY, "Only one arena per program")
		}
		if !v.k.Config.JIT {
			return v.Reject(abi.EOPNOTSUPP, "JIT is required to use arena")
		}
		u.arena = true
		v.arena = true
	}
	return nil
}
