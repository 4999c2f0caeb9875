package kmodel

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// koFile is an ELF file with these sections and nothing else.
func koFile(sections map[string][]byte) []byte {
	const headerSize, entrySize, x86 = 64, 64, 62
	var body, names bytes.Buffer
	entry := func(name string, typ uint32, data []byte) []byte {
		e := make([]byte, entrySize)
		binary.LittleEndian.PutUint32(e, uint32(names.Len()))
		names.WriteString(name + "\x00")
		binary.LittleEndian.PutUint32(e[4:], typ)
		binary.LittleEndian.PutUint64(e[24:], uint64(headerSize+body.Len()))
		binary.LittleEndian.PutUint64(e[32:], uint64(len(data)))
		body.Write(data)
		return e
	}
	table := entry("", 0, nil)
	for name, data := range sections {
		table = append(table, entry(name, 1, data)...)
	}
	text := bytes.Clone(append(names.Bytes(), ".shstrtab\x00"...))
	table = append(table, entry(".shstrtab", 3, text)...)
	head := make([]byte, headerSize)
	copy(head, "\x7fELF\x02\x01\x01")
	for at, v := range map[int]uint16{16: 1, 18: x86, 20: 1, 52: headerSize, 58: entrySize, 60: uint16(len(table) / entrySize), 62: uint16(len(table)/entrySize - 1)} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	binary.LittleEndian.PutUint64(head[40:], uint64(headerSize+body.Len()))
	return append(append(head, body.Bytes()...), table...)
}

// distilledModule is a module outside the tree: struct own { struct list_head list; struct task_struct *task; int n; }
// and a function that takes it. The sizes are what its base says of the kernel's types.
func distilledModule(listSize uint32) (split, base []byte) {
	b := &splitBTF{base: &types.Set{}, nextID: 1}
	b.strings.WriteByte(0)
	task := b.add("task_struct", kindStruct, 0, 1) // of which only a pointer is used: any size will do
	number := b.add("int", 1, 0, 4, 1<<24|32)
	list := b.add("list_head", kindStruct, 0, listSize)
	s := &splitBTF{base: types.Lazy(func() types.Loaded { return types.Loaded{StringBytes: uint32(b.strings.Len())} }), nextID: b.nextID}
	s.strings.WriteByte(0)
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
	set, err := ReadModule(bytes.NewReader(koFile(map[string][]byte{".BTF": split, ".BTF.base": base})), "own", vmlinux)
	if err != nil {
		t.Fatal(err)
	}
	id, fn := set.FindFunc("own_count")
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
