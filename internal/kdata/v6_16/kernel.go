// Package v6_16 is Linux 6.16 as Debian builds it, 6.16.12+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v6_16

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/6.16 -base 7.3 -package v6_16"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/6.16 -package v6_16"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  "6.16",
	Updates:  []string{"map-pointers-not-null", "ranges-forgotten"},
	Measured: "6.16.12",
	Arch:     "amd64",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   overlay(v6_18.Kernel.Tables),
	Engine:   kdata.Engine{Loops: kdata.LoopEntries, Liveness: kdata.LivenessMarks},
	Borrowed: v6_18.Kernel.Release,
}
