package types

import "github.com/cilium/ebpf/btf"

// Suffixes of the structs by which a kernel's BTF says which members of a struct
// may be trusted as much as the struct itself.
const (
	SafeRCU           = "__safe_rcu"             // inside an RCU section, never NULL
	SafeRCUOrNull     = "__safe_rcu_or_null"     // inside an RCU section
	SafeTrusted       = "__safe_trusted"         // anywhere, never NULL
	SafeTrustedOrNull = "__safe_trusted_or_null" // anywhere
)

// maxSafeName bounds the name of such a struct, in bytes.
const maxSafeName = 63

// SafeMember reports whether the set lists a member of struct id, by name and by
// the struct it points to, under one of the Safe suffixes.
func (s *Set) SafeMember(id uint32, suffix, member string, pointee uint32) bool {
	var members []btf.Member
	switch t := s.ByID(id).(type) {
	case *btf.Struct:
		var safe *btf.Struct
		if len(t.Name)+len(suffix) > maxSafeName || s.Spec().TypeByName(t.Name+suffix, &safe) != nil {
			return false
		}
		members = safe.Members
	case *btf.Union:
		var safe *btf.Union
		if len(t.Name)+len(suffix) > maxSafeName || s.Spec().TypeByName(t.Name+suffix, &safe) != nil {
			return false
		}
		members = safe.Members
	}
	for i := range members {
		ptr, ok := members[i].Type.(*btf.Pointer)
		if ok && members[i].Name == member && s.ID(Resolve(ptr.Target)) == pointee {
			return true
		}
	}
	return false
}
