// Package v6_19 is Linux 6.19 as Debian builds it, 6.19.14+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
// Its build options are not to be had any more: those are 6.17's.
package v6_19

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/6.19 -base 7.3 -config $KERNELS/6.17/config -package v6_19"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/6.19 -package v6_19"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "6.19",
	Updates: []string{"sign-crossing-32", "lone-member", "signs-forked", "byte-swap-bits", "throws-by-name", "callback-loops", "atomics-followed",
		"linked-ids-kept", "packet-ends-compared"},
	Arch:     "amd64",
	Measured: "6.19.14",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   overlay(v6_18.Kernel.Tables),
	Borrowed: v6_18.Kernel.Release,
}
