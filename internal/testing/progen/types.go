package progen

import (
	"encoding/binary"

	"github.com/cilium/ebpf/btf"
)

// ownedType is a type of objects that ownership programs allocate. Offsets are in bytes, -1 for a field it lacks.
type ownedType struct {
	name            string
	id              int32 // in the BTF of OwnershipBTF
	rb, list        int32 // nodes
	data            int32 // kptr to inner
	key             int32 // plain number
	refcount        bool
	root, head, ptr int32 // in the map's value: container of this type, and kptr to it
}

// OwnershipValueSize is the size in bytes of the value of the one map ownership programs use: an array
// of one, with a lock, containers and kptrs.
const OwnershipValueSize = 96

// typeInfo is the BTF of ownership programs.
type typeInfo struct {
	raw              []byte
	key, value       uint32 // map types
	main, less, help uint32 // functions
	owned            []ownedType
}

// OwnershipBTF describes the types of ownership programs: raw BTF, the ids of the map's key and value.
func OwnershipBTF() (raw []byte, key, value uint32, err error) {
	t, err := ownershipTypes()
	if err != nil {
		return nil, 0, 0, err
	}
	return t.raw, t.key, t.value, nil
}

func ownershipTypes() (*typeInfo, error) {
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	u64 := &btf.Int{Name: "unsigned long", Size: 8}
	s32 := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	opaque := func(name string, n uint32) *btf.Struct {
		return &btf.Struct{Name: name, Size: 8 * n, Members: []btf.Member{
			{Name: "__opaque", Type: &btf.Array{Index: u32, Type: u64, Nelems: n}},
		}}
	}
	lock := &btf.Struct{Name: "bpf_spin_lock", Size: 4, Members: []btf.Member{{Name: "val", Type: u32}}}
	count := &btf.Struct{Name: "bpf_refcount", Size: 4, Members: []btf.Member{
		{Name: "__opaque", Type: &btf.Array{Index: u32, Type: u32, Nelems: 1}},
	}}
	rbRoot, rbNode := opaque("bpf_rb_root", 2), opaque("bpf_rb_node", 4)
	listHead, listNode := opaque("bpf_list_head", 2), opaque("bpf_list_node", 3)
	kptr := func(to btf.Type) btf.Type { return &btf.Pointer{Target: &btf.TypeTag{Type: to, Value: "kptr"}} }
	at := func(off int32) btf.Bits { return btf.Bits(off) * 8 }

	owned := []ownedType{
		{name: "inner", rb: -1, list: -1, data: -1, key: 0, root: -1, head: -1, ptr: 72},
		{name: "tree_node", rb: 0, list: -1, data: 32, key: 40, root: 8, head: -1, ptr: 80},
		{name: "list_node", rb: -1, list: 0, data: 24, key: 32, root: -1, head: 40, ptr: -1},
		{name: "ref_node", rb: 0, list: 32, data: 56, key: 64, refcount: true, root: 24, head: 56, ptr: 88},
	}
	inner := &btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{{Name: "v", Type: u64}}}
	tree := &btf.Struct{Name: "tree_node", Size: 48, Members: []btf.Member{
		{Name: "rb", Type: rbNode}, {Name: "data", Type: kptr(inner), Offset: at(32)}, {Name: "key", Type: u64, Offset: at(40)},
	}}
	list := &btf.Struct{Name: "list_node", Size: 40, Members: []btf.Member{
		{Name: "list", Type: listNode}, {Name: "data", Type: kptr(inner), Offset: at(24)}, {Name: "key", Type: u64, Offset: at(32)},
	}}
	ref := &btf.Struct{Name: "ref_node", Size: 80, Members: []btf.Member{
		{Name: "rb", Type: rbNode}, {Name: "list", Type: listNode, Offset: at(32)},
		{Name: "data", Type: kptr(inner), Offset: at(56)}, {Name: "key", Type: u64, Offset: at(64)},
		{Name: "refs", Type: count, Offset: at(72)},
	}}
	value := &btf.Struct{Name: "value", Size: OwnershipValueSize, Members: []btf.Member{
		{Name: "lock", Type: lock},
		{Name: "root", Type: rbRoot, Offset: at(8), Tags: []string{"contains:tree_node:rb"}},
		{Name: "ref_root", Type: rbRoot, Offset: at(24), Tags: []string{"contains:ref_node:rb"}},
		{Name: "head", Type: listHead, Offset: at(40), Tags: []string{"contains:list_node:list"}},
		{Name: "ref_head", Type: listHead, Offset: at(56), Tags: []string{"contains:ref_node:list"}},
		{Name: "data", Type: kptr(inner), Offset: at(72)},
		{Name: "tree", Type: kptr(tree), Offset: at(80)},
		{Name: "ref", Type: kptr(ref), Offset: at(88)},
	}}
	function := func(name string, link btf.FuncLinkage, params ...btf.FuncParam) *btf.Func {
		return &btf.Func{Name: name, Linkage: link, Type: &btf.FuncProto{Return: s32, Params: params}}
	}
	void := &btf.Pointer{Target: &btf.Void{}}
	main := function("main", btf.GlobalFunc, btf.FuncParam{Name: "ctx", Type: void})
	less := function("less", btf.StaticFunc, btf.FuncParam{Name: "a", Type: void}, btf.FuncParam{Name: "b", Type: void})
	help := function("help", btf.StaticFunc, btf.FuncParam{Name: "v", Type: void})

	b, err := btf.NewBuilder(nil, nil)
	if err != nil {
		return nil, err
	}
	t := &typeInfo{owned: owned}
	ids := map[btf.Type]*uint32{u32: &t.key, value: &t.value, main: &t.main, less: &t.less, help: &t.help}
	for _, typ := range []btf.Type{u32, inner, tree, list, ref, value, main, less, help} {
		id, err := b.Add(typ)
		if err != nil {
			return nil, err
		}
		if p := ids[typ]; p != nil {
			*p = uint32(id)
		}
		for i := range owned {
			if s, ok := typ.(*btf.Struct); ok && s.Name == owned[i].name {
				owned[i].id = int32(id)
			}
		}
	}
	t.raw, err = b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	return t, err
}
