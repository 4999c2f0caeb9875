// Package v7_3 is Linux 7.3 as Debian builds it, 7.3.4+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v7_3

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/7.3 -package v7_3"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/7.3 -package v7_3"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  "7.3",
	Arch:     "amd64",
	Measured: "7.3.4",
	Config:   kdata.Debian,
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   tables(),
	Borrowed: v6_18.Kernel.Release,
}

// tables are the kernel's own, as far as they are known.
func tables() kdata.Tables {
	t := overlay(v6_18.Kernel.Tables)
	t.Suffixes, t.SockmapWriters = suffixes, sockmapWriters
	return t
}
