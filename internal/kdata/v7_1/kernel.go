// Package v7_1 is Linux 7.1 as Debian builds it, 7.1.13+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
// Its build options are not to be had any more: those are 7.2's.
package v7_1

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/7.1 -base 7.3 -config $KERNELS/7.2/config -package v7_1"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/7.1 -package v7_1"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  "7.1",
	Updates:  []string{"inner-lookups-nullable", "hook-results-forgotten", "tracepoints-sleep"},
	Arch:     "amd64",
	Measured: "7.1.13",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   overlay(v6_18.Kernel.Tables),
	Borrowed: v6_18.Kernel.Release,
}
