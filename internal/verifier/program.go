package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// gplCompatible are the licences that may call GPL-only functions (license_is_gpl_compatible).
var gplCompatible = map[string]bool{
	"GPL": true, "GPL v2": true, "GPL and additional rights": true,
	"Dual BSD/GPL": true, "Dual MIT/GPL": true, "Dual MPL/GPL": true,
}

// programOf describes the program to the kernel's tables.
func programOf(img *object.Image) kmodel.Prog {
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
