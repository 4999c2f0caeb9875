package explain

import (
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestMemberAt(t *testing.T) {
	word := &btf.Int{Name: "int", Size: 4}
	lock := &btf.Struct{Name: "bpf_spin_lock", Size: 4, Members: []btf.Member{{Name: "val", Type: word}}}
	node := &btf.Struct{Name: "node", Size: 16, Members: []btf.Member{
		{Name: "key", Type: word}, {Name: "lock", Type: lock, Offset: 32}, {Type: &btf.Struct{Size: 8, Members: []btf.Member{{Name: "inner", Type: word, Offset: 32}}}, Offset: 64},
	}}
	first := &btf.Struct{Name: "first", Size: 8, Members: []btf.Member{{Name: "lock", Type: lock}}}
	data := &btf.Datasec{Name: ".bss", Size: 64, Vars: []btf.VarSecinfo{
		{Type: &btf.Var{Name: "count", Type: word}, Size: 4},
		{Type: &btf.Var{Name: "nodes", Type: &btf.Array{Type: node, Nelems: 3}}, Offset: 8, Size: 48},
	}}
	loop := &btf.Struct{Name: "loop", Size: 8}
	loop.Members = []btf.Member{{Name: "again", Type: loop}}
	for _, c := range []struct {
		in   btf.Type
		off  int
		want string
	}{
		{node, 0, ""},       // the whole
		{first, 0, ".lock"}, // a lock is what is meant where one begins an object
		{node, 4, ".lock"}, {node, 12, ".inner"}, {node, 16, ""}, {node, -4, ""},
		{data, 0, ".count"}, {data, 8, ".nodes"}, {data, 12, ".nodes[0].lock"}, {data, 24, ".nodes[1]"}, {data, 28, ".nodes[1].lock"}, {data, 60, ""},
		{word, 2, ""}, {loop, 4, ".again.again.again.again.again.again.again.again.again"},
	} {
		if got := memberAt(c.in, c.off, 0); got != c.want {
			t.Errorf("byte %d of %v: %q, want %q", c.off, c.in, got, c.want)
		}
	}
}

func TestWantedTypes(t *testing.T) {
	for list, want := range map[string]string{
		"fp":                              "a pointer into the stack",
		"fp, dynptr_ptr":                  "a pointer into the stack or a dynptr",
		"ptr_, trusted_ptr_, rcu_ptr_":    "a trusted pointer to a kernel object",
		"percpu_ptr_, percpu_rcu_ptr_":    "a per-CPU pointer",
		"map_key, map_value, mem, buf":    "a key of a map, a value of a map, memory or a kernel buffer",
		"sock_common, sock, words of old": "a socket's common part, a socket or words of old",
	} {
		if got := wantedTypes(list); got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}
