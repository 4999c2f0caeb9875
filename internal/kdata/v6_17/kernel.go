// Package v6_17 is Linux 6.17 as Debian builds it, 6.17.13+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v6_17

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/6.17 -base 7.3 -package v6_17"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/6.17 -package v6_17"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  "6.17",
	Updates:  []string{"bits-compared"},
	Arch:     "amd64",
	Measured: "6.17.13",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   overlay(v6_18.Kernel.Tables),
	Engine:   kdata.Engine{Liveness: kdata.LivenessMarks},
	Borrowed: v6_18.Kernel.Release,
}
