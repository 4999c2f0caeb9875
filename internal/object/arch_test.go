package object

import (
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

func TestArch(t *testing.T) {
	long := &btf.Int{Name: "long", Size: 8}
	registers := func(name, member string, elems uint32) *btf.Struct {
		var typ btf.Type = long
		if elems > 0 {
			typ = &btf.Array{Index: long, Type: long, Nelems: elems}
		}
		return &btf.Struct{Name: name, Size: 512, Members: []btf.Member{{Name: member, Type: typ}}}
	}
	for _, c := range []struct {
		name string
		regs []*btf.Struct
		want string
	}{
		{"x.bpf.o", nil, ""},
		{"x.bpf.o", []*btf.Struct{registers("pt_regs", "ax", 0)}, "amd64"},
		{"x.bpf.o", []*btf.Struct{registers("pt_regs", "rax", 0)}, "amd64"},
		{"x.bpf.o", []*btf.Struct{registers("user_pt_regs", "regs", 31)}, "arm64"},
		{"x.bpf.o", []*btf.Struct{registers("user_pt_regs", "regs", 32)}, ""},
		{"x.bpf.o", []*btf.Struct{registers("pt_regs", "uregs", 18)}, "arm"},
		{"x.bpf.o", []*btf.Struct{registers("user_pt_regs", "gprs", 16)}, "s390x"},
		{"x.bpf.o", []*btf.Struct{registers("pt_regs", "gpr", 32)}, "ppc64le"},
		{"x.bpf.o", []*btf.Struct{registers("pt_regs", "ax", 0), registers("user_pt_regs", "regs", 31)}, ""},
		{"probe_arm64_bpfel.o", nil, "arm64"},
		{"probe_x86_bpfel.o", nil, "amd64"},
		{"probe.x86_64.o", nil, "amd64"},
		{"probe_arm_bpfel.o", nil, "arm"},
		{"charm.o", nil, ""},
		{"probe_x86_bpfel.o", []*btf.Struct{registers("user_pt_regs", "regs", 31)}, "arm64"},
	} {
		o := &Object{Name: c.name}
		if c.regs != nil {
			var all []btf.Type
			for _, s := range c.regs {
				all = append(all, s)
			}
			b, err := btf.NewBuilder(all, nil)
			if err != nil {
				t.Fatal(err)
			}
			spec, err := b.Spec()
			if err != nil {
				t.Fatal(err)
			}
			o.types = types.Of(spec)
		}
		if got := o.Arch(); got != c.want {
			t.Errorf("%s with %v is for %q, want %q", c.name, c.regs, got, c.want)
		}
	}
}
