package object

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// opsTarget is the member of a kernel's struct that a struct_ops program implements.
type opsTarget struct {
	typeID uint32 // of the struct
	in     int    // 0 vmlinux, n the model's n-th module
	member int
}

func (t *opsTarget) set() int { return (&resolved{in: t.in}).typeSet() }

// opsMap is what a struct_ops map is in one kernel.
type opsMap struct {
	valueID, valueSize uint32 // the kernel's struct bpf_struct_ops_X
	in                 int
}

// resolveStructOps ties the object's struct_ops to the kernel's structs.
func (l *linker) resolveStructOps() error {
	l.ops = map[*function]opsTarget{}
	l.skipped = map[*function]bool{}
	l.opsMaps = map[*mapDef]opsMap{}
	used := map[*function]bool{}
	for _, m := range l.obj.maps {
		if m.ops == nil {
			continue
		}
		if m.create {
			if err := l.resolveOpsMap(m); err != nil {
				return err
			}
		}
		for _, fn := range m.ops.funcs {
			if fn != nil {
				used[fn] = used[fn] || m.create
			}
		}
	}
	// A program whose every map is left out is left out, too.
	for fn, load := range used {
		if load {
			delete(l.skipped, fn)
		} else {
			l.skipped[fn] = true
		}
	}
	return nil
}

// resolveOpsMap checks each member against the kernel's struct.
func (l *linker) resolveOpsMap(m *mapDef) error {
	b := l.obj.btf
	tname := essentialName(b.name(m.ops.typeID))
	valueID, value, set, in := findKernel[*btf.Struct](l.model, "bpf_struct_ops_"+tname)
	if valueID == 0 {
		return fail(abi.ESRCH, "struct_ops init_kern: struct bpf_struct_ops_%s is not found in kernel BTF", tname)
	}
	typeID, kern := types.Find[*btf.Struct](set, tname)
	if typeID == 0 && in != 0 {
		typeID, kern = types.Find[*btf.Struct](l.model.Types(), tname)
	}
	if typeID == 0 {
		return fail(abi.ENOENT, "struct_ops init_kern: struct %s is not found in kernel BTF", tname)
	}
	holds := false
	for i := range value.Members {
		holds = holds || value.Members[i].Type == btf.Type(kern)
	}
	if !holds {
		return fail(abi.EINVAL, "struct_ops init_kern: struct %s data is not found in struct bpf_struct_ops_%s", tname, tname)
	}
	l.opsMaps[m] = opsMap{valueID, value.Size, in}
	for i := range b.vlen(m.ops.typeID) {
		if err := l.resolveOpsMember(m, i, kern, opsTarget{typeID: typeID, in: in}); err != nil {
			return err
		}
	}
	return nil
}

func (l *linker) resolveOpsMember(m *mapDef, i int, kern *btf.Struct, t opsTarget) error {
	b := l.obj.btf
	mem := b.member(m.ops.typeID, i)
	size, ok := b.size(mem.typ)
	off := uint64(mem.bitOff / 8)
	if !ok || off+size > uint64(len(m.ops.data)) {
		return fail(abi.EINVAL, "struct_ops init_kern %s: failed to resolve the size of member %s", m.name, mem.name)
	}
	data := m.ops.data[off : off+size]
	t.member = -1
	for k := range kern.Members {
		if kern.Members[k].Name == mem.name {
			t.member = k
			break
		}
	}
	if t.member < 0 {
		if m.ops.funcs[i] != nil || !allZero(data) {
			return fail(abi.EOPNOTSUPP, "struct_ops init_kern %s: Cannot find member %s in kernel BTF", m.name, mem.name)
		}
		return nil
	}
	km := &kern.Members[t.member]
	if mem.bitfield != 0 || km.BitfieldSize != 0 {
		return fail(abi.EOPNOTSUPP, "struct_ops init_kern %s: bitfield %s is not supported", m.name, mem.name)
	}
	kind, ktype := b.kind(b.skip(mem.typ)), types.Resolve(km.Type)
	if kk := rawKind(ktype); kind != kk && !(kind == kindEnum64 && kk == kindEnum) {
		return fail(abi.EOPNOTSUPP, "struct_ops init_kern %s: Unmatched member type %s %d != %d(kernel)", m.name, mem.name, kind, kk)
	}
	if ptr, ok := ktype.(*btf.Pointer); ok {
		fn := m.ops.funcs[i]
		if fn == nil {
			return nil
		}
		if _, ok := types.Resolve(ptr.Target).(*btf.FuncProto); !ok {
			return fail(abi.EOPNOTSUPP, "struct_ops init_kern %s: kernel member %s is not a func ptr", m.name, mem.name)
		}
		return l.setOps(m, mem.name, fn, t)
	}
	ksize, err := btf.Sizeof(ktype)
	if err != nil || uint64(ksize) != size {
		return fail(abi.EOPNOTSUPP, "struct_ops init_kern %s: Error in size of member %s: %d != %d(kernel)", m.name, mem.name, size, ksize)
	}
	return nil
}

// setOps notes the program's target; one program serves one member of one struct only.
func (l *linker) setOps(m *mapDef, member string, fn *function, t opsTarget) error {
	old, ok := l.ops[fn]
	if !ok {
		l.ops[fn] = t
		return nil
	}
	const head = "struct_ops init_kern %s func ptr %s: invalid reuse of prog %s in sec %s with type %d: "
	if old.typeID != t.typeID {
		return fail(abi.EINVAL, head+"attach_btf_id %d != kern_type_id %d", m.name, member, fn.name, fn.section, abi.PROG_TYPE_STRUCT_OPS, old.typeID, t.typeID)
	}
	if old.member != t.member {
		return fail(abi.EINVAL, head+"expected_attach_type %d != kern_member_idx %d", m.name, member, fn.name, fn.section, abi.PROG_TYPE_STRUCT_OPS, old.member, t.member)
	}
	return nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
