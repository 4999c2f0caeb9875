// Package v7_2 is Linux 7.2 as Debian builds it, 7.2.12+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v7_2

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/7.2 -base 7.3 -package v7_2"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/7.2 -package v7_2"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "7.2",
	Updates: []string{"wide-results", "atomics-checked", "indirect-jumps-last", "implicit-exits", "callback-args-followed", "offsets-may-wrap",
		"narrow-pointers-undecided", "zero-registers-precise", "half-zeros-kept", "links-cut-first", "sign-extensions-unlinked", "packet-args-may-move",
		"refcount-acquire-rcu", "untrusted-objects", "percpu-kptr-source", "objects-without-flex-arrays", "iter-trust-compared",
		"stack-objects-below-frame", "rbtree-callback-nested", "rcu-ends-with-locks"},
	Arch:     "amd64",
	Measured: "7.2.12",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   tables(),
	Borrowed: v6_18.Kernel.Release,
}

// tables are the kernel's own, as far as they are known.
func tables() kdata.Tables {
	t := overlay(v6_18.Kernel.Tables)
	t.KfuncFilters = mended()
	return t
}
