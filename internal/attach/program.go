// Package attach knows what a program runs at: whether it may attach there, by whose rules
// it goes, and what its context holds where BTF describes that (tracing, lsm, struct_ops, iterators).
package attach

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// gplCompatible are the licences that may call GPL-only functions (license_is_gpl_compatible).
var gplCompatible = map[string]bool{
	"GPL": true, "GPL v2": true, "GPL and additional rights": true,
	"Dual BSD/GPL": true, "Dual MIT/GPL": true, "Dual MPL/GPL": true,
}

// Program describes a program to the kernel's tables.
func Program(img *object.Image) kmodel.Prog {
	p := kmodel.Prog{
		Type: img.Type, Attach: img.Attach, Sleepable: img.Sleepable, XDPFrags: img.XDPFrags,
		GPL: gplCompatible[img.License], AttachName: img.AttachName,
	}
	if img.AttachBTFID == 0 || img.AttachTypes >= len(img.Types) {
		return p
	}
	switch t := img.Types[img.AttachTypes].ByID(img.AttachBTFID).(type) {
	case *btf.Func:
		p.AttachName = t.Name
	case *btf.Struct:
		p.StructOps = t.Name
		if img.AttachMember < len(t.Members) {
			p.AttachName = t.Members[img.AttachMember].Name
		}
	}
	return p
}

// Rules describes the program by whose rules img goes: for a replacement function the one
// it goes into, as the kernel lets it inherit type and attach type before the walk
// (resolve_prog_type, bpf_check_attach_target), for any other program itself.
func Rules(img *object.Image) kmodel.Prog {
	p := Program(img)
	if t := img.AttachProg; p.Type == abi.PROG_TYPE_EXT && t != nil {
		p.Type, p.Attach = t.Type, t.Attach
	}
	return p
}
