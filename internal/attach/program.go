// Package attach knows what a program runs at: whether it may attach there, by whose rules
// it goes, and what its context holds where BTF describes that (tracing, lsm, struct_ops, iterators).
package attach

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// Program describes a program to the kernel's tables.
func Program(k *kmodel.Model, img *object.Image) kmodel.Prog {
	p := kmodel.Prog{
		Type: img.Type, Attach: img.Attach, Sleepable: img.Sleepable, XDPFrags: img.XDPFrags,
		GPL: k.GPLCompatible(img.License), AttachName: img.AttachName,
	}
	if one := img.Attach.One(); one != img.Attach && k.Has(kmodel.TracingMulti) {
		p.Attach, p.Many = one, true
		return p
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
func Rules(k *kmodel.Model, img *object.Image) kmodel.Prog {
	p := Program(k, img)
	if t := img.AttachProg; p.Type == abi.PROG_TYPE_EXT && t != nil {
		p.Type, p.Attach = t.Type, t.Attach
	}
	return p
}
