package kmodel

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// newBTF is BTF without types yet, that builds on another's, which has all of its own.
func newBTF(base *splitBTF) *splitBTF {
	b := &splitBTF{base: &types.Set{}, nextID: 1}
	if base != nil {
		n := uint32(base.strings.Len())
		b.base, b.nextID = types.Lazy(func() types.Loaded { return types.Loaded{StringBytes: n} }), base.nextID
	}
	b.strings.WriteByte(0)
	return b
}

// distilledModule is a module outside the tree: struct own { struct list_head list; struct task_struct *task; int n; }
// and a function that takes it. The sizes are what its base says of the kernel's types.
func distilledModule(listSize uint32) (split, base []byte) {
	b := newBTF(nil)
	task := b.add("task_struct", kindStruct, 0, 1) // of which only a pointer is used: any size will do
	number := b.add("int", 1, 0, 4, 1<<24|32)
	list := b.add("list_head", kindStruct, 0, listSize)
	s := newBTF(b)
	ptr := s.add("", kindPtr, 0, task)
	own := s.add("own", kindStruct, 3, 32, s.str("list"), list, 0, s.str("task"), ptr, 16*8, s.str("n"), number, 24*8)
	arg := s.add("", kindPtr, 0, own)
	proto := s.add("", kindFuncProto, 1, number, s.str("o"), arg)
	s.add("own_count", kindFunc, 0, proto)
	return s.encode(), b.encode()
}

func TestModuleWithDistilledBase(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	vmlinux := m.Types()
	split, base := distilledModule(16)
	mod, err := ReadModule(bytes.NewReader(koFile(map[string][]byte{".BTF": split, ".BTF.base": base})), "own", vmlinux)
	if err != nil {
		t.Fatal(err)
	}
	id, fn := mod.Types.FindFunc("own_count")
	if id != vmlinux.Load().TypeCount+5 {
		t.Errorf("the module's fifth type is %d, the kernel has %d", id, vmlinux.Load().TypeCount)
	}
	own, ok := fn.Type.(*btf.FuncProto).Params[0].Type.(*btf.Pointer).Target.(*btf.Struct)
	if !ok || own.Name != "own" || len(own.Members) != 3 {
		t.Fatalf("own_count takes %v", fn.Type)
	}
	list, _ := own.Members[0].Type.(*btf.Struct)
	if list == nil || len(list.Members) != 2 || own.Members[0].Name != "list" {
		t.Errorf("the list is not the kernel's: %v", own.Members[0])
	}
	task, _ := own.Members[1].Type.(*btf.Pointer).Target.(*btf.Struct)
	if want, _ := vmlinux.FindStruct("task_struct"); task == nil || vmlinux.ID(task) != want {
		t.Errorf("the task is not the kernel's: %v", own.Members[1])
	}
}

func TestModuleThatDoesNotFit(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	vmlinux := m.Types()
	split, base := distilledModule(24)
	damaged := bytes.Clone(base)
	damaged[24+7] = 31 // no kind
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"a struct inside another has another size": {koFile(map[string][]byte{".BTF": split, ".BTF.base": base}),
			"the module builds on STRUCT list_head, which this kernel has not, or in another size"},
		"damaged base": {koFile(map[string][]byte{".BTF": split, ".BTF.base": damaged}), "the BTF is damaged"},
		"half a base":  {koFile(map[string][]byte{".BTF": split, ".BTF.base": base[:len(base)/2]}), "the BTF is damaged"},
		"no BTF":       {koFile(map[string][]byte{".text": split}), "the file has no BTF"},
		"empty":        {nil, "the file has no BTF"},
	} {
		if _, err := ReadModule(bytes.NewReader(c.file), "own", vmlinux); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
