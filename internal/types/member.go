package types

import (
	"strings"

	"github.com/cilium/ebpf/btf"
)

// FindMember returns offset and size in bytes of a member, named by a path with dots. Members
// of anonymous structs and unions are found as if they were the struct's own.
func FindMember(t btf.Type, path string) (off, size int, ok bool) {
	name, rest, nested := strings.Cut(path, ".")
	members, _, _ := composite(Resolve(t))
	for i := range members {
		m := &members[i]
		at := int(m.Offset.Bytes())
		if m.Name == "" {
			if off, size, ok = FindMember(m.Type, path); ok {
				return at + off, size, true
			}
			continue
		}
		if m.Name != name {
			continue
		}
		if nested {
			off, size, ok = FindMember(m.Type, rest)
			return at + off, size, ok
		}
		size, err := btf.Sizeof(m.Type)
		return at, size, err == nil
	}
	return 0, 0, false
}
