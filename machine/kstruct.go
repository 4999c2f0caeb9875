package machine

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// kstruct is a kernel object laid out as the kernel's BTF has it: zeros, but for what set was told.
type kstruct struct {
	*block
	m *Machine
	t *btf.Struct
}

// newStruct makes a kernel object of the struct of that name.
func (m *Machine) newStruct(name string) (kstruct, error) {
	_, t := m.k.Types().FindStruct(name)
	if t == nil {
		return kstruct{}, fmt.Errorf("the kernel's BTF has no struct %s", name)
	}
	b, err := m.mem.alloc(t.Size, "struct "+name, place{})
	return kstruct{b, m, t}, err
}

// set writes the member at a path such as "thread_info.flags". A member that the kernel lacks is left out.
func (k kstruct) set(path string, val uint64) {
	b := k.field(path)
	if n := len(b); n == 1 || n == 2 || n == 4 || n == 8 {
		putNumber(b, val)
	}
}

// field are the bytes of the member at a path, nil if there is none.
func (k kstruct) field(path string) []byte {
	var t btf.Type = k.t
	off := uint32(k.addr)
	for name := range strings.SplitSeq(path, ".") {
		mb, at := findMember(t, name)
		if mb == nil {
			return nil
		}
		off += at
		t = mb.Type
	}
	n, err := btf.Sizeof(t)
	if err != nil {
		return nil
	}
	return k.m.mem.buf[off : off+uint32(n)]
}

// findMember finds a member by name, in unnamed structs and unions too, and its offset in bytes.
func findMember(t btf.Type, name string) (*btf.Member, uint32) {
	switch t := types.Resolve(t).(type) {
	case *btf.Struct:
		return findMemberIn(t.Members, name)
	case *btf.Union:
		return findMemberIn(t.Members, name)
	}
	return nil, 0
}

func findMemberIn(members []btf.Member, name string) (*btf.Member, uint32) {
	for i := range members {
		mb := &members[i]
		if mb.Name == name {
			return mb, mb.Offset.Bytes()
		}
		if mb.Name == "" {
			if found, at := findMember(mb.Type, name); found != nil {
				return found, mb.Offset.Bytes() + at
			}
		}
	}
	return nil, 0
}
