package program

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Imm is what a 64-bit immediate (LD|IMM|DW) that names something stands for.
type Imm struct {
	Type    abi.RegType // of a kernel variable or function, 0 for other immediates
	Set     uint8       // type set of BTFID
	BTFID   uint32      // of a variable with PTR_TO_BTF_ID
	MemSize uint32      // bytes, of a variable with PTR_TO_MEM
	Map     int32       // index into Image.Maps
	MapOff  uint32      // offset in that map's value, in bytes
}

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

// laterCode are opcodes that came with feature insns-v4 or after it.
var laterCode = [256]bool{
	insn.ALU64 | insn.END: true, insn.JMP | insn.JCOND: true,
}

// resolveImm64 checks opcodes, and ties 64-bit immediates to the maps, kernel
// variables and functions they stand for.
func (c *checker) resolveImm64() error {
	c.Imms = scratch.Make[Imm](c.Mem, len(c.Insns))
	c.OddFields = c.hasOddFields()
	fieldsFirst := c.OddFields && c.k.Has(kmodel.FieldsFirst)
	used := usedMaps{checker: c, seen: scratch.Make[bool](c.Mem, len(c.Image.Maps))}
	for i := 0; i < len(c.Insns); i++ {
		in := &c.Insns[i]
		c.Looked = i
		var err error
		switch {
		case fieldsFirst:
			err = c.checkRegs(in)
		case c.OddFields && (in.Class() == insn.LDX || in.Class() == insn.STX && !c.k.Has(kmodel.AtomicOps)):
			err = CheckFields(c.Log, in, c.k)
		}
		if err != nil {
			return err
		}
		if in.IsLdImm64() {
			if err := c.resolveImm64At(i, &used); err != nil {
				return err
			}
			i++
			continue
		}
		if !validCode[in.Code] && !(c.Indirect && in.IsIndirectJump()) || laterCode[in.Code] && !c.k.Has(kmodel.InsnsV4) || in.Code == insn.JMP32|insn.JA && !c.k.Has(kmodel.LongJumps) {
			return c.Reject(abi.EINVAL, "unknown opcode %02x", in.Code)
		}
		if err := c.checkFieldsFirst(in); err != nil {
			return err
		}
	}
	return nil
}

// hasOddFields reports an instruction that names a register that there is not, or has something in a field that it has no use for.
func (c *checker) hasOddFields() bool {
	unsaid := checker{Log: new(vlog.Log)}
	for i := 0; i < len(c.Insns); i++ {
		in := &c.Insns[i]
		if unsaid.checkRegs(in) != nil || CheckFields(unsaid.Log, in, c.k) != nil {
			return true
		}
		if in.IsLdImm64() {
			i++
		}
	}
	return false
}

// checkRegs refuses an instruction that names a register that there is not.
func (c *checker) checkRegs(in *insn.Insn) error {
	for _, r := range [...]uint8{in.Dst, in.Src} {
		if r >= insn.MaxReg {
			return c.Reject(abi.EINVAL, "R%d is invalid", r)
		}
	}
	return nil
}

// checkFieldsFirst is CheckFields on kernels that look at the fields before the walk.
func (c *checker) checkFieldsFirst(in *insn.Insn) error {
	if !c.OddFields || !c.k.Has(kmodel.FieldsFirst) {
		return nil
	}
	return CheckFields(c.Log, in, c.k)
}

func (c *checker) resolveImm64At(i int, used *usedMaps) error {
	in, imm := &c.Insns[i], &c.Imms[i]
	if i == len(c.Insns)-1 {
		return c.Reject(abi.EINVAL, "invalid bpf_ld_imm64 insn")
	}
	next := &c.Insns[i+1]
	if next.Code != 0 || next.Dst != 0 || next.Src != 0 || next.Off != 0 {
		return c.Reject(abi.EINVAL, "invalid bpf_ld_imm64 insn")
	}
	if err := c.checkFieldsFirst(in); err != nil {
		return err
	}
	if in.Src == insn.PSEUDO_FUNC && c.NoFuncPointers {
		return c.Reject(abi.EINVAL, "unrecognized bpf_ld_imm64 insn")
	}
	switch in.Src {
	case 0, insn.PSEUDO_FUNC:
		return nil
	case insn.PSEUDO_BTF_ID:
		return c.resolveVariable(in, int(next.Imm), imm)
	case insn.PSEUDO_MAP_FD:
		if next.Imm != 0 {
			return c.Reject(abi.EINVAL, "unrecognized bpf_ld_imm64 insn")
		}
	case insn.PSEUDO_MAP_VALUE:
	default:
		return c.Reject(abi.EINVAL, "unrecognized bpf_ld_imm64 insn")
	}
	if in.Imm < 0 || int(in.Imm) >= len(c.Image.Maps) {
		return c.noMap(^in.Imm)
	}
	if err := used.add(int(in.Imm)); err != nil {
		return err
	}
	imm.Map = in.Imm
	if in.Src == insn.PSEUDO_MAP_VALUE {
		if off := uint32(next.Imm); off >= maxVarOff {
			return c.Reject(abi.EINVAL, "direct value offset of %d is not allowed", off)
		}
		return c.checkValueAddress(c.Image.Maps[in.Imm], uint32(next.Imm), imm)
	}
	return nil
}

// noMap refuses a descriptor that is no map's.
func (c *checker) noMap(fd int32) error {
	errno := abi.EBADF
	if fd >= 0 && fd <= stderr {
		errno = abi.EINVAL // open, but a file
	}
	return c.Reject(errno, "fd %d is not pointing to valid bpf_map", fd)
}

const (
	stderr    = 2       // the last of the descriptors that whoever loads programs has from its start
	maxVarOff = 1 << 29 // bound of an offset into a map's value (BPF_MAX_VAR_OFF)
)

// checkValueAddress verifies that a map's value has an address known when the program
// is loaded, and that the offset lies in it.
func (c *checker) checkValueAddress(m *object.Map, off uint32, imm *Imm) error {
	errno := abi.Errno(0)
	switch m.Type {
	case abi.MAP_TYPE_PERCPU_ARRAY:
		if !c.k.Has(kmodel.PercpuData) {
			return c.Reject(abi.EINVAL, "no direct value access support for this map type")
		}
		if m.MaxEntries != 1 {
			errno = abi.EOPNOTSUPP
		} else if off >= m.ValueSize {
			errno = abi.EINVAL
		}
	case abi.MAP_TYPE_INSN_ARRAY:
		if off%object.JumpSize != 0 || off/object.JumpSize >= m.MaxEntries {
			errno = abi.EACCES
		}
	case abi.MAP_TYPE_ARRAY:
		switch {
		case m.MaxEntries != 1:
			errno = abi.ENOTSUPP
		case off >= m.ValueSize:
			errno = abi.EINVAL
		}
	case abi.MAP_TYPE_ARENA:
		if uint64(off) > uint64(m.MaxEntries)*uint64(c.k.Config().PageSize) {
			errno = abi.ERANGE
		}
	default:
		return c.Reject(abi.EINVAL, "no direct value access support for this map type")
	}
	if errno != 0 {
		return c.Reject(errno, "invalid access to map value pointer, value_size=%d off=%d", m.ValueSize, off)
	}
	imm.MapOff = off
	return nil
}

// resolveVariable gives an immediate that stands for a kernel variable or function its type.
func (c *checker) resolveVariable(in *insn.Insn, set int, imm *Imm) error {
	if set < 0 || set >= len(c.Image.Types) || set == state.TypesProg {
		return c.Reject(abi.EINVAL, "invalid module BTF object FD specified.")
	}
	ts, id := c.Image.Types[set], uint32(in.Imm)
	switch ts.ByID(id).(type) {
	case nil, *btf.Var:
	default:
		if !c.k.Has(kmodel.KernelFuncAddresses) {
			return c.Reject(abi.EINVAL, "pseudo btf_id %d in ldimm64 isn't KIND_VAR.", in.Imm)
		}
	}
	switch t := ts.ByID(id).(type) {
	case *btf.Func, *btf.Var:
		// A module's symbols are taken to be there while it is loaded.
		if set == state.TypesVmlinux && !c.k.HasSymbol(t.TypeName()) {
			return c.Reject(abi.ENOENT, "ldimm64 failed to find the address for kernel symbol '%s'.", t.TypeName())
		}
	}
	switch t := ts.ByID(id).(type) {
	case nil:
		return c.Reject(abi.ENOENT, "ldimm64 insn specifies invalid btf_id %d.", in.Imm)
	case *btf.Func:
		imm.Type = abi.PTR_TO_MEM | abi.MEM_RDONLY
		return nil
	case *btf.Var:
		switch inner := types.Resolve(t.Type).(type) {
		case *btf.Struct, *btf.Union:
			imm.Type = abi.PTR_TO_BTF_ID
		default:
			if isPercpu(ts, t) {
				imm.Type = abi.PTR_TO_BTF_ID
				break
			}
			size, ok := types.SizeOf(inner)
			if !ok {
				return c.Reject(abi.EINVAL, "ldimm64 unable to resolve the size of type '%s': %d", inner.TypeName(), -int(abi.EINVAL))
			}
			imm.Type = abi.PTR_TO_MEM | abi.MEM_RDONLY
			imm.MemSize = uint32(size)
			return nil
		}
		if isPercpu(ts, t) {
			imm.Type |= abi.MEM_PERCPU
		}
		imm.Set, imm.BTFID = uint8(set), ts.ID(t.Type)
		return nil
	}
	return c.Reject(abi.EINVAL, "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC", in.Imm)
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
